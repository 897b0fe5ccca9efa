//! What partitions say of rows.

use super::{Dialect, Table};

impl Table {
    /// The condition that a row has to meet so that some partition takes it; `None` where all rows have one, or where the engine does
    /// not say.
    pub fn partition_condition(&self, dialect: Dialect) -> Option<String> {
        if dialect == Dialect::Sqlite || self.partitions.is_empty() {
            return None;
        }
        let each =
            self.partitions.iter().map(|partition| Some(format!("({})", partition.condition.as_ref()?)));
        Some(each.collect::<Option<Vec<String>>>()?.join(" OR "))
    }
}

#[cfg(test)]
mod tests {
    use crate::schema::{Column, DataType, Dialect, Partition, Table, TableName};

    #[test]
    fn a_row_needs_one_of_the_partitions() {
        let name = |name: &str| TableName { schema: None, name: name.into() };
        let part = |condition: Option<&str>| Partition {
            name: name("part"),
            bounds: String::new(),
            condition: condition.map(str::to_owned),
        };
        let mut table = Table::new(name("whole"), vec![Column::new("day".into(), DataType::Date)]);
        assert_eq!(table.partition_condition(Dialect::Postgres), None);
        table.partitions = vec![part(Some("day < 1")), part(Some("day > 9"))];
        assert_eq!(table.partition_condition(Dialect::Postgres).as_deref(), Some("(day < 1) OR (day > 9)"));
        table.partitions.push(part(None));
        assert_eq!(table.partition_condition(Dialect::Postgres), None);
    }
}
