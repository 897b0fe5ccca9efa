//! How the columns of a table depend on each other, on the rows above and on the rows before.
//!
//! Columns are drawn one after the other (the *chain*); each is drawn from a decision tree over what is known by then.
//! A *spine* is the foreign key under which siblings stand in order; the rows of one parent through it are a *group*.

use super::Tree;
use super::rule::Along;
use serde::{Deserialize, Serialize};

/// The joint model of one table.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Dependence {
    /// The foreign key whose parent's rows are groups in order; without one every row stands alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spine: Option<usize>,
    /// The column by which siblings are ordered; without one their order means nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<usize>,
    /// Foreign keys that follow from others.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub diamonds: Vec<Diamond>,
    /// For foreign keys other than the spine: what a row knows of its parent before it has one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<Link>,
    /// What child rows see of their parents.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub seen: Vec<Seen>,
    /// Columns whose values are places among the rows of one parent, nearly without exception.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ranks: Vec<Rank>,
    /// Columns whose values siblings repeat.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub echoes: Vec<Echo>,
    /// Sets of columns in which siblings hardly ever all agree.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub apart: Vec<Vec<usize>>,
    /// Columns whose values go one way along siblings in order, but for a few.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runs: Vec<Run>,
    /// What is drawn, in the order of drawing: what links know of their parents (and the order of siblings before that);
    /// then, once parents are found, the columns; then what is known of the row's own children.
    pub chain: Vec<Conditional>,
}

/// A foreign key whose parent is, in every row, the parent's parent through another one, without a constraint that says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diamond {
    /// The foreign key that follows.
    pub foreign_key: usize,
    /// The one from which it follows.
    pub via: usize,
    /// The foreign key of that one's parent.
    pub then: usize,
}

/// How many child rows have a parent of each class of one of its fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seen {
    /// The foreign key.
    pub foreign_key: usize,
    /// The parent's field.
    pub field: Field,
    /// Classes and child rows; classes that too few parents have are left out.
    pub rows: Vec<(u8, u64)>,
}

/// A column whose values are places among the rows of one parent: those that are not NULL are `first`, `first + 1`, … in nearly every
/// group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rank {
    /// The column.
    pub column: usize,
    /// The foreign key whose parents make the groups.
    pub foreign_key: usize,
    /// The first place: 0 or 1.
    pub first: i64,
    /// In which order places are given, but for a few: by a column, or as was drawn.
    pub along: Along,
}

/// A column whose values never fall along siblings in order, or never rise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The column.
    pub column: usize,
    /// Whether they never rise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub falling: bool,
}

/// A column in which rows often have the very value of the sibling before, where trees only tell classes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Echo {
    /// The column.
    pub column: usize,
    /// Of the rows that have the class of the sibling before, the share that has its value because the sibling has.
    pub share: f64,
}

/// How rows find their parents through one foreign key: fields of the parent are drawn first, then a parent that has them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Link {
    /// The foreign key.
    pub foreign_key: usize,
    /// The parent's fields that are drawn, most telling first; [`Field::Link`] numbers them.
    pub fields: Vec<Field>,
}

/// One field and what it is drawn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Conditional {
    /// What is drawn.
    pub field: Field,
    /// Columns of the same row that (almost) decide it; what the tree says holds where they say nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lookup: Option<Lookup>,
    /// What the tree looks at; nodes refer to these by number.
    pub features: Vec<Feature>,
    /// What each of `features` tells of the field beyond those that are asked before it, in nats per row.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gains: Vec<f64>,
    /// How well the tree does on rows that it was not grown on; absent where no subject could be held out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fit: Option<Fit>,
    /// The tree.
    pub tree: Tree,
    /// Where the tree looks at siblings: another one that does not, whose tokens are the field's classes. Rows are drawn given drawn siblings, so what
    /// these are wrong about would add up along a group; rows of one leaf of the anchor keep together the shares that the leaf has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub anchor: Option<Box<Self>>,
    /// How far siblings lie apart, where leaves do not say it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub steps: Option<Steps>,
}

impl Conditional {
    /// What the tree and its anchor look at.
    pub fn looked_at(&self) -> impl Iterator<Item = &Feature> {
        self.features.iter().chain(self.anchor.iter().flat_map(|anchor| &anchor.features))
    }
}

/// How much likelier a row's class lies so many classes above that of the sibling before than what the row is drawn from says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Steps {
    /// By [`Steps::number`]; 1 where leaves know.
    pub factors: Vec<f64>,
}

impl Steps {
    /// How many different steps there are: NULL has no place among ordered classes.
    pub const COUNT: usize = 2 * super::MOST_CLASSES - 3;

    /// The number of the step from a class to another; neither is NULL's.
    pub fn number(before: u8, class: u8) -> usize {
        super::MOST_CLASSES - 2 + usize::from(class) - usize::from(before)
    }

    /// The factor of a step; 1 from NULL and to it.
    pub fn factor(&self, before: u8, class: u8) -> f64 {
        if before == 0 || class == 0 {
            return 1.0;
        }
        self.factors.get(Self::number(before, class)).copied().unwrap_or(1.0)
    }

    /// The greatest factor.
    pub fn most(&self) -> f64 {
        self.factors.iter().copied().fold(1.0, f64::max)
    }
}

/// What a tree adds to the histogram of all rows, in nats per row: the mean of ln p(token | leaf) − ln p(token).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Fit {
    /// For the rows that it was grown on.
    pub seen: f64,
    /// For the rows of subjects that were held out.
    pub held_out: f64,
    /// The standard error of `held_out`, as if all rows of a subject said the same.
    pub error: f64,
}

/// Standard errors that are taken for noise.
const NOISE: f64 = 3.0;

impl Fit {
    /// The generalisation gap: what the tree tells of rows seen and of no others.
    pub fn gap(&self) -> f64 {
        self.seen - self.held_out
    }

    /// Whether the tree remembers rows in place of learning from them: it makes rows seen likelier, and all others less likely
    /// than they are without it, by more than noise.
    pub fn memorises(&self) -> bool {
        self.seen > 0.0 && self.held_out < -NOISE * self.error
    }
}

/// Something that is known of every row of a table, coded by a [`Codec`](super::Codec).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// The token of a column, by index.
    Column(usize),
    /// How a row differs from the sibling before it in a column: how far it lies beyond it, in tokens, where the column orders siblings (a
    /// class of [`gaps_of`](super::gaps_of)), else whether it has another token (2) or the same (1); 0 for rows that follow none. It is
    /// drawn before the column. Class and token are the same.
    Gap(usize),
    /// How many rows of a child table refer to it; the codec is that of the child's
    /// [`Cardinality`](super::Cardinality) histogram.
    Children {
        /// The child table.
        table: usize,
        /// The child's foreign key.
        foreign_key: usize,
    },
    /// Of a parent row: what its children through a foreign key that is not their spine have in common. The token is a class of the children's
    /// column: the rounded mean of an ordered one, else the most frequent; 0 without children.
    Behaviour {
        /// The child table.
        table: usize,
        /// The child's foreign key.
        foreign_key: usize,
        /// The child's column.
        column: usize,
    },
    /// A field of the parent that a row is to find through a foreign key. The codec is that of the parent's field.
    Link {
        /// The foreign key.
        foreign_key: usize,
        /// Which of [`Link::fields`].
        level: usize,
    },
    /// Which row it is, for the rows of a copied table: token 1 + row, weighted by the children of each row through the foreign key by
    /// which the field was reached.
    Row,
}

/// What a tree may look at. Its value is always the class of a token, below 64.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Feature {
    /// A field of this row (empty path), of its parent (one foreign key), of its parent's parent, …
    /// Class 0 where there is no such row.
    Of {
        /// Foreign keys from this row upwards.
        path: Vec<usize>,
        /// The field of the row at the end of the path.
        field: Field,
    },
    /// Which token of its class a field has that is reached in the same way: [`Codec::detail`](super::Codec::detail). It means
    /// something to a tree only where the class is known.
    Detail {
        /// Foreign keys from this row upwards.
        path: Vec<usize>,
        /// The field of the row at the end of the path.
        field: Field,
    },
    /// How many siblings come before this row; 63 and more are one class.
    Position,
    /// How many siblings come after it; 63 and more are one class.
    Left,
    /// A field (a column or a link) of an earlier sibling; class 0 where there is none.
    Earlier {
        /// How many rows before: 1 or 2.
        back: u8,
        /// The field.
        field: Field,
    },
    /// The mean class of an ordered field over all earlier siblings, rounded, NULLs left out; class 0 where there is none.
    Mean(Field),
    /// How many different classes a field had in the earlier siblings, at most 63.
    Distinct(Field),
    /// Whether an earlier sibling has a certain class of a field: class 1 where one has, else 0.
    Seen {
        /// The field.
        field: Field,
        /// The class.
        class: u8,
    },
}

/// Tokens that decide, and the rows of the tokens that they decide.
pub type Decided = (Vec<u16>, Vec<(u16, u32)>);

/// A functional dependency, token by token: X → y for one or two columns X.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lookup {
    /// The columns X, drawn earlier in the chain.
    pub columns: Vec<usize>,
    /// Their tokens, ascending, and the rows of the drawn field's tokens; one token each where the dependency is exact.
    /// Combinations that too few subjects share are left out.
    pub entries: Vec<Decided>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_memorises_if_it_helps_only_rows_that_it_has_seen() {
        let memorises = |seen, held_out| Fit { seen, held_out, error: 0.1 }.memorises();
        assert!(memorises(0.5, -0.31));
        assert!(!memorises(0.5, -0.29), "noise");
        assert!(!memorises(5.0, 0.01), "a gap, but it helps others too");
        assert!(!memorises(0.0, -0.5), "it does not even know what it has seen");
    }

    #[test]
    fn steps_are_numbered_from_the_deepest_to_the_highest() {
        let last = crate::model::MOST_CLASSES as u8 - 1;
        assert_eq!((Steps::number(last, 1), Steps::number(1, last)), (0, Steps::COUNT - 1));
        let factors = (0..Steps::COUNT).map(|number| number as f64).collect();
        let steps = Steps { factors };
        assert_eq!(steps.factor(7, 9) - steps.factor(9, 9), 2.0);
        assert_eq!((steps.factor(0, 9), steps.factor(9, 0)), (1.0, 1.0));
    }
}
