//! What a model says of every row holds in every row of the target: each ordering, dependency and constant that was found, asked of
//! the target by a query.

use crate::support::{Database, Engine, Workspace, datasets};
use serde_json::Value;

/// The rules of one table of a model file, as queries of rows that break them.
struct Queries<'a> {
    model: &'a Value,
    table: usize,
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

/// The name of a table, without the namespace, which SQLite has not.
fn table_name(table: &Value) -> String {
    let name = &table["name"];
    quoted(name.as_str().or_else(|| name["name"].as_str()).expect("tables have names"))
}

fn numbers(value: &Value) -> Vec<usize> {
    let number = |value: &Value| value.as_u64().expect("a number") as usize;
    value.as_array().map(|values| values.iter().map(number).collect()).unwrap_or_default()
}

impl Queries<'_> {
    fn schema(&self, table: usize) -> &Value {
        &self.model["schema"]["tables"][table]
    }

    fn column(&self, table: usize, column: usize) -> String {
        quoted(self.schema(table)["columns"][column]["name"].as_str().expect("columns have names"))
    }

    /// An operand, and the joins that lead to it; `None` for totals.
    fn operand(&self, operand: &Value, side: &str) -> Option<(String, String)> {
        let operand = operand.get("column")?;
        let (mut table, mut alias, mut joins) = (self.table, "own".to_owned(), String::new());
        for (depth, &step) in numbers(&operand["path"]).iter().enumerate() {
            let key = &self.schema(table)["foreign_keys"][step];
            let parent = key["parent"].as_u64()? as usize;
            let above = format!("{side}{depth}");
            let pairs = numbers(&key["columns"]).into_iter().zip(numbers(&key["parent_columns"]));
            let equal = pairs.map(|(child, up)| {
                format!("{alias}.{} = {above}.{}", self.column(table, child), self.column(parent, up))
            });
            let equal: Vec<String> = equal.collect();
            joins += &format!(" JOIN {} {above} ON {}", table_name(self.schema(parent)), equal.join(" AND "));
            (table, alias) = (parent, above);
        }
        let column = operand["column"].as_u64()? as usize;
        Some((format!("{alias}.{}", self.column(table, column)), joins))
    }

    /// A query that counts the groups in which some columns are not all the same, NULL being a value.
    fn differing(&self, groups: &[usize], columns: &[usize]) -> String {
        let list = |columns: &[usize]| -> Vec<String> {
            columns.iter().map(|&column| self.column(self.table, column)).collect()
        };
        let groups = list(groups);
        let filled: Vec<String> = groups.iter().map(|column| format!("{column} IS NOT NULL")).collect();
        let several = |column: &String| format!("count(DISTINCT coalesce('=' || {column}, 'NULL')) > 1");
        let several: Vec<String> = list(columns).iter().map(several).collect();
        format!(
            "SELECT count(*) FROM (SELECT 1 FROM {} WHERE {} GROUP BY {} HAVING {})",
            table_name(self.schema(self.table)),
            filled.join(" AND "),
            groups.join(", "),
            several.join(" OR ")
        )
    }

    /// The query for one rule, where it is of a kind that is asked here.
    fn breaches(&self, statement: &Value) -> Option<String> {
        if let Some(ordering) = statement.get("ordering") {
            let (low, joins) = self.operand(&ordering["low"], "low")?;
            let (high, more) = self.operand(&ordering["high"], "high")?;
            let breaks = if ordering["strict"] == true { ">=" } else { ">" };
            let from = table_name(self.schema(self.table));
            return Some(format!("SELECT count(*) FROM {from} own{joins}{more} WHERE {low} {breaks} {high}"));
        }
        if let Some(dependency) = statement.get("dependency") {
            return Some(self.differing(&numbers(&dependency["from"]), &numbers(&dependency["to"])));
        }
        let constant = statement.get("constant")?;
        let key = &self.schema(self.table)["foreign_keys"]
            [constant["foreign_key"].as_u64().expect("a number") as usize];
        Some(self.differing(&numbers(&key["columns"]), &numbers(&constant["columns"])))
    }
}

/// What is broken in a target filled from a source, a line each, and how many rules were asked.
fn broken(source: &Database) -> (Vec<String>, usize) {
    let (target, workspace) = (Database::new(Engine::Sqlite), Workspace::new());
    workspace.seed(&["learn", "--from", &source.address(), "--out", "model.seed"]).ok();
    workspace.seed(&["generate", "--model", "model.seed", "--to", &target.address()]).ok();
    let text = std::fs::read_to_string(workspace.file("model.seed")).expect("a model that is text");
    let file: Value = serde_json::from_str(&text).expect("a model that is JSON");
    let (mut lines, mut asked) = (Vec::new(), 0);
    for (table, learned) in file["model"]["tables"].as_array().expect("a list of tables").iter().enumerate() {
        let queries = Queries { model: &file["model"], table };
        for rule in learned["rules"].as_array().into_iter().flatten() {
            let Some(query) = queries.breaches(&rule["statement"]) else { continue };
            assert_eq!(source.number(&query), 0, "it does not hold in the source: {query}");
            asked += 1;
            let count = target.number(&query);
            if count > 0 {
                lines.push(format!("{count} in {query}"));
            }
        }
    }
    (lines, asked)
}

#[test]
fn shop() {
    let (lines, asked) = broken(&Database::example(Engine::Sqlite, "shop", 2));
    assert!(asked > 0 && lines.is_empty(), "{asked} rules asked\n{}", lines.join("\n"));
}

/// Data sets that other people made, where they are at hand, the large ones if all are wanted.
macro_rules! where_at_hand {
    ($($name:ident: $always:expr),* $(,)?) => {$(
        #[test]
        fn $name() {
            if !$always && !datasets::all_wanted() {
                return;
            }
            let Some(source) = datasets::load(stringify!($name), Engine::Sqlite) else { return };
            let (lines, asked) = broken(&source);
            assert!(lines.is_empty(), "{asked} rules asked\n{}", lines.join("\n"));
        }
    )*};
}

where_at_hand!(
    chinook: true,
    northwind: true,
    berka: false,
    sakila: false,
    worldcup: false,
    mondial: false,
    pokedex: false,
    nycflights13: false,
);
