//! Generators: what makes one column's values.
//!
//! A value is a function of its *position*: rows are permuted over the positions `0..count` of a column's
//! distribution, position 0 being its lowest part, so that every column's margin is met as closely as `count` rows can
//! (a Latin hypercube). A generator that keeps positions apart is unique by construction.
//!
//! To add a generator: one file, one line in [`GENERATORS`].

mod category;
mod code;
mod distinct;
mod expression;
mod extension;
mod learned;
mod number;
mod other;
mod person;
mod place;
mod simple;
mod span;
mod spelled;
mod stretch;
mod structured;
mod text;
mod values;
mod words;

pub use values::Values;
pub(crate) use values::gather;

use crate::model::ColumnModel;
use crate::rng::Key;
use crate::schema::check::Restriction;
use crate::schema::{Column, DataType, Dialect};

/// What `seed generators` prints of a generator.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// The name in `seed.toml`.
    pub name: &'static str,
    /// What it makes, in one line.
    pub help: &'static str,
    /// Its parameters: name and meaning.
    pub parameters: &'static [(&'static str, &'static str)],
    /// What `seed.toml` says to use it.
    pub example: &'static str,
}

/// Makes samplers for columns.
pub trait ColumnGenerator: Sync {
    /// Its name and what it is for.
    fn definition(&self) -> Definition;

    /// A sampler for one column. The error says, in one sentence, why this column cannot have it.
    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String>;
}

/// Draws values of one column.
pub trait Sampler: Send + Sync {
    /// The values at some positions below [`Request::count`], NULL where there is none.
    fn sample(&self, positions: &[Option<u64>]) -> Values;

    /// How many positions from [`Request::count`] on give values too: further ones that the distribution does not hold,
    /// for keys that need more different values than it has.
    fn spare(&self) -> u64 {
        0
    }

    /// Which positions below [`Request::count`] give values of which token of the column's
    /// [`Codec`](crate::model::Codec): (token, first position beyond it), in order of positions. `None` where the
    /// positions are not in order of tokens, or the values are not those of the codec.
    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        None
    }
}

/// Which end of a stretch a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// Where it begins.
    Start,
    /// Where it ends.
    End,
}

/// What a generator is asked for.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The column.
    pub column: &'a Column,
    /// What was learned of it; `None` where it is made up from its name and type.
    pub learned: Option<&'a ColumnModel>,
    /// How many different positions there are: the rows that are not NULL.
    pub count: u64,
    /// The dialect in which types are spelled.
    pub dialect: Dialect,
    /// Different positions must give different values.
    pub unique: bool,
    /// Other columns of the row have the same positions: what is made of them has to go together.
    pub shared: bool,
    /// The column is an end of stretches that must not overlap each other.
    pub edge: Option<Edge>,
    /// Whole numbers from position [`Request::first`] on must be greater than this, which the target has already.
    pub above: Option<i64>,
    /// The first position that will be asked for; those before it were used up by an earlier run.
    pub first: u64,
    /// What CHECKs say of the column.
    pub restriction: &'a Restriction,
    /// The randomness of this column.
    pub key: Key,
    /// Parameters from `seed.toml`.
    pub parameters: &'a toml::Table,
}

impl Request<'_> {
    /// The column's type.
    pub fn data_type(&self) -> &DataType {
        &self.column.data_type
    }

    /// The greatest number of characters a text may have.
    pub fn max_length(&self) -> usize {
        let declared = match self.data_type() {
            DataType::Text { max: Some(max), .. } | DataType::Bytes { max: Some(max) } => *max as usize,
            _ => usize::MAX,
        };
        self.restriction.length.1.map_or(declared, |length| declared.min(length as usize))
    }

    /// The least number of characters a text may have.
    pub fn min_length(&self) -> usize {
        self.restriction.length.0.map_or(0, |length| length as usize).min(self.max_length())
    }
}

/// Every generator, in the order in which they are listed.
pub static GENERATORS: &[&dyn ColumnGenerator] = &[
    &learned::Learned,
    &simple::Constant,
    &simple::Null,
    &simple::OneOf,
    &simple::Range,
    &simple::Serial,
    &code::PatternText,
    &code::Uuid,
    &person::FirstName,
    &person::LastName,
    &person::FullName,
    &person::Username,
    &person::Email,
    &person::Password,
    &code::Phone,
    &code::NationalId,
    &code::CreditCard,
    &code::Iban,
    &code::IpAddress,
    &code::MacAddress,
    &place::Street,
    &place::City,
    &place::State,
    &place::Country,
    &place::CountryCode,
    &place::Postcode,
    &place::Company,
    &place::JobTitle,
    &place::Url,
    &text::Words,
    &text::Prose,
];

/// The generator of that name.
pub fn generator(name: &str) -> Option<&'static dyn ColumnGenerator> {
    GENERATORS.iter().copied().find(|generator| generator.definition().name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_every_generator_says_what_it_makes() {
        let mut names: Vec<_> = GENERATORS.iter().map(|g| g.definition().name).collect();
        names.sort_unstable();
        let before = names.len();
        names.dedup();
        assert_eq!(names.len(), before);
        assert!(GENERATORS.iter().all(|g| !g.definition().help.is_empty()));
    }
}
