//! "Did you mean": the nearest known name to a mistyped one.

/// The longest word that is compared; anything longer is no slip of the finger.
const LONGEST: usize = 128;

/// The candidate nearest to `word`, if one is near enough to be what was meant: a third of its letters may differ,
/// swapped neighbours count once, capitals do not count. Of equally near ones the first wins.
pub fn did_you_mean<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = letters(word);
    if wanted.is_empty() || wanted.len() > LONGEST {
        return None;
    }
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let known = letters(candidate);
        if known.is_empty() || known.len() > LONGEST {
            continue;
        }
        let allowed = (wanted.len().max(known.len()) / 3).max(1);
        let distance = distance(&wanted, &known);
        if distance <= allowed && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The known names as one phrase, cut off where there are too many to read.
pub fn listed<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    const SHOWN: usize = 12;
    let names: Vec<String> = names.into_iter().map(|name| format!("`{name}`")).collect();
    match names.len() {
        0 => "none".to_owned(),
        count if count <= SHOWN => names.join(", "),
        count => format!("{} and {} more", names[..SHOWN].join(", "), count - SHOWN),
    }
}

fn letters(word: &str) -> Vec<char> {
    word.chars().flat_map(char::to_lowercase).collect()
}

/// Edits (insertions, deletions, replacements, swaps of neighbours) between two words.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before = vec![0; b.len() + 1];
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let replaced = last[j] + usize::from(a[i] != b[j]);
            row[j + 1] = replaced.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        before = last;
        last = row;
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_nearest_name_only_if_it_is_near() {
        let tables = ["customers", "orders", "order_lines", "Users"];
        assert_eq!(did_you_mean("custmers", tables), Some("customers"));
        assert_eq!(did_you_mean("odrers", tables), Some("orders"));
        assert_eq!(did_you_mean("users", tables), Some("Users"));
        assert_eq!(did_you_mean("payments", tables), None);
        assert_eq!(did_you_mean("", tables), None);
    }

    #[test]
    fn lists_are_cut_off() {
        let names: Vec<String> = (0..15).map(|index| format!("t{index}")).collect();
        let text = listed(names.iter().map(String::as_str));
        assert!(text.ends_with("`t11` and 3 more"), "{text}");
        assert_eq!(listed([]), "none");
    }

    proptest::proptest! {
        #[test]
        fn never_panics_and_always_finds_the_name_itself(word in ".*", other in ".*") {
            let found = did_you_mean(&word, [other.as_str(), word.as_str()]);
            if let Some(found) = found {
                proptest::prop_assert!(found == other || found == word);
            }
            let length = letters(&word).len();
            if length > 0 && length <= LONGEST {
                proptest::prop_assert!(found.is_some());
            }
        }
    }
}
