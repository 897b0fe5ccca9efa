//! A random schema as data: what is drawn, written as DDL, filled, and made smaller where it fails.

use crate::support::Engine;
use crate::support::database::quote;

/// A schema of one engine.
#[derive(Debug, Clone)]
pub(super) struct Schema {
    pub engine: Engine,
    /// Statements for types and domains.
    pub types: Vec<String>,
    pub tables: Vec<Table>,
}

#[derive(Debug, Clone)]
pub(super) struct Table {
    /// PostgreSQL's schema where it is not `public`.
    pub schema: Option<&'static str>,
    pub name: String,
    pub columns: Vec<Column>,
    /// Column numbers; empty without a primary key.
    pub primary_key: Vec<usize>,
    pub uniques: Vec<Unique>,
    pub foreign_keys: Vec<ForeignKey>,
    pub checks: Vec<Check>,
    /// Words behind the column list.
    pub suffix: String,
    /// The column that rows are routed by; it cannot be left out.
    pub routed_by: Option<usize>,
    /// Bounds of the partitions.
    pub partitions: Vec<String>,
    /// Rows wanted in the source.
    pub rows: usize,
}

#[derive(Debug, Clone)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    /// The type as the engine spells it.
    pub native: String,
    /// Of ordered kinds: the least and the greatest value, in units of the last decimal, days, or seconds.
    pub range: (i128, i128),
    pub texts: Texts,
    pub nullable: bool,
    /// NULLs of a hundred rows.
    pub nulls: usize,
    pub default: Option<String>,
    /// The expression, and the columns it reads.
    pub generated: Option<(String, Vec<usize>)>,
    /// The words with which the engine numbers the column.
    pub numbered: Option<&'static str>,
}

/// What a column holds, as far as literals differ.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Integer,
    Decimal(u32),
    Float,
    Boolean,
    Text {
        max: usize,
        fixed: bool,
    },
    Bytes {
        min: usize,
        max: usize,
    },
    Date,
    Time,
    Timestamp,
    Uuid,
    Json,
    Enum(Vec<String>),
    /// One of these literals.
    Listed(&'static [&'static str]),
}

/// What texts look like.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Texts {
    Free,
    Words(Vec<String>),
    Length(usize, usize),
    Prefix(String),
    /// So many capital letters, a hyphen, so many digits.
    Code(usize, usize),
    Mail,
    Lower,
}

#[derive(Debug, Clone)]
pub(super) struct Unique {
    pub columns: Vec<usize>,
    /// The condition of a partial index, and the columns it reads.
    pub condition: Option<(String, Vec<usize>)>,
    /// The list of expressions instead of the columns.
    pub expression: Option<String>,
    pub nulls_not_distinct: bool,
}

#[derive(Debug, Clone)]
pub(super) struct ForeignKey {
    pub columns: Vec<usize>,
    pub parent: usize,
    pub parent_columns: Vec<usize>,
    pub suffix: String,
    /// Closes a cycle: the parents are filled later.
    pub late: bool,
}

#[derive(Debug, Clone)]
pub(super) struct Check {
    pub columns: Vec<usize>,
    pub text: String,
}

impl Kind {
    /// Whether values lie between others.
    pub(super) fn is_ordered(&self) -> bool {
        matches!(
            self,
            Self::Integer | Self::Decimal(_) | Self::Float | Self::Date | Self::Time | Self::Timestamp
        )
    }
}

impl Table {
    /// The name as users write it.
    pub(super) fn display(&self) -> String {
        self.schema.map_or_else(|| self.name.clone(), |schema| format!("{schema}.{}", self.name))
    }

    /// The quoted name.
    pub(super) fn quoted(&self, engine: Engine) -> String {
        let name = quote(engine, &self.name);
        self.schema.map_or_else(|| name.clone(), |schema| format!("{schema}.{name}"))
    }

    /// Quoted column names.
    pub(super) fn list(&self, engine: Engine, columns: &[usize]) -> String {
        let names: Vec<_> = columns.iter().map(|&at| quote(engine, &self.columns[at].name)).collect();
        names.join(", ")
    }

    /// Whether a column is part of a key of any kind.
    pub(super) fn in_key(&self, column: usize) -> bool {
        self.primary_key.contains(&column)
            || self.uniques.iter().any(|unique| unique.reads(column))
            || self.in_foreign_key(column)
    }

    /// Whether a column refers to another table.
    pub(super) fn in_foreign_key(&self, column: usize) -> bool {
        self.foreign_keys.iter().any(|key| key.columns.contains(&column))
    }

    /// The keys that foreign keys may refer to.
    pub(super) fn targets(&self) -> Vec<Vec<usize>> {
        // What is itself optional is hard to refer to.
        let optional = |&at: &usize| self.columns[at].nullable && self.in_foreign_key(at);
        let plain = |unique: &&Unique| {
            unique.condition.is_none() && unique.expression.is_none() && !unique.columns.iter().any(optional)
        };
        let uniques = self.uniques.iter().filter(plain).map(|unique| unique.columns.clone());
        let primary = (!self.primary_key.is_empty()).then(|| self.primary_key.clone());
        primary.into_iter().chain(uniques).collect()
    }
}

impl Unique {
    /// Over these columns.
    pub(super) fn over(columns: Vec<usize>) -> Self {
        Self { columns, condition: None, expression: None, nulls_not_distinct: false }
    }

    /// Whether the key reads a column.
    pub(super) fn reads(&self, column: usize) -> bool {
        self.columns.contains(&column)
            || self.condition.as_ref().is_some_and(|(_, columns)| columns.contains(&column))
    }
}
