//! Texts in small or in capital letters, where a CHECK says that there are no others (`email = lower(email)`).

use super::{Request, Sampler, Values};
use crate::schema::Column;
use crate::schema::check::{Letters, Restriction};
use arrow_array::StringArray;

/// What another sampler makes, in these letters.
struct Spelled {
    sampler: Box<dyn Sampler>,
    letters: Letters,
}

impl Sampler for Spelled {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        match self.sampler.sample(positions) {
            Values::Texts(texts) => {
                let spelled = texts.iter().map(|text| text.map(|text| self.letters.of(text)));
                Values::Texts(spelled.collect::<StringArray>())
            }
            other => other,
        }
    }

    fn spare(&self) -> u64 {
        self.sampler.spare()
    }

    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        self.sampler.tokens()
    }
}

/// What makes a sampler for a request.
type Build<'a> = dyn Fn(&Request<'_>) -> Result<Box<dyn Sampler>, String> + 'a;

/// A sampler that `build` makes for texts that differ in more than their letters' case.
pub(super) fn build(
    letters: Letters,
    request: &Request<'_>,
    build: &Build<'_>,
) -> Result<Box<dyn Sampler>, String> {
    let column = Column { case_insensitive: true, ..request.column.clone() };
    let restriction = Restriction { letters: None, ..request.restriction.clone() };
    let sampler = build(&Request { column: &column, restriction: &restriction, ..*request })?;
    Ok(Box::new(Spelled { sampler, letters }))
}
