//! How tables are cut into partitions. Rows go into the table, so this matters only for creating it again.

use super::connect::{Server, number, text};
use crate::error::Result;
use crate::schema::{Partition, Schema, TableName};
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
        table.partitions.push(Partition { name: TableName { schema: None, name }, bounds, condition: None });
    }
    Ok(())
}
