//! What keeps rows apart besides plain keys: exclusion constraints by which columns decide others, and keys over expressions.

use super::check::mentions;
use super::{DataType, Exclusion, Table, UniqueKey};

/// Functions that make different texts of different texts, beyond those that only fold letters.
const FAITHFUL: &[&str] =
    &["coalesce", "ifnull", "md5", "sha256", "concat", "reverse", "encode", "convert_to"];

impl Table {
    /// What an exclusion constraint says that columns decide, where the decided column is one that may take other rows' values: no key
    /// holds it.
    pub fn decided<'a>(&self, exclusion: &'a Exclusion) -> Option<(&'a [usize], usize)> {
        let (from, to) = exclusion.decides.as_ref()?;
        let in_key = self.unique_keys().any(|key| key.columns.contains(to)) || self.refers(*to);
        (!in_key && self.columns[*to].generated.is_none()).then_some((from, *to))
    }

    /// Where a key holds the decided column: one of those that decide, with values for every row. That no two rows share it meets the
    /// constraint.
    pub fn decides_alone(&self, exclusion: &Exclusion) -> Option<usize> {
        let (from, _) = exclusion.decides.as_ref().filter(|_| self.decided(exclusion).is_none())?;
        let roomy = |column: &usize| {
            self.columns[*column].data_type.is_roomy()
                && self.columns[*column].generated.is_none()
                && !self.refers(*column)
        };
        from.iter().copied().find(roomy)
    }

    /// Whether a foreign key holds a column.
    fn refers(&self, column: usize) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }
}

impl DataType {
    /// Whether the type has values for thousands of rows.
    pub fn is_roomy(&self) -> bool {
        matches!(
            self,
            Self::Text { .. } | Self::Uuid | Self::Integer { bits: 24.., .. } | Self::Timestamp { .. }
        )
    }
}

impl UniqueKey {
    /// Whether it has a condition that only asks for values of its own columns (`WHERE parent IS NOT NULL`): rows that lack one are
    /// never two with the same key, with the condition or without it.
    pub fn has_idle_condition(&self, table: &Table) -> bool {
        let asks_for_own = |part: &str| {
            let part = part.trim_matches(['(', ')', ' ']);
            let column = part.strip_suffix(" IS NOT NULL").or_else(|| part.strip_suffix(" is not null"));
            let column = column.map(|column| column.trim_matches(['"', '`', '[', ']', ' ']));
            self.columns.iter().any(|&own| column == Some(&*table.columns[own].name))
        };
        let is_idle = |text: &str| text.replace(" and ", " AND ").split(" AND ").all(asks_for_own);
        self.nulls_distinct && self.predicate.as_deref().is_some_and(is_idle)
    }

    /// Whether it is over an expression that tells rows apart as far as the texts in it are different.
    pub fn tells_texts_apart(&self, table: &Table) -> bool {
        let Some(expression) = self.expression.as_deref() else { return false };
        let is_text = |column: usize| {
            matches!(table.columns[column].data_type, DataType::Text { .. })
                && table.columns[column].generated.is_none()
                && !table.refers(column)
                && mentions(expression, &table.columns[column].name)
        };
        (0..table.columns.len()).any(is_text) && called(expression).all(is_faithful)
    }
}

/// The functions that an expression calls.
fn called(expression: &str) -> impl Iterator<Item = &str> {
    expression.match_indices('(').filter_map(|(at, _)| {
        let before = &expression[..at];
        let start = before.rfind(|sign: char| !sign.is_alphanumeric() && sign != '_').map_or(0, |at| at + 1);
        Some(&before[start..]).filter(|name| !name.is_empty())
    })
}

fn is_faithful(function: &str) -> bool {
    let name = function.to_lowercase();
    FAITHFUL.contains(&&*name) || super::folded::WORDS.contains(&&*name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema::{Column, TableName};

    #[test]
    fn a_condition_that_asks_for_values_of_the_key_is_idle() {
        let column = |name: &str| Column::new(name.into(), DataType::Date);
        let name = TableName { schema: None, name: "t".into() };
        let table = Table::new(name, vec![column("parent"), column("Site"), column("closed")]);
        let is_idle = |columns: &[usize], predicate: &str| {
            let key = UniqueKey {
                name: None,
                columns: columns.to_vec(),
                predicate: Some(predicate.to_owned()),
                expression: None,
                nulls_distinct: true,
                constraint: false,
            };
            key.has_idle_condition(&table)
        };
        assert!(is_idle(&[0], "parent IS NOT NULL"));
        assert!(is_idle(&[0, 1], "(parent IS NOT NULL) AND (\"Site\" IS NOT NULL)"));
        for other in ["closed IS NOT NULL", "parent IS NULL", "parent IS NOT NULL AND closed IS NULL"] {
            assert!(!is_idle(&[0, 1], other), "{other}");
        }
    }

    #[test]
    fn functions_are_those_that_are_called() {
        let all = |text| called(text).collect::<Vec<_>>();
        assert_eq!(all("(q % 7), lower((name)::text), f(a, md5(b))"), ["lower", "f", "md5"]);
        assert!(["lower", "COALESCE"].into_iter().all(is_faithful));
        assert!(!is_faithful("left"));
    }
}
