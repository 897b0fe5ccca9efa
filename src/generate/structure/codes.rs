//! Values as words, to tell equal from different without keeping them.

use crate::schema::fold;
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;
use rustc_hash::FxHashMap;
use std::hash::Hasher;

/// The code of NULL.
pub(crate) const NULL: u64 = 0;
/// The code of what nothing is equal to, not even NULL.
pub(super) const NOTHING: u64 = 1;

/// One code per value: equal values have equal codes, NULL has [`NULL`], different values differ but for one chance in
/// 2^63.
pub(crate) fn codes(array: &ArrayRef) -> Vec<u64> {
    let word = |row: usize, value: u64| if array.is_null(row) { NULL } else { mix(value) };
    let rows = 0..array.len();
    match array.data_type() {
        DataType::Int64 => {
            let values = array.as_primitive::<Int64Type>();
            rows.map(|row| word(row, values.value(row) as u64)).collect()
        }
        DataType::Decimal128(_, _) => {
            let values = array.as_primitive::<Decimal128Type>();
            rows.map(|row| word(row, values.value(row) as u64)).collect()
        }
        DataType::Date32 => {
            let values = array.as_primitive::<Date32Type>();
            rows.map(|row| word(row, values.value(row) as u64)).collect()
        }
        DataType::Time64(_) => {
            let values = array.as_primitive::<Time64MicrosecondType>();
            rows.map(|row| word(row, values.value(row) as u64)).collect()
        }
        DataType::Timestamp(_, _) => {
            let values = array.as_primitive::<TimestampMicrosecondType>();
            rows.map(|row| word(row, values.value(row) as u64)).collect()
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            rows.map(|row| word(row, values.value(row).to_bits())).collect()
        }
        DataType::Boolean => {
            let values = array.as_boolean();
            rows.map(|row| word(row, u64::from(values.value(row)))).collect()
        }
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            rows.map(|row| word(row, bytes(values.value(row).as_bytes()))).collect()
        }
        _ => {
            let values = array.as_binary::<i32>();
            rows.map(|row| word(row, bytes(values.value(row)))).collect()
        }
    }
}

/// The same where texts that differ only in case, accents or blanks at the end are equal.
pub(crate) fn folded(array: &ArrayRef) -> Vec<u64> {
    match array.data_type() {
        DataType::Utf8 => {
            let values = array.as_string::<i32>();
            let code = |row| if array.is_null(row) { NULL } else { folded_text(values.value(row)) };
            (0..array.len()).map(code).collect()
        }
        _ => codes(array),
    }
}

/// The same of one text.
pub(crate) fn folded_text(text: &str) -> u64 {
    mix(bytes(fold(text).as_bytes()))
}

fn bytes(value: &[u8]) -> u64 {
    let mut hasher = rustc_hash::FxHasher::default();
    hasher.write(value);
    hasher.write_usize(value.len());
    hasher.finish()
}

/// A bijection of words that never gives [`NULL`] for the small numbers keys are made of.
fn mix(value: u64) -> u64 {
    let mut x = value.wrapping_add(0x9E37_79B9_7F4A_7C15);
    x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    (x ^ (x >> 31)) | 1 << 63
}

/// The code of a tuple, [`NULL`] if any part is.
pub(crate) fn join(left: u64, right: u64) -> u64 {
    if left == NULL || right == NULL { NULL } else { mix(left.rotate_left(23) ^ right) }
}

/// Tuples of several columns, row by row.
pub(crate) fn tuples<C: AsRef<[u64]>>(columns: &[C]) -> Vec<u64> {
    let mut columns = columns.iter().map(AsRef::as_ref);
    let Some(first) = columns.next() else { return Vec::new() };
    let mut out = first.to_vec();
    for column in columns {
        for (code, &other) in out.iter_mut().zip(column) {
            *code = join(*code, other);
        }
    }
    out
}

/// Codes as numbers from 0 on, in the order in which they come, and how many different ones there are; [`NO_NUMBER`] where `is_open`.
pub(crate) fn numbered(codes: &[u64], is_open: impl Fn(usize) -> bool) -> (Vec<u32>, usize) {
    let mut numbers: FxHashMap<u64, u32> = FxHashMap::default();
    let number = |(row, &code): (usize, &u64)| {
        let next = numbers.len() as u32;
        if is_open(row) { NO_NUMBER } else { *numbers.entry(code).or_insert(next) }
    };
    let found = codes.iter().enumerate().map(number).collect();
    (found, numbers.len())
}

/// The number of what has none.
pub(crate) const NO_NUMBER: u32 = u32::MAX;

/// By class, the first of its rows that have the class's commonest value: a single row that was moved does not lead the others. Classes
/// and values are numbers below so many; rows without a class are in none.
pub(crate) fn leaders(
    (classes, class_count): (&[u32], usize),
    (values, value_count): (&[u32], usize),
) -> Vec<u32> {
    let mut ends = vec![0u32; class_count + 1];
    for &class in classes.iter().filter(|class| **class != NO_NUMBER) {
        ends[class as usize + 1] += 1;
    }
    (0..class_count).for_each(|at| ends[at + 1] += ends[at]);
    let mut rows = vec![0u32; ends[class_count] as usize];
    let mut next = ends.clone();
    for (row, &class) in (0u32..).zip(classes).filter(|(_, class)| **class != NO_NUMBER) {
        let place = &mut next[class as usize];
        rows[*place as usize] = row;
        *place += 1;
    }
    let mut counts = vec![0u32; value_count];
    let leader = |class: usize| {
        let rows = &rows[ends[class] as usize..ends[class + 1] as usize];
        let value = |row: u32| values[row as usize] as usize;
        rows.iter().for_each(|&row| counts[value(row)] += 1);
        let most = rows.iter().fold((0, 0), |most: (u32, u32), &row| {
            let count = counts[value(row)];
            if count > most.0 { (count, row) } else { most }
        });
        rows.iter().for_each(|&row| counts[value(row)] = 0);
        most.1
    };
    (0..class_count).map(leader).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn most_rows_of_a_class_lead_it() {
        let (classes, count) = numbered(&[7, 7, 9, 7, 5, 9, 9, 7], |row| row == 4);
        assert_eq!((classes.as_slice(), count), ([0, 0, 1, 0, NO_NUMBER, 1, 1, 0].as_slice(), 2));
        // In the first class two rows have 3 and one each 0 and 1, in the second all have another value.
        let values = [1, 3, 2, 3, 0, 1, 0, 0];
        assert_eq!(leaders((&classes, count), (&values, 4)), [1, 2]);
    }
}
