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

/// What columns of keys are called, and columns that say whose keys they are, behind the words that both share.
const IDS: [&str; 8] = ["_id_", "_key_", "_uuid_", "_guid_", "_pk_", "_ids_", "_no_", "_ref_"];
const TYPES: [&str; 7] = ["_type_", "_kind_", "_class_", "_table_", "_model_", "_entity_", "_type_name_"];
/// Such columns where they share no word.
const PLAIN_IDS: [&str; 6] =
    ["_record_id_", "_row_id_", "_object_id_", "_entity_id_", "_item_id_", "_model_id_"];
const PLAIN_TYPES: [&str; 8] = [
    "_table_",
    "_table_name_",
    "_model_",
    "_entity_",
    "_class_name_",
    "_entity_name_",
    "_content_type_",
    "_entity_type_",
];

/// Whether two columns are called like the halves of a polymorphic pair: `subject_type` and `subject_id`, `table_name` and `record_id`.
/// What says whose keys they are may be a key itself: `content_type_id` and `object_id`.
pub fn is_pair(kind: &str, id: &str) -> bool {
    let (kind, id) = (words_of(kind), words_of(id));
    let named = kind.strip_suffix("id_").filter(|kind| TYPES.iter().any(|ending| kind.ends_with(ending)));
    are_halves(&kind, &id) || named.is_some_and(|kind| are_halves(kind, &id))
}

/// Whether the names share their first words; `_actor_content_type_` and `_actor_object_id_` share one.
fn are_halves(kind: &str, id: &str) -> bool {
    let stem = |words: &str, endings: &[&str]| {
        let ending = endings.iter().find(|ending| words.ends_with(**ending))?;
        Some(words[..=words.len() - ending.len()].to_owned())
    };
    let shared = stem(id, &IDS).filter(|stem| stem != "_");
    let same = shared.is_some_and(|shared| stem(kind, &TYPES).as_ref() == Some(&shared) || kind == shared);
    let plain = stem(id, &PLAIN_IDS);
    same || (plain.is_some() && plain == stem(kind, &PLAIN_TYPES))
}

/// Whether a value names a table, as values of polymorphic columns do: `Post`, `blog_post`, `App\Models\BlogPost` and `Blog::Post` name
/// `posts` or `blog_posts`.
pub fn names_table(value: &str, table: &str) -> bool {
    let last = value.rsplit(['\\', ':', '.', '/']).next().unwrap_or(value);
    let table = singulars(&words_of(table));
    let means = |name: &str| singulars(&words_of(name)).iter().any(|single| table.contains(single));
    means(value) || means(last)
}

/// The tables that a row names by its texts: by two of them (`blog`, `post` and the table `blog_post`), else by one.
pub fn tables_named<'a>(texts: &[&str], tables: impl Iterator<Item = &'a str> + Clone) -> Vec<usize> {
    let two = |a: usize, b: usize| (a != b).then(|| format!("{}_{}", texts[a], texts[b]));
    let all = 0..texts.len();
    let joined: Vec<String> = all.clone().flat_map(|a| all.clone().filter_map(move |b| two(a, b))).collect();
    let named = |name: &str| {
        let all = tables.clone().enumerate().filter(|(_, table)| names_table(name, table));
        all.map(|(at, _)| at).collect::<Vec<usize>>()
    };
    let mut found: Vec<usize> = joined.iter().flat_map(|name| named(name)).collect();
    if found.is_empty() {
        found = texts.iter().rev().flat_map(|name| named(name)).collect();
    }
    let mut seen = Vec::new();
    found.retain(|at| {
        !seen.contains(at) && {
            seen.push(*at);
            true
        }
    });
    found
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
    fn pairs_share_their_first_words() {
        for (kind, id) in [
            ("subject_type", "subject_id"),
            ("commentableType", "commentableId"),
            ("owner_kind", "owner_uuid"),
            ("entity", "entity_id"),
            ("table_name", "record_id"),
            ("content_type_id", "object_id"),
            ("actor_content_type_id", "actor_object_id"),
            ("subject_type_id", "subject_id"),
        ] {
            assert!(is_pair(kind, id), "{kind} {id}");
        }
        for (kind, id) in [
            ("type", "id"),
            ("kind", "user_id"),
            ("subject_type", "object_id"),
            ("user_id", "object_id"),
            ("actor_content_type_id", "target_object_id"),
        ] {
            assert!(!is_pair(kind, id), "{kind} {id}");
        }
    }

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

    #[test]
    fn rows_name_tables_by_their_texts() {
        let tables = ["blog_post", "posts", "auth_user", "shop_blogpost"];
        let named = |texts: &[&str]| tables_named(texts, tables.iter().copied());
        assert_eq!(named(&["blog", "post"]), [0]);
        assert_eq!(named(&["shop", "blogpost"]), [3]);
        assert_eq!(named(&["other", "post"]), [1]);
        assert_eq!(named(&["posts"]), [1]);
        assert_eq!(named(&["sessions", "session"]), Vec::<usize>::new());
    }
}
