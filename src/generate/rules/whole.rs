//! Formulas of whole numbers, column by column: what most formulas are, without a look at the kind of every value.

use super::ruled::Operands;
use crate::model::rule::{Clock, Expression, Operand, Part, Ratio, Scalar};
use arrow_array::cast::AsArray;
use arrow_array::types::{Int64Type, TimestampMicrosecondType};
use arrow_array::{Array, ArrayRef, Int64Array};
use arrow_schema::DataType;

/// What an expression comes to, row by row, given its operands; `None` where it has to be worked out value by value.
pub(crate) fn evaluated(
    expression: &Expression,
    digits: Option<u8>,
    operands: &[(&Operand, Operands)],
) -> Option<Vec<Option<Scalar>>> {
    let array = |at: usize| operands.get(at)?.1.array();
    match expression {
        Expression::Part { part, clock, .. } => part_of(array(0)?, *part, clock),
        Expression::Linear { terms, constant, .. } if digits == Some(0) => {
            let whole = |ratio: Ratio| (ratio.denominator == 1).then_some(ratio.numerator);
            let coefficients = terms.iter().map(|(ratio, _)| whole(*ratio)).collect::<Option<Vec<_>>>()?;
            let columns = (0..terms.len())
                .map(|at| array(at)?.as_primitive_opt::<Int64Type>())
                .collect::<Option<Vec<_>>>()?;
            sums(whole(*constant)?, &coefficients, &columns)
        }
        _ => None,
    }
}

/// Parts of moments.
fn part_of(moments: &ArrayRef, part: Part, clock: &Clock) -> Option<Vec<Option<Scalar>>> {
    let moments = match moments.data_type() {
        DataType::Timestamp(..) => moments.as_primitive_opt::<TimestampMicrosecondType>()?,
        _ => return None,
    };
    Some(moments.iter().map(|moment| part.of(Scalar::Moment(moment?), clock)).collect())
}

/// Sums of multiples; `None` where one is larger than can be held.
fn sums(constant: i64, coefficients: &[i64], columns: &[&Int64Array]) -> Option<Vec<Option<Scalar>>> {
    let rows = columns.first()?.len();
    let mut sums = vec![constant; rows];
    for (&coefficient, column) in coefficients.iter().zip(columns) {
        let mut beyond = false;
        for (row, (sum, &value)) in sums.iter_mut().zip(column.values().iter()).enumerate() {
            let more = coefficient.checked_mul(value).and_then(|product| sum.checked_add(product));
            // What stands where a value is NULL does not matter.
            beyond |= more.is_none() && column.is_valid(row);
            *sum = more.unwrap_or(0);
        }
        if beyond {
            return None;
        }
    }
    let is_known = |row: usize| columns.iter().all(|column| column.is_valid(row));
    let sum = |(row, sum): (usize, i64)| is_known(row).then_some(Scalar::Exact(i128::from(sum), 0));
    Some(sums.into_iter().enumerate().map(sum).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::rule::Rounding;
    use arrow_array::TimestampMicrosecondArray;
    use std::sync::Arc;

    fn by_value(
        expression: &Expression,
        operands: &[(&Operand, Operands)],
        rows: usize,
    ) -> Vec<Option<Scalar>> {
        let one = |row: usize| {
            let value = |operand: &Operand| {
                operands.iter().find(|(known, _)| std::ptr::eq(*known, operand))?.1.scalar(row)
            };
            expression.evaluate(Some(0), &value)
        };
        (0..rows).map(one).collect()
    }

    #[test]
    fn columns_come_to_what_values_come_to() {
        let ratio = |numerator: i64| Ratio { numerator, denominator: 1 };
        let terms = vec![(ratio(100), Operand::own(0)), (ratio(-1), Operand::own(1))];
        let linear = Expression::Linear { terms, constant: ratio(7), rounding: Rounding::HalfUp };
        let columns: [ArrayRef; 2] = [
            Arc::new(Int64Array::from(vec![Some(1), None, Some(-3), Some(0)])),
            Arc::new(Int64Array::from(vec![Some(5), Some(2), None, Some(-9)])),
        ];
        let operands: Vec<_> = linear
            .operands()
            .into_iter()
            .zip(columns)
            .map(|(of, array)| (of, Operands::Array(array)))
            .collect();
        let found = evaluated(&linear, Some(0), &operands).unwrap();
        assert_eq!(found, by_value(&linear, &operands, 4));
        assert_eq!(found[0], Some(Scalar::Exact(102, 0)));
        assert_eq!(evaluated(&linear, None, &operands), None, "without digits it is no whole number");

        let hour = Expression::Part { part: Part::Hour, of: Operand::own(0), clock: Clock::constant(3_600) };
        let moments = TimestampMicrosecondArray::from(vec![Some(1_362_898_799_000_000), None]);
        let operands = [(hour.operands()[0], Operands::Array(Arc::new(moments) as ArrayRef))];
        assert_eq!(evaluated(&hour, Some(0), &operands), Some(by_value(&hour, &operands, 2)));
    }

    #[test]
    fn sums_that_are_too_large_are_left_to_others() {
        let column = Int64Array::from(vec![Some(i64::MAX), None]);
        assert_eq!(sums(0, &[2], &[&column]), None);
        let column = Int64Array::from(vec![None, Some(1)]);
        assert_eq!(
            sums(i64::MAX, &[-1], &[&column]).unwrap()[1],
            Some(Scalar::Exact(i128::from(i64::MAX) - 1, 0))
        );
    }
}
