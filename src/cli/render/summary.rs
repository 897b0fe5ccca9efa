//! The summary: what was written, how fast, and the target's verdicts.

use super::{Paint, aligned, count, counted, notes, treatment};
use crate::model::Treatment;
use crate::pipeline::{BalanceSummary, Summary};
use crate::store::Verdict;
use std::time::Duration;

/// How many characters of a checksum tell two tables apart at a glance; `--json` has the whole.
const CHECKSUM_SHOWN: usize = 12;

/// How far a share may be from what was asked for without a word.
const NEAR_SHARE: f64 = 0.005;
/// How many shares of a column are shown; `--json` has all.
const SHARES_SHOWN: usize = 6;

/// The kinds of constraints, and how their names begin.
const KINDS: [(&str, &[&str]); 4] = [
    ("foreign keys", &["FOREIGN KEY"]),
    ("uniques", &["UNIQUE", "PRIMARY KEY"]),
    ("checks", &["CHECK"]),
    ("not nulls", &["NOT NULL"]),
];

/// The summary of a run into the target of that name.
pub(in crate::cli) fn summary(summary: &Summary, target: &str, paint: Paint) -> String {
    let mut rows = vec![["table", "treatment", "rows", "checksum"].map(str::to_owned).to_vec()];
    let written = || summary.tables.iter().filter(|table| table.treatment != Treatment::Skip);
    rows.extend(written().map(|table| {
        let short: String = table.checksum.chars().take(CHECKSUM_SHOWN).collect();
        vec![table.table.clone(), treatment(table.treatment).to_owned(), count(table.rows), short]
    }));
    let mut text = format!("\n{}", aligned(&rows, &[false, false, true, false], 2));
    let total: u64 = written().map(|table| table.rows).sum();
    text += &format!(
        "\n{} in {} written to {}, seed {}\n",
        counted(total, "row"),
        counted(written().count() as u64, "table"),
        paint.bold(target),
        summary.seed
    );
    text += &format!("{}\n{}", times(summary, total), verdicts(&summary.verdicts, paint));
    text += &balances(&summary.balances);
    text + &notes(&summary.notes, paint)
}

/// The same for machines, with whole checksums and every verdict.
pub(in crate::cli) fn summary_json(summary: &Summary, target: &str) -> serde_json::Value {
    let verdicts: Vec<_> = summary
        .verdicts
        .iter()
        .map(|verdict| {
            serde_json::json!({
                "table": verdict.table,
                "constraint": verdict.constraint,
                "violations": verdict.violations,
            })
        })
        .collect();
    serde_json::json!({
        "target": target,
        "tables": summary.tables,
        "verdicts": verdicts,
        "balances": summary.balances,
        "notes": summary.notes,
        "seed": summary.seed,
        "seconds": {
            "learning": summary.learning.as_secs_f64(),
            "loading": summary.loading.as_secs_f64(),
            "finishing": summary.finishing.as_secs_f64(),
        },
    })
}

/// A line for each column that was to have other shares than those learned.
fn balances(balances: &[BalanceSummary]) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    let one = |balance: &BalanceSummary| match (balance.asked - balance.share).abs() < NEAR_SHARE {
        true => format!("{} {}", balance.value, percent(balance.share)),
        false => format!("{} {} ({} asked)", balance.value, percent(balance.share), percent(balance.asked)),
    };
    let columns = balances.chunk_by(|a, b| (&a.table, &a.column) == (&b.table, &b.column));
    let line = |values: &[BalanceSummary]| {
        let shown: Vec<String> = values.iter().take(SHARES_SHOWN).map(one).collect();
        let more = match values.len().saturating_sub(SHARES_SHOWN) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("{}.{} is {}{more}\n", values[0].table, values[0].column, shown.join(", "))
    };
    columns.map(line).collect()
}

fn times(summary: &Summary, rows: u64) -> String {
    let mut parts = Vec::new();
    if !summary.learning.is_zero() {
        parts.push(format!("learned in {}", seconds(summary.learning)));
    }
    let rate = rows as f64 / summary.loading.as_secs_f64().max(0.001);
    parts.push(format!("loaded in {} ({} rows/s)", seconds(summary.loading), count(rate as u64)));
    parts.push(format!("finished in {}", seconds(summary.finishing)));
    parts.join(", ")
}

fn seconds(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{} ms", time.as_millis()),
        1..60 => format!("{:.1} s", time.as_secs_f64()),
        whole if whole < 3600 => format!("{} min {:02} s", whole / 60, whole % 60),
        whole => format!("{} h {:02} min", whole / 3600, whole % 3600 / 60),
    }
}

/// One line of what holds, and one line for each constraint that does not.
fn verdicts(verdicts: &[Verdict], paint: Paint) -> String {
    let (conditions, constraints): (Vec<Verdict>, Vec<Verdict>) =
        verdicts.iter().cloned().partition(|verdict| verdict.constraint.starts_with("WHERE"));
    let text = checked(&constraints, paint) + &broken(&constraints, paint) + &broken(&conditions, paint);
    match conditions.iter().filter(|condition| condition.violations == 0).count() {
        0 => text,
        met => format!("{text}every row that was written meets {}\n", counted(met as u64, "condition")),
    }
}

/// One line of what the target found to hold.
fn checked(verdicts: &[Verdict], paint: Paint) -> String {
    if verdicts.is_empty() {
        return "the target checks no constraints\n".to_owned();
    }
    let holds = |verdict: &&Verdict| verdict.violations == 0;
    let mut parts = Vec::new();
    let mut known = 0;
    for (kind, starts) in KINDS {
        let is_kind = |verdict: &&Verdict| starts.iter().any(|start| verdict.constraint.starts_with(start));
        let ok = verdicts.iter().filter(is_kind).filter(holds).count();
        known += ok;
        if ok > 0 {
            parts.push(format!("{kind} {ok} ok"));
        }
    }
    let others = verdicts.iter().filter(holds).count() - known;
    if others > 0 {
        parts.push(format!("others {others} ok"));
    }
    if parts.is_empty() {
        return String::new();
    }
    format!("verified in the target: {}\n", paint.green(&parts.join(", ")))
}

/// One line for each that does not hold.
fn broken(verdicts: &[Verdict], paint: Paint) -> String {
    let mut text = String::new();
    for broken in verdicts.iter().filter(|verdict| verdict.violations > 0) {
        let rows = counted(broken.violations, "row");
        text += &format!("{} {} {}: {rows}\n", paint.red("broken:"), broken.table, broken.constraint);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pipeline::TableSummary;

    fn example() -> Summary {
        let verdict = |constraint: &str, violations| Verdict {
            table: "orders".to_owned(),
            constraint: constraint.to_owned(),
            violations,
        };
        Summary {
            tables: vec![TableSummary {
                table: "orders".to_owned(),
                treatment: Treatment::Learn,
                rows: 12_000,
                checksum: "0123456789abcdef".to_owned(),
            }],
            verdicts: vec![
                verdict("FOREIGN KEY (customer_id) → customers", 0),
                verdict("PRIMARY KEY (id)", 0),
                verdict("CHECK (total > 0)", 3),
            ],
            balances: Vec::new(),
            notes: vec!["a note".to_owned()],
            seed: 42,
            learning: Duration::from_millis(1200),
            loading: Duration::from_secs(2),
            finishing: Duration::from_secs(75),
        }
    }

    #[test]
    fn a_summary_reads_well() {
        insta::assert_snapshot!(summary(&example(), "staging", Paint::default()));
    }

    #[test]
    fn machines_get_every_verdict() {
        let document = summary_json(&example(), "staging");
        assert_eq!(document["verdicts"][2]["violations"], 3);
        assert_eq!(document["seconds"]["finishing"], 75.0);
    }
}
