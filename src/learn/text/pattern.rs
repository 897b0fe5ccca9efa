//! Texts as runs of character classes.

use crate::model::Part;

/// The longest text that is taken for an identifier, in characters.
const LONGEST: usize = 64;

/// The most runs an identifier has.
const MOST_PARTS: usize = 16;

/// The longest small-letter word between blanks that an identifier may hold (`Flat 3b`); anything longer is prose.
const LONGEST_WORD: usize = 3;

/// The runs of a text that looks like an identifier, a code or a number; `None` for prose.
pub(super) fn runs_of(text: &str) -> Option<Vec<Part>> {
    if text.is_empty() || text.len() > 4 * LONGEST || text.chars().count() > LONGEST {
        return None;
    }
    if is_uuid(text) {
        return Some(uuid());
    }
    let has_digit = text.bytes().any(|byte| byte.is_ascii_digit());
    let is_capital_code =
        text.len() <= 12 && text.bytes().all(|b| b.is_ascii_uppercase() || b"-_./".contains(&b));
    let has_letters = text.chars().any(char::is_alphabetic);
    if !(has_digit || is_capital_code || !has_letters) || (has_digit && reads_like_prose(text)) {
        return None;
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let is_word = first.is_alphanumeric();
        let end = rest.find(|c: char| c.is_alphanumeric() != is_word).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        if is_word {
            word(run, &mut parts)
        } else {
            parts.push(Part::Literal(run.to_owned()))
        }
        rest = after;
    }
    (parts.len() <= MOST_PARTS).then_some(parts)
}

/// The 8-4-4-4-12 hexadecimal digits of a UUID.
pub(super) fn uuid() -> Vec<Part> {
    let dash = || Part::Literal("-".into());
    vec![
        Part::Hex(8),
        dash(),
        Part::Hex(4),
        dash(),
        Part::Hex(4),
        dash(),
        Part::Hex(4),
        dash(),
        Part::Hex(12),
    ]
}

/// The same runs with the letters at either end as they stand, if there is something else that varies.
pub(super) fn with_affixes(parts: &[Part], text: &str) -> Vec<Part> {
    let mut specific = parts.to_vec();
    if !parts.iter().any(varies) {
        return specific;
    }
    let is_letters = |part: &Part| matches!(part, Part::Upper(_) | Part::Lower(_) | Part::Letters(_));
    let start = parts.iter().take_while(|part| is_letters(part)).count();
    let end = parts.iter().rev().take_while(|part| is_letters(part)).count();
    let characters: Vec<char> = text.chars().collect();
    let length = |parts: &[Part]| parts.iter().map(part_length).sum::<usize>();
    if end > 0 {
        let from = characters.len() - length(&parts[parts.len() - end..]);
        specific.splice(parts.len() - end.., [Part::Literal(characters[from..].iter().collect())]);
    }
    if start > 0 {
        specific.splice(..start, [Part::Literal(characters[..length(&parts[..start])].iter().collect())]);
    }
    specific
}

/// The coarsest form: words of letters and digits, and what stands between them.
pub(super) fn coarse(parts: &[Part]) -> Vec<Part> {
    let mut coarse: Vec<Part> = Vec::new();
    for part in parts {
        let length = part_length(part) as u16;
        match (coarse.last_mut(), part) {
            (_, Part::Literal(_)) => coarse.push(part.clone()),
            (Some(Part::Alphanumeric(before)), _) => *before += length,
            _ => coarse.push(Part::Alphanumeric(length)),
        }
    }
    coarse
}

/// The same pattern for texts that begin with `prefix`.
pub(super) fn with_prefix(parts: Vec<Part>, prefix: &str) -> Vec<Part> {
    if prefix.is_empty() {
        return parts;
    }
    let mut known = prefix.chars().count();
    let mut specific = vec![Part::Literal(prefix.to_owned())];
    for part in parts {
        let cut = known.min(part_length(&part));
        known -= cut;
        match (specific.last_mut(), without(part, cut)) {
            (Some(Part::Literal(before)), Some(Part::Literal(text))) => before.push_str(&text),
            (_, rest) => specific.extend(rest),
        }
    }
    specific
}

/// A run without its first characters; `None` if nothing is left.
fn without(part: Part, cut: usize) -> Option<Part> {
    let rest = (part_length(&part) - cut) as u16;
    (rest > 0).then(|| match part {
        Part::Literal(text) => Part::Literal(text.chars().skip(cut).collect()),
        Part::Digits(_, not_zero_led) => Part::Digits(rest, not_zero_led && cut == 0),
        Part::Upper(_) => Part::Upper(rest),
        Part::Lower(_) => Part::Lower(rest),
        Part::Letters(_) => Part::Letters(rest),
        Part::Hex(_) => Part::Hex(rest),
        Part::Alphanumeric(_) => Part::Alphanumeric(rest),
    })
}

/// Which of the first 64 runs of digits begin with 0, as bits by run.
pub(super) fn zero_led(parts: &[Part], text: &str) -> u64 {
    let mut bits = 0;
    let mut characters = text.chars();
    for (index, part) in parts.iter().enumerate() {
        let first = characters.next();
        if matches!(part, Part::Digits(..)) && first == Some('0') && index < 64 {
            bits |= 1 << index;
        }
        let others = part_length(part).saturating_sub(1);
        if others > 0 {
            characters.nth(others - 1);
        }
    }
    bits
}

fn varies(part: &Part) -> bool {
    matches!(part, Part::Digits(..) | Part::Hex(_) | Part::Alphanumeric(_))
}

fn part_length(part: &Part) -> usize {
    match part {
        Part::Literal(text) => text.chars().count(),
        Part::Digits(n, _)
        | Part::Upper(n)
        | Part::Lower(n)
        | Part::Letters(n)
        | Part::Hex(n)
        | Part::Alphanumeric(n) => usize::from(*n),
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(index, byte)| match index {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
        })
}

fn reads_like_prose(text: &str) -> bool {
    let small = |word: &str| word.chars().filter(|c| c.is_lowercase()).count();
    text.contains(' ') && text.split_whitespace().any(|word| small(word) > LONGEST_WORD)
}

/// One word of letters and digits: its runs if they are few, else one class for all of it.
fn word(word: &str, parts: &mut Vec<Part>) {
    let length = word.chars().count() as u16;
    let mut groups: Vec<&str> = Vec::new();
    let mut rest = word;
    while let Some(first) = rest.chars().next() {
        let is_digit = first.is_ascii_digit();
        let end = rest.find(|c: char| c.is_ascii_digit() != is_digit).unwrap_or(rest.len());
        let (group, after) = rest.split_at(end);
        groups.push(group);
        rest = after;
    }
    let is_hex = word.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte));
    if is_hex && length >= 8 && groups.len() > 1 {
        parts.push(Part::Hex(length));
    } else if groups.len() > 3 {
        parts.push(Part::Alphanumeric(length));
    } else {
        groups.into_iter().for_each(|group| letters_or_digits(group, parts));
    }
}

fn letters_or_digits(group: &str, parts: &mut Vec<Part>) {
    let length = group.chars().count() as u16;
    let mut characters = group.chars();
    let first_is_capital = characters.next().is_some_and(char::is_uppercase);
    let rest_is_small = characters.all(|c| !c.is_uppercase());
    if group.starts_with(|c: char| c.is_ascii_digit()) {
        parts.push(Part::Digits(length, true));
    } else if group.chars().all(char::is_uppercase) {
        parts.push(Part::Upper(length));
    } else if first_is_capital && rest_is_small {
        parts.extend([Part::Upper(1), Part::Lower(length - 1)]);
    } else if !first_is_capital && rest_is_small {
        parts.push(Part::Lower(length));
    } else {
        parts.push(Part::Letters(length));
    }
}
