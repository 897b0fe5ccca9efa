//! Counting the shapes of texts: lengths, words, cases, patterns.

use super::pattern;
use crate::learn::observed::{Tallies, Tally, tally};
use crate::learn::ordered::fit_counts;
use crate::model::privacy::{Crowd, Settings};
use crate::model::{Part, Pattern, TextShape};
use rustc_hash::FxHashMap;
use std::cmp::Reverse;
use std::collections::BTreeMap;

/// Different patterns that are counted; a column with more has none worth telling.
const MOST_COUNTED: usize = 4_096;

/// Patterns that a model holds of one column.
const MOST_TOLD: usize = 64;

/// What was seen of the shapes of texts. Adding is commutative: the order of rows leaves no trace.
#[derive(Debug, Clone)]
pub(in crate::learn) struct ShapeCounter {
    privacy: Settings,
    lengths: Tallies<i64>,
    words: Tallies<i64>,
    cases: [u64; 4],
    rows: u64,
    patterns: Patterns,
    shared: Shared,
}

/// What texts that follow patterns begin with, all of them.
#[derive(Debug, Clone)]
struct Shared {
    prefix: Option<String>,
    crowd: Crowd,
}

/// Patterns counted as finely as their number allows.
#[derive(Debug, Clone)]
enum Patterns {
    /// By runs, and below that by their letters at either end.
    Fine { counted: usize, by_runs: FxHashMap<Vec<Part>, FxHashMap<Vec<Part>, Seen>> },
    /// By words and what stands between them.
    Coarse(FxHashMap<Vec<Part>, Seen>),
    /// Too many: they are given up.
    GivenUp,
}

/// Rows and subjects of a pattern, and which of its runs of digits begin with 0 somewhere.
#[derive(Debug, Clone)]
struct Seen {
    tally: Tally,
    zero_led: u64,
}

impl ShapeCounter {
    pub(in crate::learn) fn new(privacy: Settings) -> Self {
        Self {
            privacy,
            lengths: Tallies::default(),
            words: Tallies::default(),
            cases: [0; 4],
            rows: 0,
            patterns: Patterns::Fine { counted: 0, by_runs: FxHashMap::default() },
            shared: Shared { prefix: None, crowd: Crowd::new(privacy) },
        }
    }

    /// So many more rows of one text.
    pub(in crate::learn) fn add(&mut self, text: &str, rows: u64, subjects: &[u32]) {
        let length = text.chars().count() as i64;
        let words = text.split_whitespace().count() as i64;
        tally(&mut self.lengths, length, rows, subjects, self.privacy);
        tally(&mut self.words, words, rows, subjects, self.privacy);
        self.cases[case_of(text)] += rows;
        self.rows += rows;
        let is_counted = !matches!(self.patterns, Patterns::GivenUp);
        if let Some(parts) = is_counted.then(|| pattern::runs_of(text)).flatten() {
            self.shared.add(text, subjects);
            self.add_pattern(parts, text, rows, subjects);
        }
    }

    fn add_pattern(&mut self, parts: Vec<Part>, text: &str, rows: u64, subjects: &[u32]) {
        let privacy = self.privacy;
        match &mut self.patterns {
            Patterns::Fine { counted, by_runs } => {
                let specific = pattern::with_affixes(&parts, text);
                let zero_led = pattern::zero_led(&specific, text);
                let below = by_runs.entry(parts).or_default();
                *counted += usize::from(!below.contains_key(&specific));
                see(below, specific, rows, subjects, zero_led, privacy);
                if *counted > MOST_COUNTED {
                    self.patterns = coarsened(std::mem::take(by_runs), privacy);
                }
            }
            Patterns::Coarse(seen) => {
                see(seen, pattern::coarse(&parts), rows, subjects, 0, privacy);
                if seen.len() > MOST_COUNTED {
                    self.patterns = Patterns::GivenUp;
                }
            }
            Patterns::GivenUp => {}
        }
    }

    /// The shape. A `personal` one holds no letters of the source; `patterns` says whether patterns are told at all.
    pub(in crate::learn) fn fit(self, personal: bool, patterns: bool) -> TextShape {
        let privacy = self.privacy;
        let prefix = self.shared.told(personal, privacy);
        let patterns = if patterns { told(self.patterns, &prefix, personal, privacy) } else { Vec::new() };
        let followed: u64 = patterns.iter().map(|pattern| pattern.rows).sum();
        TextShape {
            patterns,
            prose_rows: self.rows - followed,
            lengths: fit_counts(self.lengths, privacy),
            words: fit_counts(self.words, privacy),
            cases: self.cases,
        }
    }
}

impl Shared {
    fn add(&mut self, text: &str, subjects: &[u32]) {
        self.crowd.extend(subjects);
        match &mut self.prefix {
            None => self.prefix = Some(text.to_owned()),
            Some(prefix) => {
                let both = prefix.char_indices().zip(text.chars());
                let end =
                    both.take_while(|((_, a), b)| a == b).last().map_or(0, |((at, a), _)| at + a.len_utf8());
                prefix.truncate(end);
            }
        }
    }

    /// The prefix up to its last letter. Digits say too little: the first of many numbers are often the same by chance.
    fn told(self, personal: bool, privacy: Settings) -> String {
        let mut prefix = self.prefix.unwrap_or_default();
        prefix.truncate(prefix.trim_end_matches(|c: char| !c.is_alphabetic()).len());
        if !privacy.literal_allowed(&prefix, self.crowd.len(), personal) {
            prefix.clear();
        }
        prefix
    }
}

fn see(
    seen: &mut FxHashMap<Vec<Part>, Seen>,
    parts: Vec<Part>,
    rows: u64,
    subjects: &[u32],
    zero_led: u64,
    privacy: Settings,
) {
    let entry = seen.entry(parts).or_insert_with(|| Seen { tally: Tally::new(privacy), zero_led: 0 });
    entry.tally.add(rows, subjects);
    entry.zero_led |= zero_led;
}

fn coarsened(fine: FxHashMap<Vec<Part>, FxHashMap<Vec<Part>, Seen>>, privacy: Settings) -> Patterns {
    let mut coarse = FxHashMap::default();
    for (parts, below) in fine {
        let key = pattern::coarse(&parts);
        for seen in below.into_values() {
            see(&mut coarse, key.clone(), seen.tally.rows, seen.tally.crowd.subjects(), 0, privacy);
        }
    }
    Patterns::Coarse(coarse)
}

/// The patterns that pass the gate: with their letters where those are shared, else by their runs, else by their words.
/// All begin with `prefix`.
fn told(patterns: Patterns, prefix: &str, personal: bool, privacy: Settings) -> Vec<Pattern> {
    let mut told: BTreeMap<Vec<Part>, u64> = BTreeMap::new();
    let mut coarse: FxHashMap<Vec<Part>, Seen> = FxHashMap::default();
    match patterns {
        Patterns::GivenUp => {}
        Patterns::Coarse(seen) => coarse = seen,
        Patterns::Fine { by_runs, .. } => {
            for (parts, below) in by_runs {
                let mut rest = Seen { tally: Tally::new(privacy), zero_led: 0 };
                for (specific, seen) in below {
                    let as_it_stands = specific != parts
                        && letters(&specific)
                            .all(|text| privacy.literal_allowed(text, seen.tally.crowd.len(), personal));
                    if as_it_stands {
                        *told.entry(finished(specific, seen.zero_led)).or_default() += seen.tally.rows;
                    } else {
                        rest.tally.add(seen.tally.rows, seen.tally.crowd.subjects());
                        rest.zero_led |= zero_led_of_runs(&parts, &specific, seen.zero_led);
                    }
                }
                if rest.tally.crowd.is_enough() {
                    *told.entry(finished(parts, rest.zero_led)).or_default() += rest.tally.rows;
                } else if rest.tally.rows > 0 {
                    let key = pattern::coarse(&parts);
                    see(&mut coarse, key, rest.tally.rows, rest.tally.crowd.subjects(), 0, privacy);
                }
            }
        }
    }
    for (parts, seen) in coarse {
        if seen.tally.crowd.is_enough() {
            *told.entry(finished(parts, 0)).or_default() += seen.tally.rows;
        }
    }
    let mut with_prefix: BTreeMap<Vec<Part>, u64> = BTreeMap::new();
    for (parts, rows) in told {
        *with_prefix.entry(pattern::with_prefix(parts, prefix)).or_default() += rows;
    }
    let mut told: Vec<Pattern> =
        with_prefix.into_iter().map(|(parts, rows)| Pattern { parts, rows }).collect();
    told.sort_by(|a, b| Reverse(a.rows).cmp(&Reverse(b.rows)).then_with(|| a.parts.cmp(&b.parts)));
    told.truncate(MOST_TOLD);
    told
}

/// The literals of a pattern that hold letters.
fn letters(parts: &[Part]) -> impl Iterator<Item = &str> {
    parts.iter().filter_map(|part| match part {
        Part::Literal(text) if text.chars().any(char::is_alphanumeric) => Some(text.as_str()),
        _ => None,
    })
}

/// Letters at the start may be several runs but one literal: the bits move up by the difference.
fn zero_led_of_runs(parts: &[Part], specific: &[Part], bits: u64) -> u64 {
    let leading = |parts: &[Part]| parts.iter().position(|part| matches!(part, Part::Digits(..)));
    match (leading(parts), leading(specific)) {
        (Some(fine), Some(coarse)) => bits << (fine - coarse),
        _ => bits,
    }
}

/// Marks the runs of digits that begin with 0, and joins neighbouring literals.
fn finished(parts: Vec<Part>, zero_led: u64) -> Vec<Part> {
    let mut finished: Vec<Part> = Vec::with_capacity(parts.len());
    for (index, part) in parts.into_iter().enumerate() {
        match (finished.last_mut(), part) {
            (Some(Part::Literal(before)), Part::Literal(text)) => before.push_str(&text),
            (_, Part::Digits(length, _)) => {
                finished.push(Part::Digits(length, index < 64 && zero_led & (1 << index) == 0));
            }
            (_, part) => finished.push(part),
        }
    }
    finished
}

/// The place of a text in [`TextShape::cases`].
fn case_of(text: &str) -> usize {
    let mut letters = text.chars().filter(|c| c.is_alphabetic()).peekable();
    if letters.peek().is_none() {
        return 3;
    }
    let (mut capitals, mut small) = (true, true);
    for letter in letters {
        capitals &= !letter.is_lowercase();
        small &= !letter.is_uppercase();
    }
    let begins_with_capital =
        |word: &str| word.chars().find(|c| c.is_alphabetic()).is_none_or(char::is_uppercase);
    let is_one_letter = text.chars().filter(|c| c.is_alphabetic()).count() == 1;
    match (capitals && !is_one_letter, small) {
        (true, _) => 1,
        (_, true) => 2,
        _ if text.split_whitespace().all(begins_with_capital) => 0,
        _ => 3,
    }
}
