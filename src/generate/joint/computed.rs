//! Columns that rules compute: their tokens follow from what is known of the row, so that the columns after them see what they will
//! be.

use crate::generate::column::Values;
use crate::generate::relative::Difference;
use crate::generate::rules::{Operands, evaluated, into_array, operand_values, scalar};
use crate::generate::structure::Site;
use crate::generate::table::{Drawn, Source, Tables};
use crate::model::rule::{Expression, Operand, Scalar, Statement};
use crate::model::{Categories, Marginal, Ordered};
use crate::schema::DataType;
use arrow_array::{ArrayRef, StringArray};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Combinations of tokens for which a formula is worked out at once.
const MOST_TOKENS: usize = 65_536;

/// How the tokens of a computed column are found.
pub(super) struct Computed<'a> {
    formula: Formula<'a>,
    marginal: &'a Marginal,
    /// Whether it may be NULL although nothing it is computed from is.
    pub(super) own_nulls: bool,
}

/// The place of a column among those that are drawn, and whether it has its values already.
type Slots<'a> = (&'a dyn Fn(usize) -> Option<usize>, &'a dyn Fn(usize) -> bool);

enum Formula<'a> {
    /// By row, where all of it is there already.
    Told(Vec<u16>),
    /// By the tokens of columns that are drawn: the slot of each and how many tokens it has, one more for those that stand for nothing.
    ByTokens(Vec<(usize, usize)>, Vec<u16>),
    /// The expression, and where its operands are.
    Of {
        expression: &'a Expression,
        digits: Option<u8>,
        inputs: Vec<(&'a Operand, Input<'a>)>,
        to: &'a DataType,
    },
}

enum Input<'a> {
    /// A column that is drawn: its slot, and a value that stands for each token.
    Slot(usize, Vec<Option<Scalar>>),
    /// A column that is drawn as differences: from what.
    Difference(&'a Difference, Box<Input<'a>>, Box<Input<'a>>),
    /// Values that are there already, by row.
    Rows(ArrayRef),
}

impl Input<'_> {
    /// The value for a row, given the tokens by slot.
    fn scalar(&self, row: usize, drawn: &[Vec<u16>]) -> Option<Scalar> {
        match self {
            Self::Slot(slot, values) => values.get(usize::from(drawn[*slot][row])).copied().flatten(),
            Self::Difference(difference, to, by) => {
                difference.at(to.scalar(row, drawn)?, by.scalar(row, drawn)?)
            }
            Self::Rows(array) => scalar(array, row),
        }
    }
}

impl<'a> Computed<'a> {
    /// `None` where the column is not computed, or from something that is not known yet. `slot` gives the place of a column among
    /// those that are drawn before it, and whether it has its values already.
    pub(super) fn new(tables: &'a Tables, site: &Site<'a>, column: usize, slots: Slots<'_>) -> Option<Self> {
        let mut rules = site.plan.tables[site.table].rules.iter().filter(|_| site.is_computed(column));
        let (expression, digits, own_nulls) = rules.find_map(|rule| match &rule.statement {
            Statement::Formula { column: computed, expression, digits, own_nulls, .. } => {
                (*computed == column).then_some((expression, *digits, *own_nulls))
            }
            _ => None,
        })?;
        if expression.as_text().is_some() {
            // The chain of a learned model has no such columns; one that the user computes is drawn until its text is there.
            return None;
        }
        let marginal = &site.model.tables[site.table].columns[column].marginal;
        let to = &site.model.schema.tables[site.table].columns[column].data_type;
        let inputs: Vec<(&Operand, Input<'a>)> = expression
            .operands()
            .into_iter()
            .map(|operand| Some((operand, input(tables, site, operand, slots)?)))
            .collect::<Option<_>>()?;
        let formula = match (expression, inputs.as_slice()) {
            (Expression::Same(_), [(_, Input::Rows(array))]) if *array.data_type() == to.arrow() => {
                Formula::Told(marginal.tokens(&**array))
            }
            _ => Formula::Of { expression, digits, inputs, to },
        };
        let rows = tables.tables[site.table].rows;
        Some(Self { formula, marginal, own_nulls }.worked_out(rows as usize))
    }

    /// Works out for all rows, or for all tokens, what follows from these alone.
    fn worked_out(self, rows: usize) -> Self {
        let Formula::Of { expression, digits, inputs, to } = self.formula else { return self };
        let tokens =
            |values: &mut dyn Iterator<Item = Option<Scalar>>| self.marginal.tokens(&*into_array(values, to));
        let arrays = inputs.iter().map(|(operand, input)| match input {
            Input::Rows(array) => Some((*operand, Operands::Array(array.clone()))),
            _ => None,
        });
        let arrays: Option<Vec<(&Operand, Operands)>> = arrays.collect();
        if let Some(whole) = arrays.and_then(|arrays| evaluated(expression, digits, &arrays)) {
            return Self { formula: Formula::Told(tokens(&mut whole.into_iter())), ..self };
        }
        let slots = inputs.iter().map(|(_, input)| match input {
            Input::Slot(slot, values) => Some((*slot, values.len() + 1)),
            _ => None,
        });
        let slots: Option<Vec<(usize, usize)>> = slots.collect();
        let count = |slots: &Vec<(usize, usize)>| {
            slots.iter().try_fold(1usize, |count, slot| count.checked_mul(slot.1))
        };
        if let Some(slots) = slots
            && let Some(count) = count(&slots).filter(|&count| count <= rows.min(MOST_TOKENS))
        {
            let mut values = (0..count).map(|number| {
                let value = |operand: &Operand| {
                    let mut number = number;
                    for ((known, input), &(_, length)) in inputs.iter().zip(&slots).rev() {
                        let Input::Slot(_, values) = input else { return None };
                        if std::ptr::eq(*known, operand) {
                            return values.get(number % length).copied().flatten();
                        }
                        number /= length;
                    }
                    None
                };
                expression.evaluate(digits, &value)
            });
            let by_tokens = tokens(&mut values);
            return Self { formula: Formula::ByTokens(slots, by_tokens), ..self };
        }
        Self { formula: Formula::Of { expression, digits, inputs, to }, ..self }
    }

    /// The tokens of some rows, given those of the columns before by slot.
    pub(super) fn tokens(&self, rows: &[u32], drawn: &[Vec<u16>]) -> Vec<u16> {
        match &self.formula {
            Formula::Told(tokens) => rows.iter().map(|&row| tokens[row as usize]).collect(),
            Formula::ByTokens(slots, tokens) => {
                let number = |&row: &u32| {
                    slots.iter().fold(0, |number, &(slot, length)| {
                        number * length + usize::from(drawn[slot][row as usize]).min(length - 1)
                    })
                };
                rows.iter().map(|row| tokens[number(row)]).collect()
            }
            Formula::Of { expression, digits, inputs, to } => {
                let values = rows.iter().map(|&row| {
                    let row = row as usize;
                    // The operands are those of this expression, in place: comparing them whole, row by row, takes as long as the rest.
                    let value = |operand: &Operand| {
                        let mut inputs = inputs.iter();
                        inputs.find(|(known, _)| std::ptr::eq(*known, operand))?.1.scalar(row, drawn)
                    };
                    expression.evaluate(*digits, &value)
                });
                self.marginal.tokens(&*into_array(values, to))
            }
        }
    }
}

/// Where an operand's values are.
fn input<'a>(tables: &'a Tables, site: &Site<'_>, operand: &Operand, slots: Slots<'_>) -> Option<Input<'a>> {
    let (slot, is_placed) = slots;
    if let Some(column) = operand.as_own().filter(|&column| !is_placed(column)) {
        if let Some(slot_of) = slot(column) {
            let data_type = &site.model.schema.tables[site.table].columns[column].data_type;
            let drawn = Input::Slot(slot_of, standing(site, column, data_type)?);
            let Some(Source::Drawn(Drawn { difference: Some(difference), .. })) =
                tables.tables[site.table].columns.get(column)
            else {
                return Some(drawn);
            };
            let to = input(tables, site, difference.to(), slots)?;
            return Some(Input::Difference(difference, Box::new(to), Box::new(drawn)));
        }
        let dependence = site.model.tables[site.table].dependence.as_ref()?;
        let field = crate::model::Field::Column(column);
        let is_drawn_later = dependence.chain.iter().any(|conditional| conditional.field == field);
        let source = &tables.tables[site.table].columns[column];
        if is_drawn_later || matches!(source, Source::Ruled(_) | Source::Computed) {
            return None;
        }
    }
    let rows: Vec<Option<u64>> = (0..tables.tables[site.table].rows).map(Some).collect();
    match operand_values(tables, site.table, operand, &BTreeMap::new(), &rows) {
        Operands::Array(array) => Some(Input::Rows(array)),
        _ => None,
    }
}

/// A value that stands for each token of a column: the middle of its segment, the category itself.
fn standing(site: &Site<'_>, column: usize, data_type: &DataType) -> Option<Vec<Option<Scalar>>> {
    let array: ArrayRef = match &site.model.tables[site.table].columns[column].marginal {
        Marginal::Integers(Ordered { segments, step, .. }) => {
            let middle = |low: i64, high: i64| {
                let steps = (i128::from(high) - i128::from(low)) / i128::from((*step).max(1)) / 2;
                low.saturating_add((steps * i128::from((*step).max(1))) as i64)
            };
            let values = segments.iter().map(|segment| Some(middle(segment.low, segment.high)));
            Values::Integers(std::iter::once(None).chain(values).collect()).into_array(data_type)
        }
        Marginal::Floats(Ordered { segments, .. }) => {
            let values = segments.iter().map(|segment| Some((segment.low + segment.high) / 2.0));
            Values::Floats(std::iter::once(None).chain(values).collect()).into_array(data_type)
        }
        Marginal::Categories(Categories { values, .. }) => {
            let values = values.iter().map(|value| Some(value.0.as_str()));
            Arc::new(StringArray::from_iter(std::iter::once(None).chain(values)))
        }
        _ => return None,
    };
    Some((0..array.len()).map(|token| scalar(&array, token)).collect())
}
