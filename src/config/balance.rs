//! What `--balance` says: in which shares new rows are to have the values of a column.

use super::check::Checker;
use super::{Settings, Subject};
use crate::error::{Error, Result};
use crate::schema::Schema;

/// How it is written, for hints.
const EXAMPLES: &str = "write TABLE.COLUMN=10%, TABLE.COLUMN=uniform or TABLE.COLUMN=VALUE:10%,VALUE:30%";
/// How far shares may miss 100 by rounding.
const ROUNDING: f64 = 1e-6;

/// A column whose values are to have other shares of the rows than those learned.
#[derive(Debug, Clone, PartialEq)]
pub struct Balance {
    /// As the user put it.
    pub text: String,
    /// The table.
    pub table: usize,
    /// The column.
    pub column: usize,
    /// The shares, of the rows that have a value.
    pub shares: Shares,
}

/// Shares of the rows that have a value, between 0 and 1.
#[derive(Debug, Clone, PartialEq)]
pub enum Shares {
    /// All values alike.
    Uniform,
    /// So many `true`, or of the rarer of two values.
    Rare(f64),
    /// By value; the other values share what is left as they did.
    Of(Vec<(String, f64)>),
}

/// Reads what the settings say of shares. Errors point at the line of `seed.toml` or name the option.
pub fn balances(settings: &Settings, schema: &Schema) -> Result<Vec<Balance>> {
    let mut found: Vec<Balance> = Vec::with_capacity(settings.balances.len());
    for text in &settings.balances {
        let balance = read(&Checker { settings, schema }, text)?;
        if let Some(other) =
            found.iter().find(|other| (other.table, other.column) == (balance.table, balance.column))
        {
            let message = format!("`{}` and `{text}` are about the same column", other.text);
            let subject = Subject::Balance(text.clone());
            return Err(settings
                .origins
                .error(&subject, message, "the second time")
                .hint("keep one of them"));
        }
        found.push(balance);
    }
    Ok(found)
}

fn read(checker: &Checker<'_>, text: &str) -> Result<Balance> {
    let subject = Subject::Balance(text.to_owned());
    let wrong = |message: String| -> Error {
        checker.settings.origins.error(&subject, message, "which shares are meant").hint(EXAMPLES)
    };
    let (name, shares) =
        text.split_once('=').ok_or_else(|| wrong(format!("`{text}` does not say which shares are meant")))?;
    let (table_name, column_name) = name
        .trim()
        .rsplit_once('.')
        .ok_or_else(|| wrong(format!("`{}` is no column of a table", name.trim())))?;
    let table = checker.table(&subject, table_name)?;
    let described = &checker.schema.tables[table];
    let column = checker.column(&subject, described, column_name)?;
    let refused = |why: &str, remedy: &str| {
        let message =
            format!("the values of `{table_name}.{column_name}` have no shares of their own: {why}");
        Err(checker.settings.origins.error(&subject, message, "not this column").hint(remedy.to_owned()))
    };
    if described.columns[column].generated.is_some() {
        return refused("the database computes them", "name a column that it is computed of");
    }
    if described.foreign_keys.iter().any(|key| key.columns.contains(&column)) {
        return refused("they are the keys of another table", "name a column of that table");
    }
    if described.unique_keys().any(|key| key.columns == [column] && key.predicate.is_none()) {
        return refused("no two rows share one", "name a column whose values repeat");
    }
    let shares = shares_of(shares.trim()).map_err(wrong)?;
    Ok(Balance { text: text.to_owned(), table, column, shares })
}

/// Reads `uniform`, `10%` or `paid:70%,'on hold':5%`.
fn shares_of(text: &str) -> std::result::Result<Shares, String> {
    if text.eq_ignore_ascii_case("uniform") {
        return Ok(Shares::Uniform);
    }
    if let Ok(share) = percent(text) {
        return Ok(Shares::Rare(share));
    }
    let mut shares: Vec<(String, f64)> = Vec::new();
    for part in parts(text) {
        let (value, share) =
            part.rsplit_once(':').ok_or_else(|| format!("`{part}` is no value with its share"))?;
        let value = unquoted(value.trim());
        let share = percent(share)?;
        if shares.iter().any(|(other, _)| *other == value) {
            return Err(format!("`{value}` has two shares"));
        }
        shares.push((value, share));
    }
    let sum: f64 = shares.iter().map(|(_, share)| share).sum();
    if sum > 1.0 + ROUNDING {
        return Err(format!("the shares are {:.1}% together", 100.0 * sum));
    }
    Ok(Shares::Of(shares))
}

fn percent(text: &str) -> std::result::Result<f64, String> {
    let number = text.trim().strip_suffix('%').and_then(|number| number.trim().parse::<f64>().ok());
    let number = number.filter(|number| (0.0..=100.0).contains(number));
    Ok(number.ok_or_else(|| format!("`{}` is no share between 0% and 100%", text.trim()))? / 100.0)
}

/// The parts between commas that are not in quotes.
fn parts(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, sign) in text.char_indices() {
        match sign {
            '\'' => quoted = !quoted,
            ',' if !quoted => {
                parts.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    parts
}

fn unquoted(value: &str) -> String {
    let inner = value.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.map_or_else(|| value.to_owned(), |inner| inner.replace("''", "'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_read() {
        assert_eq!(shares_of("uniform"), Ok(Shares::Uniform));
        assert_eq!(shares_of("12.5 %"), Ok(Shares::Rare(0.125)));
        let of = |pairs: &[(&str, f64)]| {
            Ok(Shares::Of(pairs.iter().map(|&(value, share)| (value.to_owned(), share)).collect()))
        };
        assert_eq!(shares_of("paid:70%, open:20%"), of(&[("paid", 0.7), ("open", 0.2)]));
        assert_eq!(
            shares_of("'it''s, well':5%,a:b:10%,-3:0%"),
            of(&[("it's, well", 0.05), ("a:b", 0.1), ("-3", 0.0)])
        );
        for wrong in ["", "10", "paid", "paid:70", "paid:120%", "paid:70%,open:40%", "a:1%,a:2%", "-5%"] {
            assert!(shares_of(wrong).is_err(), "{wrong}");
        }
    }
}
