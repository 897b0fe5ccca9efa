//! Stretches of days, hours or numbers that do not overlap each other, told by two columns that share their positions.

use super::{Edge, Request, Sampler, Values};
use crate::schema::DataType;

/// Steps from the beginning of one stretch to that of the next; each is shorter.
const APART: i64 = 4;

/// One end of all stretches.
struct Ends {
    edge: Edge,
    first: i64,
    step: i64,
}

impl Sampler for Ends {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let value = |position: u64| {
            let begin = position as i64 * APART;
            let length = 1 + position as i64 % (APART - 2);
            self.first + self.step * if self.edge == Edge::Start { begin } else { begin + length }
        };
        Values::Integers(positions.iter().map(|position| position.map(value)).collect())
    }
}

/// A sampler for the column; `None` where it is no end of a stretch, or of a type that is not counted.
pub(super) fn sampler(request: &Request<'_>) -> Option<Box<dyn Sampler>> {
    let edge = request.edge?;
    const HOUR: i64 = 3_600_000_000;
    let (first, step) = match request.data_type() {
        DataType::Date => (18_262, 1),
        DataType::Timestamp { .. } => (18_262 * 24 * HOUR, HOUR),
        DataType::Integer { bits: 32.., .. } => (1, 1),
        DataType::Decimal { scale, .. } => (0, 10i64.pow(u32::from(*scale).min(9))),
        _ => return None,
    };
    Some(Box::new(Ends { edge, first, step }))
}
