//! Trees find what is there, and nothing else.

use super::grow::{Grown, Rows, Sight, Target, grow};
use super::screen::screen;
use crate::model::Codec;
use crate::model::privacy::Settings;
use crate::rng::{Key, Stream};

/// Rows to grow on, made row by row.
struct Made {
    tokens: Vec<u16>,
    codes: Vec<Vec<u8>>,
    ordered: Vec<bool>,
    subjects: Vec<u32>,
    held_out: Vec<bool>,
    codec: Codec,
}

/// `row` gives the token and the features' classes.
fn made(
    rows: usize,
    codec_ordered: bool,
    ordered: &[bool],
    row: impl Fn(&mut Stream) -> (u16, Vec<u8>),
) -> Made {
    let key = Key::new(5, &["joint"]);
    let mut codes = vec![Vec::new(); ordered.len()];
    let (mut tokens, mut held_out) = (Vec::new(), Vec::new());
    for index in 0..rows {
        let mut stream = key.at(index as u64, 0);
        let (token, classes) = row(&mut stream);
        tokens.push(token);
        classes.into_iter().zip(&mut codes).for_each(|(class, codes)| codes.push(class));
        held_out.push(stream.below(10) == 0);
    }
    let most = usize::from(tokens.iter().copied().max().unwrap_or(0));
    let mut by_token = vec![0; most + 1];
    tokens.iter().for_each(|&token| by_token[usize::from(token)] += 1);
    Made {
        codec: Codec::new(codec_ordered, by_token),
        tokens,
        codes,
        ordered: ordered.to_vec(),
        subjects: (0..rows as u32).collect(),
        held_out,
    }
}

impl Made {
    fn with<T>(&self, k: u32, f: impl Fn(&Target, &[Sight], &Rows) -> T) -> T {
        let sights: Vec<Sight> =
            self.codes.iter().zip(&self.ordered).map(|(codes, &ordered)| Sight { codes, ordered }).collect();
        let target = Target { tokens: &self.tokens, codec: &self.codec };
        let privacy = Settings { k };
        f(&target, &sights, &Rows { subjects: &self.subjects, held_out: &self.held_out, privacy })
    }

    fn grow(&self) -> Grown {
        self.with(5, grow)
    }
}

#[test]
fn an_independent_target_is_one_leaf() {
    let made = made(20_000, false, &[true, false, true], |stream| {
        (1 + stream.below(12) as u16, (0..3).map(|_| stream.below(50) as u8).collect())
    });
    let grown = made.grow();
    assert!(grown.tree.nodes.is_empty() && grown.used.is_empty());
    assert_eq!(grown.tree.histograms.len(), 1);
    assert_eq!(grown.tree.histograms[0].total(), 20_000);
    assert!((grown.held_out - grown.marginal).abs() < 1e-12);
}

#[test]
fn screening_prefers_what_tells_most() {
    let made = made(5_000, false, &[true, true, true], |stream| {
        let value = stream.below(8) as u8;
        let noisy = if stream.below(2) == 0 { value } else { stream.below(8) as u8 };
        (1 + u16::from(value), vec![stream.below(60) as u8, noisy, value])
    });
    assert_eq!(made.with(5, |target, sights, rows| screen(target, sights, rows, 2)), [2, 1]);
}
