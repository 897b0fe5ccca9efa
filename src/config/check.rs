//! The names of the settings against the schema: tables, columns, generators, relations.

use super::limits::Reference;
use super::{Relation, RelationEnd, Settings, Subject, did_you_mean, listed};
use crate::error::{Error, Result};
use crate::model::rule;
use crate::schema::{DataType, Schema, Table};
use std::collections::BTreeMap;

/// Checks every name the user gave against the schema, and every generator against the names of all generators. The
/// first mistake is the error; it points at the line of `seed.toml` or names the option, and says what was probably
/// meant.
pub fn check(settings: &Settings, schema: &Schema, generators: &[&str]) -> Result<()> {
    let checker = Checker { settings, schema };
    checker.tables()?;
    checker.columns(generators)?;
    checker.limits()?;
    checker.rules()?;
    if let Some(text) = &settings.condition {
        super::clauses(settings, schema, text)?;
    }
    super::balances(settings, schema)?;
    for (number, relation) in settings.relations.iter().enumerate() {
        checker.relation(number, relation)?;
    }
    Ok(())
}

/// Finds what names stand for.
pub(super) struct Checker<'a> {
    pub(super) settings: &'a Settings,
    pub(super) schema: &'a Schema,
}

impl<'a> Checker<'a> {
    fn tables(&self) -> Result<()> {
        for name in &self.settings.only {
            self.table(&Subject::Only(name.clone()), name)?;
        }
        for name in &self.settings.exclude {
            self.table(&Subject::Exclude(name.clone()), name)?;
        }
        self.each_once(self.settings.rows.keys().map(|name| (Subject::Rows(name.clone()), name)))?;
        let sections = self.settings.origins.tables().map(|name| (Subject::Table(name.clone()), name));
        self.each_once(sections)?;
        self.each_once(self.settings.treatments.keys().map(|name| (Subject::Table(name.clone()), name)))
    }

    /// Every name is a table, and no two of them are the same one.
    fn each_once<'n>(&self, names: impl Iterator<Item = (Subject, &'n String)>) -> Result<()> {
        let mut seen: BTreeMap<usize, &str> = BTreeMap::new();
        for (subject, name) in names {
            let index = self.table(&subject, name)?;
            if let Some(other) = seen.insert(index, name) {
                let message = format!("`{other}` and `{name}` are the same table");
                let error = self.settings.origins.error(&subject, message, "the second time");
                return Err(error.hint(format!("call it `{}` everywhere", self.schema.tables[index].name)));
            }
        }
        Ok(())
    }

    /// The index of a table the user named.
    pub(super) fn table(&self, subject: &Subject, name: &str) -> Result<usize> {
        if let Some(index) = self.schema.table_index(name) {
            return Ok(index);
        }
        let known: Vec<String> = self.schema.tables.iter().map(|table| table.name.to_string()).collect();
        let same: Vec<&str> = self
            .schema
            .tables
            .iter()
            .zip(&known)
            .filter(|(table, _)| table.name.name == name)
            .map(|(_, whole)| whole.as_str())
            .collect();
        if same.len() > 1 {
            let message = format!("the name `{name}` fits several tables");
            return Err(self
                .settings
                .origins
                .error(subject, message, "which one?")
                .hint(format!("name its schema too: {}", listed(same))));
        }
        let message = format!("the table `{name}` is not in the source");
        let error = self.settings.origins.error(subject, message, "no such table");
        let bare = self.schema.tables.iter().map(|table| table.name.name.as_str());
        let near = did_you_mean(name, known.iter().map(String::as_str)).or_else(|| {
            let near = did_you_mean(name, bare)?;
            let index = self.schema.tables.iter().position(|table| table.name.name == near)?;
            known.get(index).map(String::as_str)
        });
        Err(with_names(error, near, "the tables are", known.iter().map(String::as_str)))
    }

    fn columns(&self, generators: &[&str]) -> Result<()> {
        for (table, column) in self.settings.origins.columns() {
            let index = self.table(&Subject::Table(table.clone()), table)?;
            self.column(&Subject::Column(table.clone(), column.clone()), &self.schema.tables[index], column)?;
        }
        for ((table, column), setting) in &self.settings.columns {
            let index = self.table(&Subject::Table(table.clone()), table)?;
            let subject = Subject::Column(table.clone(), column.clone());
            let at = self.column(&subject, &self.schema.tables[index], column)?;
            if self.schema.tables[index].columns[at].generated.is_some() {
                let message = format!("the column `{table}.{column}` is computed by the database");
                let error = self.settings.origins.error(&subject, message, "a generated column");
                return Err(error.hint("take its generator away: such a column is never written"));
            }
            if !generators.contains(&setting.generator.as_str()) {
                let subject = Subject::Generator(table.clone(), column.clone());
                let message = format!("there is no generator `{}`", setting.generator);
                let error = self.settings.origins.error(&subject, message, "unknown generator");
                let error = match did_you_mean(&setting.generator, generators.iter().copied()) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                };
                return Err(error.hint("`seed generators` lists them all"));
            }
        }
        Ok(())
    }

    /// Every column that another one may or may not depend on is in its table or in one above it.
    fn limits(&self) -> Result<()> {
        for ((table, column), limit) in &self.settings.limits {
            let index = self.table(&Subject::Table(table.clone()), table)?;
            let Some(column) = column else { continue };
            for name in limit.given.iter().flatten().chain(&limit.never) {
                self.reference(
                    index,
                    &Subject::Reference(table.clone(), column.clone(), name.clone()),
                    name,
                )?;
            }
        }
        Ok(())
    }

    fn reference(&self, table: usize, subject: &Subject, name: &str) -> Result<()> {
        let this = &self.schema.tables[table];
        if this.column_index(name).is_some() {
            return Ok(());
        }
        let above = self.above(table);
        let end = RelationEnd::parse(name).ok();
        let found = end.as_ref().and_then(|end| Reference::table(self.schema, &end.table));
        let Some((end, found)) = end.zip(found) else {
            let message = format!("there is no column `{name}` in `{}` or above it", this.name);
            let error = self.settings.origins.error(subject, message, "no such column");
            let names = above.iter().map(|&parent| &self.schema.tables[parent]).flat_map(|parent| {
                parent.columns.iter().map(move |column| format!("{}.{}", parent.name, column.name))
            });
            let known: Vec<String> =
                this.columns.iter().map(|column| column.name.clone()).chain(names).collect();
            let known = || known.iter().map(String::as_str);
            return Err(with_names(error, did_you_mean(name, known()), "known are", known()));
        };
        let parent = &self.schema.tables[found];
        if !above.contains(&found) {
            let message = format!("no foreign key leads from `{}` to `{}`", this.name, parent.name);
            let error = self.settings.origins.error(subject, message, "not above it");
            let known: Vec<String> =
                above.iter().map(|&table| self.schema.tables[table].name.to_string()).collect();
            return Err(match known.as_slice() {
                [] => error.hint(format!("name columns of `{}` alone", this.name)),
                known => error.hint(format!("keys lead to {}", listed(known.iter().map(String::as_str)))),
            });
        }
        end.columns.iter().try_for_each(|column| self.column(subject, parent, column).map(|_| ()))
    }

    /// The tables to which foreign keys lead from a table, those of the settings included, nearest first.
    fn above(&self, table: usize) -> Vec<usize> {
        let (mut found, mut next) = (vec![table], 0);
        while let Some(&at) = found.get(next) {
            next += 1;
            let declared = self.schema.tables[at].foreign_keys.iter().map(|key| key.parent);
            let related = (self.settings.relations.iter())
                .filter(|relation| self.schema.table_index(&relation.child) == Some(at))
                .filter_map(|relation| self.schema.table_index(&relation.parent));
            for parent in declared.chain(related) {
                if !found.contains(&parent) {
                    found.push(parent);
                }
            }
        }
        found.split_off(1)
    }

    /// Every rule that is added can be read. Whether one that is dropped was found is known when a plan is made.
    fn rules(&self) -> Result<()> {
        for (number, setting) in self.settings.rules.iter().enumerate() {
            let table = self.table(&Subject::Table(setting.table.clone()), &setting.table)?;
            if !setting.keep {
                continue;
            }
            if let Err(why) = rule::parse(self.schema, table, &setting.rule) {
                let message = format!("the rule `{}` cannot be read: {why}", setting.rule);
                let error = self.settings.origins.error(&Subject::Rule(number), message, "no rule");
                return Err(error.hint(
                    "rules look like `total = quantity * price`, `starts_at <= ends_at`, `zip -> city` \
                     or `exactly one of card, iban is not NULL`",
                ));
            }
        }
        Ok(())
    }

    /// The index of a column the user named.
    pub(super) fn column(&self, subject: &Subject, table: &Table, name: &str) -> Result<usize> {
        if let Some(index) = table.column_index(name) {
            return Ok(index);
        }
        let message = format!("the table `{}` has no column `{name}`", table.name);
        let error = self.settings.origins.error(subject, message, "no such column");
        let known = || table.columns.iter().map(|column| column.name.as_str());
        Err(with_names(error, did_you_mean(name, known()), "its columns are", known()))
    }

    fn relation(&self, number: usize, relation: &Relation) -> Result<()> {
        let (child_subject, parent_subject) = (Subject::Child(number), Subject::Parent(number));
        let child = &self.schema.tables[self.table(&child_subject, &relation.child)?];
        let parent = &self.schema.tables[self.table(&parent_subject, &relation.parent)?];
        let columns = self.all_columns(&child_subject, child, &relation.columns)?;
        let parent_columns = self.all_columns(&parent_subject, parent, &relation.parent_columns)?;
        if columns.len() != parent_columns.len() {
            let message = format!(
                "the relation from `{}` to `{}` has {} columns on one end and {} on the other",
                child.name,
                parent.name,
                columns.len(),
                parent_columns.len()
            );
            return Err(self.settings.origins.error(&parent_subject, message, ""));
        }
        for (&from, &to) in columns.iter().zip(&parent_columns) {
            let (from, to) = (&child.columns[from], &parent.columns[to]);
            if !comparable(&from.data_type, &to.data_type) {
                let message = format!(
                    "`{}.{}` ({}) cannot refer to `{}.{}` ({})",
                    child.name, from.name, from.native, parent.name, to.name, to.native
                );
                let error = self.settings.origins.error(&child_subject, message, "of another type");
                return Err(error.hint("both ends of a relation need comparable types"));
            }
        }
        self.refers_to_a_key(&parent_subject, parent, &parent_columns)
    }

    fn all_columns(&self, subject: &Subject, table: &Table, names: &[String]) -> Result<Vec<usize>> {
        names.iter().map(|name| self.column(subject, table, name)).collect()
    }

    fn refers_to_a_key(&self, subject: &Subject, parent: &Table, columns: &[usize]) -> Result<()> {
        let mut wanted = columns.to_vec();
        wanted.sort_unstable();
        let is_key = parent.unique_keys().any(|key| {
            let mut own = key.columns.clone();
            own.sort_unstable();
            own == wanted && key.predicate.is_none() && key.expression.is_none()
        });
        if is_key {
            return Ok(());
        }
        let message =
            format!("`{}` is not a key: ({}) is not unique", parent.name, parent.column_names(columns));
        let keys: Vec<String> = parent
            .unique_keys()
            .filter(|key| !key.columns.is_empty())
            .map(|key| format!("({})", parent.column_names(&key.columns)))
            .collect();
        let error = self.settings.origins.error(subject, message, "must be a primary or unique key");
        Err(match keys.is_empty() {
            true => error.hint(format!("give `{}` a primary key in the source", parent.name)),
            false => error.hint(format!("the keys of `{}` are {}", parent.name, keys.join(", "))),
        })
    }
}

fn with_names<'n>(
    error: Error,
    near: Option<&str>,
    are: &str,
    known: impl IntoIterator<Item = &'n str>,
) -> Error {
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error.hint(format!("{are} {}", listed(known))),
    }
}

/// Whether values of two types can be equal, so that one can refer to the other.
fn comparable(child: &DataType, parent: &DataType) -> bool {
    use DataType::{Bytes, Decimal, Enum, Float, Integer, Numeric, Text, Timestamp, Uuid};
    match (child, parent) {
        (Integer { .. } | Decimal { .. } | Numeric, Integer { .. } | Decimal { .. } | Numeric) => true,
        (Text { .. } | Enum { .. } | Uuid, Text { .. } | Enum { .. } | Uuid) => true,
        (Bytes { .. }, Bytes { .. }) | (Float { .. }, Float { .. }) => true,
        (Timestamp { .. }, Timestamp { .. }) => true,
        (child, parent) => child == parent,
    }
}
