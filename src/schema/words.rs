//! Names of tables and columns as words.

/// A name in words: `firstName`, `First Name` and `FIRST_NAME` all become `_first_name_`.
pub fn words_of(name: &str) -> String {
    let mut words = String::from("_");
    let mut before_is_small = false;
    for character in name.chars() {
        if !character.is_alphanumeric() {
            if !words.ends_with('_') {
                words.push('_');
            }
            before_is_small = false;
            continue;
        }
        if character.is_uppercase() && before_is_small {
            words.push('_');
        }
        before_is_small = character.is_lowercase();
        words.extend(character.to_lowercase());
    }
    // A number at the end of a word (address2) is no part of it.
    let mut plain = String::new();
    for word in words.split('_').map(|word| word.trim_end_matches(|c: char| c.is_ascii_digit())) {
        if !word.is_empty() {
            plain.push('_');
            plain.push_str(word);
        }
    }
    plain.push('_');
    plain
}

/// Whether words (as [`words_of`] gives them) hold a word, in the singular or the plural.
pub fn has_word(words: &str, word: &str) -> bool {
    ["", "s", "es"].iter().any(|ending| words.contains(&format!("_{word}{ending}_")))
}
