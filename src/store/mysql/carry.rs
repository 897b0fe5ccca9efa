//! The source's schema as this server can hold it.

use super::connect::{Flavor, Server, text};
use super::sql;
use crate::error::Result;
use crate::schema::{Dialect, Schema};
use crate::store::{Preparation, sql as shared};
use std::collections::{BTreeMap, BTreeSet};

/// A schema to create from, and what had to change, as sentences.
pub(super) struct Carried {
    pub(super) schema: Schema,
    pub(super) notes: Vec<String>,
}

/// The name that a table of the source has, or will have, in the target.
pub(super) fn target_name(schema: &Schema, table: usize) -> String {
    shared::target_name(Dialect::Mysql, schema, &schema.tables[table].name).name
}

/// The table of the target that a table of the source goes into, if it is there already.
pub(super) fn counterpart(schema: &Schema, table: usize, target: &Schema) -> Option<usize> {
    let name = target_name(schema, table);
    let exact = target.tables.iter().position(|there| there.name.name == name);
    // A server with lower_case_table_names stores `Orders` as `orders`.
    exact.or_else(|| {
        let lower = name.to_lowercase();
        target.tables.iter().position(|there| there.name.name == lower)
    })
}

/// Takes from the schema what the target cannot have: foreign keys to tables that are neither there nor loaded,
/// collations and types of the other of the two servers.
pub(super) async fn carry(
    server: &mut Server,
    preparation: &Preparation,
    target: &Schema,
) -> Result<Carried> {
    let mut carried = Carried { schema: preparation.schema.clone(), notes: Vec::new() };
    drop_lonely_keys(&mut carried, preparation, target);
    if carried.schema.dialect == Dialect::Mysql {
        replace_collations(server, &mut carried).await?;
        if server.flavor == Flavor::MySql {
            replace_types(&mut carried);
        }
    } else {
        compare_bytes(server, &mut carried.schema).await?;
    }
    Ok(carried)
}

fn drop_lonely_keys(carried: &mut Carried, preparation: &Preparation, target: &Schema) {
    let source = &preparation.schema;
    let present: Vec<bool> = (0..source.tables.len())
        .map(|at| preparation.rows[at].is_some() || counterpart(source, at, target).is_some())
        .collect();
    for (at, table) in carried.schema.tables.iter_mut().enumerate() {
        if preparation.rows[at].is_none() {
            continue;
        }
        table.foreign_keys.retain(|key| {
            if !present[key.parent] {
                carried.notes.push(format!(
                    "the foreign key ({}) of {} is left out: {} is not in the target",
                    source.tables[at].column_names(&key.columns),
                    source.tables[at].name,
                    source.tables[key.parent].name
                ));
            }
            present[key.parent]
        });
    }
}

/// The word behind `COLLATE` in a column's type or a table's options.
fn collation_in(text: &str) -> Option<&str> {
    let at = text.find("COLLATE")? + "COLLATE".len();
    text[at..].trim_start_matches(['=', ' ']).split(' ').next()
}

async fn replace_collations(server: &mut Server, carried: &mut Carried) -> Result<()> {
    let texts = carried
        .schema
        .tables
        .iter()
        .flat_map(|table| table.options.iter().chain(table.columns.iter().map(|column| &column.native)));
    let wanted: BTreeSet<String> = texts.filter_map(|text| collation_in(text)).map(str::to_owned).collect();
    let mut replaced: BTreeMap<String, Option<String>> = BTreeMap::new();
    for name in wanted {
        // MariaDB lists collations that fit several character sets without a character set.
        let listed = name.split_once("_uca1400").map_or(name.clone(), |(_, rest)| format!("uca1400{rest}"));
        if !exists(server, &name).await? && !exists(server, &listed).await? {
            let near = if name.ends_with("_nopad_bin") {
                Some("utf8mb4_0900_bin".to_owned())
            } else if name == "utf8mb4_0900_bin" {
                Some("utf8mb4_nopad_bin".to_owned())
            } else {
                None
            };
            let near = match near {
                Some(near) if exists(server, &near).await? => Some(near),
                _ => None,
            };
            carried.notes.push(format!(
                "the collation {name} is unknown to the target; {} is used",
                near.as_deref().unwrap_or("the default one of the character set")
            ));
            replaced.insert(name, near);
        }
    }
    for table in &mut carried.schema.tables {
        let texts = table.options.iter_mut().chain(table.columns.iter_mut().map(|column| &mut column.native));
        for text in texts {
            let Some((name, near)) = collation_in(text).and_then(|name| replaced.get_key_value(name)) else {
                continue;
            };
            *text = match near {
                Some(near) => text.replace(name, near),
                None => text.replace(&format!("COLLATE={name}"), "").replace(&format!("COLLATE {name}"), ""),
            }
            .trim_end()
            .to_owned();
        }
    }
    Ok(())
}

/// To the other engines `a` and `A` are two texts, and so are `a` and `a` with a blank behind it; a collation that
/// sees both is called differently by the two servers, and older ones have none that sees the blank.
async fn compare_bytes(server: &mut Server, schema: &mut Schema) -> Result<()> {
    for name in ["utf8mb4_nopad_bin", "utf8mb4_0900_bin"] {
        if exists(server, name).await? {
            for table in &mut schema.tables {
                table.options = vec![format!("{}{name}", shared::MYSQL_CHARSET)];
            }
            break;
        }
    }
    Ok(())
}

async fn exists(server: &mut Server, collation: &str) -> Result<bool> {
    let rows =
        server.rows("SELECT COLLATION_NAME FROM information_schema.COLLATIONS", "read the catalog").await?;
    for row in &rows {
        if text(row, 0)?.as_deref() == Some(collation) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// MySQL has no type for UUIDs and network addresses.
fn replace_types(carried: &mut Carried) {
    for table in &mut carried.schema.tables {
        for column in &mut table.columns {
            let spelled = match sql::bare_type(&column.native).as_str() {
                "uuid" => "char(36)",
                "inet4" => "varchar(15)",
                "inet6" => "varchar(45)",
                _ => continue,
            };
            carried.notes.push(format!(
                "{}.{} becomes {spelled}: MySQL has no type {}",
                table.name, column.name, column.native
            ));
            column.native = spelled.to_owned();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::collation_in;

    #[test]
    fn a_collation_is_found_in_types_and_options() {
        assert_eq!(
            collation_in("varchar(9) CHARACTER SET latin1 COLLATE latin1_bin INVISIBLE"),
            Some("latin1_bin")
        );
        assert_eq!(collation_in("DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin"), Some("utf8mb4_bin"));
        assert_eq!(collation_in("int(11)"), None);
    }
}
