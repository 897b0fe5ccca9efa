//! Keys of rows, as hashes: how a child finds its parent without either being kept.

use crate::schema::{ForeignKey, Schema, Table, fold};
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

/// Which columns of a parent's key hold texts that are equal whatever their case: by those of the parent, references are compared.
pub(super) fn folds(schema: &Schema, parent: usize, columns: &[usize]) -> Vec<bool> {
    columns.iter().map(|&column| schema.tables[parent].columns[column].case_insensitive).collect()
}

/// Where the columns of a key are in a batch, and which of them are compared whatever their case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Places {
    at: Vec<(usize, bool)>,
    /// Whether all columns are in the batch.
    pub(super) whole: bool,
}

impl Places {
    /// Those of a table's columns.
    pub(super) fn new(table: &Table, columns: &[usize], folds: &[bool]) -> Self {
        let place = |(column, fold): (&usize, &bool)| Some((*in_batch(table, &[*column]).first()?, *fold));
        let at: Vec<(usize, bool)> = columns.iter().zip(folds).filter_map(place).collect();
        Self { whole: at.len() == columns.len(), at }
    }

    /// Those by which a table refers to a parent.
    pub(super) fn of_child(schema: &Schema, table: &Table, key: &ForeignKey) -> Self {
        Self::new(table, &key.columns, &folds(schema, key.parent, &key.parent_columns))
    }

    /// Those by which children refer to a table.
    pub(super) fn of_parent(schema: &Schema, table: usize, columns: &[usize]) -> Self {
        Self::new(&schema.tables[table], columns, &folds(schema, table, columns))
    }
}

/// A hash of each row's key; `None` where a column is NULL, which as a key is nobody's.
pub(super) fn keys_of(batch: &RecordBatch, places: &Places) -> Vec<Option<u64>> {
    let mut hashers = vec![Some(FxHasher::default()); batch.num_rows()];
    for &(column, fold) in &places.at {
        hash_column(batch.column(column).as_ref(), fold, &mut hashers);
    }
    hashers.into_iter().map(|hasher| hasher.map(|hasher| hasher.finish())).collect()
}

/// Whole numbers and decimals without fraction hash alike, for a key may be wider in one table than in the other.
fn hash_column(array: &dyn Array, folds: bool, hashers: &mut [Option<FxHasher>]) {
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
        DataType::Utf8 if folds => each(&|row, to| fold(array.as_string::<i32>().value(row)).hash(to)),
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
