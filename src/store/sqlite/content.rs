//! Looks at the stored values of a table, because SQLite does not hold a column to its declared type.

use super::connection::Connection;
use super::sql::quote;
use super::temporal::{parse_time, parse_timestamp};
use super::types::{Content, claim};
use crate::error::Result;
use crate::schema::DataType;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

/// Rows at the head of a table that are looked at; of a larger table, about as many more from all over it.
const LOOKED_AT: u64 = 100_000;

/// Columns of one query; each takes up to eight of the 2,000 result columns that SQLite allows.
const COLUMNS_AT_ONCE: usize = 128;

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
///
/// One pass counts storage classes and finds the extremes. Only columns whose extremes are days or times get a
/// second pass that looks at the form of every value: it costs ten times as much.
pub(super) async fn look(connection: &mut Connection, looked: &Looked<'_>) -> Result<Vec<Content>> {
    let rows = connection.number(super::sql::count(&looked.table), "counting rows").await?;
    let (mut contents, mut temporal) = (Vec::new(), Vec::new());
    for columns in looked.columns.chunks(COLUMNS_AT_ONCE) {
        let list: Vec<_> =
            columns.iter().flat_map(|(name, native)| first_look(&quote(name), native)).collect();
        let query = format!("SELECT count(*), {} FROM {}", list.join(", "), part(looked, columns, rows));
        let answer = connection.rows(query, "looking at the values of a table").await?;
        let Some(row) = answer.first() else { continue };
        let rows: i64 = connection.get(row, 0)?;
        for place in 0..columns.len() {
            let seen = Seen::read(connection, row, 1 + place * FIRST_LOOK, rows)?;
            if seen.is_temporal {
                temporal.push(contents.len());
            }
            contents.push(seen.content);
        }
    }
    for columns in temporal.chunks(COLUMNS_AT_ONCE) {
        let names: Vec<_> = columns.iter().map(|&column| looked.columns[column]).collect();
        let list: Vec<_> = names.iter().flat_map(|(name, _)| second_look(&quote(name))).collect();
        let query = format!("SELECT {} FROM {}", list.join(", "), part(looked, &names, rows));
        let answer = connection.rows(query, "looking at the values of a table").await?;
        let Some(row) = answer.first() else { continue };
        for (place, &column) in columns.iter().enumerate() {
            let number = |offset: usize| connection.get::<i64>(row, place * SECOND_LOOK + offset);
            let content = &mut contents[column];
            (content.dates, content.timestamps, content.zoned) = (number(0)?, number(1)?, number(2)?);
            (content.plain, content.times) = (number(3)?, number(4)?);
        }
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

/// Numbers per column in the first answer; the order is that of [`Seen::read`].
const FIRST_LOOK: usize = 8;

/// Storage classes are counted in one sum, 20 bits each, which the number of rows that are looked at cannot exceed;
/// what is neither of these three nor NULL is an integer.
fn first_look(column: &str, native: &str) -> [String; FIRST_LOOK] {
    let claim = claim(native);
    let when = |wanted: bool, expression: String| if wanted { expression } else { "NULL".to_owned() };
    let has_length =
        matches!(claim, Some(DataType::Text { max: Some(_), .. } | DataType::Bytes { max: Some(_) }));
    let numeric = matches!(claim, Some(DataType::Decimal { .. } | DataType::Numeric));
    let shapes = Shapes { column };
    [
        format!("count({column})"),
        format!(
            "sum(CASE typeof({column}) WHEN 'text' THEN 1 WHEN 'real' THEN 1048576 WHEN 'blob' THEN 1099511627776 \
             ELSE 0 END)"
        ),
        format!("min({column})"),
        format!("max({column})"),
        when(has_length, format!("max(length({column}))")),
        when(numeric, format!("sum({})", shapes.exact(claim.as_ref()))),
        when(claim == Some(DataType::Uuid), format!("sum(typeof({column}) = 'text' AND {})", shapes.uuid())),
        when(
            claim == Some(DataType::Json),
            format!("sum(typeof({column}) = 'text' AND json_valid({column}))"),
        ),
    ]
}

/// What the first pass finds out about a column.
struct Seen {
    content: Content,
    is_temporal: bool,
}

impl Seen {
    fn read(connection: &Connection, row: &SqliteRow, at: usize, rows: i64) -> Result<Self> {
        let number =
            |place: usize| connection.get::<Option<i64>>(row, at + place).map(Option::unwrap_or_default);
        let (values, classes) = (number(0)?, number(1)?);
        let (texts, reals, blobs) = (classes & 0xf_ffff, classes >> 20 & 0xf_ffff, classes >> 40);
        let integers = values - texts - reals - blobs;
        let mut content =
            Content { nulls: rows - values, integers, reals, texts, blobs, ..Content::default() };
        if values > 0 && integers == values {
            (content.least, content.greatest) = (number(2)?, number(3)?);
        }
        let mut is_temporal = false;
        if values > 0 && texts == values {
            let looks_temporal = |text: Option<String>| {
                text.is_some_and(|text| parse_timestamp(&text).is_some() || parse_time(&text).is_some())
            };
            is_temporal = looks_temporal(text(row, at + 2)) && looks_temporal(text(row, at + 3));
        }
        content.longest = number(4)?;
        content.exact = number(5)?;
        content.uuids = number(6)?;
        content.documents = number(7)?;
        Ok(Self { content, is_temporal })
    }
}

/// A text, unless it is not UTF-8.
fn text(row: &SqliteRow, column: usize) -> Option<String> {
    row.try_get(column).ok()
}

/// Numbers per column in the second answer.
const SECOND_LOOK: usize = 5;

fn second_look(column: &str) -> [String; SECOND_LOOK] {
    let shapes = Shapes { column };
    [
        format!("sum({})", shapes.date()),
        format!("sum({})", shapes.timestamp()),
        format!("sum({})", shapes.zoned()),
        format!("sum({})", shapes.plain()),
        format!("sum({})", shapes.time(column)),
    ]
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
            "CASE WHEN substr({c}, -1) = 'Z' THEN substr({c}, 12, length({c}) - 12) \
             WHEN {} THEN substr({c}, 12, length({c}) - 17) ELSE substr({c}, 12) END",
            self.offset()
        )
    }

    /// Whether `±HH:MM` stands at the end, behind a day and a time.
    fn offset(&self) -> String {
        let c = self.column;
        format!(
            "(length({c}) >= 25 AND substr({c}, -6, 1) IN ('+', '-') AND substr({c}, -5) GLOB '[01][0-9]:[0-5][0-9]')"
        )
    }

    fn zoned(&self) -> String {
        let c = self.column;
        format!("(length({c}) >= 20 AND substr({c}, -1) = 'Z' OR {})", self.offset())
    }

    /// Whether a timestamp is written as this program writes it; told apart by its length and separator.
    fn plain(&self) -> String {
        let c = self.column;
        format!(
            "CASE WHEN length({c}) IN (19, 26) AND substr({c}, 11, 1) = ' ' AND NOT ({}) THEN {} ELSE 0 END",
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
