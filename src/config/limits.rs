//! What columns may depend on, as `model`, `given` and `never` of `seed.toml` have it.

use super::{RelationEnd, Settings};
use crate::model::{Feature, Field};
use crate::schema::Schema;
use std::collections::{BTreeMap, BTreeSet};

/// What the user says of the dependences of a schema's columns, by index.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// Tables whose columns depend on nothing, and nothing on them.
    tables: BTreeSet<usize>,
    /// The same by (table, column).
    columns: BTreeMap<(usize, usize), Limit>,
    /// Columns that come before all others of their row: what is drawn after them sees them.
    first: BTreeSet<(usize, usize)>,
}

/// What the user says of one column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Limit {
    independent: bool,
    given: Option<Vec<Reference>>,
    never: Vec<Reference>,
}

/// A column of the row itself, or of a row above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reference {
    /// By number.
    Own(usize),
    /// Table and column, whichever foreign keys lead there.
    Above(usize, usize),
}

impl Limits {
    /// What the settings say. Names that the schema does not know are left out: [`check`](super::check) refuses them.
    pub fn of(settings: &Settings, schema: &Schema) -> Self {
        let mut limits = Self::default();
        for ((table, column), said) in &settings.limits {
            let Some(table) = schema.table_index(table) else { continue };
            let Some(column) = column else {
                limits.tables.extend(said.independent.then_some(table));
                continue;
            };
            let Some(column) = schema.tables[table].column_index(column) else { continue };
            let read = |texts: &Vec<String>| -> Vec<Reference> {
                texts.iter().filter_map(|text| Reference::read(schema, table, text)).collect()
            };
            let (given, never) = (said.given.as_ref().map(read), read(&said.never));
            limits.columns.insert((table, column), Limit { independent: said.independent, given, never });
        }
        // Shares that are to be others must be decided before all that depends on them.
        let balances = super::balances(settings, schema).unwrap_or_default();
        limits.first = balances.iter().map(|balance| (balance.table, balance.column)).collect();
        limits
    }

    /// Whether a column comes before all others of its row.
    pub fn comes_first(&self, table: usize, column: usize) -> bool {
        self.first.contains(&(table, column))
    }

    /// Whether a whole table stands for itself.
    pub fn parts_table(&self, table: usize) -> bool {
        self.tables.contains(&table)
    }

    /// Whether a column depends on nothing, and nothing on it.
    pub fn parts(&self, table: usize, column: usize) -> bool {
        self.parts_table(table) || self.columns.get(&(table, column)).is_some_and(|limit| limit.independent)
    }

    /// Whether rows find their parents through a foreign key whatever they are like.
    pub fn parts_key(&self, schema: &Schema, table: usize, foreign_key: usize) -> bool {
        schema.tables[table].foreign_keys[foreign_key].columns.iter().any(|&column| self.parts(table, column))
    }

    /// Whether a field of a table may look at a feature. [`Field::Link`] is what `link` says of it: a field of the parent.
    pub fn allows(
        &self,
        schema: &Schema,
        table: usize,
        field: Field,
        feature: &Feature,
        link: &dyn Fn(usize, usize) -> Option<Field>,
    ) -> bool {
        let feature = unlinked(&feature.whole(), link);
        let names = |never: &[Reference], table: usize, seen: &Feature| {
            never.iter().any(|reference| reference.is_in(schema, table, seen, true))
        };
        let never = |table: usize, column: usize| {
            self.columns.get(&(table, column)).map_or(&[][..], |limit| &limit.never)
        };
        // Two columns that must not know of each other do not, whichever is drawn first.
        let seen = match &feature {
            Feature::Of { path, field: Field::Column(column) } if path.is_empty() => Some(*column),
            Feature::Earlier { field: Field::Column(column), .. }
            | Feature::Mean(Field::Column(column))
            | Feature::Distinct(Field::Column(column))
            | Feature::Seen { field: Field::Column(column), .. } => Some(*column),
            _ => None,
        };
        let target = unlinked(&Feature::Of { path: Vec::new(), field }, link);
        if seen.is_some_and(|column| names(never(table, column), table, &target)) {
            return false;
        }
        match field {
            Field::Column(column) | Field::Gap(column) => {
                let limit = self.columns.get(&(table, column));
                let given = limit.and_then(|limit| limit.given.as_ref());
                let is_given = |given: &Vec<Reference>| {
                    given.iter().any(|reference| reference.is_in(schema, table, &feature, false))
                };
                given.is_none_or(is_given) && !names(never(table, column), table, &feature)
            }
            // What children have in common knows of the parent no more than each child may.
            Field::Behaviour { table: child, foreign_key, column } => match feature {
                Feature::Of { path, field } => {
                    let path = std::iter::once(foreign_key).chain(path).collect();
                    !names(never(child, column), child, &Feature::Of { path, field })
                }
                _ => true,
            },
            _ => true,
        }
    }
}

/// A feature of what a row wants of its parent, as that parent's; one of a gap, as the column's.
fn unlinked(feature: &Feature, link: &dyn Fn(usize, usize) -> Option<Field>) -> Feature {
    let of_parent = |field: &Field| match *field {
        Field::Link { foreign_key, level } => {
            Some(Feature::Of { path: vec![foreign_key], field: link(foreign_key, level)? })
        }
        Field::Gap(column) => Some(Feature::Of { path: Vec::new(), field: Field::Column(column) }),
        _ => None,
    };
    let found = match feature {
        Feature::Of { path, field } if path.is_empty() => of_parent(field),
        Feature::Earlier { field, .. }
        | Feature::Mean(field)
        | Feature::Distinct(field)
        | Feature::Seen { field, .. } => of_parent(field),
        _ => None,
    };
    found.unwrap_or_else(|| feature.clone())
}

impl Reference {
    /// Reads `weight`, `customers.country` or `orders.customers.country`.
    pub(super) fn read(schema: &Schema, table: usize, text: &str) -> Option<Self> {
        if let Some(column) = schema.tables[table].column_index(text.trim()) {
            return Some(Self::Own(column));
        }
        let end = RelationEnd::parse(text).ok()?;
        let above = Self::table(schema, &end.table)?;
        Some(Self::Above(above, schema.tables[above].column_index(end.columns.first()?)?))
    }

    /// A table by its name, or by the last of the names on the way to it.
    pub(super) fn table(schema: &Schema, name: &str) -> Option<usize> {
        let last = || name.rsplit_once('.').and_then(|(_, last)| schema.table_index(last));
        schema.table_index(name).or_else(last)
    }

    /// Whether a feature of a table's rows tells of this column: of it in the row, in siblings, or in what rows of one parent have in
    /// common. A foreign key's column stands for everything behind the key, a primary key's for everything of its row;
    /// `wide` counts the row of a copied table as each of its columns.
    fn is_in(self, schema: &Schema, table: usize, feature: &Feature, wide: bool) -> bool {
        let keys = |table: usize| &schema.tables[table].foreign_keys;
        match (self, feature) {
            (Self::Own(column), Feature::Of { path, field }) => {
                let common = matches!(*field, Field::Behaviour { table: of, column: other, .. } if (of, other) == (table, column));
                let behind = path.first().is_some_and(|&first| keys(table)[first].columns.contains(&column));
                common || behind || (path.is_empty() && *field == Field::Column(column))
            }
            (
                Self::Own(column),
                Feature::Earlier { field, .. }
                | Feature::Mean(field)
                | Feature::Distinct(field)
                | Feature::Seen { field, .. },
            ) => *field == Field::Column(column),
            (Self::Above(above, column), Feature::Of { path, field }) => {
                let is_key = schema.tables[above]
                    .primary_key
                    .as_ref()
                    .is_some_and(|key| key.columns.contains(&column));
                let mut at = table;
                for (step, &number) in path.iter().enumerate() {
                    at = keys(at)[number].parent;
                    let next = path.get(step + 1);
                    let behind = next.is_some_and(|&next| keys(at)[next].columns.contains(&column));
                    if at == above && (is_key || behind) {
                        return true;
                    }
                }
                let is_column = *field == Field::Column(column) || (wide && *field == Field::Row);
                !path.is_empty() && at == above && is_column
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::LimitSetting;
    use serde_json::json;

    /// Orders of customers of countries: `id`, the foreign key, and two columns each.
    fn schema() -> Schema {
        let column = |name: &str| json!({ "name": name, "data_type": { "text": { "max": null, "fixed": false } }, "native": "text", "nullable": true });
        let table = |name: &str, columns: [&str; 4], parent: Option<usize>| {
            let key = parent.map(|parent| {
                json!({ "name": null, "columns": [1], "parent": parent, "parent_columns": [0], "on_delete": "no_action",
                    "on_update": "no_action", "deferrable": "no", "match_full": false, "declared": true })
            });
            json!({
                "name": { "schema": null, "name": name }, "columns": columns.map(column),
                "primary_key": { "columns": [0], "nulls_distinct": true, "constraint": true },
                "foreign_keys": key.into_iter().collect::<Vec<_>>(),
            })
        };
        serde_json::from_value(json!({ "dialect": "sqlite", "tables": [
            table("countries", ["id", "x", "name", "currency"], None),
            table("customers", ["id", "country", "tier", "age"], Some(0)),
            table("orders", ["id", "customer", "weight", "freight"], Some(1)),
        ] }))
        .expect("a schema")
    }

    fn limits(column: (&str, &str), given: Option<&[&str]>, never: &[&str]) -> Limits {
        let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
        let mut settings = Settings::default();
        let said = LimitSetting { independent: false, given: given.map(texts), never: texts(never) };
        settings.limits.insert((column.0.to_owned(), Some(column.1.to_owned())), said);
        Limits::of(&settings, &schema())
    }

    fn of(path: &[usize], field: Field) -> Feature {
        Feature::Of { path: path.to_vec(), field }
    }

    fn allowed(limits: &Limits, table: usize, field: Field, feature: &Feature) -> bool {
        limits.allows(&schema(), table, field, feature, &|_, _| Some(Field::Column(2)))
    }

    const WEIGHT: Field = Field::Column(2);
    const FREIGHT: Field = Field::Column(3);
    const COMMON: Field = Field::Behaviour { table: 2, foreign_key: 0, column: 3 };

    #[test]
    fn given_is_all_that_a_column_looks_at() {
        let limits = limits(("orders", "freight"), Some(&["weight", "customers.tier"]), &[]);
        let may = |feature: &Feature| allowed(&limits, 2, FREIGHT, feature);
        assert!(may(&of(&[], WEIGHT)) && may(&Feature::Mean(WEIGHT)) && may(&of(&[0], Field::Column(2))));
        assert!(
            !may(&of(&[0], Field::Column(3))) && !may(&Feature::Position) && !may(&Feature::Mean(FREIGHT))
        );
        assert!(allowed(&limits, 2, WEIGHT, &Feature::Mean(FREIGHT)), "others look at it as before");
    }

    #[test]
    fn never_is_mutual_and_holds_above() {
        let limits = limits(("orders", "freight"), None, &["weight", "customers.tier"]);
        let may = |feature: &Feature| allowed(&limits, 2, FREIGHT, feature);
        assert!(
            !may(&of(&[], WEIGHT)) && !may(&Feature::Distinct(WEIGHT)) && !may(&of(&[0], Field::Column(2)))
        );
        assert!(may(&of(&[0], Field::Column(3))) && may(&Feature::Position));
        assert!(!allowed(&limits, 2, WEIGHT, &of(&[], FREIGHT)), "the other way round");
        assert!(!allowed(&limits, 1, COMMON, &of(&[], Field::Column(2))), "what orders have in common");
        assert!(allowed(&limits, 1, COMMON, &of(&[], Field::Column(3))));
        let wish = Field::Link { foreign_key: 0, level: 0 };
        assert!(!allowed(&limits, 2, wish, &of(&[], FREIGHT)), "what freight wants of its customer");
        assert!(allowed(&limits, 2, wish, &of(&[], WEIGHT)));
    }

    #[test]
    fn a_key_stands_for_what_is_behind_it() {
        let country = limits(("orders", "freight"), None, &["customers.country"]);
        let may = |limits: &Limits, feature: &Feature| allowed(limits, 2, FREIGHT, feature);
        assert!(!may(&country, &of(&[0, 0], Field::Row)) && may(&country, &of(&[0], Field::Column(2))));
        for all in ["customer", "customers.id"] {
            let customer = limits(("orders", "freight"), None, &[all]);
            assert!(
                !may(&customer, &of(&[0], Field::Column(3))) && !may(&customer, &of(&[0, 0], Field::Row))
            );
            assert!(may(&customer, &of(&[], WEIGHT)));
        }
        let name = limits(("orders", "freight"), None, &["customers.countries.name"]);
        assert!(!may(&name, &of(&[0, 0], Field::Row)), "which country it is tells its name");
        let given = limits(("orders", "freight"), Some(&["countries.name"]), &[]);
        assert!(!may(&given, &of(&[0, 0], Field::Row)) && may(&given, &of(&[0, 0], Field::Column(2))));
    }
}
