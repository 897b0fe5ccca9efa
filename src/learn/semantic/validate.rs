//! Whether a text is an e-mail address, an IBAN, a card number and so on, check digits included.

use regex::Regex;
use std::net::IpAddr;
use std::sync::LazyLock;

static EMAIL: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^[^\s@<>,;]+@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?\.[A-Za-z]{2,}$"));
static URL: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i)(?:[a-z][a-z0-9+.-]*://\S+|www\.\S+\.\S+)$"));
static MAC: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i)[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}$"));
static SOCIAL_SECURITY: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(\d{3})-(\d{2})-(\d{4})$"));
static PHONE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?:\+\d[\d .()/-]{6,18}|\(\d{2,5}\)[\d ./-]{5,12}|\d{3}[-. ]\d{3}[-. ]\d{4}|0\d{1,4}[ /-]\d[\d -]{4,10})(?: ?(?:x|ext\.?) ?\d+)?$",
    )
});
static DATE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:\d{4}-\d{1,2}-\d{1,2}.*|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}.*)$"));
static POSTCODE: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?i)[a-z0-9](?:[a-z0-9 -]{1,8})[a-z0-9]$"));
static STREET: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)^(?:\d+\S*\s+(?:\S+\s+)*(?:street|st|avenue|ave|road|rd|lane|ln|drive|dr|boulevard|blvd|way|court|ct|place|pl|square|sq|terrace|parkway|pkwy|circle|highway|hwy|rue|avenida|calle|chemin|quai|loop|manor)\b.*|\d+\S*,?\s+(?:rue|avenue|boulevard|place|chemin|quai)\b.*|\S*(?:straße|strasse|str\.|weg|platz|gasse|allee|ring|gatan|vej|straat)\s+\d+.*|(?:\S+\s+)+(?:str\.|straße|strasse|weg|platz|allee)\s+\d+.*|(?:via|calle|rua|rue|avenida|av\.|c/)\s+.*\d+.*)$",
    )
});
static COMPANY: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?i)(?:^|[\s,.])(?:inc|llc|ltd|limited|corp|corporation|gmbh|ag|kg|ohg|se|plc|s\.?a\.?|s\.?a\.?r\.?l|s\.?r\.?l|b\.?v|n\.?v|oy|ab|a/s|pty|company|& co|and sons|group|holdings|industries|enterprises)\.?$",
    )
});

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("the patterns of this file are constants that the tests compile")
}

pub(super) fn is_anything(text: &str) -> bool {
    !text.is_empty()
}

pub(super) fn has_letters(text: &str) -> bool {
    text.chars().any(char::is_alphabetic)
}

/// Letters, blanks and the punctuation of names.
pub(super) fn is_words(text: &str) -> bool {
    has_letters(text) && text.chars().all(|c| c.is_alphabetic() || " .'’-,()&/".contains(c))
}

pub(super) fn is_email(text: &str) -> bool {
    EMAIL.is_match(text.trim())
}

pub(super) fn is_url(text: &str) -> bool {
    URL.is_match(text.trim())
}

pub(super) fn is_mac(text: &str) -> bool {
    MAC.is_match(text)
}

/// An IPv4 or IPv6 address, with or without the bits of a network.
pub(super) fn is_ip(text: &str) -> bool {
    let (address, bits) = text.split_once('/').unwrap_or((text, "0"));
    let bits_fit = bits.parse::<u8>().is_ok_and(|bits| bits <= 128);
    bits_fit && address.parse::<IpAddr>().is_ok()
}

/// Country, two check digits, and a number that leaves 1 modulo 97.
pub(super) fn is_iban(text: &str) -> bool {
    let compact: Vec<u8> = text.bytes().filter(|byte| *byte != b' ').collect();
    let is_head = |head: &[u8]| {
        head[..2].iter().all(u8::is_ascii_uppercase) && head[2..4].iter().all(u8::is_ascii_digit)
    };
    if !(15..=34).contains(&compact.len()) || !is_head(&compact) {
        return false;
    }
    let rotated = compact[4..].iter().chain(&compact[..4]);
    rotated
        .copied()
        .try_fold(0u32, |rest, byte| match byte {
            b'0'..=b'9' => Some((rest * 10 + u32::from(byte - b'0')) % 97),
            b'A'..=b'Z' => Some((rest * 100 + u32::from(byte - b'A') + 10) % 97),
            _ => None,
        })
        .is_some_and(|rest| rest == 1)
}

/// 13 to 19 digits with a valid Luhn check digit.
pub(super) fn is_card(text: &str) -> bool {
    if !text.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ' || byte == b'-') {
        return false;
    }
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    let luhn: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| match (place % 2, digit * 2) {
            (0, _) => digit,
            (_, doubled) => doubled / 10 + doubled % 10,
        })
        .sum();
    (13..=19).contains(&digits.len()) && digits[0] != 0 && luhn.is_multiple_of(10)
}

/// An American social security number: no group is all zeros, and areas 666 and 9xx are never given out.
pub(super) fn is_social_security(text: &str) -> bool {
    SOCIAL_SECURITY.captures(text).is_some_and(|groups| {
        let (area, group, serial) = (&groups[1], &groups[2], &groups[3]);
        area != "000" && area != "666" && !area.starts_with('9') && group != "00" && serial != "0000"
    })
}

/// 6 to 15 digits, and nothing that is not written in a telephone number.
pub(super) fn is_phone_digits(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (6..=20).contains(&digits) && text.chars().all(|c| c.is_ascii_digit() || " +-./()x#ext".contains(c))
}

/// A text that is written as only telephone numbers are.
pub(super) fn is_phone(text: &str) -> bool {
    is_phone_digits(text) && !DATE.is_match(text) && PHONE.is_match(text.trim())
}

pub(super) fn is_date(text: &str) -> bool {
    DATE.is_match(text)
}

pub(super) fn is_postcode(text: &str) -> bool {
    POSTCODE.is_match(text) && text.bytes().any(|byte| byte.is_ascii_digit())
}

pub(super) fn is_country_code(text: &str) -> bool {
    (2..=3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphabetic())
}

pub(super) fn is_street(text: &str) -> bool {
    STREET.is_match(text)
}

pub(super) fn is_company(text: &str) -> bool {
    COMPANY.is_match(text.trim())
}
