//! PostgreSQL's types as [`DataType`]s: domains are followed to their base, everything unknown is `Other`.

use super::sql;
use crate::schema::DataType;
use sqlx::Row;
use sqlx::postgres::PgConnection;
use std::collections::HashMap;

/// One row of `pg_type`, as far as it matters.
#[derive(Debug, Clone)]
pub(super) struct PgType {
    /// The schema it is in.
    pub(super) schema: String,
    /// Its name, unquoted.
    pub(super) name: String,
    /// What sort of type it is.
    pub(super) class: Class,
}

/// The sorts of types that are told apart.
#[derive(Debug, Clone)]
pub(super) enum Class {
    /// A base type, known by its name or not at all.
    Base,
    /// An enum and its labels in order.
    Enum(Vec<String>),
    /// A list of the type with this object id.
    Array(i64),
    /// A row of fields of these types, with their modifiers.
    Composite(Vec<(i64, i32)>),
    /// A range over the type with this object id.
    Range(i64),
    /// A domain.
    Domain {
        /// The object id of the type below.
        base: i64,
        /// The modifier of the type below (length, precision), or -1.
        modifier: i32,
        /// Whether it excludes NULL.
        not_null: bool,
        /// The type below with its modifier, as DDL spells it.
        spelled: String,
        /// Its conditions: name and expression over the word VALUE.
        checks: Vec<(String, String)>,
    },
}

/// All types of a database by object id.
#[derive(Debug, Clone)]
pub(super) struct Types {
    by_id: HashMap<i64, PgType>,
}

const TYPES: &str = "SELECT t.oid::int8 AS id, n.nspname::text AS schema, t.typname::text AS name, \
        t.typtype::text AS sort, t.typbasetype::int8 AS base, t.typtypmod AS modifier, t.typnotnull AS not_null, \
        format_type(nullif(t.typbasetype, 0), t.typtypmod) AS spelled, \
        coalesce(e.oid::int8, 0::int8) AS element, \
        coalesce((SELECT r.rngsubtype::int8 FROM pg_range r WHERE r.rngtypid = t.oid), 0::int8) AS subtype, \
        ARRAY(SELECT a.atttypid::int8 FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped \
            ORDER BY a.attnum) AS fields, \
        ARRAY(SELECT a.atttypmod FROM pg_attribute a WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped \
            ORDER BY a.attnum) AS modifiers, \
        ARRAY(SELECT e.enumlabel::text FROM pg_enum e WHERE e.enumtypid = t.oid ORDER BY e.enumsortorder) AS labels, \
        ARRAY(SELECT c.conname::text FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.conname) AS check_names, \
        ARRAY(SELECT pg_get_expr(c.conbin, 0) FROM pg_constraint c WHERE c.contypid = t.oid AND c.contype = 'c' ORDER BY c.conname) AS checks \
     FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_type e ON e.oid = t.typelem AND e.typarray = t.oid \
     WHERE t.typtype IN ('b', 'd', 'e', 'r', 'm') OR t.oid IN (SELECT atttypid FROM pg_attribute)";

impl Types {
    /// Reads `pg_type`.
    pub(super) async fn read(connection: &mut PgConnection) -> sqlx::Result<Self> {
        let mut by_id = HashMap::new();
        for row in sql::query(connection, TYPES).await? {
            let element: i64 = row.try_get("element")?;
            let sort: String = row.try_get("sort")?;
            let class = match sort.as_str() {
                "e" => Class::Enum(row.try_get("labels")?),
                "d" => {
                    let names: Vec<String> = row.try_get("check_names")?;
                    let checks: Vec<String> = row.try_get("checks")?;
                    Class::Domain {
                        base: row.try_get("base")?,
                        modifier: row.try_get("modifier")?,
                        not_null: row.try_get("not_null")?,
                        spelled: row.try_get("spelled")?,
                        checks: names.into_iter().zip(checks).collect(),
                    }
                }
                _ if element != 0 => Class::Array(element),
                "c" => {
                    let fields: Vec<i64> = row.try_get("fields")?;
                    let modifiers: Vec<i32> = row.try_get("modifiers")?;
                    Class::Composite(fields.into_iter().zip(modifiers).collect())
                }
                "r" => Class::Range(row.try_get("subtype")?),
                _ => Class::Base,
            };
            let pg_type = PgType { schema: row.try_get("schema")?, name: row.try_get("name")?, class };
            by_id.insert(row.try_get("id")?, pg_type);
        }
        Ok(Self { by_id })
    }

    /// One type.
    pub(super) fn get(&self, id: i64) -> Option<&PgType> {
        self.by_id.get(&id)
    }

    /// What a column of this type and modifier holds.
    pub(super) fn resolve(&self, id: i64, modifier: i32) -> DataType {
        let Some(pg_type) = self.get(id) else { return DataType::Other };
        match &pg_type.class {
            Class::Domain { base, modifier, .. } => self.resolve(*base, *modifier),
            Class::Array(element) => DataType::Array { element: Box::new(self.resolve(*element, modifier)) },
            Class::Enum(labels) => DataType::Enum { name: Some(pg_type.qualified()), labels: labels.clone() },
            Class::Base if pg_type.name == "citext" => DataType::Text { max: None, fixed: false },
            Class::Base if pg_type.schema == "pg_catalog" => base_type(&pg_type.name, modifier),
            Class::Base | Class::Composite(_) | Class::Range(_) => DataType::Other,
        }
    }

    /// The chain of domains from this type down, outermost first; empty for a type that is no domain.
    pub(super) fn domains(&self, id: i64) -> Vec<&PgType> {
        let mut chain = Vec::new();
        let mut next = id;
        while let Some(pg_type) = self.get(next) {
            let Class::Domain { base, .. } = &pg_type.class else { break };
            chain.push(pg_type);
            next = *base;
        }
        chain
    }

    /// The type below all domains.
    pub(super) fn base(&self, id: i64) -> Option<&PgType> {
        let pg_type = self.get(id)?;
        match &pg_type.class {
            Class::Domain { base, .. } => self.base(*base),
            _ => Some(pg_type),
        }
    }
}

impl PgType {
    /// Its name, with the schema where that is not the default one.
    pub(super) fn qualified(&self) -> String {
        match self.schema.as_str() {
            "public" | "pg_catalog" => self.name.clone(),
            schema => format!("{schema}.{}", self.name),
        }
    }
}

fn base_type(name: &str, modifier: i32) -> DataType {
    // Lengths are stored with the four bytes of the value's own header added.
    let length = u32::try_from(modifier - 4).ok();
    match name {
        "bool" => DataType::Boolean,
        "int2" => DataType::Integer { bits: 16, unsigned: false },
        "int4" => DataType::Integer { bits: 32, unsigned: false },
        "int8" => DataType::Integer { bits: 64, unsigned: false },
        "oid" => DataType::Integer { bits: 32, unsigned: true },
        "float4" => DataType::Float { bits: 32 },
        "float8" => DataType::Float { bits: 64 },
        "numeric" => numeric(modifier),
        "text" => DataType::Text { max: None, fixed: false },
        "varchar" => DataType::Text { max: length, fixed: false },
        "bpchar" => DataType::Text { max: length, fixed: length.is_some() },
        "name" => DataType::Text { max: Some(63), fixed: false },
        "char" => DataType::Text { max: Some(1), fixed: false },
        "bytea" => DataType::Bytes { max: None },
        "date" => DataType::Date,
        "time" => DataType::Time,
        "timestamp" => DataType::Timestamp { zoned: false },
        "timestamptz" => DataType::Timestamp { zoned: true },
        "uuid" => DataType::Uuid,
        "json" | "jsonb" => DataType::Json,
        _ => DataType::Other,
    }
}

/// `numeric(p, s)`: since PostgreSQL 15 the scale is an 11-bit number that may be negative or above the precision.
fn numeric(modifier: i32) -> DataType {
    if modifier < 4 {
        return DataType::Numeric;
    }
    let packed = modifier - 4;
    let precision = packed >> 16;
    let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
    match (u8::try_from(precision), u8::try_from(scale)) {
        (Ok(precision), Ok(scale)) if precision <= 38 && scale <= precision => {
            DataType::Decimal { precision, scale }
        }
        _ => DataType::Numeric,
    }
}
