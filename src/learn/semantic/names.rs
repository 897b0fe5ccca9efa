//! Common first and last names, to recognise columns of people.

use rustc_hash::FxHashSet;
use std::sync::LazyLock;

static FIRST_NAMES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| include_str!("first_names.txt").split_whitespace().collect());
static LAST_NAMES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| include_str!("last_names.txt").split_whitespace().collect());

/// Titles that stand before a first name.
const TITLES: &[&str] =
    &["mr", "mrs", "ms", "miss", "dr", "prof", "herr", "frau", "m", "mme", "sr", "sra", "don", "sir"];

/// Whether a text is one common first name.
pub(super) fn is_first_name(text: &str) -> bool {
    FIRST_NAMES.contains(text.trim().to_lowercase().as_str())
}

/// Whether a text is one common last name.
pub(super) fn is_last_name(text: &str) -> bool {
    LAST_NAMES.contains(text.trim().to_lowercase().as_str())
}

/// Whether a text begins with a common first name, a title before it aside; or, as lists have it, with a last name and a comma.
pub(super) fn begins_with_first_name(text: &str) -> bool {
    let turned = text.split_once(',');
    if turned.is_some_and(|(last, first)| is_last_name(last) || begins_with_first_name(first)) {
        return true;
    }
    let plain = |word: &str| word.trim_end_matches('.').to_lowercase();
    let mut words = text.split_whitespace().map(plain).skip_while(|word| TITLES.contains(&word.as_str()));
    words.next().is_some_and(|word| {
        FIRST_NAMES.contains(word.as_str())
            || word.split('-').next().is_some_and(|part| FIRST_NAMES.contains(part))
    })
}
