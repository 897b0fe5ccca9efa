//! Columns whose values get other shares of the rows than those learned: `--balance`.
//!
//! What is changed is how many rows have each value. Which rows these are, and what else they have, follows what was learned: the column
//! comes first in its row, and a value that is so many times as frequent is so many times as likely wherever it could be.

use super::{ColumnPlan, TablePlan};
use crate::config::{Balance, Settings, Shares, Subject};
use crate::error::Result;
use crate::model::rule::{Rule, Statement};
use crate::model::{ColumnModel, Marginal, Model, NULL_TOKEN, Segment, TableModel, Treatment};
use crate::schema::DataType;
use std::collections::BTreeMap;

/// Shares are told in rows of so many.
const PARTS: f64 = 1_000_000_000.0;

/// A column with other shares than those learned.
#[derive(Debug, Clone)]
pub struct Balanced {
    /// What is drawn from, in place of what was learned.
    pub column: ColumnModel,
    /// By token of the column's codec: how many times as frequent it is to be as it was.
    pub factors: Vec<f64>,
    /// The values that were asked for: token, value, share of the rows that have a value.
    pub asked: Vec<(usize, String, f64)>,
}

impl TablePlan {
    /// What a column is drawn from: what was learned of it, but for its shares where it is balanced.
    pub fn column<'a>(&'a self, learned: &'a TableModel, column: usize) -> &'a ColumnModel {
        self.balanced.get(&column).map_or(&learned.columns[column], |balanced| &balanced.column)
    }
}

/// Values that are told apart: a token of the codec with its rows, and the value where it stands for one.
struct Kind {
    token: usize,
    value: Option<String>,
    rows: u64,
}

/// The columns of a table that are balanced.
pub(super) fn of_table(
    model: &Model,
    settings: &Settings,
    balances: &[Balance],
    (index, treatment): (usize, Treatment),
    (columns, rules): (&[ColumnPlan], &[Rule]),
) -> Result<BTreeMap<usize, Balanced>> {
    let own = balances.iter().filter(|balance| balance.table == index);
    let one = |balance: &Balance| {
        let Refused { why, remedy } = match refused(model, balance, treatment, (columns, rules)) {
            Some(refused) => refused,
            None => match balanced(model, balance) {
                Ok(balanced) => return Ok((balance.column, balanced)),
                Err(refused) => refused,
            },
        };
        let table = &model.schema.tables[index];
        let message = format!("{}.{} {why}", table.name, table.columns[balance.column].name);
        let subject = Subject::Balance(balance.text.clone());
        Err(settings.origins.error(&subject, message, "this cannot be had").hint(remedy))
    };
    own.map(one).collect()
}

/// Why shares cannot be had, as the rest of a sentence about the column, and what to do about it.
struct Refused {
    why: String,
    remedy: String,
}

fn refusal(why: impl Into<String>, remedy: impl Into<String>) -> Refused {
    Refused { why: why.into(), remedy: remedy.into() }
}

fn refused(
    model: &Model,
    balance: &Balance,
    treatment: Treatment,
    (columns, rules): (&[ColumnPlan], &[Rule]),
) -> Option<Refused> {
    let table = &model.schema.tables[balance.table];
    match treatment {
        Treatment::Copy => {
            let remedy = format!("make new rows of it: --table {}=learn", table.name);
            return Some(refusal("is copied with its table", remedy));
        }
        Treatment::Skip => return Some(refusal("is in a table that is left out", "leave the table in")),
        Treatment::Learn | Treatment::Fake => {}
    }
    let computed = rules.iter().find(|rule| decides(&rule.statement, balance.column, columns));
    match &columns[balance.column] {
        ColumnPlan::Drawn { setting: Some(setting), .. } => Some(refusal(
            format!("has the generator {} of its own", setting.generator),
            "take the generator out of seed.toml, or give it the shares",
        )),
        ColumnPlan::Drawn { .. } => computed.map(|rule| {
            let sentence = rule.statement.sentence(&model.schema, balance.table);
            let remedy = "name a column that decides it, or drop the rule in seed.toml";
            refusal(format!("is decided by others: {sentence}"), remedy)
        }),
        _ => Some(refusal("gets its values from elsewhere", "name a column that has values of its own")),
    }
}

/// Whether a rule leaves a column no shares of its own: it computes it, or which parent a row has decides it, and parents keep their children. What
/// other columns of the row decide comes before these, and they follow.
fn decides(rule: &Statement, column: usize, columns: &[ColumnPlan]) -> bool {
    let is_drawn = |column: &usize| matches!(columns[*column], ColumnPlan::Drawn { .. });
    match rule {
        Statement::Dependency { from, to } => to.contains(&column) && !from.iter().all(is_drawn),
        Statement::Constant { columns, .. } => columns.contains(&column),
        Statement::Headcount(count) => count.column == column,
        _ => rule.computes() == Some(column),
    }
}

fn balanced(model: &Model, balance: &Balance) -> std::result::Result<Balanced, Refused> {
    let learned = &model.tables[balance.table].columns[balance.column];
    let data_type = &model.schema.tables[balance.table].columns[balance.column].data_type;
    let kinds = kinds(learned, data_type).filter(|kinds| !kinds.is_empty() && learned.relative.is_none());
    let kinds = kinds.ok_or_else(|| {
        refusal("has no values that repeat and are known", "name a column of categories, or of few numbers")
    })?;
    let wanted = wanted(&kinds, &balance.shares, data_type)?;
    let shares = shares(&kinds, &wanted)?;
    let all: u64 = kinds.iter().map(|kind| kind.rows).sum();
    let mut column = learned.clone();
    let mut factors = vec![1.0; usize::from(NULL_TOKEN) + 1];
    for (kind, share) in kinds.iter().zip(&shares) {
        factors.resize(factors.len().max(kind.token + 1), 1.0);
        factors[kind.token] = share * all.max(1) as f64 / kind.rows.max(1) as f64;
        give(&mut column.marginal, kind.token, (share * PARTS).round() as u64);
    }
    let asked = |&(at, share): &(usize, f64)| Some((kinds[at].token, kinds[at].value.clone()?, share));
    let asked = wanted.iter().filter_map(asked).collect();
    Ok(Balanced { column, factors, asked })
}

/// The values of a column; `None` where they have no shares.
fn kinds(column: &ColumnModel, data_type: &DataType) -> Option<Vec<Kind>> {
    let tokens = usize::from(NULL_TOKEN) + 1..;
    match &column.marginal {
        Marginal::Categories(categories) => {
            let values = categories.values.iter().map(|(value, rows)| (Some(value.clone()), *rows));
            let rare = categories.rare_shape.iter().map(|_| (None, categories.rare_rows));
            let all = tokens.zip(values.chain(rare.filter(|rare| rare.1 > 0)));
            Some(all.map(|(token, (value, rows))| Kind { token, value, rows }).collect())
        }
        Marginal::Integers(ordered) => {
            let scale = match data_type {
                DataType::Integer { .. } => 0,
                DataType::Decimal { scale, .. } => usize::from(*scale),
                _ => return None,
            };
            let value = |units: i64| match scale {
                0 => units.to_string(),
                _ => {
                    let digits = format!("{:0width$}", units.unsigned_abs(), width = scale + 1);
                    let (whole, decimals) = digits.split_at(digits.len() - scale);
                    format!("{}{whole}.{decimals}", if units < 0 { "-" } else { "" })
                }
            };
            let kind = |(token, segment): (usize, &Segment<i64>)| Kind {
                token,
                value: (segment.low == segment.high).then(|| value(segment.low)),
                rows: segment.rows,
            };
            Some(tokens.zip(&ordered.segments).map(kind).collect())
        }
        _ => None,
    }
}

fn give(marginal: &mut Marginal, token: usize, rows: u64) {
    let at = token - usize::from(NULL_TOKEN) - 1;
    match marginal {
        Marginal::Categories(categories) => match categories.values.get_mut(at) {
            Some(value) => value.1 = rows,
            None => categories.rare_rows = rows,
        },
        Marginal::Integers(ordered) => ordered.segments[at].rows = rows,
        _ => {}
    }
}

/// The kinds that shares are given of, and these.
fn wanted(
    kinds: &[Kind],
    shares: &Shares,
    data_type: &DataType,
) -> std::result::Result<Vec<(usize, f64)>, Refused> {
    let named = || kinds.iter().filter_map(|kind| kind.value.as_deref());
    match shares {
        Shares::Uniform => {
            let ranges = kinds.iter().any(|kind| kind.value.is_none() && kind.rows > 0);
            if ranges && !matches!(data_type, DataType::Text { .. }) {
                let remedy = "name the values and their shares: TABLE.COLUMN=VALUE:10%";
                return Err(refusal("has too many values for all of them to be told apart", remedy));
            }
            // What is rare stays as it is.
            let rare = kinds.iter().filter(|kind| kind.value.is_none()).map(|kind| kind.rows).sum::<u64>();
            let all = kinds.iter().map(|kind| kind.rows).sum::<u64>();
            let each = (1.0 - rare as f64 / all.max(1) as f64) / named().count().max(1) as f64;
            let told = kinds.iter().enumerate().filter(|(_, kind)| kind.value.is_some());
            Ok(told.map(|(at, _)| (at, each)).collect())
        }
        Shares::Rare(share) => Ok(vec![(rare(kinds, data_type)?, *share)]),
        Shares::Of(shares) => {
            let find = |(value, share): &(String, f64)| {
                let same =
                    |kind: &Kind| kind.value.as_deref().is_some_and(|known| is_same(known, value, data_type));
                let found = kinds.iter().position(same);
                // No message shows a value of the source.
                let found = found.ok_or_else(|| {
                    let remedy = "the model file lists those that are; what only few have is not known";
                    refusal(format!("has no value `{value}` that is known"), remedy)
                })?;
                Ok((found, *share))
            };
            shares.iter().map(find).collect()
        }
    }
}

/// The share of each kind: what was given, the others sharing what is left as they did.
fn shares(kinds: &[Kind], wanted: &[(usize, f64)]) -> std::result::Result<Vec<f64>, Refused> {
    let given: f64 = wanted.iter().map(|(_, share)| share).sum();
    let is_given = |at: usize| wanted.iter().any(|(given, _)| *given == at);
    let others = kinds.iter().enumerate().filter(|(at, _)| !is_given(*at));
    let others: u64 = others.map(|(_, kind)| kind.rows).sum();
    let left = 1.0 - given;
    if others == 0 && left.abs() > 1e-6 {
        let message = format!("has no other values for the {:.0}% that are left", 100.0 * left);
        return Err(refusal(message, "let the shares add up to 100%"));
    }
    let share = |(at, kind): (usize, &Kind)| match wanted.iter().find(|(given, _)| *given == at) {
        Some((_, share)) => *share,
        None => left * kind.rows as f64 / others.max(1) as f64,
    };
    Ok(kinds.iter().enumerate().map(share).collect())
}

/// The value that a share without a name is about: `true`, 1 beside 0, or the rarer of two.
fn rare(kinds: &[Kind], data_type: &DataType) -> std::result::Result<usize, Refused> {
    let at = |value: &str| kinds.iter().position(|kind| kind.value.as_deref() == Some(value));
    if matches!(data_type, DataType::Boolean) {
        return at("true").ok_or_else(|| {
            refusal("is never true in the source", "what true rows are like is not known from it")
        });
    }
    let two = kinds.len() == 2 && kinds.iter().all(|kind| kind.value.is_some());
    if let (true, Some(_), Some(one)) = (two, at("0"), at("1")) {
        return Ok(one);
    }
    let rarer = || usize::from(kinds[1].rows <= kinds[0].rows);
    two.then(rarer).ok_or_else(|| {
        let remedy = "say whose share it is: TABLE.COLUMN=VALUE:10%";
        refusal("has not two values, of which the rarer could be meant", remedy)
    })
}

/// Whether a value is the one that was named: numbers as numbers, booleans also as 1 and 0.
fn is_same(known: &str, named: &str, data_type: &DataType) -> bool {
    let number = |text: &str| text.parse::<f64>().ok();
    let flag = |text: &str| match text.to_ascii_lowercase().as_str() {
        "true" | "t" | "1" => Some(true),
        "false" | "f" | "0" => Some(false),
        _ => None,
    };
    match data_type {
        DataType::Boolean => flag(known) == flag(named) && flag(known).is_some(),
        _ => known == named || number(known).is_some_and(|known| number(named) == Some(known)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds_of(rows: &[(Option<&str>, u64)]) -> Vec<Kind> {
        let kind = |(at, &(value, rows)): (usize, &(Option<&str>, u64))| Kind {
            token: at + 1,
            value: value.map(str::to_owned),
            rows,
        };
        rows.iter().enumerate().map(kind).collect()
    }

    fn shared(kinds: &[Kind], wished: &Shares, data_type: &DataType) -> Option<Vec<f64>> {
        shares(kinds, &wanted(kinds, wished, data_type).ok()?).ok()
    }

    #[test]
    fn what_is_left_is_shared_as_before() {
        let kinds = kinds_of(&[(Some("paid"), 80), (Some("open"), 15), (None, 5)]);
        let of = |pairs: &[(&str, f64)]| {
            let wanted = pairs.iter().map(|&(value, share)| (value.to_owned(), share)).collect();
            shared(&kinds, &Shares::Of(wanted), &DataType::Text { max: None, fixed: false })
        };
        let close = |found: Vec<f64>, wanted: [f64; 3]| {
            assert!(found.iter().zip(wanted).all(|(a, b)| (a - b).abs() < 1e-9), "{found:?}");
        };
        close(of(&[("open", 0.5)]).unwrap(), [0.5 * 80.0 / 85.0, 0.5, 0.5 * 5.0 / 85.0]);
        close(of(&[("open", 0.5), ("paid", 0.5)]).unwrap(), [0.5, 0.5, 0.0]);
        assert!(of(&[("closed", 0.5)]).is_none());
        let uniform = shared(&kinds, &Shares::Uniform, &DataType::Text { max: None, fixed: false });
        close(uniform.unwrap(), [0.475, 0.475, 0.05]);
        assert!(shared(&kinds, &Shares::Rare(0.1), &DataType::Text { max: None, fixed: false }).is_none());
    }

    #[test]
    fn a_share_without_a_name_is_of_the_rarer_value() {
        let share = |rows: &[(Option<&str>, u64)], data_type: DataType| {
            shared(&kinds_of(rows), &Shares::Rare(0.25), &data_type)
        };
        let flag = [(Some("false"), 99), (Some("true"), 1)];
        assert_eq!(share(&flag, DataType::Boolean), Some(vec![0.75, 0.25]));
        let number = DataType::Integer { bits: 64, unsigned: false };
        assert_eq!(share(&[(Some("0"), 1), (Some("1"), 9)], number.clone()), Some(vec![0.75, 0.25]));
        assert_eq!(share(&[(Some("4"), 1), (Some("7"), 9)], number.clone()), Some(vec![0.25, 0.75]));
        assert_eq!(share(&[(Some("4"), 1), (None, 9)], number), None);
        assert_eq!(share(&[(Some("false"), 9)], DataType::Boolean), None);
    }
}
