//! Trees find what is there, and nothing else.

use super::grow::{Grown, Rows, STRUCTURE_ROWS, Sight, Target, grow, structure_rows};
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
        let sights: Vec<Sight> = self
            .codes
            .iter()
            .zip(&self.ordered)
            .map(|(codes, &ordered)| Sight { codes, ordered, of: None, weight: 1.0 })
            .collect();
        let target = Target { tokens: &self.tokens, codec: &self.codec };
        let privacy = Settings { k };
        f(&target, &sights, &Rows::new(&self.subjects, &self.held_out, privacy))
    }

    fn grow(&self) -> Grown {
        self.with(5, grow)
    }

    fn leaf(&self, grown: &Grown, row: usize) -> usize {
        grown.tree.leaf(|feature| self.codes[grown.used[usize::from(feature)]][row])
    }

    /// How far the chances of tokens are from the right ones: total variation, averaged over rows.
    fn distance(&self, grown: &Grown, right: impl Fn(usize, u16) -> f64) -> f64 {
        let tokens = self.codec.tokens() as u16;
        let rows = (0..self.tokens.len()).step_by(97);
        let count = rows.len() as f64;
        let of_row = |row: usize| -> f64 {
            let leaf = self.leaf(grown, row);
            let off = |token| (grown.tree.chance(leaf, token, &self.codec) - right(row, token)).abs();
            (0..tokens).map(off).sum::<f64>() / 2.0
        };
        rows.map(of_row).sum::<f64>() / count
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
fn what_a_tree_adds_is_measured_on_both_kinds_of_rows() {
    let mut made = made(5_000, false, &[false], |stream| {
        let class = 1 + stream.below(4) as u8;
        let token = if stream.below(4) == 0 { 1 + stream.below(4) as u16 } else { u16::from(class) };
        (token, vec![class])
    });
    let grown = made.grow();
    let held_out = grown.held_out_gain.expect("rows are held out");
    assert!((held_out.mean - (grown.held_out - grown.marginal)).abs() < 1e-9);
    // Three of four rows say it outright: ln 4 less the entropy that is left.
    assert!((grown.gain.mean - 0.69).abs() < 0.05, "{:?}", grown.gain);
    assert!((held_out.mean - grown.gain.mean).abs() < 0.1, "{held_out:?}");
    assert!(held_out.deviation > 0.3, "rows differ");

    // Rows that contradict the tree cut it down to nothing; it cannot be worse than no tree.
    for (row, token) in made.tokens.iter_mut().enumerate().filter(|(row, _)| made.held_out[*row]) {
        *token = 1 + u16::from(made.codes[0][row]) % 4;
    }
    let contradicted = made.grow();
    let held_out = contradicted.held_out_gain.expect("rows are held out");
    assert_eq!((contradicted.tree.nodes.len(), held_out.mean), (0, 0.0));

    made.held_out.fill(false);
    assert!(made.grow().held_out_gain.is_none(), "nothing is claimed");
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

#[test]
fn a_nominal_dependence_is_found_with_its_shares() {
    // Whether the colour is one of some decides the shares; the other features are noise.
    let warm = [3, 4, 9, 17, 28];
    let share = |is_warm: bool, token: u16| match (is_warm, token) {
        (_, 0) => 0.0,
        (true, 1) | (false, 3) => 0.6,
        (_, 2) => 0.3,
        _ => 0.1,
    };
    let made = made(20_000, false, &[true, false, false], |stream| {
        let colour = stream.below(30) as u8;
        let is_warm = warm.contains(&colour);
        let unit = stream.unit();
        let token = if unit < share(is_warm, 1) {
            1
        } else if unit < share(is_warm, 1) + 0.3 {
            2
        } else {
            3
        };
        (token, vec![stream.below(60) as u8, colour, stream.below(60) as u8])
    });
    let grown = made.grow();
    assert_eq!((grown.used.as_slice(), grown.tree.nodes.len()), (&[1][..], 1), "one split, on the colour");
    let set = grown.tree.nodes[0].set;
    let is_inside = |colour: u8| set >> colour & 1 == 1;
    assert!((0..30).all(|colour| is_inside(colour) == (is_inside(3) == warm.contains(&colour))));
    let distance = made.distance(&grown, |row, token| share(warm.contains(&made.codes[1][row]), token));
    assert!(distance < 0.02, "{distance}");
    let gain = grown.held_out - grown.marginal;
    assert!((grown.gain_by_feature[0] - gain).abs() < 1e-9 && gain > 0.05);
}

#[test]
fn an_ordered_dependence_is_found_in_steps() {
    // The sum of two dice of which one is seen.
    let made = made(40_000, true, &[true, false], |stream| {
        let seen = 1 + stream.below(20) as u16;
        (seen + stream.below(20) as u16, vec![seen as u8, stream.below(40) as u8])
    });
    let grown = made.grow();
    assert_eq!(grown.used, [0]);
    let right = |row: usize, token: u16| {
        let seen = u16::from(made.codes[0][row]);
        if (seen..seen + 20).contains(&token) { 0.05 } else { 0.0 }
    };
    let distance = made.distance(&grown, right);
    assert!(distance < 0.1, "{distance}");
    let runs = |set: u64| (set ^ set << 1).count_ones();
    assert!(grown.tree.nodes.iter().all(|node| runs(node.set) <= 2), "thresholds only");
}

#[test]
fn null_may_be_on_either_side_of_a_threshold() {
    for like_high in [false, true] {
        let made = made(6_000, false, &[true], |stream| {
            let code = stream.below(21) as u8;
            let is_high = if code == 0 { like_high } else { code > 10 };
            (if (stream.below(10) == 0) != is_high { 1 } else { 2 }, vec![code])
        });
        let grown = made.grow();
        assert_eq!(grown.tree.nodes.len(), 1);
        let set = grown.tree.nodes[0].set;
        assert_eq!(set & 0b111_1111_1110, 0b111_1111_1110);
        assert_eq!((set & 1 == 1, set >> 11 & 0x3FF), (!like_high, 0));
    }
}

#[test]
fn two_features_that_tell_more_together_are_both_found() {
    let made = made(20_000, false, &[false, false, true], |stream| {
        let (a, b) = (stream.below(10) < 6, stream.below(10) < 7);
        let told = if stream.below(10) == 0 { stream.below(2) == 0 } else { a != b };
        (1 + u16::from(told), vec![u8::from(a) + 1, u8::from(b) + 1, stream.below(50) as u8])
    });
    let grown = made.grow();
    assert_eq!(grown.used, [0, 1]);
    let right = |row: usize, token: u16| match token {
        0 => 0.0,
        _ if (made.codes[0][row] != made.codes[1][row]) == (token == 2) => 0.95,
        _ => 0.05,
    };
    let distance = made.distance(&grown, right);
    assert!(distance < 0.02, "{distance}");
}

#[test]
fn every_leaf_has_rows_and_subjects_enough() {
    // Each subject has 40 rows, all alike: a tree without a threshold would tell subjects apart.
    for k in [1, 5, 20] {
        let mut made = made(12_000, false, &[true, false], |_| (1, vec![0, 0]));
        for row in 0..12_000 {
            let subject = row / 40;
            made.subjects[row] = subject as u32;
            made.held_out[row] = subject % 10 == 3;
            made.codes[0][row] = (subject % 60) as u8;
            made.codes[1][row] = (subject / 60 * 7 % 60) as u8;
            made.tokens[row] = 1 + (subject % 50) as u16;
        }
        made.codec = Codec::new(false, std::iter::once(0).chain([240; 50]).collect());
        let grown = made.with(k, grow);
        let leaves = grown.tree.nodes.len() + 1;
        assert!(leaves > 5, "{k}: {leaves}");
        let mut rows = vec![0; leaves];
        let mut subjects = vec![std::collections::BTreeSet::new(); leaves];
        for row in 0..12_000 {
            let leaf = made.leaf(&grown, row);
            rows[leaf] += 1;
            subjects[leaf].insert(made.subjects[row]);
        }
        let settings = Settings { k };
        assert!(rows.iter().zip(&subjects).all(|(&rows, set)| settings.leaf_allowed(rows, set.len())), "{k}");
        let stored = &grown.tree.histograms;
        assert!((0..leaves).all(|leaf| stored[leaf].total() == rows[leaf] as u64));
        for histogram in stored {
            // What is fallen back to holds all rows of those that fall back, and so all their subjects.
            let above = histogram.fallback.map_or(histogram, |number| &stored[number as usize]);
            let rows = |token: u16| above.rows.iter().find(|pair| pair.0 == token).map_or(0, |pair| pair.1);
            assert!(histogram.rows.iter().all(|&(token, count)| rows(token) >= count));
        }
        assert_eq!(stored.last().map(|last| (last.total(), last.fallback)), Some((12_000, None)));
        assert_eq!(stored.iter().filter(|histogram| histogram.fallback.is_none()).count(), 1);
    }
}

#[test]
fn noise_is_not_learned() {
    let made = made(3_000, true, &[true, false, true, false], |stream| {
        (1 + stream.below(200) as u16, (0..4).map(|_| stream.below(63) as u8).collect())
    });
    let grown = made.grow();
    assert!(grown.tree.nodes.len() <= 1, "{}", grown.tree.nodes.len());
    assert!(grown.held_out >= grown.marginal - 1e-12);
}

#[test]
fn the_order_of_rows_does_not_matter() {
    let row = |stream: &mut Stream| {
        let code = stream.below(30) as u8;
        (u16::from(code) * 3 + stream.below(40) as u16, vec![code, stream.below(9) as u8])
    };
    let first = made(5_000, true, &[true, false], row);
    let mut second = made(5_000, true, &[true, false], row);
    // 7 and 5,000 have no divisor in common.
    let turned = |index: usize| index * 7 % 5_000;
    for index in 0..5_000 {
        second.tokens[index] = first.tokens[turned(index)];
        second.held_out[index] = first.held_out[turned(index)];
        second.subjects[index] = first.subjects[turned(index)];
        for feature in 0..2 {
            second.codes[feature][index] = first.codes[feature][turned(index)];
        }
    }
    let (first, second) = (first.grow(), second.grow());
    assert!(!first.tree.nodes.is_empty());
    assert_eq!(first.tree, second.tree);
    assert_eq!((first.fit, first.held_out), (second.fit, second.held_out));
}

#[test]
fn trees_grow_without_held_out_rows_features_or_rows() {
    let mut made = made(2_000, false, &[false], |stream| {
        let code = 1 + stream.below(3) as u8;
        (u16::from(code), vec![code])
    });
    made.held_out.fill(false);
    let grown = made.grow();
    assert_eq!(grown.tree.nodes.len(), 2);
    assert!(grown.held_out == grown.fit && grown.marginal < -1.0);
    let none = made.with(5, |target, _, rows| grow(target, &[], rows));
    assert_eq!(none.tree.histograms.len(), 1);
    let codec = Codec::new(false, vec![0, 5]);
    let target = Target { tokens: &[], codec: &codec };
    let rows = Rows::new(&[], &[], Settings::default());
    let sights = [Sight { codes: &[], ordered: true, of: None, weight: 1.0 }];
    assert_eq!(grow(&target, &sights, &rows).tree.histograms.len(), 1);
    assert!(screen(&target, &sights, &rows, 9).is_empty());
}

#[test]
fn many_rows_are_thinned_for_structure_only() {
    let held_out = vec![false; 400_000];
    let picked = structure_rows(&held_out, STRUCTURE_ROWS);
    assert!(picked.len().abs_diff(STRUCTURE_ROWS) < 2_000, "{}", picked.len());
    assert_eq!(structure_rows(&held_out[..1_000], STRUCTURE_ROWS).len(), 1_000);
    let made = made(200_000, false, &[false], |stream| {
        let code = 1 + stream.below(2) as u8;
        (u16::from(code), vec![code])
    });
    let grown = made.grow();
    assert_eq!(grown.tree.histograms.iter().map(|histogram| histogram.total()).max(), Some(200_000));
}
