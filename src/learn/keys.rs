//! Keys of rows, as hashes: how a child finds its parent without either being kept.

use crate::schema::Table;
use arrow_array::cast::AsArray;
use arrow_array::types::{Decimal128Type, Int64Type};
use arrow_array::{Array, RecordBatch};
use arrow_schema::DataType;
use rustc_hash::FxHasher;
use std::hash::{Hash, Hasher};

/// Where some columns are among the written ones; a generated column is in no batch.
pub(super) fn in_batch(table: &Table, columns: &[usize]) -> Vec<usize> {
    let place = |column: &usize| table.written_columns().position(|(index, _)| index == *column);
    columns.iter().filter_map(place).collect()
}

/// A hash of each row's key; `None` where a column is NULL, which as a key is nobody's.
pub(super) fn keys_of(batch: &RecordBatch, columns: &[usize]) -> Vec<Option<u64>> {
    let mut hashers = vec![Some(FxHasher::default()); batch.num_rows()];
    for &column in columns {
        hash_column(batch.column(column).as_ref(), &mut hashers);
    }
    hashers.into_iter().map(|hasher| hasher.map(|hasher| hasher.finish())).collect()
}

/// Whole numbers and decimals without fraction hash alike, for a key may be wider in one table than in the other.
fn hash_column(array: &dyn Array, hashers: &mut [Option<FxHasher>]) {
    let mut each = |hash: &dyn Fn(usize, &mut FxHasher)| {
        for (row, slot) in hashers.iter_mut().enumerate() {
            match slot {
                Some(hasher) if array.is_valid(row) => hash(row, hasher),
                _ => *slot = None,
            }
        }
    };
    match array.data_type() {
        DataType::Int64 => {
            each(&|row, to| i128::from(array.as_primitive::<Int64Type>().value(row)).hash(to));
        }
        DataType::Decimal128(..) => {
            each(&|row, to| array.as_primitive::<Decimal128Type>().value(row).hash(to))
        }
        DataType::Utf8 => each(&|row, to| array.as_string::<i32>().value(row).hash(to)),
        DataType::Binary => each(&|row, to| array.as_binary::<i32>().value(row).hash(to)),
        // Days, times, floats and booleans are rare as keys; their storage has a fixed width, so its bytes are the value.
        _ => {
            let data = array.to_data();
            let width = array.data_type().primitive_width();
            each(&|row, to| match (width, data.buffers().first()) {
                (Some(width), Some(buffer)) => {
                    let at = (data.offset() + row) * width;
                    buffer.as_slice()[at..at + width].hash(to);
                }
                _ => array.slice(row, 1).to_data().buffers().iter().for_each(|b| b.as_slice().hash(to)),
            });
        }
    }
}
