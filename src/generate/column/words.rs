//! Word lists, each word once, and counting with them: a number written in words is a text that no other number has.

use fake::locales::{Data, EN};
use rustc_hash::FxHashSet;
use std::sync::LazyLock;

/// First names.
pub(super) static FIRST: LazyLock<Vec<&'static str>> = LazyLock::new(|| distinct(EN::NAME_FIRST_NAME));
/// Last names.
pub(super) static LAST: LazyLock<Vec<&'static str>> = LazyLock::new(|| distinct(EN::NAME_LAST_NAME));
/// Words of no meaning, for prose.
pub(super) static LOREM: LazyLock<Vec<&'static str>> = LazyLock::new(|| distinct(EN::LOREM_WORD));
/// Adjectives, for names of things.
pub(super) static ADJECTIVES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| plain(EN::COMPANY_BUZZWORD_HEAD));
/// Nouns, for names of things.
pub(super) static NOUNS: LazyLock<Vec<&'static str>> = LazyLock::new(|| plain(EN::COMPANY_BUZZWORD_TAIL));
/// Countries.
pub(super) static COUNTRIES: LazyLock<Vec<&'static str>> = LazyLock::new(|| distinct(EN::ADDRESS_COUNTRY));
/// Country codes of two letters.
pub(super) static COUNTRY_CODES: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| distinct(EN::ADDRESS_COUNTRY_CODE));
/// States.
pub(super) static STATES: LazyLock<Vec<&'static str>> = LazyLock::new(|| distinct(EN::ADDRESS_STATE));
/// Industries.
pub(super) static PROFESSIONS: LazyLock<Vec<&'static str>> =
    LazyLock::new(|| distinct(EN::COMPANY_PROFESSION));

/// The words that differ by more than case or signs, in their order.
fn distinct(words: &'static [&'static str]) -> Vec<&'static str> {
    let mut seen = FxHashSet::default();
    words.iter().copied().filter(|word| seen.insert(plain_letters(word))).collect()
}

fn plain(words: &'static [&'static str]) -> Vec<&'static str> {
    distinct(words).into_iter().filter(|word| word.chars().all(|c| c.is_ascii_alphabetic())).collect()
}

/// The letters a–z of a word, in small form.
pub(super) fn plain_letters(word: &str) -> String {
    word.chars().filter(char::is_ascii_alphabetic).map(|c| c.to_ascii_lowercase()).collect()
}

/// A number in base 36, in small letters.
pub(super) fn base36(mut number: u64) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from_digit((number % 36) as u32, 36).unwrap_or('0'));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// Digits and letters of Latin alphabets, for keys of so few characters that base 36 does not reach.
pub(super) static LETTERS: LazyLock<Vec<char>> = LazyLock::new(|| {
    let latin = ('À'..='ÿ').filter(|sign| sign.is_alphabetic());
    ('0'..='9').chain('A'..='Z').chain('a'..='z').chain(latin).collect()
});

/// A number written with [`LETTERS`] as its digits.
pub(super) fn lettered(mut number: u64) -> String {
    let base = LETTERS.len() as u64;
    let mut digits = Vec::new();
    loop {
        digits.push(LETTERS[(number % base) as usize]);
        number /= base;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

/// How texts are written: the case most of the source's texts have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    Capitals,
    Upper,
    Lower,
    AsIs,
}

impl Case {
    /// The case of most rows; `cases` as [`TextShape::cases`](crate::model::TextShape).
    pub(super) fn of(cases: [u64; 4]) -> Self {
        let most = (0..4).max_by_key(|&index| (cases[index], 4 - index)).unwrap_or(3);
        match most {
            _ if cases[most] == 0 => Self::AsIs,
            0 => Self::Capitals,
            1 => Self::Upper,
            2 => Self::Lower,
            _ => Self::AsIs,
        }
    }

    pub(super) fn push(self, word: &str, text: &mut String) {
        match self {
            Self::Capitals => {
                let mut chars = word.chars();
                text.extend(chars.next().map(|c| c.to_ascii_uppercase()));
                text.push_str(chars.as_str());
            }
            Self::Upper => text.extend(word.chars().map(|c| c.to_ascii_uppercase())),
            Self::Lower => text.extend(word.chars().map(|c| c.to_ascii_lowercase())),
            Self::AsIs => text.push_str(word),
        }
    }
}

/// Cuts a text to so many characters, on a character boundary, without a blank at the end.
pub(super) fn truncate(text: &mut String, max: usize) {
    if let Some((end, _)) = text.char_indices().nth(max) {
        text.truncate(end);
        let kept = text.trim_end().len();
        text.truncate(kept);
    }
}
