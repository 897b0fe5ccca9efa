//! What a column means, by its name, its type and its values.
//!
//! A kind is recognised by name where enough of the values do not speak against it, or by its values alone, whatever
//! the column is called.

mod names;
mod rules;
mod validate;

use super::text::TextProfile;
use crate::model::SemanticKind;
use crate::schema::DataType;
use rules::{Carrier, RULES, Rule};

pub(super) use crate::schema::words::{has_word, words_of};
pub(super) use rules::{COMPANY_TABLES, PERSON_TABLES};

/// Characters per text from which texts that hardly repeat are free text, whatever the column is called.
const LONG_TEXT: f64 = 60.0;

/// Characters per text from which the name (`notes`) is enough for free text.
const NOTE: f64 = 20.0;

/// The share of full names whose first word must be a known first name.
const PEOPLE: f64 = 0.3;

/// Words of a full name at the most, titles and particles included.
const LONGEST_NAME: usize = 6;

/// Different single words below which names by content are not believed.
const FEW: usize = 16;

/// Recognises the meaning of column `name`. `texts` are its values where it holds characters; `table` is the name of its
/// table where it belongs to one.
pub(super) fn recognise(
    name: &str,
    data_type: &DataType,
    texts: Option<&TextProfile>,
    table: Option<&str>,
) -> Option<SemanticKind> {
    let words = words_of(name);
    let witnesses = texts.map(TextProfile::witnesses).unwrap_or_default();
    let carrier = Carrier::of(data_type)?;
    let mut rules = RULES.iter().filter(|rule| rule.carriers.contains(&carrier));
    let certain = rules.clone().find(|rule| rule.is_certain(&words, &witnesses));
    let found = certain.or_else(|| rules.find(|rule| rule.by_content(&witnesses)));
    if let Some(rule) = found {
        return Some(rule.kind);
    }
    if carrier != Carrier::Text {
        return None;
    }
    person_or_company(&words, &witnesses, table)
        .or_else(|| texts.filter(|texts| is_free_text(&words, texts)).map(|_| SemanticKind::FreeText))
}

impl Rule {
    fn is_certain(&self, words: &str, witnesses: &[&str]) -> bool {
        self.words.iter().any(|word| has_word(words, word))
            && (witnesses.is_empty() || self.matching(witnesses) >= self.share_by_name)
    }

    fn by_content(&self, witnesses: &[&str]) -> bool {
        // A handful of values proves nothing, but a person in it is a person: two are enough.
        self.share_by_content.is_some_and(|share| witnesses.len() >= 2 && self.matching(witnesses) >= share)
    }

    fn matching(&self, witnesses: &[&str]) -> f64 {
        share_of(witnesses, self.matches)
    }
}

/// A column that is just called `name`, or whose texts begin with first names.
fn person_or_company(words: &str, witnesses: &[&str], table: Option<&str>) -> Option<SemanticKind> {
    let two_words = share_of(witnesses, |text| text.split_whitespace().nth(1).is_some());
    if !witnesses.is_empty() {
        let first = share_of(witnesses, names::begins_with_first_name);
        let prose = share_of(witnesses, |text| text.split_whitespace().nth(LONGEST_NAME).is_some());
        if first >= PEOPLE && two_words >= 0.5 && prose < 0.5 {
            return Some(SemanticKind::FullName);
        }
        // Colours (Brown, Gray) and months (April, May) are names too, but they are few.
        if two_words < 0.5 && witnesses.len() >= FEW {
            if first >= 0.5 {
                return Some(SemanticKind::FirstName);
            }
            if share_of(witnesses, names::is_last_name) >= 0.5 {
                return Some(SemanticKind::LastName);
            }
        }
    }
    let table = words_of(table?);
    let is_name = ["_name_", "_names_", "_nom_", "_nombre_"].contains(&words);
    match is_name {
        true if PERSON_TABLES.iter().any(|word| has_word(&table, word)) => Some(SemanticKind::FullName),
        true if COMPANY_TABLES.iter().any(|word| has_word(&table, word)) => Some(SemanticKind::Company),
        _ => None,
    }
}

fn is_free_text(words: &str, texts: &TextProfile) -> bool {
    let hardly_repeats = texts.never_repeats() || texts.distinct() * 2 >= texts.rows();
    let is_note = rules::NOTES.iter().any(|word| has_word(words, word));
    texts.rows() > 0
        && hardly_repeats
        && (texts.mean_length() >= LONG_TEXT || (is_note && texts.mean_length() >= NOTE))
}

fn share_of(witnesses: &[&str], test: impl Fn(&str) -> bool) -> f64 {
    let matching = witnesses.iter().filter(|text| test(text)).count() as u64;
    crate::stats::share(matching, witnesses.len() as u64)
}

#[cfg(test)]
mod tests;
