//! Fields and features in words, spelled as rules spell columns: `weight`, `customers.country`, `count(orders)`.

use super::rule::{column_name, row_name};
use super::{Codec, Feature, Field, MOST_CLASSES, Marginal, Model};

impl Model {
    /// What a field of a table is called.
    pub fn field_name(&self, table: usize, field: Field) -> String {
        self.field_above(table, &[], field)
    }

    /// What a feature of a table's rows is called.
    pub fn feature_name(&self, table: usize, feature: &Feature) -> String {
        let own = |field: &Field| self.field_name(table, *field);
        match feature {
            Feature::Of { path, field } => self.field_above(table, path, *field),
            Feature::Detail { path, field } => format!("exact {}", self.field_above(table, path, *field)),
            Feature::Position => "siblings before".to_owned(),
            Feature::Left => "siblings after".to_owned(),
            Feature::Earlier { back: 1, field } => format!("previous {}", own(field)),
            Feature::Earlier { back, field } => format!("{} {back} before", own(field)),
            Feature::Mean(field) => format!("mean of earlier {}", own(field)),
            Feature::Distinct(field) => format!("different earlier {}", own(field)),
            Feature::Seen { field, class } => {
                format!("any earlier {} {}", own(field), self.class_name(table, *field, *class))
            }
        }
    }

    /// What a class of a field of a table is called: by its only value, if it has one.
    fn class_name(&self, table: usize, field: Field, class: u8) -> String {
        let column = match field {
            Field::Column(column) => self.tables[table].columns.get(column),
            _ => None,
        };
        let tokens = column.and_then(Codec::of_column).map_or(Vec::new(), |codec| {
            (0..codec.tokens()).filter(|&token| codec.classes[token] == class).collect()
        });
        match (column.map(|column| &column.marginal), &tokens[..]) {
            (_, [0]) => "NULL".to_owned(),
            (Some(Marginal::Categories(categories)), [token]) if *token <= categories.values.len() => {
                categories.values[token - 1].0.clone()
            }
            _ => format!("of class {class}"),
        }
    }

    /// The alphabet of a field; `None` where nothing is drawn for it.
    pub fn field_codec(&self, table: usize, field: Field) -> Option<Codec> {
        match field {
            Field::Column(column) => Codec::of_column(self.tables[table].columns.get(column)?),
            Field::Gap(_) => Some(Codec::of_classes(true, vec![0; MOST_CLASSES])),
            Field::Children { table, foreign_key } => {
                Some(Codec::of_counts(&self.tables[table].cardinalities.get(foreign_key)?.histogram))
            }
            Field::Behaviour { table, column, .. } => {
                let of_children = self.field_codec(table, Field::Column(column))?;
                let classes = usize::from(of_children.classes.iter().copied().max()?) + 1;
                Some(Codec::of_classes(of_children.ordered, vec![0; classes]))
            }
            Field::Link { foreign_key, level } => {
                let dependence = self.tables[table].dependence.as_ref()?;
                let link = dependence.links.iter().find(|link| link.foreign_key == foreign_key)?;
                match link.fields.get(level)? {
                    Field::Row => {
                        let each = self.tables[table].cardinalities.get(foreign_key)?.each.as_ref()?;
                        Some(Codec::new(false, std::iter::once(0).chain(each.iter().copied()).collect()))
                    }
                    field => {
                        self.field_codec(self.schema.tables[table].foreign_keys[foreign_key].parent, *field)
                    }
                }
            }
            Field::Row => None,
        }
    }

    fn field_above(&self, table: usize, path: &[usize], field: Field) -> String {
        let parent = |table: usize, step: usize| self.schema.tables[table].foreign_keys[step].parent;
        let end = path.iter().fold(table, |at, &step| parent(at, step));
        let row = row_name(&self.schema, table, path);
        let of_row = |what: String| if row.is_empty() { what } else { format!("{row}.{what}") };
        match field {
            Field::Column(column) => column_name(&self.schema, table, path, column),
            Field::Gap(column) => format!("step in {}", column_name(&self.schema, table, path, column)),
            Field::Children { table: child, foreign_key } => {
                of_row(format!("count({})", self.children_name(end, child, foreign_key)))
            }
            Field::Behaviour { table: child, foreign_key, column } => {
                let is_ordered =
                    self.field_codec(child, Field::Column(column)).is_some_and(|codec| codec.ordered);
                let common = if is_ordered { "mean" } else { "mode" };
                let column = column_name(&self.schema, child, &[], column);
                of_row(format!("{common}({}.{column})", self.children_name(end, child, foreign_key)))
            }
            Field::Link { foreign_key, level } => {
                let links = self.tables[end].dependence.as_ref().map_or(&[][..], |found| &found.links);
                let link = links.iter().find(|link| link.foreign_key == foreign_key);
                let field = link.and_then(|link| link.fields.get(level)).copied().unwrap_or(Field::Row);
                of_row(self.field_above(end, &[foreign_key], field))
            }
            Field::Row => row,
        }
    }

    /// The rows below a row, with the key's columns where several keys of theirs lead to the same table.
    fn children_name(&self, parent: usize, child: usize, foreign_key: usize) -> String {
        let table = &self.schema.tables[child];
        let several = table.foreign_keys.iter().filter(|key| key.parent == parent).count() > 1;
        let key = &table.foreign_keys[foreign_key];
        let by = if several { format!("({})", table.column_names(&key.columns)) } else { String::new() };
        format!("{}{by}", table.name.name)
    }
}
