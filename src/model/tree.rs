//! A decision tree over classes, with a histogram of tokens in every leaf.

use super::Codec;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A decision tree over classes, with a histogram in every leaf. [`Leaves`](super::Leaves) says what they mean.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// Inner nodes, the root first. Empty: the tree is one leaf.
    pub nodes: Vec<Node>,
    /// Leaves first, then those of inner nodes to which leaves fall back. Exactly one, the last, has no fallback: that of
    /// all rows.
    pub histograms: Vec<Histogram>,
    /// How many rows a fallback weighs for each of the `g` groups that a histogram of `n` rows knows: it is drawn from with
    /// probability `tau · g / (n + tau · g)`.
    pub tau: f64,
    /// How many groups of classes leaves tell apart at the most, NULL aside; see [`Codec::groups`](super::Codec::groups).
    pub groups: u8,
    /// How many rows the fallback weighs among the tokens of one group. Absent: histograms hold groups in place of
    /// tokens, but for the last; which token of its group is drawn then depends on nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<f64>,
}

/// An inner node: rows whose class of `feature` is in the set go to `inside`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "(u16, u64, i32, i32)", into = "(u16, u64, i32, i32)")]
pub struct Node {
    /// Which of [`Conditional::features`](super::Conditional::features).
    pub feature: u16,
    /// The classes, one bit each.
    pub set: u64,
    /// Where rows in the set go: a node if not negative, else leaf number `-1 - next`.
    pub inside: i32,
    /// Where the others go.
    pub outside: i32,
}

impl From<(u16, u64, i32, i32)> for Node {
    fn from((feature, set, inside, outside): (u16, u64, i32, i32)) -> Self {
        Self { feature, set, inside, outside }
    }
}

impl From<Node> for (u16, u64, i32, i32) {
    fn from(node: Node) -> Self {
        (node.feature, node.set, node.inside, node.outside)
    }
}

/// Rows by token (or by group). Written as `[fallback or -1, token, rows, step, rows, step, rows, …]`, where a step is
/// the difference to the token before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Histogram {
    /// (token, rows), ascending by token; no rows are 0.
    pub rows: Vec<(u16, u32)>,
    /// The histogram to fall back to, by number.
    pub fallback: Option<u32>,
}

/// What one histogram knows of a token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Level {
    /// Rows in all.
    pub rows: f64,
    /// Groups that have rows.
    pub groups: f64,
    /// Rows of the token's group.
    pub of_group: f64,
    /// Rows of the token; not looked at where histograms hold groups, but for the last.
    pub of_token: f64,
}

impl Level {
    /// The chance of a token by the formula of [`Leaves`](super::Leaves), from what the histograms know of it: that of all rows first, the leaf's last.
    pub fn chance(levels: impl IntoIterator<Item = Self>, tau: f64, detail: Option<f64>) -> f64 {
        let mut levels = levels.into_iter();
        let Some(first) = levels.next().filter(|level| level.of_token > 0.0) else { return 0.0 };
        let mut of_group = first.of_token / first.of_group;
        let mut chance = first.of_token / first.rows;
        for level in levels {
            if let Some(detail) = detail {
                of_group = (level.of_token + detail * of_group) / (level.of_group + detail);
            }
            let fallback = tau * level.groups;
            if level.rows > 0.0 {
                chance = (level.of_group * of_group + fallback * chance) / (level.rows + fallback);
            }
        }
        chance
    }
}

impl Tree {
    /// The leaf for a row, given its classes by feature number.
    pub fn leaf(&self, class: impl Fn(u16) -> u8) -> usize {
        let mut next = if self.nodes.is_empty() { -1 } else { 0 };
        while next >= 0 {
            let node = &self.nodes[next as usize];
            next = if node.set >> (class(node.feature) & 63) & 1 == 1 { node.inside } else { node.outside };
        }
        (-1 - next) as usize
    }

    /// How many groups a histogram knows.
    pub fn groups_of(&self, histogram: usize, group_of: &[u8]) -> usize {
        let histogram = &self.histograms[histogram];
        let holds_groups = self.detail.is_none() && histogram.fallback.is_some();
        let group = |&(token, _): &(u16, u32)| match holds_groups {
            true => token as u8,
            false => group_of.get(usize::from(token)).copied().unwrap_or(0),
        };
        let seen = histogram.rows.iter().map(group).fold(0u64, |seen, group| seen | 1 << (group & 63));
        seen.count_ones() as usize
    }

    /// The chance of a token in a leaf, from the histograms themselves: slow, for tests and for looking at a tree.
    pub fn chance(&self, leaf: usize, token: u16, codec: &Codec) -> f64 {
        let group_of = codec.groups(self.groups);
        let group = group_of[usize::from(token)];
        let mut levels = Vec::new();
        let mut next = Some(leaf as u32);
        while let Some(number) = next {
            let histogram = &self.histograms[number as usize];
            let holds_groups = self.detail.is_none() && histogram.fallback.is_some();
            let sum = |counts: &dyn Fn(u16) -> bool| -> f64 {
                let counted = histogram.rows.iter().filter(|(token, _)| counts(*token));
                counted.map(|&(_, rows)| f64::from(rows)).sum()
            };
            levels.push(Level {
                rows: sum(&|_| true),
                groups: self.groups_of(number as usize, &group_of) as f64,
                of_group: if holds_groups {
                    sum(&|other| other == u16::from(group))
                } else {
                    sum(&|other| group_of[usize::from(other)] == group)
                },
                of_token: sum(&|other| other == token),
            });
            next = histogram.fallback;
        }
        Level::chance(levels.into_iter().rev(), self.tau, self.detail)
    }
}

impl Histogram {
    /// Rows in all.
    pub fn total(&self) -> u64 {
        self.rows.iter().map(|&(_, rows)| u64::from(rows)).sum()
    }
}

impl Serialize for Histogram {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let fallback = self.fallback.map_or(-1, i64::from);
        let mut before = 0;
        serializer.collect_seq(std::iter::once(fallback).chain(self.rows.iter().flat_map(
            |&(token, rows)| {
                let step = i64::from(token) - before;
                before = i64::from(token);
                [step, i64::from(rows)]
            },
        )))
    }
}

impl<'de> Deserialize<'de> for Histogram {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let numbers = Vec::<i64>::deserialize(deserializer)?;
        let wrong = || D::Error::custom("a histogram is [fallback or -1, step, rows, step, rows, …]");
        let (&fallback, pairs) = numbers.split_first().ok_or_else(wrong)?;
        let fallback =
            if fallback == -1 { None } else { Some(u32::try_from(fallback).map_err(|_| wrong())?) };
        let (pairs, rest) = pairs.as_chunks::<2>();
        let mut token = 0i64;
        let mut rows = Vec::with_capacity(pairs.len());
        for &[step, count] in pairs {
            token = token.checked_add(step).ok_or_else(wrong)?;
            let rises = step > 0 || rows.is_empty();
            let pair = u16::try_from(token).ok().zip(u32::try_from(count).ok()).filter(|pair| pair.1 > 0);
            rows.push(pair.filter(|_| rises && rest.is_empty()).ok_or_else(wrong)?);
        }
        if rest.is_empty() { Ok(Self { rows, fallback }) } else { Err(wrong()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn histograms_are_short_lists_of_numbers() {
        let histogram = Histogram { rows: vec![(0, 3), (4, 1), (5, 70_000)], fallback: Some(2) };
        let text = serde_json::to_string(&histogram).unwrap();
        assert_eq!(text, "[2,0,3,4,1,1,70000]");
        assert_eq!(serde_json::from_str::<Histogram>(&text).unwrap(), histogram);
        let last = Histogram { rows: vec![(7, 1)], fallback: None };
        assert_eq!(serde_json::to_string(&last).unwrap(), "[-1,7,1]");
        for wrong in ["[]", "[-2,1,1]", "[0,1]", "[0,1,0]", "[0,1,1,0,1]", "[0,70000,1]", "[0,3,1,-1,1]"] {
            assert!(serde_json::from_str::<Histogram>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn rows_find_their_leaf() {
        let nodes = vec![
            Node { feature: 0, set: 0b110, inside: 1, outside: -1 },
            Node { feature: 1, set: 1, inside: -2, outside: -3 },
        ];
        let tree = Tree { nodes, ..Tree::default() };
        let leaf = |classes: [u8; 2]| tree.leaf(|feature| classes[usize::from(feature)]);
        assert_eq!([leaf([0, 0]), leaf([1, 0]), leaf([2, 9])], [0, 1, 2]);
        assert_eq!(Tree::default().leaf(|_| 0), 0);
    }
}
