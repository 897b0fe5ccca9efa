//! The reader of `CREATE` statements takes any text.

use crate::store::sqlite::ddl::{default_expression, read_index, read_table};
use crate::store::sqlite::token::tokens;
use proptest::prelude::*;

/// Text that looks like DDL often enough to reach every branch.
fn almost_ddl() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("CREATE TABLE t (".to_owned()),
        Just("CREATE INDEX i ON t (".to_owned()),
        "(CONSTRAINT|PRIMARY|KEY|UNIQUE|CHECK|FOREIGN|REFERENCES|DEFERRABLE|INITIALLY|DEFERRED|DEFAULT|NOT) ",
        "(COLLATE|GENERATED|ALWAYS|AS|STORED|AUTOINCREMENT|WHERE|ON|NULL) ",
        "[()',\"`\\[\\];.*/ü\n-]{1,4}",
        "\\PC{0,6}",
        "[a-z]{1,5} ",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_text_is_too_strange(text in almost_ddl()) {
        let _ = (read_table(&text), read_index(&text), default_expression(&text));
    }

    #[test]
    fn tokens_lie_in_order_inside_of_the_text(text in "\\PC{0,80}") {
        let mut at = 0;
        for token in tokens(&text) {
            prop_assert!(token.start >= at && token.end > token.start && token.end <= text.len());
            prop_assert!(text.is_char_boundary(token.start) && text.is_char_boundary(token.end));
            at = token.end;
        }
    }

    #[test]
    fn a_quoted_name_is_read_back(name in "\\PC{1,20}") {
        let quoted = crate::store::sqlite::sql::quote(&name);
        let found = tokens(&format!("/* x */ {quoted} -- y"));
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(&found[0].text, &name);
    }
}

#[test]
fn a_default_that_looks_like_a_constraint_is_stepped_over() {
    let table = read_table(
        "CREATE TABLE t (a TEXT DEFAULT 'CHECK (x)', b DEFAULT check CHECK (b > 0), c DEFAULT -+1)",
    );
    let table = table.expect("a column list");
    assert_eq!(table.columns.len(), 3);
    assert_eq!(table.checks.len(), 1);
}

#[test]
fn a_column_may_be_called_like_a_keyword() {
    let table =
        read_table(r#"create table "check" ("primary" int primary key, [unique] int unique, 'check' int)"#);
    let table = table.expect("a column list");
    let names: Vec<_> = table.columns.iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["primary", "unique", "check"]);
    assert_eq!(table.uniques, [(None, vec!["unique".to_owned()])]);
    assert!(table.checks.is_empty());
}
