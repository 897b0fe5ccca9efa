//! Arrow values as text, and back, without loss.

use arrow_array::builder::{BinaryBuilder, StringBuilder};
use arrow_array::cast::AsArray;
use arrow_array::types::{
    Date32Type, Decimal128Type, Float64Type, Int64Type, Time64MicrosecondType, TimestampMicrosecondType,
};
use arrow_array::{
    Array, ArrayRef, BooleanArray, Date32Array, Decimal128Array, Float64Array, Int64Array,
    Time64MicrosecondArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, TimeUnit};
use std::fmt::Write;
use std::str::FromStr;
use std::sync::Arc;

/// Appends the texts of an array; the error names a type that no column type uses.
pub(super) fn write(array: &dyn Array, texts: &mut Vec<Option<String>>) -> Result<(), String> {
    let mut push = |text: &dyn Fn(usize) -> String| {
        texts.extend((0..array.len()).map(|row| array.is_valid(row).then(|| text(row))));
    };
    match array.data_type() {
        DataType::Boolean => push(&|row| array.as_boolean().value(row).to_string()),
        DataType::Int64 => push(&|row| array.as_primitive::<Int64Type>().value(row).to_string()),
        DataType::Float64 => push(&|row| array.as_primitive::<Float64Type>().value(row).to_string()),
        DataType::Decimal128(_, scale) => {
            push(&|row| decimal_text(array.as_primitive::<Decimal128Type>().value(row), *scale))
        }
        DataType::Date32 => push(&|row| array.as_primitive::<Date32Type>().value(row).to_string()),
        DataType::Time64(TimeUnit::Microsecond) => {
            push(&|row| array.as_primitive::<Time64MicrosecondType>().value(row).to_string())
        }
        DataType::Timestamp(TimeUnit::Microsecond, _) => {
            push(&|row| array.as_primitive::<TimestampMicrosecondType>().value(row).to_string())
        }
        DataType::Binary => push(&|row| hexadecimal(array.as_binary::<i32>().value(row))),
        DataType::Utf8 => push(&|row| array.as_string::<i32>().value(row).to_owned()),
        other => return Err(format!("Arrow type {other} is not one of a column")),
    }
    Ok(())
}

/// Texts as an array of the given type; the error is the index of the first text that is not of the type.
pub(super) fn read(texts: &[Option<String>], data_type: &DataType) -> Result<ArrayRef, usize> {
    Ok(match data_type {
        DataType::Boolean => Arc::new(BooleanArray::from(parse::<bool>(texts)?)),
        DataType::Int64 => Arc::new(Int64Array::from(parse::<i64>(texts)?)),
        DataType::Float64 => Arc::new(Float64Array::from(parse::<f64>(texts)?)),
        DataType::Date32 => Arc::new(Date32Array::from(parse::<i32>(texts)?)),
        DataType::Time64(_) => Arc::new(Time64MicrosecondArray::from(parse::<i64>(texts)?)),
        DataType::Timestamp(_, zone) => {
            Arc::new(TimestampMicrosecondArray::from(parse::<i64>(texts)?).with_timezone_opt(zone.clone()))
        }
        DataType::Decimal128(precision, scale) => {
            let values = each(texts, |text| decimal_value(text, *scale))?;
            let array = Decimal128Array::from(values).with_precision_and_scale(*precision, *scale);
            Arc::new(array.map_err(|_| 0usize)?)
        }
        DataType::Binary => {
            let mut builder = BinaryBuilder::new();
            each(texts, bytes)?.into_iter().for_each(|value| builder.append_option(value));
            Arc::new(builder.finish())
        }
        _ => {
            let mut builder = StringBuilder::new();
            texts.iter().for_each(|text| builder.append_option(text.as_deref()));
            Arc::new(builder.finish())
        }
    })
}

fn parse<T: FromStr>(texts: &[Option<String>]) -> Result<Vec<Option<T>>, usize> {
    each(texts, |text| text.parse().ok())
}

fn each<T>(texts: &[Option<String>], value: impl Fn(&str) -> Option<T>) -> Result<Vec<Option<T>>, usize> {
    texts
        .iter()
        .enumerate()
        .map(|(row, text)| match text {
            None => Ok(None),
            Some(text) => value(text).map(Some).ok_or(row),
        })
        .collect()
}

fn decimal_text(unscaled: i128, scale: i8) -> String {
    let scale = usize::from(scale.unsigned_abs());
    if scale == 0 {
        return unscaled.to_string();
    }
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    format!("{sign}{whole}.{fraction}")
}

fn decimal_value(text: &str, scale: i8) -> Option<i128> {
    let scale = usize::from(scale.unsigned_abs());
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > scale || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    format!("{whole}{fraction:0<scale$}").parse().ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    if !text.len().is_multiple_of(2) || !text.is_ascii() {
        return None;
    }
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok()).collect()
}
