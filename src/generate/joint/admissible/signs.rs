//! A column that rules compute of others keeps its sign: where no value in the source is below zero, none is made.

use super::{Admissible, By, Finding, Open, distinct, from, spans, tells_values, up_to};
use crate::model::rule::{Expression, Operand, Ratio, Statement};
use crate::schema::DataType;

/// Which side of zero the values of a computed column keep to.
#[derive(Clone, Copy)]
struct Sign {
    positive: bool,
    /// Whether they are never zero.
    strict: bool,
}

/// One of the columns that are added up: `own · factor`, next to what the others come to.
struct Sum<'a> {
    sign: Sign,
    factor: f64,
    others: Vec<(f64, &'a Operand)>,
    constant: f64,
}

impl Finding<'_> {
    /// Which values it may have, so that what is computed of it and of others of its row keeps its sign.
    pub(super) fn keep_signs(&self, found: &mut Admissible) {
        let sums: Vec<Sum<'_>> = self.statements().filter_map(|statement| self.sum(statement)).collect();
        if sums.is_empty() {
            return;
        }
        let Some(spans) = spans(self.site, self.column).filter(|spans| spans.len() < self.codec.tokens())
        else {
            return;
        };
        for sum in sums {
            let open = |ends: (f64, f64)| sum.open(&spans, ends);
            if let [(factor, other)] = sum.others[..]
                && let Some(slot) = other.as_own().and_then(|other| self.slot(other))
            {
                let told = other.as_own().filter(|&other| tells_values(self.tables, self.site.table, other));
                if let Some(others) = told.and_then(|other| super::spans(self.site, other)) {
                    let scaled = others.into_iter().map(|(low, high)| (factor * low, factor * high));
                    let opens = scaled.map(|(a, b)| open((a.min(b), a.max(b))));
                    found.say(By::Token(slot), std::iter::once(Open::ALL).chain(opens).collect());
                }
            } else if let Some(values) = self.values_of_others(&sum) {
                let (cases, opens) = distinct(values.into_iter().map(|value| match value.is_nan() {
                    true => Open::ALL,
                    false => open((value, value)),
                }));
                found.say(By::Row(cases), opens);
            }
        }
    }

    /// A formula that adds up this column and others of its row to one that keeps its sign.
    fn sum<'a>(&self, statement: &'a Statement) -> Option<Sum<'a>> {
        let Statement::Formula { column, expression: Expression::Linear { terms, constant, .. }, .. } =
            statement
        else {
            return None;
        };
        let real = |ratio: &Ratio| ratio.numerator as f64 / ratio.denominator as f64;
        let own = Operand::own(self.column);
        let factor = terms.iter().find(|(_, operand)| *operand == own).map(|(ratio, _)| real(ratio))?;
        let others = terms.iter().filter(|(_, operand)| *operand != own);
        let others: Vec<_> = others.map(|(ratio, operand)| (real(ratio), operand)).collect();
        let sign = self.sign(*column)?;
        let is_number = |operand: &Operand| operand.as_own().is_some_and(|other| self.is_number(other));
        let of_numbers = self.is_number(*column) && terms.iter().all(|(_, operand)| is_number(operand));
        (factor != 0.0 && of_numbers).then_some(Sum { sign, factor, others, constant: real(constant) })
    }

    fn is_number(&self, column: usize) -> bool {
        let data_type = &self.site.model.schema.tables[self.site.table].columns[column].data_type;
        matches!(
            data_type,
            DataType::Integer { .. } | DataType::Decimal { .. } | DataType::Float { .. } | DataType::Numeric
        )
    }

    fn sign(&self, column: usize) -> Option<Sign> {
        let spans = spans(self.site, column)?;
        let (low, high) = (spans.first()?.0, spans.last()?.1);
        match (low >= 0.0, high <= 0.0) {
            (true, _) => Some(Sign { positive: true, strict: low > 0.0 }),
            (_, true) => Some(Sign { positive: false, strict: high < 0.0 }),
            _ => None,
        }
    }

    /// What the other columns of a sum come to by row, NaN where one is NULL, if all are known.
    fn values_of_others(&self, sum: &Sum<'_>) -> Option<Vec<f64>> {
        let mut values = vec![0.0; self.rows()];
        for (factor, other) in &sum.others {
            let others = self.values_of(other.as_own()?)?;
            values.iter_mut().zip(others).for_each(|(value, other)| *value += factor * other);
        }
        Some(values)
    }
}

impl Sum<'_> {
    /// What is open where the other columns come to a value between two ends.
    fn open(&self, spans: &[(f64, f64)], (low, high): (f64, f64)) -> Open {
        let rest = if self.sign.positive { high } else { low } + self.constant;
        let bound = -rest / self.factor;
        // A positive multiple has to be at least what the others lack; a negative one at most.
        match (self.factor > 0.0) == self.sign.positive {
            true => Open { low: from(spans, bound, self.sign.strict), ..Open::ALL },
            false => Open { high: up_to(spans, bound, self.sign.strict), ..Open::ALL },
        }
    }
}
