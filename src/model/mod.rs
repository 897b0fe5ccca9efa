//! What was learned: serialisable, reviewable text, without any source row.
//!
//! Every number in here has passed [`privacy`]. The only rows a model holds are those of reference tables
//! (countries, statuses), which go over verbatim; [`TableModel::reference`] discloses them as such.

mod cardinality;
mod codec;
pub mod context;
mod dependence;
mod encode;
mod file;
mod gap;
mod leaves;
mod marginal;
mod pairs;
pub mod privacy;
mod reference;
mod relative;
mod rhythm;
pub mod rule;
mod semantic;
mod tree;
mod words;

pub use cardinality::{Cardinality, CountBin};
pub use codec::{Codec, MOST_CLASSES, NULL_TOKEN};
pub use dependence::{
    Conditional, Decided, Dependence, Diamond, Echo, Feature, Field, Fit, Link, Lookup, Rank, Run, Seen,
    Steps,
};
pub use file::FORMAT_VERSION;
pub use gap::{gap_class, gaps_of};
pub use leaves::{Leaves, Outcome};
pub use marginal::{
    Categories, JsonKey, JsonScalar, JsonShape, ListShape, Marginal, Ordered, Part, Pattern, Segment,
    TextShape, UniqueIntegers,
};
pub use pairs::DigitPairs;
pub use reference::ReferenceRows;
pub use relative::{Limit, Open, Relative, Side};
pub use rhythm::Rhythm;
pub use semantic::SemanticKind;
pub use tree::{Histogram, Level, Node, Tree};

use crate::schema::Schema;
use serde::{Deserialize, Serialize};

/// Everything learned of one database.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Model {
    /// The version of the file format, [`FORMAT_VERSION`].
    pub format: u32,
    /// The version of `seed` that wrote it.
    pub written_by: String,
    /// The privacy settings in force when it was learned.
    pub privacy: privacy::Settings,
    /// The source's schema.
    pub schema: Schema,
    /// One entry per table of `schema`, in the same order.
    pub tables: Vec<TableModel>,
}

/// Everything learned of one table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TableModel {
    /// The table's name, for the reader; [`Model::schema`] is what counts.
    pub name: String,
    /// Rows in the source, exactly.
    pub rows: u64,
    /// Rows that were read to learn from.
    pub sampled: u64,
    /// What is to happen to this table unless the user says otherwise.
    pub treatment: Treatment,
    /// Why that treatment is proposed, as a sentence.
    pub because: String,
    /// One entry per column of the table, in the same order.
    pub columns: Vec<ColumnModel>,
    /// One entry per foreign key of the table, in the same order.
    pub cardinalities: Vec<Cardinality>,
    /// How its columns depend on each other and on those of other tables; `None` where they are drawn independently.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependence: Option<Dependence>,
    /// The conditions that the rows learned from were chosen by, in the schema's dialect; all rows made from the model meet them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<String>,
    /// What holds in every row of it, and is kept.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<rule::Rule>,
    /// The rows of a table whose treatment is `Copy`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<ReferenceRows>,
}

/// What happens to a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Treatment {
    /// New rows from what was learned.
    Learn,
    /// The source's rows, verbatim.
    Copy,
    /// New rows made up from names, types and constraints alone.
    Fake,
    /// The table is left out.
    Skip,
}

/// Everything learned of one column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnModel {
    /// The column's name, for the reader.
    pub name: String,
    /// NULLs among [`TableModel::sampled`] rows.
    pub nulls: u64,
    /// Different values among them; a lower bound above 65,536.
    pub distinct: u64,
    /// What the values mean, where that was recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub semantic: Option<SemanticKind>,
    /// How the values are distributed; of a column that is told relative to other values, how far they are from these.
    pub marginal: Marginal,
    /// What values are told relative to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub relative: Option<Relative>,
    /// For a column of whole numbers, days or times that is a key by itself, or of whole numbers that nobody declared a key and of which none
    /// repeats: how its values are spread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unique: Option<UniqueIntegers>,
    /// What of the source this entry discloses, as a sentence.
    pub discloses: String,
}
