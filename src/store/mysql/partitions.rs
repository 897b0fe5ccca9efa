//! How tables are cut into partitions. Rows go into the table, so this matters only for creating it again.

use super::connect::{Server, number, text};
use crate::error::Result;
use crate::schema::{Partition, Schema, TableName, civil};
use std::collections::HashMap;

/// Reads the partitions of all tables into `schema`; `index` finds a table by its name.
pub(super) async fn read(
    server: &mut Server,
    schema: &mut Schema,
    index: &HashMap<String, usize>,
) -> Result<()> {
    let rows = server
        .rows(
            "SELECT TABLE_NAME, PARTITION_NAME, MIN(PARTITION_METHOD), MIN(PARTITION_EXPRESSION), \
             MIN(PARTITION_DESCRIPTION), MIN(SUBPARTITION_METHOD), MIN(SUBPARTITION_EXPRESSION), COUNT(*) \
             FROM information_schema.PARTITIONS \
             WHERE TABLE_SCHEMA = DATABASE() AND PARTITION_NAME IS NOT NULL \
             GROUP BY TABLE_NAME, PARTITION_NAME ORDER BY TABLE_NAME, MIN(PARTITION_ORDINAL_POSITION)",
            "read the catalog",
        )
        .await?;
    for row in &rows {
        let Some(&at) = index.get(&text(row, 0)?.unwrap_or_default()) else { continue };
        let table = &mut schema.tables[at];
        let name = text(row, 1)?.unwrap_or_default();
        let method = text(row, 2)?.unwrap_or_default();
        let description = text(row, 4)?.unwrap_or_default();
        let bounds = if method.starts_with("RANGE") {
            match description.as_str() {
                "MAXVALUE" => "VALUES LESS THAN MAXVALUE".to_owned(),
                bounds => format!("VALUES LESS THAN ({bounds})"),
            }
        } else if method.starts_with("LIST") {
            format!("VALUES IN ({description})")
        } else {
            // HASH and KEY have no bounds.
            String::new()
        };
        if table.partition_by.is_none() {
            let mut by = format!("{method} ({})", text(row, 3)?.unwrap_or_default());
            if let Some(sub) = text(row, 5)? {
                let expression = text(row, 6)?.unwrap_or_default();
                let parts = number(row, 7)?.unwrap_or(1);
                by.push_str(&format!(" SUBPARTITION BY {sub} ({expression}) SUBPARTITIONS {parts}"));
            }
            table.partition_by = Some(by);
        }
        let condition = condition(&method, &text(row, 3)?.unwrap_or_default(), &description);
        table.partitions.push(Partition { name: TableName { schema: None, name }, bounds, condition });
    }
    Ok(())
}

/// Days from year 0 to 1970 as `TO_DAYS` counts them.
const TO_1970: i64 = 719_528;

/// The condition that rows of a partition meet, those of the partitions before it among them; `None` where all rows do, or where it
/// cannot be told.
fn condition(method: &str, expression: &str, description: &str) -> Option<String> {
    let columns: Vec<&str> = expression.split(',').map(str::trim).collect();
    match method {
        "RANGE" if description != "MAXVALUE" => {
            let inside = |function: &str| -> Option<&str> {
                let rest =
                    expression.to_lowercase().starts_with(function).then(|| &expression[function.len()..])?;
                rest.strip_prefix('(')?.strip_suffix(')')
            };
            let number: Option<i64> = description.parse().ok();
            Some(match (inside("to_days"), inside("unix_timestamp"), number) {
                (Some(column), _, Some(number)) => format!("{column} < '{}'", day(number - TO_1970)),
                (_, Some(moment), Some(number)) => {
                    format!("{moment} < '{} 00:00:00'", day(number.div_euclid(86_400)))
                }
                _ => format!("({expression}) < {description}"),
            })
        }
        "RANGE COLUMNS" => {
            let bounds: Vec<&str> = description.split(',').collect();
            if bounds.len() != columns.len() || bounds[0] == "MAXVALUE" {
                return None;
            }
            // Rows are compared column by column.
            let mut text = String::new();
            for (at, (column, bound)) in columns.iter().zip(&bounds).enumerate().rev() {
                let below = match *bound {
                    "MAXVALUE" => format!("{column} IS NOT NULL"),
                    bound => format!("{column} < {bound}"),
                };
                text = match at + 1 == columns.len() || *bound == "MAXVALUE" {
                    true => below,
                    false => format!("{below} OR ({column} = {bound} AND ({text}))"),
                };
            }
            Some(text)
        }
        "LIST" | "LIST COLUMNS" if columns.len() == 1 && description != "DEFAULT" => {
            let (nulls, values): (Vec<&str>, Vec<&str>) =
                description.split(',').partition(|value| *value == "NULL");
            let within = format!("({expression}) IN ({})", values.join(","));
            Some(match (nulls.is_empty(), values.is_empty()) {
                (true, _) => format!("({expression}) IS NOT NULL AND {within}"),
                (false, true) => format!("({expression}) IS NULL"),
                (false, false) => format!("({expression}) IS NULL OR {within}"),
            })
        }
        _ => None,
    }
}

/// `2024-02-29`, by days since 1970.
fn day(days: i64) -> String {
    let (year, month, day) = civil::from_days(days);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::condition;

    #[test]
    fn bounds_become_conditions() {
        let of = |method, expression, bounds| condition(method, expression, bounds);
        assert_eq!(of("RANGE", "to_days(`d`)", "739251").as_deref(), Some("`d` < '2024-01-01'"));
        assert_eq!(of("RANGE", "year(`d`)", "2025").as_deref(), Some("(year(`d`)) < 2025"));
        assert_eq!(of("RANGE", "`d`", "MAXVALUE"), None);
        let columns = of("RANGE COLUMNS", "`a`,`b`", "10,'m'");
        assert_eq!(columns.as_deref(), Some("`a` < 10 OR (`a` = 10 AND (`b` < 'm'))"));
        assert_eq!(of("LIST", "`k`", "7,NULL").as_deref(), Some("(`k`) IS NULL OR (`k`) IN (7)"));
    }
}
