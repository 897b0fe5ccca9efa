//! Reads the facts that exist only in the text of a `CREATE` statement.
//!
//! SQLite's pragmas do not tell CHECK conditions, constraint names, generated expressions, collations of columns,
//! AUTOINCREMENT, DEFERRABLE, conditions of partial indexes and indexed expressions. The statements come from
//! `sqlite_schema`, so SQLite has already accepted them; this reader therefore skips what it does not look for.

use super::token::{Kind, Token, tokens};
use crate::schema::{Check, Deferrable};

/// What a `CREATE TABLE` statement says beyond the pragmas.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TableText {
    /// The columns, in declared order.
    pub(super) columns: Vec<ColumnText>,
    /// CHECK constraints of columns and table, in the order of the text.
    pub(super) checks: Vec<Check>,
    /// The name of the primary key constraint.
    pub(super) primary_key: Option<String>,
    /// UNIQUE constraints: name and columns.
    pub(super) uniques: Vec<(Option<String>, Vec<String>)>,
    /// Foreign keys, in the order of the text.
    pub(super) foreign_keys: Vec<ForeignKeyText>,
}

/// What the text says about a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ColumnText {
    /// Its name.
    pub(super) name: String,
    /// Its declared collation.
    pub(super) collation: Option<String>,
    /// The expression of a generated column.
    pub(super) generated: Option<String>,
    /// Whether it says AUTOINCREMENT.
    pub(super) autoincrement: bool,
}

/// What the text says about a foreign key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ForeignKeyText {
    /// The constraint's name.
    pub(super) name: Option<String>,
    /// The referencing columns.
    pub(super) columns: Vec<String>,
    /// When it is checked.
    pub(super) deferrable: Deferrable,
}

/// What a `CREATE INDEX` statement says beyond the pragmas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct IndexText {
    /// The text of the column list.
    pub(super) columns: String,
    /// The condition of a partial index.
    pub(super) predicate: Option<String>,
}

/// Reads a `CREATE TABLE` statement; `None` where it has no column list.
pub(super) fn read_table(sql: &str) -> Option<TableText> {
    let tokens = tokens(sql);
    let open = tokens.iter().position(|token| token.is_symbol('('))?;
    let close = closing(&tokens, open);
    let mut table = TableText::default();
    for item in split(&tokens[open + 1..close]) {
        let Some(first) = item.first() else { continue };
        let is_constraint =
            ["CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN"].iter().any(|word| first.is(word));
        if is_constraint {
            Constraints { sql, tokens: item, at: 0, column: None, name: None }.read(&mut table);
        } else if first.is_name() {
            table.columns.push(ColumnText { name: first.text.clone(), ..ColumnText::default() });
            let column = Some(first.text.as_str());
            Constraints { sql, tokens: &item[1..], at: 0, column, name: None }.read(&mut table);
        }
    }
    Some(table)
}

/// Reads a `CREATE INDEX` statement; `None` where it has no column list.
pub(super) fn read_index(sql: &str) -> Option<IndexText> {
    let tokens = tokens(sql);
    let on = tokens.iter().position(|token| token.is("ON"))?;
    let open = on + tokens[on..].iter().position(|token| token.is_symbol('('))?;
    let close = closing(&tokens, open);
    let columns = inside(sql, &tokens, open, close);
    let predicate = match tokens.get(close + 1) {
        Some(token) if token.is("WHERE") => {
            Some(sql[token.end..].trim().trim_end_matches(';').trim().to_owned())
        }
        _ => None,
    };
    Some(IndexText { columns, predicate })
}

/// A default as it may stand in parentheses. SQLite takes `DEFAULT "x"` and `DEFAULT x` for the string 'x', but not
/// `DEFAULT ("x")`; such a default becomes a string.
pub(super) fn default_expression(text: &str) -> String {
    match tokens(text).as_slice() {
        [token] if token.kind == Kind::Quoted || is_bare_string(token) => {
            format!("'{}'", token.text.replace('\'', "''"))
        }
        _ => text.trim().to_owned(),
    }
}

fn is_bare_string(token: &Token) -> bool {
    let keywords = ["NULL", "TRUE", "FALSE", "CURRENT_TIME", "CURRENT_DATE", "CURRENT_TIMESTAMP"];
    token.kind == Kind::Word && !keywords.iter().any(|keyword| token.is(keyword))
}

/// The index of the parenthesis that closes the one at `open`, or the end.
fn closing(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0_usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        match token.kind {
            Kind::Symbol('(') => depth += 1,
            Kind::Symbol(')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return index;
                }
            }
            _ => {}
        }
    }
    tokens.len()
}

/// The parts between commas that stand in no parentheses of their own.
fn split(tokens: &[Token]) -> Vec<&[Token]> {
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Symbol('(') => depth += 1,
            Kind::Symbol(')') => depth = depth.saturating_sub(1),
            Kind::Symbol(',') if depth == 0 => {
                parts.push(&tokens[start..index]);
                start = index + 1;
            }
            _ => {}
        }
    }
    parts.push(&tokens[start..]);
    parts
}

/// The text between two parentheses, comments included.
fn inside(sql: &str, tokens: &[Token], open: usize, close: usize) -> String {
    let end = tokens.get(close).map_or(sql.len(), |token| token.start);
    sql[tokens[open].end..end].trim().to_owned()
}

/// The constraints of one column (behind its name), or one or more constraints of the table: SQLite lets the comma
/// between table constraints be left out.
struct Constraints<'a> {
    sql: &'a str,
    tokens: &'a [Token],
    at: usize,
    column: Option<&'a str>,
    name: Option<String>,
}

impl Constraints<'_> {
    fn read(mut self, table: &mut TableText) {
        while let Some(token) = self.next() {
            match token.kind {
                Kind::Symbol('(') => self.at = self.group_from(self.at - 1).1 + 1,
                Kind::Word => {
                    let word = token.text.to_ascii_uppercase();
                    self.constraint(&word, table);
                }
                _ => {}
            }
        }
    }

    fn constraint(&mut self, word: &str, table: &mut TableText) {
        match word {
            "CONSTRAINT" => self.name = self.next().map(|token| token.text.clone()),
            "PRIMARY" => {
                table.primary_key = self.name.take();
                let _columns = self.columns();
            }
            "UNIQUE" => {
                let name = self.name.take();
                let columns = self.columns();
                table.uniques.push((name, columns));
            }
            "CHECK" => {
                let name = self.name.take();
                if let Some(expression) = self.group() {
                    table.checks.push(Check { name, expression, trial: None });
                }
            }
            "REFERENCES" => self.references(table),
            "FOREIGN" => {
                let columns = self.columns();
                self.foreign_key(table, columns);
            }
            "DEFERRABLE" => self.deferrable(table),
            "DEFAULT" => self.skip_default(),
            "COLLATE" => {
                let collation = self.next().map(|token| token.text.clone());
                self.describe(table, |column| column.collation = collation);
            }
            "AS" => {
                if let Some(expression) = self.group() {
                    self.describe(table, |column| column.generated = Some(expression));
                }
            }
            "AUTOINCREMENT" => self.describe(table, |column| column.autoincrement = true),
            _ => {}
        }
    }

    fn describe(&self, table: &mut TableText, change: impl FnOnce(&mut ColumnText)) {
        if self.column.is_some()
            && let Some(column) = table.columns.last_mut()
        {
            change(column);
        }
    }

    /// `REFERENCES` of a column; that of a table constraint is read with its FOREIGN KEY.
    fn references(&mut self, table: &mut TableText) {
        if let Some(column) = self.column {
            let columns = vec![column.to_owned()];
            self.foreign_key(table, columns);
        }
        // The parent's name may be a word that means something here.
        self.next();
    }

    fn foreign_key(&mut self, table: &mut TableText, columns: Vec<String>) {
        let name = self.name.take();
        table.foreign_keys.push(ForeignKeyText { name, columns, deferrable: Deferrable::No });
    }

    fn deferrable(&mut self, table: &mut TableText) {
        let negated = self.at >= 2 && self.tokens[self.at - 2].is("NOT");
        let deferred = self.tokens.get(self.at).is_some_and(|token| token.is("INITIALLY"))
            && self.tokens.get(self.at + 1).is_some_and(|token| token.is("DEFERRED"));
        if let Some(key) = table.foreign_keys.last_mut()
            && !negated
        {
            key.deferrable = if deferred { Deferrable::Deferred } else { Deferrable::Immediate };
        }
    }

    /// Steps over the value, which may be a word that means something elsewhere.
    fn skip_default(&mut self) {
        if self.tokens.get(self.at).is_some_and(|token| token.is_symbol('(')) {
            self.group();
            return;
        }
        while self.next().is_some_and(|token| token.is_symbol('-') || token.is_symbol('+')) {}
    }

    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// The text of the parentheses that open here; steps over them.
    fn group(&mut self) -> Option<String> {
        self.tokens.get(self.at).filter(|token| token.is_symbol('('))?;
        let (text, close) = self.group_from(self.at);
        self.at = close + 1;
        Some(text)
    }

    fn group_from(&self, open: usize) -> (String, usize) {
        let close = closing(self.tokens, open);
        (inside(self.sql, self.tokens, open, close), close)
    }

    /// The names in the next parentheses (`KEY` may stand before them), or the column that is being read.
    fn columns(&mut self) -> Vec<String> {
        if self.tokens.get(self.at).is_some_and(|token| token.is("KEY")) {
            self.at += 1;
        }
        if let Some(column) = self.column {
            return vec![column.to_owned()];
        }
        if !self.tokens.get(self.at).is_some_and(|token| token.is_symbol('(')) {
            return Vec::new();
        }
        let close = closing(self.tokens, self.at);
        let entries = split(&self.tokens[self.at + 1..close]);
        self.at = close + 1;
        entries.iter().filter_map(|entry| entry.first()).map(|token| token.text.clone()).collect()
    }
}
