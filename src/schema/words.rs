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

/// Whether a value names a table, as values of polymorphic columns do: `Post`, `blog_post`, `App\Models\BlogPost` and `Blog::Post` name
/// `posts` or `blog_posts`.
pub fn names_table(value: &str, table: &str) -> bool {
    let last = value.rsplit(['\\', ':', '.', '/']).next().unwrap_or(value);
    let table = singulars(&words_of(table));
    let means = |name: &str| singulars(&words_of(name)).iter().any(|single| table.contains(single));
    means(value) || means(last)
}

/// What words may be in the singular, themselves included: `_blog_posts_` may be `_blog_post`. Nothing where there are no words.
fn singulars(words: &str) -> Vec<String> {
    const IRREGULAR: [(&str, &str); 4] =
        [("people", "person"), ("children", "child"), ("men", "man"), ("data", "datum")];
    let words = words.trim_end_matches('_');
    if words.is_empty() {
        return Vec::new();
    }
    let (before, last) = words.split_at(words.rfind('_').map_or(0, |at| at + 1));
    let irregular = IRREGULAR.iter().find(|(several, _)| *several == last).map(|(_, single)| *single);
    let endings = [("", ""), ("s", ""), ("es", ""), ("ies", "y")];
    let regular =
        endings.iter().filter_map(|(ending, single)| Some(last.strip_suffix(ending)?.to_owned() + single));
    regular.chain(irregular.map(str::to_owned)).map(|single| format!("{before}{single}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_name_tables_in_singular_and_plural() {
        let named = [
            ("Post", "posts"),
            ("posts", "posts"),
            ("App\\Models\\BlogPost", "blog_posts"),
            ("Blog::Post", "posts"),
            ("Admin::User", "admin_users"),
            ("Person", "people"),
            ("category", "Categories"),
            ("House", "houses"),
            ("Address", "addresses"),
            ("status", "statuses"),
            ("BOX", "boxes"),
        ];
        for (value, table) in named {
            assert!(names_table(value, table), "{value} {table}");
        }
        for (value, table) in [("Post", "post_tags"), ("User", "posts"), ("", "posts"), ("news", "new_users")]
        {
            assert!(!names_table(value, table), "{value} {table}");
        }
    }
}
