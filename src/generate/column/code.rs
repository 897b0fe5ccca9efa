//! Codes: numbers with a format, and those with check digits.

use super::{ColumnGenerator, Definition, Request, Sampler, Values, learned, text};
use crate::model::{Ordered, Part, Pattern, TextShape};
use crate::rng::{Key, Permutation, Stream};
use std::fmt::Write;

/// Random digits.
pub(super) fn digits(count: u16, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let fits = count.min(request.max_length().min(u16::MAX as usize) as u16);
    patterned(vec![Part::Digits(fits, false)], request)
}

/// Random letters and digits.
pub(super) fn random_text(count: u16, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let fits = count.min(request.max_length().min(u16::MAX as usize) as u16);
    patterned(vec![Part::Alphanumeric(fits)], request)
}

fn patterned(parts: Vec<Part>, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let none = || Ordered::new(Vec::new(), 1, 0);
    let shape = TextShape {
        patterns: vec![Pattern { parts, rows: 1 }],
        prose_rows: 0,
        lengths: none(),
        words: none(),
        cases: [0; 4],
    };
    text::shaped(&shape, request)
}

/// The format of the source, else this one.
fn formatted(default: &str, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    match learned::shape(request).filter(|shape| !shape.patterns.is_empty()) {
        Some(shape) => text::shaped(shape, request),
        None => patterned(parse_pattern(default), request),
    }
}

/// `#` is a digit, `A` and `a` a letter, `*` either, anything else itself; a backslash takes the next sign literally.
fn parse_pattern(pattern: &str) -> Vec<Part> {
    let mut parts: Vec<Part> = Vec::new();
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        let part = match sign {
            '#' => Part::Digits(1, false),
            'A' => Part::Upper(1),
            'a' => Part::Lower(1),
            '*' => Part::Alphanumeric(1),
            '\\' => Part::Literal(signs.next().unwrap_or('\\').to_string()),
            other => Part::Literal(other.to_string()),
        };
        match (parts.last_mut(), part) {
            (Some(Part::Literal(text)), Part::Literal(more)) => text.push_str(&more),
            (_, part) => parts.push(part),
        }
    }
    parts
}

/// A text by a pattern.
pub(super) struct PatternText;

impl ColumnGenerator for PatternText {
    fn definition(&self) -> Definition {
        Definition {
            name: "pattern",
            help: "a text by a pattern: # a digit, A and a a letter, * either, \\ takes the next sign as it is",
            parameters: &[("pattern", "the pattern")],
            example: "generator = { pattern = { pattern = \"AB-####\" } }",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let pattern = request.parameters.get("pattern").and_then(toml::Value::as_str);
        let pattern = pattern.ok_or("the parameter `pattern` is missing, or not a text")?;
        let fits = pattern.chars().filter(|&c| c != '\\').count() <= request.max_length();
        if !fits {
            return Err(format!("the pattern is longer than {} characters", request.max_length()));
        }
        let capacity = parse_pattern(pattern).iter().fold(1u64, |product, part| {
            product.saturating_mul(match part {
                Part::Digits(..) => 10,
                Part::Upper(_) | Part::Lower(_) => 26,
                Part::Alphanumeric(_) => 36,
                _ => 1,
            })
        });
        if request.unique && capacity < request.count {
            return Err(format!("the pattern has {capacity} different texts, {} are needed", request.count));
        }
        patterned(parse_pattern(pattern), request)
    }
}

macro_rules! formatted {
    ($type:ident, $name:literal, $help:literal, $default:literal) => {
        #[doc = $help]
        pub(super) struct $type;

        impl ColumnGenerator for $type {
            fn definition(&self) -> Definition {
                Definition {
                    name: $name,
                    help: $help,
                    parameters: &[],
                    example: concat!("generator = \"", $name, "\""),
                }
            }

            fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
                formatted($default, request)
            }
        }
    };
}

formatted!(Phone, "phone", "a telephone number in the format of the source's", "+1 555 01## ####");
formatted!(
    NationalId,
    "national_id",
    "a national identity number in the format of the source's",
    "###-##-####"
);
formatted!(MacAddress, "mac_address", "a network card's address", "02:##:##:##:##:##");

/// Texts made from the position, permuted so that neighbours look unrelated.
struct Spelled {
    spell: fn(u64, &mut Stream, &mut String),
    permutation: Permutation,
    key: Key,
}

impl Spelled {
    fn build(
        space: u64,
        length: usize,
        spell: fn(u64, &mut Stream, &mut String),
        request: &Request<'_>,
    ) -> Result<Box<dyn Sampler>, String> {
        if request.max_length() < length {
            return Err(format!("{length} characters are needed, {} fit", request.max_length()));
        }
        if request.unique && request.count > space {
            return Err(format!("there are {space} different values, {} are needed", request.count));
        }
        Ok(Box::new(Self { spell, permutation: Permutation::new(request.key, space), key: request.key }))
    }
}

impl Sampler for Spelled {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let number = self.permutation.apply(position % self.permutation.len());
            (self.spell)(number, &mut self.key.at(position, 3), text);
        })
    }
}

macro_rules! spelled {
    ($type:ident, $name:literal, $help:literal, $space:expr, $length:literal, $spell:expr) => {
        #[doc = $help]
        pub(super) struct $type;

        impl ColumnGenerator for $type {
            fn definition(&self) -> Definition {
                Definition {
                    name: $name,
                    help: $help,
                    parameters: &[],
                    example: concat!("generator = \"", $name, "\""),
                }
            }

            fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
                Spelled::build($space, $length, $spell, request)
            }
        }
    };
}

spelled!(Uuid, "uuid", "a UUID of version 4", 1 << 62, 36, |number, stream, text| {
    let high = number << 2 | u64::from(stream.word() & 3);
    let (a, b, c) = (high >> 32, high >> 16 & 0xFFFF, high & 0xFFF);
    let low = stream.long();
    let (d, e) = (low >> 48 & 0x3FFF | 0x8000, low & 0xFFFF_FFFF_FFFF);
    let _ = write!(text, "{a:08x}-{b:04x}-4{c:03x}-{d:04x}-{e:012x}");
});
spelled!(
    IpAddress,
    "ip_address",
    "an address of the private range 10.0.0.0/8",
    1 << 24,
    14,
    |number, _, text| {
        let _ = write!(text, "10.{}.{}.{}", number >> 16 & 255, number >> 8 & 255, number & 255);
    }
);
spelled!(
    CreditCard,
    "credit_card",
    "a card number with a valid check digit",
    10u64.pow(13),
    16,
    |number, _, text| {
        // 99 begins no issuer's range (ISO/IEC 7812-1), so no such card exists.
        let body = format!("99{number:013}");
        let _ = write!(text, "{body}{}", luhn(&body));
    }
);
spelled!(Iban, "iban", "an IBAN with valid check digits", 10u64.pow(18), 22, |number, _, text| {
    let body = format!("{number:018}");
    let _ = write!(text, "DE{:02}{body}", 98 - mod97(&format!("{body}131400")));
});

/// The Luhn check digit (ISO/IEC 7812-1, annex B) of some digits.
fn luhn(digits: &str) -> u32 {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(index, digit)| {
            let digit = u32::from(digit - b'0');
            let doubled = if index % 2 == 0 { digit * 2 } else { digit };
            doubled / 10 + doubled % 10
        })
        .sum();
    (10 - sum % 10) % 10
}

/// The remainder modulo 97 (ISO 13616) of a long number.
fn mod97(digits: &str) -> u64 {
    digits.bytes().fold(0, |rest, digit| (rest * 10 + u64::from(digit - b'0')) % 97)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn check_digits_are_those_of_the_standards() {
        assert_eq!(luhn("7992739871"), 3);
        assert_eq!(98 - mod97("370400440532013000131400"), 89);
    }

    #[test]
    fn patterns_are_read_sign_by_sign() {
        assert_eq!(
            parse_pattern(r"A\A-##"),
            [Part::Upper(1), Part::Literal("A-".into()), Part::Digits(1, false), Part::Digits(1, false)]
        );
    }
}
