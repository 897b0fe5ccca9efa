//! Looks at the stored values of a table, because SQLite does not hold a column to its declared type.

use super::connection::Connection;
use super::sql::quote;
use super::types::{Affinity, Content, affinity, claim};
use crate::error::Result;
use crate::schema::DataType;

/// Rows at the head of a table that are looked at; of a larger table, about as many more from all over it.
const LOOKED_AT: u64 = 100_000;

/// Columns of one query; each takes up to 15 of the 2,000 result columns that SQLite allows.
const COLUMNS_AT_ONCE: usize = 64;

/// What is known of the table before its values are looked at.
pub(super) struct Looked<'a> {
    /// The quoted table.
    pub(super) table: String,
    /// Whether the table has rows numbered by `rowid` under that name.
    pub(super) numbered: bool,
    /// Name and declared type of each column.
    pub(super) columns: Vec<(&'a str, &'a str)>,
}

/// The content of each column of a table.
pub(super) async fn look(connection: &mut Connection, looked: &Looked<'_>) -> Result<Vec<Content>> {
    let rows = connection.number(super::sql::count(&looked.table), "counting rows").await?;
    let mut contents = Vec::new();
    for columns in looked.columns.chunks(COLUMNS_AT_ONCE) {
        let from = part(looked, columns, rows);
        let aggregates: Vec<_> =
            columns.iter().flat_map(|(name, native)| aggregates(&quote(name), native)).collect();
        let query = format!("SELECT {} FROM {from}", aggregates.join(", "));
        let answer = connection.rows(query, "looking at the values of a table").await?;
        let Some(row) = answer.first() else { continue };
        let mut numbers = Vec::with_capacity(aggregates.len());
        for column in 0..aggregates.len() {
            numbers.push(connection.get::<Option<i64>>(row, column)?.unwrap_or(0));
        }
        contents.extend(numbers.chunks_exact(AGGREGATES).map(content));
    }
    Ok(contents)
}

/// The rows that are looked at: all of them, or the first ones and every n-th. A table without rowid is read from
/// its head alone: to spread over it would mean to number all of its rows.
fn part(looked: &Looked<'_>, columns: &[(&str, &str)], rows: u64) -> String {
    let table = &looked.table;
    if rows <= LOOKED_AT {
        return table.clone();
    }
    let list: Vec<_> = columns.iter().map(|(name, _)| quote(name)).collect();
    let list = list.join(", ");
    let head = format!("SELECT {list} FROM (SELECT {list} FROM {table} LIMIT {LOOKED_AT})");
    if looked.numbered {
        let every = rows.div_ceil(LOOKED_AT);
        format!("({head} UNION ALL SELECT {list} FROM {table} WHERE rowid % {every} = 0)")
    } else {
        format!("({head})")
    }
}

/// Numbers per column in the answer; the order is that of [`content`].
const AGGREGATES: usize = 16;

fn aggregates(column: &str, native: &str) -> Vec<String> {
    let class = |name: &str| format!("sum(typeof({column}) = '{name}')");
    let text =
        |condition: String| format!("sum(CASE WHEN typeof({column}) = 'text' THEN {condition} ELSE 0 END)");
    let when = |wanted: bool, expression: String| if wanted { expression } else { "0".to_owned() };
    let claim = claim(native);
    let is_text = matches!(claim, Some(DataType::Text { .. }));
    let temporal =
        is_text || matches!(claim, None | Some(DataType::Date | DataType::Time | DataType::Timestamp { .. }));
    let integer = format!("CASE WHEN typeof({column}) = 'integer' THEN {column} END");
    let has_length = is_text || matches!(claim, Some(DataType::Bytes { .. }));
    let shapes = Shapes { column };
    let list = vec![
        format!("sum({column} IS NULL)"),
        class("integer"),
        class("real"),
        class("text"),
        class("blob"),
        format!("min({integer})"),
        format!("max({integer})"),
        when(has_length, format!("max(length({column}))")),
        when(affinity(native) == Affinity::Numeric, format!("sum({})", shapes.exact(claim.as_ref()))),
        when(temporal, text(shapes.date())),
        when(temporal, text(shapes.timestamp())),
        when(temporal, text(shapes.zoned())),
        when(temporal, text(shapes.plain())),
        when(temporal, text(shapes.time(column))),
        when(claim == Some(DataType::Uuid), text(shapes.uuid())),
        when(claim == Some(DataType::Json), text(format!("json_valid({column})"))),
    ];
    debug_assert_eq!(list.len(), AGGREGATES);
    list
}

fn content(numbers: &[i64]) -> Content {
    Content {
        nulls: numbers[0],
        integers: numbers[1],
        reals: numbers[2],
        texts: numbers[3],
        blobs: numbers[4],
        least: numbers[5],
        greatest: numbers[6],
        longest: numbers[7],
        exact: numbers[8],
        dates: numbers[9],
        timestamps: numbers[10],
        zoned: numbers[11],
        plain: numbers[12],
        times: numbers[13],
        uuids: numbers[14],
        documents: numbers[15],
    }
}

/// Conditions on a value. Those on texts say yes only to what `temporal` can read; CASE keeps the dear ones from
/// being computed for values of another length.
struct Shapes<'a> {
    column: &'a str,
}

impl Shapes<'_> {
    fn exact(&self, claim: Option<&DataType>) -> String {
        let c = self.column;
        match claim {
            Some(DataType::Decimal { precision, scale }) => {
                let whole = precision - scale;
                format!(
                    "typeof({c}) IN ('integer', 'real') AND abs({c} + 0.0) < 1e{whole} \
                     AND (typeof({c}) = 'integer' OR round({c}, {scale}) = {c})"
                )
            }
            _ => format!(
                "typeof({c}) = 'integer' OR (typeof({c}) = 'real' AND printf('%.15g', {c}) + 0.0 = {c})"
            ),
        }
    }

    fn date(&self) -> String {
        let c = self.column;
        format!("CASE WHEN length({c}) = 10 THEN coalesce(date({c}) = {c}, 0) ELSE 0 END")
    }

    fn timestamp(&self) -> String {
        let c = self.column;
        let day = format!("coalesce(date(substr({c}, 1, 10)) = substr({c}, 1, 10), 0)");
        let time = self.time(&self.clock());
        format!(
            "CASE WHEN length({c}) >= 19 AND substr({c}, 11, 1) IN (' ', 'T') THEN {day} AND {time} ELSE 0 END"
        )
    }

    /// What stands behind the day, without the zone.
    fn clock(&self) -> String {
        let c = self.column;
        format!(
            "CASE WHEN {c} GLOB '*Z' THEN substr({c}, 12, length({c}) - 12) \
             WHEN length({c}) >= 25 AND {c} GLOB '*[-+][01][0-9]:[0-5][0-9]' \
             THEN substr({c}, 12, length({c}) - 17) ELSE substr({c}, 12) END"
        )
    }

    fn zoned(&self) -> String {
        let c = self.column;
        format!(
            "length({c}) >= 20 AND substr({c}, 11, 1) IN (' ', 'T') \
             AND ({c} GLOB '*Z' OR {c} GLOB '*[-+][01][0-9]:[0-5][0-9]')"
        )
    }

    fn plain(&self) -> String {
        let c = self.column;
        format!(
            "CASE WHEN length({c}) IN (19, 26) AND substr({c}, 11, 1) = ' ' \
             THEN NOT ({}) AND {} ELSE 0 END",
            self.zoned(),
            self.timestamp()
        )
    }

    /// Whether a text is `HH:MM:SS` with up to 18 decimals.
    fn time(&self, t: &str) -> String {
        format!(
            "CASE WHEN length({t}) BETWEEN 8 AND 27 THEN coalesce(time(substr({t}, 1, 8)) = substr({t}, 1, 8), 0) \
             AND (length({t}) = 8 OR (substr({t}, 9) GLOB '.[0-9]*' \
             AND NOT substr({t}, 10) GLOB '*[^0-9]*')) ELSE 0 END"
        )
    }

    fn uuid(&self) -> String {
        let c = self.column;
        format!(
            "length({c}) = 36 AND {c} GLOB '????????-????-????-????-????????????' \
             AND length(replace({c}, '-', '')) = 32 AND NOT replace({c}, '-', '') GLOB '*[^0-9a-fA-F]*'"
        )
    }
}
