//! What rules leave open for a field of a row, given what is known of the row when the field is drawn: whether it is NULL, and
//! which of its tokens keep it in order with the others.

mod signs;

use super::drawing::Target;
use crate::generate::column::Values;
use crate::generate::rules::{Implied, all_orderings, operand_values, scalar, told};
use crate::generate::structure::Site;
use crate::generate::table::{Link, Source, Tables};
use crate::model::rule::{Operand, Scalar, Statement};
use crate::model::{Codec, Field, Marginal, NULL_TOKEN};
use arrow_array::Array;
use std::collections::BTreeMap;

/// The most sets of tokens that rules tell apart, for one field.
const MOST_SETS: usize = 64;

/// What a row may have in a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Open {
    null: bool,
    value: bool,
    /// The tokens of values, both ends included.
    low: u16,
    high: u16,
    /// The sets that hold the token, a bit each.
    sets: u64,
}

impl Open {
    const ALL: Self = Self { null: true, value: true, low: NULL_TOKEN + 1, high: u16::MAX, sets: 0 };
    const NULL: Self = Self { value: false, ..Self::ALL };
    const VALUE: Self = Self { null: false, ..Self::ALL };

    fn and(self, other: Self) -> Self {
        Self {
            null: self.null && other.null,
            value: self.value && other.value,
            low: self.low.max(other.low),
            high: self.high.min(other.high),
            sets: self.sets | other.sets,
        }
    }
}

/// What rules say of a field, by what is known of a row.
#[derive(Default)]
pub(super) struct Admissible {
    clauses: Vec<Clause>,
    /// By token, whether a set holds it.
    sets: Vec<Vec<bool>>,
}

/// What follows from one thing that is known.
struct Clause {
    by: By,
    open: Vec<Open>,
}

/// Which of the cases of a clause a row is.
enum By {
    /// 0 where all of these are NULL, else 1.
    Nulls(Vec<Nulls>),
    /// The token of a field that is drawn.
    Token(usize),
    /// Told by row.
    Row(Vec<u32>),
}

/// Where a column is NULL.
enum Nulls {
    Slot(usize),
    Rows(Vec<bool>),
}

impl By {
    fn case(&self, row: usize, tokens: &[Vec<u16>]) -> usize {
        match self {
            Self::Token(slot) => usize::from(tokens[*slot][row]),
            Self::Row(cases) => cases[row] as usize,
            Self::Nulls(all) => usize::from(!all.iter().all(|nulls| match nulls {
                Nulls::Slot(slot) => tokens[*slot][row] == NULL_TOKEN,
                Nulls::Rows(is_null) => is_null[row],
            })),
        }
    }
}

impl Admissible {
    /// What is open for a row, given the tokens that are drawn, by slot. What contradicts itself says nothing.
    pub(super) fn open(&self, row: u32, tokens: &[Vec<u16>]) -> Open {
        let cases = self.clauses.iter().filter_map(|clause| {
            let case = clause.by.case(row as usize, tokens);
            clause.open.get(case)
        });
        let open = cases.fold(Open::ALL, |open, &other| open.and(other));
        match open {
            Open { null: false, value: false, .. } => Open::ALL,
            Open { low, high, .. } if low > high => Open { low: Open::ALL.low, high: Open::ALL.high, ..open },
            open => open,
        }
    }

    /// Whether a token is open.
    pub(super) fn admits(&self, open: Open, token: u16) -> bool {
        if token == NULL_TOKEN {
            return open.null;
        }
        let holds = |number: usize| self.sets[number].get(usize::from(token)).copied().unwrap_or(true);
        let in_sets = || (0..self.sets.len()).filter(|number| open.sets >> number & 1 == 1).all(holds);
        open.value && (open.low..=open.high).contains(&token) && in_sets()
    }

    /// The open token nearest to another one, of those that a codec has seen.
    pub(super) fn nearest(&self, open: Open, token: u16, codec: &Codec) -> Option<u16> {
        let seen = (0u16..).zip(&codec.rows).filter(|(_, rows)| **rows > 0);
        let admitted = seen.map(|(token, _)| token).filter(|&token| self.admits(open, token));
        admitted.min_by_key(|other| other.abs_diff(token))
    }

    fn say(&mut self, by: By, open: Vec<Open>) {
        self.clauses.push(Clause { by, open });
    }

    /// Another set of tokens, as what is open in it.
    fn among(&mut self, tokens: Vec<bool>) -> Open {
        if self.sets.len() == MOST_SETS {
            return Open::ALL;
        }
        self.sets.push(tokens);
        Open { sets: 1 << (self.sets.len() - 1), ..Open::ALL }
    }
}

/// The rules of a table, with what follows from them.
pub(super) struct Ruling {
    implied: Implied,
    orderings: Vec<(Operand, Operand, bool)>,
}

impl Ruling {
    pub(super) fn new(site: &Site<'_>) -> Self {
        let rules = &site.plan.tables[site.table].rules;
        Self { implied: Implied::new(rules), orderings: all_orderings(rules) }
    }
}

/// A column for which is found out what rules say of it.
struct Finding<'a> {
    tables: &'a Tables,
    site: &'a Site<'a>,
    column: usize,
    codec: &'a Codec,
    /// What is drawn before it.
    before: &'a [Target<'a>],
}

/// What rules say of a column; `None` where they say nothing, given what is `before` it. With `by_value`, its tokens tell its values.
pub(super) fn admissible(
    tables: &Tables,
    site: &Site<'_>,
    ruling: &Ruling,
    (column, codec, by_value): (usize, &Codec, bool),
    before: &[Target<'_>],
) -> Option<Admissible> {
    let finding = Finding { tables, site, column, codec, before };
    let mut found = Admissible::default();
    if codec.rows[usize::from(NULL_TOKEN)] > 0 {
        finding.nulls(&ruling.implied, &mut found);
        finding.null_by_value(&ruling.implied, &mut found);
    }
    if by_value {
        finding.values_by_null(&ruling.implied, &mut found);
        finding.in_order(&ruling.orderings, &mut found);
        finding.keep_signs(&mut found);
    }
    (!found.clauses.is_empty()).then_some(found)
}

impl Finding<'_> {
    fn statements(&self) -> impl Iterator<Item = &Statement> {
        self.site.plan.tables[self.site.table].rules.iter().map(|rule| &rule.statement)
    }

    /// The slot of a column that is drawn at the same time, before this one, if its positions will be those of its tokens.
    fn slot(&self, column: usize) -> Option<usize> {
        let slot = self.before.iter().position(|target| target.field == Field::Column(column))?;
        let target = &self.before[slot];
        (target.known.is_none() && target.margin.is_some()).then_some(slot)
    }

    /// Whether a column has its values already.
    fn is_there(&self, column: usize) -> bool {
        let field = Field::Column(column);
        let generator = &self.tables.tables[self.site.table];
        match &generator.columns[column] {
            Source::Drawn(_) => match self.before.iter().find(|target| target.field == field) {
                Some(target) => target.known.is_some(),
                None => {
                    let dependence = self.site.model.tables[self.site.table].dependence.as_ref();
                    !dependence.is_some_and(|all| all.chain.iter().any(|other| other.field == field))
                }
            },
            Source::Inherited { foreign_key, .. } => {
                !matches!(generator.links[*foreign_key], Link::Undecided)
            }
            Source::Copied(_) => true,
            _ => false,
        }
    }

    fn rows(&self) -> usize {
        self.tables.tables[self.site.table].rows as usize
    }

    /// Where another column is NULL, if that is known.
    fn nulls_of(&self, column: usize) -> Option<Nulls> {
        if let Some(slot) = self.slot(column) {
            return Some(Nulls::Slot(slot));
        }
        self.is_there(column).then(|| match &self.tables.tables[self.site.table].columns[column] {
            Source::Drawn(drawn) => {
                Nulls::Rows((0..self.rows() as u64).map(|row| drawn.position(row).is_none()).collect())
            }
            _ => {
                let values = self.tables.all_values(self.site.table, column);
                Nulls::Rows((0..self.rows()).map(|row| values.is_null(row)).collect())
            }
        })
    }

    /// Whether it is NULL, by which others are.
    fn nulls(&self, implied: &Implied, found: &mut Admissible) {
        let mut equal = false;
        for other in implied.columns().filter(|&other| other != self.column) {
            let (here, there) = (implied.needs(self.column, other), implied.needs(other, self.column));
            let apart = implied.excludes(self.column, other);
            if !(here || there || apart) || (here && there && equal) {
                continue;
            }
            let Some(nulls) = self.nulls_of(other) else { continue };
            equal |= here && there;
            let if_null = if here { Open::NULL } else { Open::ALL };
            let if_filled = match (apart, there) {
                (true, _) => Open::NULL,
                (_, true) => Open::VALUE,
                _ => Open::ALL,
            };
            found.say(By::Nulls(vec![nulls]), vec![if_null, if_filled]);
        }
        for statement in self.statements() {
            let Statement::Exclusive { columns, one: true } = statement else { continue };
            let others = columns.iter().filter(|&&other| other != self.column);
            if columns.contains(&self.column)
                && let Some(others) = others.map(|&other| self.nulls_of(other)).collect()
            {
                found.say(By::Nulls(others), vec![Open::VALUE, Open::ALL]);
            }
        }
    }

    /// Whether it is NULL, by the values of others.
    fn null_by_value(&self, implied: &Implied, found: &mut Admissible) {
        for statement in self.statements() {
            let Statement::NullWhen { column, other, always, never } = statement else { continue };
            let is_null = *column == self.column || implied.needs(self.column, *column);
            let is_filled = *column == self.column || implied.needs(*column, self.column);
            if *other == self.column || !(is_null || is_filled) {
                continue;
            }
            let open = |told: Option<bool>| match told {
                Some(true) if is_null => Open::NULL,
                Some(false) if is_filled => Open::VALUE,
                _ => Open::ALL,
            };
            if let Some(slot) = self.slot(*other) {
                let says = by_token(self.site, *other, always, never);
                found.say(By::Token(slot), says.into_iter().map(open).collect());
            } else if self.is_there(*other) {
                let says = told(&self.tables.all_values(self.site.table, *other), always, never);
                let case = |told: Option<bool>| told.map_or(0, |is_null| 1 + u32::from(is_null));
                let cases = says.into_iter().map(case).collect();
                found.say(By::Row(cases), [None, Some(false), Some(true)].map(open).to_vec());
            }
        }
    }

    /// Which values it may have, by whether others are NULL that its values tell of.
    fn values_by_null(&self, implied: &Implied, found: &mut Admissible) {
        let rules = &self.site.plan.tables[self.site.table].rules;
        for rule in rules {
            let Statement::NullWhen { column, other, always, never } = &rule.statement else { continue };
            if *other != self.column {
                continue;
            }
            let says = by_token(self.site, self.column, always, never);
            let not = |told: bool| says.iter().map(|&says| says != Some(told)).collect::<Vec<_>>();
            let all = std::iter::once(*column).chain(implied.columns().filter(|other| other != column));
            for known in all {
                let (null, filled) = match known == *column {
                    true => (true, true),
                    false => (implied.needs(*column, known), implied.needs(known, *column)),
                };
                if let Some(nulls) = self.nulls_of(known).filter(|_| null || filled) {
                    let if_null = if null { found.among(not(false)) } else { Open::ALL };
                    let if_filled = if filled { found.among(not(true)) } else { Open::ALL };
                    found.say(By::Nulls(vec![nulls]), vec![if_null, if_filled]);
                    break;
                }
            }
        }
    }

    /// Which values it may have, by others of its row that it is in order with. Where it is in order with a parent's value, rows exchange theirs
    /// later: cut off here, a distribution would give way by as much as parents differ.
    fn in_order(&self, orderings: &[(Operand, Operand, bool)], found: &mut Admissible) {
        let own = Operand::own(self.column);
        if !orderings.iter().any(|(low, high, _)| *low == own || *high == own) {
            return;
        }
        let Some(spans) = spans(self.site, self.column).filter(|spans| spans.len() < self.codec.tokens())
        else {
            return;
        };
        for (low, high, strict) in orderings {
            let is_low = *low == own;
            let other = match (is_low, *high == own) {
                (true, false) => high,
                (false, true) => low,
                _ => continue,
            };
            let open = |(lowest, highest): (f64, f64)| match is_low {
                true => Open { high: up_to(&spans, highest, *strict), ..Open::ALL },
                false => Open { low: from(&spans, lowest, *strict), ..Open::ALL },
            };
            if let Some(slot) = other.as_own().and_then(|other| self.slot(other)) {
                let target = &self.before[slot];
                let told = other.as_own().filter(|&other| tells_values(self.tables, self.site.table, other));
                let told =
                    told.filter(|_| target.margin.as_ref().is_some_and(|margin| margin.wanted().is_some()));
                if let Some(spans) = told.and_then(|other| self::spans(self.site, other)) {
                    let by_token = std::iter::once(Open::ALL).chain(spans.into_iter().map(open));
                    found.say(By::Token(slot), by_token.collect());
                }
            } else if let Some(values) = other.as_own().and_then(|other| self.values_of(other)) {
                let (cases, opens) = distinct(values.into_iter().map(|value| match value.is_nan() {
                    true => Open::ALL,
                    false => open((value, value)),
                }));
                found.say(By::Row(cases), opens);
            }
        }
    }

    /// The values of another column by row, NaN for NULL, if they are known.
    fn values_of(&self, column: usize) -> Option<Vec<f64>> {
        if !self.is_there(column) {
            return None;
        }
        let rows: Vec<_> = (0..self.rows() as u64).map(Some).collect();
        let operand = Operand::own(column);
        let values = operand_values(self.tables, self.site.table, &operand, &BTreeMap::new(), &rows);
        Some((0..self.rows()).map(|row| values.scalar(row).map_or(f64::NAN, Scalar::measure)).collect())
    }
}

/// Whether a column's samples are its values, not differences from others.
pub(super) fn tells_values(tables: &Tables, table: usize, column: usize) -> bool {
    matches!(&tables.tables[table].columns[column], Source::Drawn(drawn) if drawn.difference.is_none())
}

/// By token of a category, what it says of the NULLs of another column.
fn by_token(site: &Site<'_>, column: usize, always: &[String], never: &[String]) -> Vec<Option<bool>> {
    let Marginal::Categories(categories) = &site.model.tables[site.table].columns[column].marginal else {
        return Vec::new();
    };
    let says = |value: &String| {
        if always.contains(value) { Some(true) } else { never.contains(value).then_some(false) }
    };
    std::iter::once(None).chain(categories.values.iter().map(|(value, _)| says(value))).collect()
}

/// The lowest and the highest value of each token of an ordered column, from the first after NULL on.
fn spans(site: &Site<'_>, column: usize) -> Option<Vec<(f64, f64)>> {
    let data_type = &site.model.schema.tables[site.table].columns[column].data_type;
    let [lows, highs] = match &site.model.tables[site.table].columns[column].marginal {
        Marginal::Integers(ordered) => {
            let ends = |end: fn(&crate::model::Segment<i64>) -> i64| {
                Values::Integers(ordered.segments.iter().map(|segment| Some(end(segment))).collect())
            };
            [ends(|segment| segment.low), ends(|segment| segment.high)]
        }
        Marginal::Floats(ordered) => {
            let ends = |end: fn(&crate::model::Segment<f64>) -> f64| {
                Values::Floats(ordered.segments.iter().map(|segment| Some(end(segment))).collect())
            };
            [ends(|segment| segment.low), ends(|segment| segment.high)]
        }
        _ => return None,
    }
    .map(|values| values.into_array(data_type));
    (0..lows.len()).map(|at| Some((scalar(&lows, at)?.measure(), scalar(&highs, at)?.measure()))).collect()
}

/// The last token that may be at most some value.
fn up_to(spans: &[(f64, f64)], value: f64, strict: bool) -> u16 {
    spans.partition_point(|span| span.0 < value || (!strict && span.0 == value)) as u16
}

/// The first token that may be at least some value.
fn from(spans: &[(f64, f64)], value: f64, strict: bool) -> u16 {
    1 + spans.partition_point(|span| span.1 < value || (strict && span.1 == value)) as u16
}

/// The different ones of some cases, and which of them each is.
fn distinct(all: impl Iterator<Item = Open>) -> (Vec<u32>, Vec<Open>) {
    let mut numbers: BTreeMap<(u16, u16), u32> = BTreeMap::new();
    let mut opens = Vec::new();
    let cases = all.map(|open| {
        *numbers.entry((open.low, open.high)).or_insert_with(|| {
            opens.push(open);
            opens.len() as u32 - 1
        })
    });
    (cases.collect(), opens)
}
