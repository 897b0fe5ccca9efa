//! Tables, columns and keys with nothing special about them, for schemas that are written down in code. Introspection names every
//! field itself, so that the compiler asks each engine about a new one.

use super::{Action, Column, DataType, Deferrable, ForeignKey, Table, TableName, UniqueKey};

impl Table {
    /// A table with columns, and without keys or conditions.
    pub fn new(name: TableName, columns: Vec<Column>) -> Self {
        Self {
            name,
            columns,
            primary_key: None,
            uniques: Vec::new(),
            foreign_keys: Vec::new(),
            checks: Vec::new(),
            indexes: Vec::new(),
            partition_by: None,
            partitions: Vec::new(),
            comment: None,
            row_estimate: None,
            exclusions: Vec::new(),
            triggers: Vec::new(),
            options: Vec::new(),
        }
    }
}

impl Column {
    /// A column that is never NULL and has no default; the engine's own spelling of its type is left open.
    pub fn new(name: String, data_type: DataType) -> Self {
        Self {
            name,
            data_type,
            native: String::new(),
            nullable: false,
            default: None,
            identity: None,
            generated: None,
            comment: None,
            case_insensitive: false,
            form: None,
        }
    }
}

impl UniqueKey {
    /// A constraint without a name.
    pub fn new(columns: Vec<usize>) -> Self {
        Self {
            name: None,
            columns,
            predicate: None,
            expression: None,
            nulls_distinct: true,
            constraint: true,
        }
    }
}

impl ForeignKey {
    /// A declared key without a name that is checked at once and does nothing to children.
    pub fn new(columns: Vec<usize>, parent: usize, parent_columns: Vec<usize>) -> Self {
        Self {
            name: None,
            columns,
            parent,
            parent_columns,
            on_delete: Action::NoAction,
            on_update: Action::NoAction,
            deferrable: Deferrable::No,
            match_full: false,
            declared: true,
        }
    }
}
