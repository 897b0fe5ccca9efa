//! What conditions say of columns and pairs.

use super::super::Restriction;
use super::*;

fn restriction(expression: &str, column: &str) -> Restriction {
    let table = table(Dialect::Postgres);
    let column = table.column_index(column).expect("a column of the table");
    parse(Dialect::Postgres, expression).restriction(column)
}

#[test]
fn narrows_to_ranges_and_lists() {
    let range = restriction("amount > 0 AND amount <= 100 AND amount > -5", "amount");
    assert_eq!(range.min, Some((Decimal(0, 0), false)));
    assert_eq!(range.max, Some((Decimal(100, 0), true)));
    assert!(!range.not_null);

    let list = restriction("status IN ('A', 'B', 'C') AND status <> 'B' AND status IS NOT NULL", "status");
    assert_eq!(list.values, Some(vec![text("A"), text("B"), text("C")]));
    assert_eq!(list.excluded, vec![text("B")]);
    assert!(list.not_null);

    let list = restriction("id = 1 OR id = 2 OR id IS NULL", "id");
    assert_eq!(list.values, Some(vec![Decimal(1, 0), Decimal(2, 0)]));
    assert_eq!((list.min, list.not_null), (None, false));

    let between = restriction("quantity BETWEEN 1 AND 5 OR quantity = 9", "quantity");
    assert_eq!((between.min, between.max), (Some((Decimal(1, 0), true)), Some((Decimal(9, 0), true))));

    let whole = restriction("quantity > 0.5 AND quantity < 7.5", "quantity");
    assert_eq!((whole.min, whole.max), (Some((Decimal(1, 0), true)), Some((Decimal(7, 0), true))));

    let float = restriction("ratio >= 0 AND ratio <= 1", "ratio");
    assert_eq!(float.min, Some((Float(0.0), true)));

    let days = restriction("start_date >= '2000-01-01' AND start_date < '2010-01-01'::date", "start_date");
    assert_eq!(days.min, Some((day("2000-01-01"), true)));
    assert_eq!(days.max, Some((day("2010-01-01"), false)));

    assert_eq!(restriction("active", "active").values, Some(vec![Boolean(true)]));
    assert_eq!(restriction("NOT active", "active").values, Some(vec![Boolean(false)]));
    assert_eq!(restriction("active IS FALSE", "active").values, Some(vec![Boolean(false)]));
    assert_eq!(restriction("status IS NULL", "status").values, Some(Vec::new()));
    assert_eq!(restriction("id > 1", "amount"), Restriction::default());
    assert_eq!(restriction("id > 1 OR amount > 1", "id"), Restriction::default());
}

#[test]
fn narrows_lengths_and_patterns() {
    let length = restriction("length(status) <= 5 AND char_length((status)::text) >= 2", "status");
    assert_eq!(length.length, (Some(2), Some(5)));
    assert_eq!(restriction("status <> ''", "status").length, (Some(1), None));
    assert_eq!(restriction("btrim(status) <> ''", "status").length, (Some(1), None));
    let pattern = restriction("code ~ '^\\d{3}$'", "code");
    assert_eq!(pattern.patterns, vec!["(?s)^\\d{3}$"]);
    assert!(restriction("code !~ '^\\d{3}$'", "code").patterns.is_empty());
}

#[test]
fn finds_orderings_and_unequal_pairs() {
    let orderings = |expression| parse(Dialect::Postgres, expression).orderings();
    assert_eq!(orderings("end_date >= start_date"), [(6, 7, false)]);
    assert_eq!(orderings("start_date < end_date AND id > 1"), [(6, 7, true)]);
    assert_eq!(orderings("end_date IS NULL OR end_date > start_date"), [(6, 7, true)]);
    assert_eq!(orderings("NOT (start_date > end_date)"), [(6, 7, false)]);
    assert_eq!(orderings("id IS NULL OR end_date > start_date"), []);
    assert_eq!(orderings("id > 1"), []);
    let unequal = |expression| parse(Dialect::Postgres, expression).unequal_pairs();
    assert_eq!(unequal("id <> quantity"), [(0, 9)]);
    assert_eq!(unequal("id IS DISTINCT FROM quantity"), [(0, 9)]);
    assert_eq!(unequal("id = quantity"), []);
}

#[test]
fn tells_whether_anything_is_left_to_filter() {
    let captured = [
        "amount > 0",
        "status IN ('A', 'B')",
        "amount IS NULL OR amount > 0",
        "end_date >= start_date AND id <> 5",
        "id = 1 OR id = 2",
        "length(status) <= 5",
        "active",
    ];
    for expression in captured {
        assert!(parse(Dialect::Postgres, expression).is_captured(), "{expression}");
    }
    let left = [
        "amount > 0 OR id > 1",
        "code ~ '^a'",
        "btrim(status) <> ''",
        "id < 1 OR id > 5",
        "id = quantity",
        "id + 1 > quantity",
        "octet_length(status) <= 5",
        "id IS DISTINCT FROM quantity",
        "amount IS NULL OR (amount > 0 AND amount IS NOT NULL AND id > 1)",
    ];
    for expression in left {
        assert!(!parse(Dialect::Postgres, expression).is_captured(), "{expression}");
    }
}

#[test]
fn lists_the_patterns_of_nulls() {
    let patterns = |expression| parse(Dialect::Postgres, expression).null_patterns();
    assert_eq!(patterns("num_nonnulls(id, quantity) = 1"), Some(vec![vec![0], vec![9]]));
    assert_eq!(patterns("(id IS NULL) <> (quantity IS NULL)"), Some(vec![vec![0], vec![9]]));
    assert_eq!(patterns("id IS NOT NULL OR quantity IS NOT NULL"), Some(vec![vec![0], vec![9], vec![0, 9]]));
    assert_eq!(patterns("id IS NULL OR quantity > 1"), None);
}

proptest::proptest! {
    /// A restriction is a necessary condition, and where the predicate is captured a sufficient one.
    #[test]
    fn restrictions_agree_with_verdicts(
        parts in proptest::collection::vec((0usize..9, -3i64..4), 1..4),
        conjunction: bool,
        value in proptest::option::of(-4i64..5),
    ) {
        let shapes = ["id > #", "id <= #", "id = #", "id <> #", "id IN (#, 2)", "id NOT IN (#, 1)",
            "id IS NULL", "id IS NOT NULL", "id BETWEEN # AND 2"];
        let parts: Vec<String> =
            parts.iter().map(|(shape, number)| shapes[*shape].replace('#', &number.to_string())).collect();
        let expression = parts.join(if conjunction { " AND " } else { " OR " });
        let predicate = parse(Dialect::Postgres, &expression);
        let datum = value.map_or(Null, |value| Decimal(i128::from(value), 0));
        let admitted = predicate.admits(&|_| datum.clone());
        let restriction = predicate.restriction(0);
        if admitted {
            proptest::prop_assert!(restriction.allows(&datum), "{} {:?} {:?}", expression, restriction, datum);
        } else if predicate.is_captured() {
            proptest::prop_assert!(!restriction.allows(&datum), "{} {:?} {:?}", expression, restriction, datum);
        }
    }
}
