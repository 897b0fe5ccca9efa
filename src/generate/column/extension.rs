//! Types of PostgreSQL's extensions whose values depend on what the type says in parentheses: vectors and shapes.

/// Writes the value that a number stands for.
pub(super) type Write = Box<dyn Fn(u64, &mut String) + Send + Sync>;

/// What writes values of a native type, in small letters and without its schema; `None` where it is none of these.
pub(super) fn writer(native: &str) -> Option<Write> {
    let (name, inside) = native.split_once('(').unwrap_or((native, ""));
    let inside: Vec<&str> = inside.trim_end_matches(')').split(',').map(str::trim).collect();
    match name {
        "vector" | "halfvec" => {
            let size: usize = inside[0].parse().unwrap_or(3);
            Some(Box::new(move |number, text| {
                let part =
                    |at: usize| format!("{:.3}", (number * 31 + at as u64 * 17) as f64 / 1000.0 + 0.001);
                text.push_str(&format!("[{}]", (0..size).map(part).collect::<Vec<_>>().join(",")));
            }))
        }
        "sparsevec" => {
            let size: usize = inside[0].parse().unwrap_or(3);
            Some(Box::new(move |number, text| text.push_str(&format!("{{1:{}}}/{size}", number + 1))))
        }
        "geometry" | "geography" => {
            let shape = inside[0].to_owned();
            let known = inside.get(1).and_then(|number| number.parse::<u32>().ok());
            let place = known.map_or_else(String::new, |number| format!("SRID={number};"));
            Some(Box::new(move |number, text| {
                text.push_str(&format!("{place}{}", well_known(&shape, number)))
            }))
        }
        _ => None,
    }
}

/// A shape in well-known text; a point where any shape will do.
fn well_known(shape: &str, number: u64) -> String {
    let plain = shape.trim_end_matches(['z', 'm']);
    let further = match shape.len() - plain.len() {
        2 => " ZM",
        1 if shape.ends_with('z') => " Z",
        1 => " M",
        _ => "",
    };
    let more = " 1".repeat(shape.len() - plain.len());
    let (x, y) = (number / 1_000 % 90, number % 1_000);
    let at = |dx: u64, dy: u64| format!("{}.{:03} {}.{:03}{more}", x + dx, y, y / 20 + dy, y);
    let ring = || format!("({},{},{},{})", at(0, 0), at(1, 0), at(1, 1), at(0, 0));
    match plain {
        "linestring" => format!("LINESTRING{further}({},{})", at(0, 0), at(1, 1)),
        "polygon" => format!("POLYGON{further}({})", ring()),
        "multipoint" => format!("MULTIPOINT{further}({},{})", at(0, 0), at(1, 1)),
        "multilinestring" => format!("MULTILINESTRING{further}(({},{}))", at(0, 0), at(1, 1)),
        "multipolygon" => format!("MULTIPOLYGON{further}(({}))", ring()),
        "geometrycollection" => format!("GEOMETRYCOLLECTION{further}(POINT{further}({}))", at(0, 0)),
        _ => format!("POINT{further}({})", at(0, 0)),
    }
}

#[cfg(test)]
mod tests {
    use super::{well_known, writer};

    fn written(native: &str, number: u64) -> String {
        let mut text = String::new();
        writer(native).expect("a known type")(number, &mut text);
        text
    }

    #[test]
    fn what_stands_in_parentheses_is_kept_to() {
        assert_eq!(written("vector(2)", 1), "[0.032,0.049]");
        assert_eq!(written("geometry(point,4326)", 7), "SRID=4326;POINT(0.007 0.007)");
        assert_eq!(written("geometry", 7), "POINT(0.007 0.007)");
        assert_eq!(well_known("pointz", 7), "POINT Z(0.007 0.007 1)");
        assert!(writer("text").is_none());
    }
}
