//! Children per parent.

use crate::model::Cardinality;
use crate::model::privacy::Settings;
use crate::schema::{Schema, Table};
use crate::store::ChildCounts;

/// Turns the source's exact counts into what may be told. `each` are the children of every single parent, where the
/// parent is a reference table.
pub(super) fn fit(
    name: String,
    counts: &ChildCounts,
    each: Option<Vec<u64>>,
    privacy: Settings,
) -> Cardinality {
    Cardinality {
        name,
        null_rows: counts.null_rows,
        histogram: privacy.pool_largest(&counts.histogram),
        each: each.map(|each| privacy.deal_small(&each)),
    }
}

/// A foreign key for the reader: `customer_id → customers`.
pub(super) fn name(schema: &Schema, table: &Table, foreign_key: usize) -> String {
    let key = &table.foreign_keys[foreign_key];
    format!("{} → {}", table.column_names(&key.columns), schema.tables[key.parent].name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parents_and_children_add_up() {
        let counts =
            ChildCounts { histogram: vec![(0, 3), (1, 400), (2, 90), (50, 2), (371, 1)], null_rows: 7 };
        let fitted = fit("a → b".into(), &counts, Some(vec![1, 2, 300, 0]), Settings::default());
        assert_eq!(fitted.parents(), 496);
        assert_eq!(fitted.children(), 400 + 180 + 100 + 371);
        assert_eq!(fitted.null_rows, 7);
        let mut each = fitted.each.unwrap_or_default();
        assert_eq!(each[2], 300);
        each.sort_unstable();
        assert_eq!(each, [0, 1, 2, 300]);
        assert!(fitted.histogram.iter().all(|bin| bin.high != 371));
        let exact = counts.histogram.iter().copied();
        let told = fitted.histogram.iter().map(|bin| (bin.low, bin.parents));
        assert!(crate::stats::total_variation(exact, told) <= 0.011);
    }
}
