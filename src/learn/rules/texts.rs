//! Texts that are put together of other values of the row, or of its parents: slugs of titles, numbers of invoices with their year.
//!
//! A few rows are taken as a puzzle: which values, written in which form, with which letters between them, make up the texts of all of them?
//! What solves it is confirmed on all rows; rows that contradict join the puzzle, and it is solved again.

use super::Search;
use super::copies::{diversity, not_read};
use super::formulas::is_circular;
use super::view::{Column, Kind, Values};
use crate::model::SemanticKind;
use crate::model::rule::{
    Expression, Form, Letters, Operand, PATTERNS, Piece, Rule, Scalar, Statement, Told, written,
};
use crate::schema::DataType;
use crate::schema::check::mentions;
use rustc_hash::FxHashSet;

/// Rows that would differ if the columns were independent.
const SURPRISE: f64 = 20.0;
/// Of so many rows one may be another: slugs that were taken, signs that nobody expected.
const EXCEPTIONS: usize = 100;
/// Rows of a puzzle, and those that may join it at a time.
const PROBES: usize = 24;
const JOINING: usize = 8;
/// Times that a puzzle is solved.
const ROUNDS: usize = 4;
/// Steps after which a puzzle is given up.
const MOST_STEPS: usize = 20_000;
/// Pieces of a text at the most, letters that are the same in all rows counted as one.
const MOST_PIECES: usize = 16;
/// Values that a text may be made of, at the most.
const MOST_OPERANDS: usize = 128;
/// Letters of texts that are looked at.
const LONGEST: usize = 250;
/// First letters that are tried.
const FIRST: std::ops::RangeInclusive<u8> = 1..=4;
/// Digits to which numbers are padded.
const WIDTHS: std::ops::RangeInclusive<u8> = 2..=10;

/// Finds such columns, and adds their formulas to the rules of the table.
pub(super) fn find(search: &Search<'_, '_>, rules: &mut Vec<Rule>) {
    let this = search.this();
    let is_text = |column: &usize| {
        matches!(this.columns[*column].values, Values::Texts(..)) && may_be_made(search, *column)
    };
    let operands = operands(search);
    let mut columns: Vec<usize> = search.written().filter(is_text).collect();
    columns.reverse();
    for column in columns {
        let computed = rules.iter().any(|rule| rule.statement.computes() == Some(column));
        let own = &this.columns[column];
        let filled: Vec<u32> =
            search.sample.iter().copied().filter(|&row| !own.is_null(row as usize)).collect();
        let varies = diversity(own, &filled);
        if computed || (this.rows - own.null_rows) as f64 * varies < SURPRISE {
            continue;
        }
        let allowed: Vec<&Operand> = operands
            .iter()
            .filter(|of| of.as_own() != Some(column) && !is_circular(search, rules, column, &[of]))
            .collect();
        rules.extend(solve(search, column, &allowed, &filled));
    }
}

/// Whether a column may be made of others: no key refers to or through it, no CHECK names it. Addresses of e-mail are made up, so that
/// nobody is written to.
fn may_be_made(search: &Search<'_, '_>, column: usize) -> bool {
    let this = &search.schema.tables[search.table];
    let name = &this.columns[column].name;
    let in_key = this.primary_key.as_ref().is_some_and(|key| key.columns.contains(&column));
    let semantic = search.models[search.table].columns[column].semantic;
    matches!(this.columns[column].data_type, DataType::Text { fixed: false, .. })
        && search.is_unreferenced(column)
        && !in_key
        && !this.checks.iter().any(|check| mentions(&check.expression, name))
        && semantic != Some(SemanticKind::Email)
}

/// What texts may be made of: columns of the row, then of its parents.
fn operands(search: &Search<'_, '_>) -> Vec<Operand> {
    let paths = search.paths().into_iter().filter(|path| path.len() < 2);
    let of_path = |path: Vec<usize>| {
        let table = search.view.end(search.table, &path);
        let is_usable = move |column: &usize| {
            matches!(
                search.view.tables[table].columns[*column].values,
                Values::Texts(..) | Values::Whole(_, Kind::Number(0) | Kind::Date | Kind::Moment)
            )
        };
        let columns: Vec<usize> = search.written_of(table).filter(is_usable).collect();
        columns.into_iter().map(move |column| Operand::Column { path: path.clone(), column })
    };
    paths.flat_map(of_path).take(MOST_OPERANDS).collect()
}

/// An operand's value for a row.
fn told<'v>(search: &'v Search<'_, '_>, operand: &Operand, row: usize) -> Option<Told<'v>> {
    let Operand::Column { path, column } = operand else { return None };
    let (table, row) = search.view.climb(search.table, path, row)?;
    let column = &search.view.tables[table].columns[*column];
    match column.text(row) {
        Some(text) => Some(Told::Text(text)),
        None => column.scalar(row).map(Told::Value),
    }
}

/// The texts of a column, without the `-2` of those that were taken before where a key wants them different.
struct Texts<'s, 'v> {
    column: &'s Column<'v>,
    taken: FxHashSet<&'s str>,
}

impl<'s, 'v> Texts<'s, 'v> {
    fn new(search: &'s Search<'_, 'v>, column: usize) -> Self {
        let mut keys = search.schema.tables[search.table].unique_keys();
        let is_unique = keys.any(|key| key.columns.contains(&column));
        let column = &search.this().columns[column];
        let taken = match &column.values {
            Values::Texts(_, texts) if is_unique => texts.iter().map(|text| &**text).collect(),
            _ => FxHashSet::default(),
        };
        Self { column, taken }
    }

    fn of(&self, row: usize) -> Option<&'s str> {
        let text = self.column.text(row)?;
        let first = text.rsplit_once('-').and_then(|(first, number)| {
            let is_number = number.parse::<u32>().is_ok_and(|number| number > 1);
            (is_number && self.taken.contains(first)).then_some(first)
        });
        Some(first.unwrap_or(text))
    }
}

/// The rule of a column, if it is made of these operands.
fn solve(search: &Search<'_, '_>, column: usize, operands: &[&Operand], filled: &[u32]) -> Option<Rule> {
    let texts = Texts::new(search, column);
    let step = (filled.len() / PROBES).max(1);
    let mut probes: Vec<usize> = filled.iter().step_by(step).take(PROBES).map(|&row| row as usize).collect();
    for _ in 0..ROUNDS {
        let goals: Vec<&str> = probes.iter().map(|&row| texts.of(row)).collect::<Option<_>>()?;
        if goals.iter().any(|goal| goal.len() > LONGEST) {
            return None;
        }
        let mut words: Vec<Word> =
            operands.iter().flat_map(|operand| forms(search, operand, &probes, &goals)).collect();
        // Long words first: what is explained by a whole title is not explained by its first letter. A slug in a path is that of the row.
        let length = |word: &Word| word.by_row.iter().map(String::len).sum::<usize>();
        words.sort_by_key(|word| (std::cmp::Reverse(length(word)), word.form != Form::PLAIN));
        let pieces = Puzzle::new(&goals, &words).solve()?;
        match confirm(search, column, &texts, pieces) {
            Ok(rule) => return Some(rule),
            Err(contradicting) if contradicting.is_empty() => return None,
            Err(contradicting) => probes.extend(contradicting),
        }
    }
    None
}

/// A value in one form, for each row of a puzzle.
struct Word {
    of: Operand,
    form: Form,
    by_row: Vec<String>,
}

/// An operand in all forms that its values have, that differ between rows, and that occur in the texts.
fn forms(search: &Search<'_, '_>, operand: &Operand, rows: &[usize], goals: &[&str]) -> Vec<Word> {
    let values: Option<Vec<Told<'_>>> = rows.iter().map(|&row| told(search, operand, row)).collect();
    let Some(values) = values else { return Vec::new() };
    let candidates: Vec<Form> = match values[0] {
        Told::Text(_) => of_texts(),
        Told::Value(Scalar::Exact(..)) => {
            [0].into_iter().chain(WIDTHS).map(|width| Form::Number { width }).collect()
        }
        Told::Value(_) => PATTERNS.map(|pattern| Form::Date { pattern: pattern.to_owned() }).to_vec(),
    };
    let mut found: Vec<Word> = Vec::new();
    for form in candidates {
        let write = |value: &Told<'_>| {
            let mut text = String::new();
            form.write(*value, &mut text)?;
            Some(text).filter(|text| !text.is_empty())
        };
        let Some(by_row) = values.iter().map(write).collect::<Option<Vec<String>>>() else { continue };
        let varies = by_row.iter().any(|word| *word != by_row[0]);
        let occurs = by_row.iter().zip(goals).all(|(word, goal)| goal.contains(word.as_str()));
        if varies && occurs && !found.iter().any(|other| other.by_row == by_row) {
            found.push(Word { of: operand.clone(), form, by_row });
        }
    }
    found
}

/// The forms of texts, plain ones first.
fn of_texts() -> Vec<Form> {
    let all = [Letters::Same, Letters::Lower, Letters::Upper];
    let text = |first: u8| all.map(|letters| Form::Text { letters, first });
    let slug =
        |separator: &str| [false, true].map(|drops| Form::Slug { separator: separator.to_owned(), drops });
    let slugs = ["-", "_", ""].into_iter().flat_map(slug);
    text(0).into_iter().chain(slugs).chain(FIRST.flat_map(text)).collect()
}

/// Texts, and the words that they may be made of.
struct Puzzle<'a> {
    goals: &'a [&'a str],
    words: &'a [Word],
    /// Places from which there is no way to the end.
    hopeless: FxHashSet<Vec<u16>>,
    steps: usize,
}

impl<'a> Puzzle<'a> {
    fn new(goals: &'a [&'a str], words: &'a [Word]) -> Self {
        Self { goals, words, hopeless: FxHashSet::default(), steps: 0 }
    }

    fn solve(mut self) -> Option<Vec<Piece>> {
        let mut pieces = Vec::new();
        let begin = vec![0; self.goals.len()];
        (!self.words.is_empty() && self.go_on(&begin, &mut pieces)).then_some(pieces)
    }

    /// Explains all texts from these places on.
    fn go_on(&mut self, at: &[u16], pieces: &mut Vec<Piece>) -> bool {
        let rest = |row: usize| &self.goals[row][usize::from(at[row])..];
        if (0..at.len()).all(|row| rest(row).is_empty()) {
            return pieces.iter().any(|piece| piece.operand().is_some());
        }
        self.steps += 1;
        if self.steps > MOST_STEPS || pieces.len() >= MOST_PIECES || self.hopeless.contains(at) {
            return false;
        }
        let words = self.words;
        for word in words {
            if (0..at.len()).all(|row| rest(row).starts_with(word.by_row[row].as_str())) {
                let next: Vec<u16> =
                    at.iter().zip(&word.by_row).map(|(&at, word)| at + word.len() as u16).collect();
                pieces.push(Piece::Value { of: word.of.clone(), form: word.form.clone() });
                if self.go_on(&next, pieces) {
                    return true;
                }
                pieces.pop();
            }
        }
        let letter =
            rest(0).chars().next().filter(|&letter| (1..at.len()).all(|row| rest(row).starts_with(letter)));
        if let Some(letter) = letter {
            let next: Vec<u16> = at.iter().map(|&at| at + letter.len_utf8() as u16).collect();
            let before = pieces.clone();
            match pieces.last_mut() {
                Some(Piece::Literal(text)) => text.push(letter),
                _ => pieces.push(Piece::Literal(letter.to_string())),
            }
            if self.go_on(&next, pieces) {
                return true;
            }
            *pieces = before;
        }
        self.hopeless.insert(at.to_vec());
        false
    }
}

/// Confirms on all rows that a column is made of these pieces; else some rows that contradict.
fn confirm(
    search: &Search<'_, '_>,
    column: usize,
    texts: &Texts<'_, '_>,
    pieces: Vec<Piece>,
) -> Result<Rule, Vec<usize>> {
    let own = &search.this().columns[column];
    let paths: Vec<&[usize]> = pieces
        .iter()
        .filter_map(|piece| match piece.operand() {
            Some(Operand::Column { path, .. }) if !path.is_empty() => Some(path.as_slice()),
            _ => None,
        })
        .collect();
    let most = (search.this().rows - own.null_rows) / EXCEPTIONS;
    let (mut crowd, mut own_nulls, mut contradicting) = (search.crowd(), false, Vec::new());
    for row in 0..search.this().rows {
        let made = written(&pieces, &|operand| told(search, operand, row));
        match (texts.of(row), made) {
            (Some(is), Some(made)) if *is == made => crowd.add(row),
            (None, Some(_)) => own_nulls = true,
            (None, None) => {}
            (Some(_), None) if paths.iter().any(|path| not_read(search, path, row)) => {}
            _ => {
                contradicting.push(row);
                if contradicting.len() > most + JOINING {
                    break;
                }
            }
        }
    }
    if contradicting.len() > most {
        // Where a value is missing there is nothing to solve.
        let is_whole = |row: &usize| written(&pieces, &|operand| told(search, operand, *row)).is_some();
        return Err(contradicting.into_iter().filter(is_whole).take(JOINING).collect());
    }
    if !crowd.is_enough() {
        return Err(Vec::new());
    }
    let (rows, except) = ((crowd.rows + contradicting.len()) as u64, contradicting.len() as u64);
    let expression = Expression::Text { pieces };
    Ok(Rule { statement: Statement::Formula { column, expression, digits: None, own_nulls, except }, rows })
}
