//! COPY in text form: for tables with a column whose type has no known binary form. Every type has a text form.

use super::array;
use super::calendar::{write_date, write_time, write_timestamp};
use super::wire::Wire;
use arrow_array::{
    Array, ArrayRef, BinaryArray, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    StringArray, Time64MicrosecondArray, TimestampMicrosecondArray,
};
use std::fmt::Write;

/// One column of a batch, ready to be written as text.
pub(super) enum TextCells<'a> {
    Boolean(&'a BooleanArray),
    Integer(&'a Int64Array),
    Decimal(&'a Decimal128Array),
    Float(&'a Float64Array),
    Text(&'a StringArray),
    List(&'a StringArray),
    Bytes(&'a BinaryArray),
    Date(&'a Date32Array),
    Time(&'a Time64MicrosecondArray),
    Timestamp(&'a TimestampMicrosecondArray),
}

impl<'a> TextCells<'a> {
    /// The column, if it is of a type that rows travel in.
    pub(super) fn new(column: &'a ArrayRef, wire: &Wire) -> Option<Self> {
        let any = column.as_any();
        let is_list = matches!(wire, Wire::Array { .. });
        let text = |cells| if is_list { Self::List(cells) } else { Self::Text(cells) };
        None.or_else(|| any.downcast_ref().map(Self::Boolean))
            .or_else(|| any.downcast_ref().map(Self::Integer))
            .or_else(|| any.downcast_ref().map(Self::Decimal))
            .or_else(|| any.downcast_ref().map(Self::Float))
            .or_else(|| any.downcast_ref().map(text))
            .or_else(|| any.downcast_ref().map(Self::Bytes))
            .or_else(|| any.downcast_ref().map(Self::Date))
            .or_else(|| any.downcast_ref().map(Self::Time))
            .or_else(|| any.downcast_ref().map(Self::Timestamp))
    }

    fn is_null(&self, row: usize) -> bool {
        match self {
            Self::Boolean(cells) => cells.is_null(row),
            Self::Integer(cells) => cells.is_null(row),
            Self::Decimal(cells) => cells.is_null(row),
            Self::Float(cells) => cells.is_null(row),
            Self::Text(cells) | Self::List(cells) => cells.is_null(row),
            Self::Bytes(cells) => cells.is_null(row),
            Self::Date(cells) => cells.is_null(row),
            Self::Time(cells) => cells.is_null(row),
            Self::Timestamp(cells) => cells.is_null(row),
        }
    }

    /// Appends a value that is not NULL, unescaped. False if it is a list that cannot be read.
    pub(super) fn render(&self, row: usize, out: &mut String) -> bool {
        let written = match self {
            Self::Boolean(cells) => {
                out.push(if cells.value(row) { 't' } else { 'f' });
                Ok(())
            }
            Self::Integer(cells) => write!(out, "{}", cells.value(row)),
            Self::Decimal(cells) => {
                write_decimal(cells.value(row), cells.scale().unsigned_abs().into(), out);
                Ok(())
            }
            Self::Float(cells) => write_float(cells.value(row), out),
            Self::Text(cells) => {
                out.push_str(cells.value(row));
                Ok(())
            }
            Self::List(cells) => match array::parse(cells.value(row)) {
                Some(list) => {
                    array::write_literal(&list, out);
                    Ok(())
                }
                None => return false,
            },
            Self::Bytes(cells) => {
                out.push_str("\\x");
                cells.value(row).iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
            Self::Date(cells) => {
                write_date(cells.value(row).into(), out);
                Ok(())
            }
            Self::Time(cells) => {
                write_time(cells.value(row), out);
                Ok(())
            }
            Self::Timestamp(cells) => {
                write_timestamp(cells.value(row), cells.timezone().is_some(), out);
                Ok(())
            }
        };
        written.is_ok()
    }
}

fn write_float(value: f64, out: &mut String) -> std::fmt::Result {
    if value.is_infinite() {
        out.push_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
        Ok(())
    } else {
        // Rust writes the shortest digits that read back as the same number.
        write!(out, "{value}")
    }
}

fn write_decimal(unscaled: i128, scale: usize, out: &mut String) {
    if unscaled < 0 {
        out.push('-');
    }
    let digits = format!("{:0width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    out.push_str(whole);
    if !fraction.is_empty() {
        out.push('.');
        out.push_str(fraction);
    }
}

/// Appends one row. The error is the index of the column whose value cannot be written.
pub(super) fn write_row(
    columns: &[TextCells<'_>],
    row: usize,
    scratch: &mut String,
    out: &mut Vec<u8>,
) -> Result<(), usize> {
    for (index, column) in columns.iter().enumerate() {
        if index > 0 {
            out.push(b'\t');
        }
        if column.is_null(row) {
            out.extend_from_slice(b"\\N");
            continue;
        }
        scratch.clear();
        if !column.render(row, scratch) {
            return Err(index);
        }
        escape(scratch, out);
    }
    out.push(b'\n');
    Ok(())
}

fn escape(text: &str, out: &mut Vec<u8>) {
    for byte in text.bytes() {
        match byte {
            b'\\' => out.extend_from_slice(b"\\\\"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => out.push(byte),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_have_a_digit_before_the_point() {
        let written = |value, scale| {
            let mut text = String::new();
            write_decimal(value, scale, &mut text);
            text
        };
        assert_eq!(written(-5, 3), "-0.005");
        assert_eq!(written(1234, 2), "12.34");
        assert_eq!(written(0, 0), "0");
    }

    #[test]
    fn separators_are_escaped() {
        let mut out = Vec::new();
        escape("a\tb\\N\r\n", &mut out);
        assert_eq!(out, br"a\tb\\N\r\n");
    }
}
