//! Checksums of generated rows, the same on every platform and for any number of threads.

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, RecordBatch};
use arrow_schema::DataType;

/// The checksum of a table: BLAKE3 over the checksums of its chunks in order.
#[derive(Default)]
pub(super) struct Checksum(blake3::Hasher);

impl Checksum {
    pub(super) fn add(&mut self, chunk: &blake3::Hash) {
        self.0.update(chunk.as_bytes());
    }

    pub(super) fn finish(self) -> String {
        self.0.finalize().to_hex().to_string()
    }
}

/// The checksum of one chunk: column by column, which rows are NULL and the bytes of the others.
pub(super) fn of_batch(batch: &RecordBatch) -> blake3::Hash {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(batch.num_rows() as u64).to_le_bytes());
    for (field, column) in batch.schema_ref().fields().iter().zip(batch.columns()) {
        hasher.update(field.name().as_bytes());
        add_column(&mut hasher, column);
    }
    hasher.finalize()
}

fn add_column(hasher: &mut blake3::Hasher, column: &ArrayRef) {
    let rows = 0..column.len();
    if column.null_count() > 0 {
        let nulls: Vec<u8> = rows.clone().map(|row| u8::from(column.is_null(row))).collect();
        hasher.update(&nulls);
    }
    match column.data_type() {
        DataType::Utf8 => {
            for value in column.as_string::<i32>().iter().flatten() {
                hasher.update(&(value.len() as u32).to_le_bytes());
                hasher.update(value.as_bytes());
            }
        }
        DataType::Binary => {
            for value in column.as_binary::<i32>().iter().flatten() {
                hasher.update(&(value.len() as u32).to_le_bytes());
                hasher.update(value);
            }
        }
        DataType::Boolean => {
            let values: Vec<u8> = column.as_boolean().iter().flatten().map(u8::from).collect();
            hasher.update(&values);
        }
        other => {
            let width = other.primitive_width().unwrap_or(1);
            let data = column.to_data();
            let bytes =
                &data.buffers()[0].as_slice()[data.offset() * width..(data.offset() + data.len()) * width];
            if column.null_count() == 0 {
                hasher.update(bytes);
            } else {
                // What stands under a NULL is not a value.
                for row in rows.filter(|&row| column.is_valid(row)) {
                    hasher.update(&bytes[row * width..(row + 1) * width]);
                }
            }
        }
    }
}
