//! Fills a source with valid rows without the product: draws rows, and keeps those that the engine takes.

use super::dice::Dice;
use super::literal;
use super::shape::{ForeignKey, Schema, Table};
use crate::support::{Database, Engine};

/// Draws for one row before it is given up.
const TRIES: usize = 25;

/// Literals of the rows that the engine took.
type Rows = Vec<Vec<String>>;

/// Fills all tables and returns the rows of each.
pub(super) fn fill(schema: &Schema, database: &Database, dice: &mut Dice) -> Vec<i64> {
    let engine = schema.engine;
    database.execute(match engine {
        Engine::Postgres => "SET session_replication_role = replica",
        Engine::Mysql => "SET foreign_key_checks = 0",
        Engine::Sqlite => "PRAGMA foreign_keys = OFF",
    });
    // A statement that fails takes the whole transaction with it in PostgreSQL.
    let together = engine != Engine::Postgres;
    if together {
        database.execute(if engine == Engine::Mysql { "START TRANSACTION" } else { "BEGIN" });
    }
    let mut rows: Vec<Rows> = vec![Vec::new(); schema.tables.len()];
    for index in 0..schema.tables.len() {
        table(schema, index, database, &mut rows, dice);
    }
    late(schema, database, &rows, dice);
    if together {
        database.execute("COMMIT");
    }
    while remove_orphans(schema, database) {}
    schema.tables.iter().map(|table| database.count(&table.quoted(engine))).collect()
}

fn table(schema: &Schema, index: usize, database: &Database, rows: &mut [Rows], dice: &mut Dice) {
    let table = &schema.tables[index];
    let written: Vec<usize> =
        (0..table.columns.len()).filter(|&at| table.columns[at].generated.is_none()).collect();
    let always = table.columns.iter().any(|column| column.numbered.is_some_and(|how| how.contains("ALWAYS")));
    let overriding = if always { " OVERRIDING SYSTEM VALUE" } else { "" };
    let head = format!(
        "INSERT INTO {} ({}){overriding} VALUES",
        table.quoted(schema.engine),
        table.list(schema.engine, &written)
    );
    for number in 0..table.rows {
        for _ in 0..TRIES {
            let Some(row) = row(schema, index, rows, number, dice) else { continue };
            let values: Vec<_> = written.iter().map(|&at| row[at].as_str()).collect();
            if database.try_rows(&format!("{head} ({})", values.join(", "))).is_ok() {
                rows[index].push(row);
                break;
            }
        }
    }
}

/// A row that finds its parents; `None` where there are none.
fn row(schema: &Schema, index: usize, rows: &[Rows], number: usize, dice: &mut Dice) -> Option<Vec<String>> {
    let table = &schema.tables[index];
    let mut values: Vec<Option<String>> = vec![None; table.columns.len()];
    for (at, column) in table.columns.iter().enumerate() {
        if column.numbered.is_some() {
            values[at] = Some((number + 1).to_string());
        }
    }
    let (own, others): (Vec<&ForeignKey>, Vec<_>) =
        table.foreign_keys.iter().filter(|key| !key.late).partition(|key| key.parent == index);
    for key in others {
        parent(table, key, &rows[key.parent], &mut values, dice)?;
    }
    for (at, column) in table.columns.iter().enumerate() {
        let of_own_key = own.iter().any(|key| key.columns.contains(&at)) && !table.primary_key.contains(&at);
        let late = table.foreign_keys.iter().any(|key| key.late && key.columns.contains(&at));
        if values[at].is_none() && !of_own_key {
            let null = late && column.nullable;
            values[at] =
                Some(if null { "NULL".to_owned() } else { literal::draw(schema.engine, column, dice) });
        }
    }
    for key in own {
        if rows[index].is_empty() && key.columns.iter().any(|&at| !table.columns[at].nullable) {
            // The first row is its own parent.
            for (&at, &target) in key.columns.iter().zip(&key.parent_columns) {
                if values[at].is_none() {
                    values[at] = values[target].clone();
                }
            }
        } else {
            parent(table, key, &rows[index], &mut values, dice)?;
        }
    }
    Some(values.into_iter().map(|value| value.unwrap_or_else(|| "NULL".to_owned())).collect())
}

/// Gives the columns of a key the values of a parent that agrees with those that have one.
fn parent(
    table: &Table,
    key: &ForeignKey,
    parents: &Rows,
    values: &mut [Option<String>],
    dice: &mut Dice,
) -> Option<()> {
    let optional = |at: &usize| table.columns[*at].nullable && values[*at].is_none();
    let nulls = key.columns.iter().copied().filter(optional).collect::<Vec<_>>();
    let share = nulls.first().map_or(0, |&at| table.columns[at].nulls);
    let agrees = |row: &&Vec<String>| {
        key.columns.iter().zip(&key.parent_columns).all(|(&at, &target)| {
            row[target] != "NULL" && values[at].as_ref().is_none_or(|value| *value == row[target])
        })
    };
    let fitting: Vec<_> = parents.iter().filter(agrees).collect();
    if !nulls.is_empty() && (fitting.is_empty() || dice.chance(share)) {
        for at in nulls {
            values[at] = Some("NULL".to_owned());
        }
        return Some(());
    }
    if fitting.is_empty() {
        return None;
    }
    // Some parents have more children than others.
    let most = 1 + dice.below(fitting.len());
    let chosen = fitting[dice.below(most)];
    for (&at, &target) in key.columns.iter().zip(&key.parent_columns) {
        values[at] = Some(chosen[target].clone());
    }
    Some(())
}

/// Fills in the keys whose parents come later, row by row; what the engine refuses stays as it is.
fn late(schema: &Schema, database: &Database, rows: &[Rows], dice: &mut Dice) {
    let engine = schema.engine;
    for (index, table) in schema.tables.iter().enumerate() {
        for key in table.foreign_keys.iter().filter(|key| key.late) {
            for row in &rows[index] {
                let mut values: Vec<Option<String>> = row.iter().cloned().map(Some).collect();
                let shared = |at: usize| {
                    let others = table.foreign_keys.iter().filter(|other| !other.late);
                    table.primary_key.contains(&at)
                        || others.into_iter().any(|other| other.columns.contains(&at))
                };
                for &at in key.columns.iter().filter(|at| !shared(**at)) {
                    values[at] = None;
                }
                if parent(table, key, &rows[key.parent], &mut values, dice).is_none() {
                    continue;
                }
                let set = |at: &usize| {
                    format!("{} = {}", table.list(engine, &[*at]), values[*at].as_deref().unwrap_or("NULL"))
                };
                let pairs: Vec<_> = key.columns.iter().filter(|at| !shared(**at)).map(set).collect();
                let is = |at: &usize| format!("{} = {}", table.list(engine, &[*at]), row[*at]);
                let whole: Vec<_> = table.primary_key.iter().map(is).collect();
                let name = table.quoted(engine);
                let sql = format!("UPDATE {name} SET {} WHERE {}", pairs.join(", "), whole.join(" AND "));
                let _ = database.try_rows(&sql);
            }
        }
    }
}

/// Deletes rows without parents; whether there were any.
fn remove_orphans(schema: &Schema, database: &Database) -> bool {
    let engine = schema.engine;
    let mut found = false;
    for table in &schema.tables {
        for key in &table.foreign_keys {
            let (name, parent) = (table.quoted(engine), &schema.tables[key.parent]);
            let set: Vec<_> = key
                .columns
                .iter()
                .map(|&at| format!("c.{} IS NOT NULL", table.list(engine, &[at])))
                .collect();
            let pairs: Vec<_> = key
                .columns
                .iter()
                .zip(&key.parent_columns)
                .map(|(&at, &target)| {
                    format!("c.{} = p.{}", table.list(engine, &[at]), parent.list(engine, &[target]))
                })
                .collect();
            let orphan = format!(
                "{} AND NOT EXISTS (SELECT 1 FROM {} p WHERE {})",
                set.join(" AND "),
                parent.quoted(engine),
                pairs.join(" AND ")
            );
            if database.number(&format!("SELECT count(*) FROM {name} c WHERE {orphan}")) == 0 {
                continue;
            }
            found = true;
            database.execute(&match engine {
                Engine::Mysql => format!(
                    "DELETE c FROM {name} c LEFT JOIN {} p ON {} WHERE {} AND p.{} IS NULL",
                    parent.quoted(engine),
                    pairs.join(" AND "),
                    set.join(" AND "),
                    parent.list(engine, &[key.parent_columns[0]])
                ),
                _ => format!("DELETE FROM {name} AS c WHERE {orphan}"),
            });
        }
    }
    found
}
