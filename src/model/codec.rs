//! Codecs: the values of a column as a small alphabet of tokens, which is what the joint model speaks.
//!
//! A codec follows from a [`ColumnModel`] alone, so learning and generating share it without anything being stored.
//! Tokens are finer than classes: trees split on classes and grow towards classes; leaves hold tokens.

use super::{ColumnModel, CountBin, Marginal};

/// The most classes of a codec. A set of classes is one 64-bit word.
pub const MOST_CLASSES: usize = 64;

/// The token that stands for NULL, in every codec.
pub const NULL_TOKEN: u16 = 0;

/// How the values of a column (or numbers of children) become tokens, and tokens become classes.
///
/// Token 0 is NULL. The others are, in order: the segments of an ordered marginal; the values of a category, then one
/// token for all rare values; one token for any other value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// Whether the order of tokens (but for NULL) is an order of values.
    pub ordered: bool,
    /// Rows of the sample by token.
    pub rows: Vec<u64>,
    /// The class of each token, below [`MOST_CLASSES`]. NULL has class 0 to itself, whether it occurs or not.
    pub classes: Vec<u8>,
    /// Where tokens share classes: the detail of each token, which tells those of one class apart as classes do all of them. Empty
    /// where every token has a class of its own.
    pub details: Vec<u8>,
}

impl Codec {
    /// The codec of a column; `None` where its values are no alphabet worth speaking of (one token without NULLs).
    pub fn of_column(column: &ColumnModel) -> Option<Self> {
        Self::rows_of_column(column).map(|(ordered, rows)| Self::new(ordered, rows))
    }

    /// Whether the tokens of a column have an order, and the rows of each; `None` where it has no codec.
    pub fn rows_of_column(column: &ColumnModel) -> Option<(bool, Vec<u64>)> {
        let segments = |rows: &mut dyn Iterator<Item = u64>| -> Vec<u64> { rows.collect() };
        let (ordered, values) = match &column.marginal {
            Marginal::Empty => (false, Vec::new()),
            Marginal::Integers(ordered) => (true, segments(&mut ordered.segments.iter().map(|s| s.rows))),
            Marginal::Floats(ordered) => (true, segments(&mut ordered.segments.iter().map(|s| s.rows))),
            Marginal::Categories(categories) => {
                let mut rows: Vec<u64> = categories.values.iter().map(|value| value.1).collect();
                if categories.rare_rows > 0 {
                    rows.push(categories.rare_rows);
                }
                (false, rows)
            }
            Marginal::Text(_) | Marginal::List(_) | Marginal::Json(_) | Marginal::Bytes { .. } => {
                (false, vec![1])
            }
        };
        if values.len() + usize::from(column.nulls > 0) < 2 || values.len() >= usize::from(u16::MAX) {
            return None;
        }
        Some((ordered, std::iter::once(column.nulls).chain(values).collect()))
    }

    /// The codec of numbers of children: token `1 + i` is bin `i` of the histogram, weighted by parents.
    pub fn of_counts(histogram: &[CountBin]) -> Self {
        Self::new(true, std::iter::once(0).chain(histogram.iter().map(|bin| bin.parents)).collect())
    }

    /// Which tokens of a column stand for one value each: neither NULL, nor bins, nor what is rare; `None` where the values are no
    /// numbers or categories, or are told as differences from others.
    pub fn single_values(&self, column: &ColumnModel) -> Option<Vec<bool>> {
        let mut single = vec![false];
        match &column.marginal {
            _ if column.relative.is_some() => return None,
            Marginal::Integers(ordered) => {
                single.extend(ordered.segments.iter().map(|one| one.low == one.high))
            }
            Marginal::Floats(ordered) => {
                single.extend(ordered.segments.iter().map(|one| one.low == one.high))
            }
            Marginal::Categories(categories) => single.extend(categories.values.iter().map(|_| true)),
            _ => return None,
        }
        single.resize(self.tokens(), false);
        Some(single)
    }

    /// A codec of nominal or ordered tokens with these rows, NULL first.
    pub fn new(ordered: bool, rows: Vec<u64>) -> Self {
        let classes = classes_of(ordered, &rows);
        let details = details(ordered, &rows, &classes);
        Self { ordered, rows, classes, details }
    }

    /// A codec of tokens that are classes themselves, at most [`MOST_CLASSES`].
    pub fn of_classes(ordered: bool, rows: Vec<u64>) -> Self {
        let classes = (0..rows.len()).map(|token| token.min(MOST_CLASSES - 1) as u8).collect();
        Self { ordered, rows, classes, details: Vec::new() }
    }

    /// How many tokens there are, NULL included.
    pub fn tokens(&self) -> usize {
        self.rows.len()
    }

    /// The class of a token.
    pub fn class(&self, token: u16) -> u8 {
        self.classes[usize::from(token)]
    }

    /// The detail of a token; 0 where classes say it all.
    pub fn detail(&self, token: u16) -> u8 {
        self.details.get(usize::from(token)).copied().unwrap_or(0)
    }

    /// The group of each token, where classes are put together into at most so many groups, NULL aside: neighbours of
    /// ordered classes, and the less frequent of nominal ones. 63 groups or more are the classes.
    pub fn groups(&self, most: u8) -> Vec<u8> {
        let classes = usize::from(self.classes.iter().copied().max().unwrap_or(0));
        let group = |&class: &u8| match usize::from(class) {
            0 => 0,
            _ if usize::from(most) >= classes => class,
            at if self.ordered => 1 + ((at - 1) * usize::from(most) / classes) as u8,
            _ => class.min(most),
        };
        self.classes.iter().map(group).collect()
    }
}

fn classes_of(ordered: bool, rows: &[u64]) -> Vec<u8> {
    if ordered { quantile_classes(rows) } else { frequent_classes(rows) }
}

/// The tokens of each class that has several, divided like all of them are into classes.
fn details(ordered: bool, rows: &[u64], classes: &[u8]) -> Vec<u8> {
    let mut by_class: Vec<Vec<usize>> = vec![Vec::new(); MOST_CLASSES];
    classes.iter().enumerate().for_each(|(token, &class)| by_class[usize::from(class)].push(token));
    by_class.retain(|tokens| tokens.len() > 1);
    let mut details = vec![0; if by_class.is_empty() { 0 } else { rows.len() }];
    for tokens in by_class {
        let within: Vec<u64> = std::iter::once(0).chain(tokens.iter().map(|&token| rows[token])).collect();
        let found = classes_of(ordered, &within);
        tokens.into_iter().zip(&found[1..]).for_each(|(token, &detail)| details[token] = detail);
    }
    details
}

/// Ordered tokens: at most 63 groups of about equal rows; a token that fills a group by itself has its own.
fn quantile_classes(rows: &[u64]) -> Vec<u8> {
    let groups = MOST_CLASSES as u64 - 1;
    let mut classes = vec![0; rows.len()];
    if rows.len() <= MOST_CLASSES {
        classes.iter_mut().enumerate().for_each(|(token, class)| *class = token as u8);
        return classes;
    }
    let mut left: u64 = rows[1..].iter().sum();
    let (mut class, mut filled) = (1u64, 0u64);
    for (token, &count) in rows.iter().enumerate().skip(1) {
        let quota = (left / (groups + 1 - class).max(1)).max(1);
        // A token that would overfill a group that holds enough already begins the next one.
        if filled > 0 && class < groups && (filled >= quota || 2 * filled + count > 2 * quota + filled) {
            left -= filled;
            (class, filled) = (class + 1, 0);
        }
        classes[token] = class as u8;
        filled += count;
    }
    classes
}

/// Nominal tokens: the most frequent ones a class each, all others together in the last.
fn frequent_classes(rows: &[u64]) -> Vec<u8> {
    let mut order: Vec<usize> = (1..rows.len()).collect();
    order.sort_by_key(|&token| (std::cmp::Reverse(rows[token]), token));
    let mut classes = vec![0; rows.len()];
    for (rank, token) in order.into_iter().enumerate() {
        classes[token] = (rank + 1).min(MOST_CLASSES - 1) as u8;
    }
    classes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordered_classes_rise_and_are_about_equal() {
        let mut rows = vec![7; 501];
        rows[100] = 5_000;
        let codec = Codec::new(true, rows.clone());
        assert!(codec.classes[1..].windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(codec.classes.iter().all(|&class| usize::from(class) < MOST_CLASSES));
        assert_eq!(codec.classes[1], 1);
        let heavy = codec.class(100);
        assert_eq!((1..=500).filter(|&token| codec.class(token) == heavy).count(), 1);
        let used = codec.classes.iter().max().copied().unwrap_or(0);
        assert!(used >= 55, "{used}");
    }

    #[test]
    fn details_tell_the_tokens_of_a_class_apart() {
        for ordered in [true, false] {
            let codec = Codec::new(ordered, vec![7; 501]);
            let met: std::collections::BTreeSet<_> =
                (0..501).map(|token| (codec.class(token), codec.detail(token))).collect();
            // All but the last of nominal classes are single tokens, and what is left needs more than a class again.
            assert_eq!(met.len(), if ordered { 501 } else { 1 + 62 + 63 });
        }
        assert!(Codec::new(true, vec![0, 5, 5, 5]).details.is_empty());
    }

    #[test]
    fn few_tokens_have_a_class_each() {
        assert_eq!(Codec::new(true, vec![0, 5, 5, 5]).classes, [0, 1, 2, 3]);
        assert_eq!(Codec::new(false, vec![3, 5, 9, 1]).classes, [0, 2, 1, 3]);
    }

    #[test]
    fn groups_are_neighbours_or_the_frequent_ones() {
        let ordered = Codec::new(true, vec![1; 64]);
        let groups = ordered.groups(8);
        assert_eq!((groups[0], groups[1], groups[63]), (0, 1, 8));
        assert!(groups.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(ordered.groups(63), ordered.classes);
        assert_eq!(Codec::new(false, vec![3, 5, 9, 1, 7]).groups(2), [0, 2, 1, 2, 2]);
    }

    #[test]
    fn rare_categories_share_the_last_class() {
        let codec = Codec::new(false, (0..200).rev().collect());
        assert_eq!(codec.class(1), 1);
        assert_eq!(codec.class(150), 63);
    }
}
