//! What partitions say of rows.

use super::{Dialect, Table};

impl Table {
    /// The condition that a row of a PostgreSQL table has to meet so that some partition takes it; `None` where all rows have one, or
    /// where the bounds are not about one plain column.
    pub fn partition_condition(&self, dialect: Dialect) -> Option<String> {
        let described = self.partition_by.as_deref().filter(|_| dialect == Dialect::Postgres)?;
        let (method, rest) = described.split_once('(')?;
        let column = rest.trim().strip_suffix(')')?.trim();
        let plain = column.chars().all(|sign| sign.is_alphanumeric() || "_\"".contains(sign));
        if !plain || method.trim().eq_ignore_ascii_case("hash") || self.partitions.is_empty() {
            return None;
        }
        let each: Option<Vec<String>> =
            self.partitions.iter().map(|partition| bounds(column, &partition.bounds)).collect();
        Some(each?.join(" OR "))
    }
}

/// The bounds of a partition as a condition; `None` for the one that takes the rest.
fn bounds(column: &str, text: &str) -> Option<String> {
    let values = text.strip_prefix("FOR VALUES ")?;
    if let Some(list) = values.strip_prefix("IN ") {
        return Some(format!("{column} IN {list}"));
    }
    let (from, to) = values.strip_prefix("FROM (")?.split_once(") TO (")?;
    let to = to.strip_suffix(')')?;
    let above = (from != "MINVALUE").then(|| format!("{column} >= {from}"));
    let below = (to != "MAXVALUE").then(|| format!("{column} < {to}"));
    let both: Vec<String> = above.into_iter().chain(below).collect();
    (!both.is_empty()).then(|| format!("({})", both.join(" AND ")))
}

#[cfg(test)]
mod tests {
    use super::bounds;

    #[test]
    fn bounds_become_conditions() {
        let range = bounds("day", "FOR VALUES FROM ('2024-01-01') TO (MAXVALUE)");
        assert_eq!(range.as_deref(), Some("(day >= '2024-01-01')"));
        let list = bounds("place", "FOR VALUES IN ('Oslo', 'Bergen')");
        assert_eq!(list.as_deref(), Some("place IN ('Oslo', 'Bergen')"));
        assert_eq!(bounds("place", "DEFAULT"), None);
    }
}
