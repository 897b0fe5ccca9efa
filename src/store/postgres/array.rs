//! Lists, which travel as JSON text, in PostgreSQL's binary and text forms.

use super::numeric;
use super::wire::Wire;
use serde_json::Value;

/// Reads a list as it travels; `None` if the text is no JSON list.
pub(super) fn parse(text: &str) -> Option<Value> {
    serde_json::from_str(text).ok().filter(Value::is_array)
}

/// Appends a list in binary, without its length. False if its elements are not what `element` holds, or its inner
/// lists are not all of one size.
pub(super) fn encode(list: &Value, element: &Wire, id: u32, out: &mut Vec<u8>) -> bool {
    let mut dimensions = Vec::new();
    let mut level = list;
    while let Value::Array(items) = level {
        dimensions.push(items.len());
        match items.first() {
            Some(first) => level = first,
            None => break,
        }
    }
    let mut leaves = Vec::new();
    if !flatten(list, &dimensions, &mut leaves) {
        return false;
    }
    if leaves.is_empty() {
        dimensions.clear();
    }
    let any_null = leaves.iter().any(|leaf| leaf.is_null());
    out.extend_from_slice(&(dimensions.len() as u32).to_be_bytes());
    out.extend_from_slice(&u32::from(any_null).to_be_bytes());
    out.extend_from_slice(&id.to_be_bytes());
    for size in dimensions {
        out.extend_from_slice(&(size as u32).to_be_bytes());
        out.extend_from_slice(&1u32.to_be_bytes());
    }
    leaves.into_iter().all(|leaf| encode_element(leaf, element, out))
}

fn flatten<'a>(value: &'a Value, dimensions: &[usize], leaves: &mut Vec<&'a Value>) -> bool {
    match (value, dimensions) {
        (Value::Array(items), [size, inner @ ..]) if items.len() == *size => {
            items.iter().all(|item| flatten(item, inner, leaves))
        }
        (Value::Array(_), _) => false,
        (_, []) => {
            leaves.push(value);
            true
        }
        _ => false,
    }
}

fn encode_element(value: &Value, element: &Wire, out: &mut Vec<u8>) -> bool {
    if value.is_null() {
        out.extend_from_slice(&(-1i32).to_be_bytes());
        return true;
    }
    let start = out.len();
    out.extend_from_slice(&[0; 4]);
    let text = || match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let written = match element {
        Wire::Bool => match (value.as_bool(), text().as_str()) {
            (Some(flag), _) => put(out, &[u8::from(flag)]),
            (None, "t" | "true" | "1") => put(out, &[1]),
            (None, "f" | "false" | "0") => put(out, &[0]),
            _ => false,
        },
        Wire::Int2 => text().parse::<i16>().is_ok_and(|number| put(out, &number.to_be_bytes())),
        Wire::Int4 => text().parse::<i32>().is_ok_and(|number| put(out, &number.to_be_bytes())),
        Wire::Int8 => text().parse::<i64>().is_ok_and(|number| put(out, &number.to_be_bytes())),
        Wire::Float4 => text().parse::<f32>().is_ok_and(|number| put(out, &number.to_be_bytes())),
        Wire::Float8 => text().parse::<f64>().is_ok_and(|number| put(out, &number.to_be_bytes())),
        Wire::Numeric => numeric::encode_text(&text(), out),
        Wire::Text => put(out, text().as_bytes()),
        Wire::Jsonb => put(out, &[1]) && put(out, text().as_bytes()),
        Wire::Uuid => parse_uuid(&text()).is_some_and(|uuid| put(out, &uuid)),
        _ => false,
    };
    let length = (out.len() - start - 4) as u32;
    out[start..start + 4].copy_from_slice(&length.to_be_bytes());
    written
}

fn put(out: &mut Vec<u8>, bytes: &[u8]) -> bool {
    out.extend_from_slice(bytes);
    true
}

/// The sixteen bytes of a UUID in any of the usual spellings.
pub(super) fn parse_uuid(text: &str) -> Option<[u8; 16]> {
    let mut bytes = [0u8; 16];
    let mut digits = 0usize;
    for character in text.chars() {
        if matches!(character, '-' | '{' | '}') {
            continue;
        }
        let digit = character.to_digit(16)? as u8;
        let byte = bytes.get_mut(digits / 2)?;
        *byte = *byte << 4 | digit;
        digits += 1;
    }
    (digits == 32).then_some(bytes)
}

/// Appends a list as PostgreSQL writes it: `{1,NULL,"a \"b\""}`.
pub(super) fn write_literal(list: &Value, out: &mut String) {
    let Value::Array(items) = list else { return };
    out.push('{');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        match item {
            Value::Null => out.push_str("NULL"),
            Value::Array(_) => write_literal(item, out),
            Value::String(text) => write_quoted(text, out),
            other => write_quoted(&other.to_string(), out),
        }
    }
    out.push('}');
}

fn write_quoted(text: &str, out: &mut String) {
    out.push('"');
    for character in text.chars() {
        if matches!(character, '"' | '\\') {
            out.push('\\');
        }
        out.push(character);
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn ragged_lists_are_refused() {
        let mut out = Vec::new();
        assert!(!encode(&json!([[1, 2], [3]]), &Wire::Int4, 23, &mut out));
        assert!(!encode(&json!([1, [2]]), &Wire::Int4, 23, &mut out));
        assert!(!encode(&json!([70_000]), &Wire::Int2, 21, &mut out));
    }

    #[test]
    fn elements_are_quoted_in_text() {
        let mut out = String::new();
        write_literal(&json!([["a,b", null], ["NULL", "q\"\\"]]), &mut out);
        assert_eq!(out, r#"{{"a,b",NULL},{"NULL","q\"\\"}}"#);
    }

    #[test]
    fn uuids_are_read_in_their_usual_spellings() {
        let plain = parse_uuid("a0eebc999c0b4ef8bb6d6bb9bd380a11");
        assert_eq!(plain, parse_uuid("{A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11}"));
        assert!(plain.is_some());
        assert_eq!(parse_uuid("a0eebc99"), None);
        assert_eq!(parse_uuid("a0eebc999c0b4ef8bb6d6bb9bd380a1100"), None);
    }
}
