//! Rules as `seed.toml` spells them, which is how `seed inspect --rules` shows them.

mod keys;
mod texts;

use super::part;
use super::words::{Word, words};
use super::{Aggregate, Clock, Expression, Factor, Operand, Part, Ratio, Rounding, Statement};
use crate::schema::{DataType, Schema};

/// Reads a rule of a table. The error says what is wrong, as part of a sentence.
pub fn parse(schema: &Schema, table: usize, text: &str) -> Result<Statement, String> {
    let words = words(text)?;
    let mut reader = Reader { schema, table, words: &words, at: 0 };
    let statement = reader.statement()?;
    match reader.words.get(reader.at) {
        None => Ok(statement),
        Some(word) => Err(format!("`{word}` is not expected there")),
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    table: usize,
    words: &'a [Word],
    at: usize,
}

const ZERO: Ratio = Ratio { numerator: 0, denominator: 1 };
const ONE: Ratio = Ratio { numerator: 1, denominator: 1 };

impl Reader<'_> {
    fn peek(&self) -> Option<&Word> {
        self.words.get(self.at)
    }

    /// Takes the next words if they are these.
    fn take(&mut self, wanted: &str) -> bool {
        let wanted: Vec<&str> = wanted.split(' ').collect();
        let next = self.words.get(self.at..self.at + wanted.len());
        let same = next.is_some_and(|next| next.iter().zip(&wanted).all(|(word, wanted)| word.is(wanted)));
        if same {
            self.at += wanted.len();
        }
        same
    }

    fn expect(&mut self, wanted: &str) -> Result<(), String> {
        if self.take(wanted) {
            return Ok(());
        }
        Err(match self.peek() {
            Some(word) => format!("`{wanted}` is expected in place of `{word}`"),
            None => format!("`{wanted}` is missing at the end"),
        })
    }

    fn statement(&mut self) -> Result<Statement, String> {
        for (words, one) in [("exactly one of", true), ("at most one of", false)] {
            if self.take(words) {
                let columns = self.several()?;
                self.expect("is not NULL")?;
                return Ok(Statement::Exclusive { columns, one });
            }
        }
        if self.take("no two rows share") {
            return Ok(Statement::Unique { columns: self.several()?, except: 0 });
        }
        let start = self.at;
        if let Ok(columns) = self.columns() {
            if self.take("->") {
                return self.dependency(columns);
            }
            if columns.len() > 1 {
                self.expect("are NULL together")?;
                return Ok(Statement::Together { columns });
            }
            if self.take("is NULL where") {
                let other = self.column()?;
                self.expect("is")?;
                return Ok(Statement::Needs { column: columns[0], other });
            }
            if self.take("numbers the rows of each") {
                return self.numbering(columns[0]);
            }
            if self.take("rises with") {
                return self.rising(columns[0]);
            }
            if self.take("is the running total of") {
                return self.running(columns[0]);
            }
            if self.take("is the") {
                return self.meeting(columns[0]);
            }
            if self.take("is") {
                return self.headcount(columns[0]);
            }
            if self.take("refers to") {
                return self.reference(columns[0]);
            }
            if self.take("=") {
                return self.formula(columns[0]);
            }
        }
        self.at = start;
        self.ordering()
    }

    fn ordering(&mut self) -> Result<Statement, String> {
        let left = self.operand()?;
        let signs = [("<=", false, false), ("<", false, true), (">=", true, false), (">", true, true)];
        let Some((_, turned, strict)) = signs.into_iter().find(|(sign, ..)| self.take(sign)) else {
            return Err(
                "one of `=`, `<=`, `<`, `>=`, `>` and `->` is expected after the first name".to_owned()
            );
        };
        let right = self.operand()?;
        let (low, high) = if turned { (right, left) } else { (left, right) };
        if low.as_own().is_none() && high.as_own().is_none() {
            return Err("one of the two must be a column of the table itself".to_owned());
        }
        Ok(Statement::Ordering { low, high, strict })
    }

    fn formula(&mut self, column: usize) -> Result<Statement, String> {
        let expression = match &self.schema.tables[self.table].columns[column].data_type {
            DataType::Text { .. } => self.text()?,
            _ => self.expression()?,
        };
        if expression.operands().iter().any(|operand| operand.as_own() == Some(column)) {
            return Err(format!("`{}` is on both sides", self.name(self.table, column)));
        }
        let described = &self.schema.tables[self.table].columns[column];
        let digits = match &described.data_type {
            DataType::Decimal { scale, .. } => Some(*scale),
            DataType::Time | DataType::Timestamp { .. } => Some(6),
            DataType::Float { .. } | DataType::Numeric => None,
            _ => Some(0),
        };
        Ok(Statement::Formula { column, expression, digits, own_nulls: described.nullable, except: 0 })
    }

    fn expression(&mut self) -> Result<Expression, String> {
        for part in Part::ALL {
            if self.take(&format!("{} (", part.word())) {
                let of = self.operand()?;
                let clock = self.clock()?;
                self.expect(")")?;
                return Ok(Expression::Part { part, of, clock });
            }
        }
        let rounding = Rounding::HalfUp;
        let (mut terms, mut constant) = (Vec::new(), ZERO);
        let mut sign = if self.take("-") { -1 } else { 1 };
        loop {
            match self.term()? {
                Term::Constant(ratio) => constant = add(constant, times(ratio, sign))?,
                Term::Multiple(ratio, operand) => terms.push((times(ratio, sign), operand)),
                Term::Other(expression) if terms.is_empty() && constant == ZERO && sign == 1 => {
                    return match self.peek() {
                        Some(word) if word.is("+") || word.is("-") => Err(
                            "products and quotients cannot be added: give the product a column of its own"
                                .to_owned(),
                        ),
                        _ => Ok(expression),
                    };
                }
                Term::Other(_) => {
                    return Err(
                        "products and quotients cannot be added: give the product a column of its own"
                            .to_owned(),
                    );
                }
            }
            sign = match (self.take("+"), self.take("-")) {
                (true, _) => 1,
                (_, true) => -1,
                _ => break,
            };
        }
        Ok(match (terms.as_slice(), constant) {
            ([], _) => {
                return Err("a constant is no rule: give the column the generator `constant`".to_owned());
            }
            ([(ONE, operand)], ZERO) if matches!(operand, Operand::Column { .. }) => {
                Expression::Same(operand.clone())
            }
            ([(ONE, operand @ Operand::Total { aggregate: Aggregate::Min | Aggregate::Max, .. })], ZERO) => {
                Expression::Same(operand.clone())
            }
            _ => Expression::Linear { terms, constant, rounding },
        })
    }

    /// What clocks were ahead, or behind: `- 5 hours, from "2024-03-10 07:00" - 4 hours`.
    fn clock(&mut self) -> Result<Clock, String> {
        let mut clock = Clock::default();
        let mut from = i64::MIN;
        loop {
            let sign = match (self.take("+"), self.take("-")) {
                (true, _) => 1,
                (_, true) => -1,
                _ if clock.is_plain() => return Ok(clock),
                _ => return Err("`+` or `-` and hours are expected after the moment".to_owned()),
            };
            let size = self.number()?;
            let unit = if self.take("minutes") { 60 } else { 3_600 };
            if unit == 3_600 {
                self.expect("hours")?;
            }
            let seconds = size.numerator.checked_mul(unit).filter(|seconds| seconds % size.denominator == 0);
            let seconds = seconds.ok_or("clocks are ahead by whole minutes".to_owned())?;
            clock.steps.push((from, sign * seconds / size.denominator));
            if !self.take(", from") {
                return Ok(clock);
            }
            let text = self.name_word()?;
            let moment = part::read_moment(&text).filter(|moment| *moment > from);
            from = moment.ok_or(format!("`{text}` is no later moment, such as \"2024-03-10 07:00\""))?;
        }
    }

    /// Factors between `*`, or a quotient.
    fn term(&mut self) -> Result<Term, String> {
        let (mut coefficient, mut factors) = (ONE, Vec::new());
        loop {
            if let Some(Word::Number(_)) = self.peek() {
                coefficient = product(coefficient, self.number()?)?;
            } else {
                factors.push(self.factor()?);
            }
            if !self.take("*") {
                break;
            }
        }
        if self.take("/") {
            let plain = match factors.as_slice() {
                [Factor::Value(operand)] => operand.clone(),
                _ => return Err("only a single value can be divided".to_owned()),
            };
            if let Some(Word::Number(_)) = self.peek() {
                let by = self.number()?;
                if by.numerator <= 0 {
                    return Err("a divisor must be above 0".to_owned());
                }
                let turned = Ratio { numerator: by.denominator, denominator: by.numerator };
                return Ok(Term::Multiple(product(coefficient, turned)?, plain));
            }
            let divisor = self.operand()?;
            return Ok(Term::Other(Expression::Quotient {
                dividend: plain,
                divisor,
                rounding: Rounding::HalfUp,
            }));
        }
        match factors.as_slice() {
            [] => Ok(Term::Constant(coefficient)),
            [Factor::Value(operand)] => Ok(Term::Multiple(coefficient, operand.clone())),
            _ if coefficient != ONE => Err("a product of columns takes no further number".to_owned()),
            _ => Ok(Term::Other(Expression::Product { factors, rounding: Rounding::HalfUp })),
        }
    }

    /// An operand, or `(1 - operand / 100)`.
    fn factor(&mut self) -> Result<Factor, String> {
        if !self.take("( 1") {
            return self.operand().map(Factor::Value);
        }
        let less = self.take("-");
        if !less {
            self.expect("+")?;
        }
        let operand = self.operand()?;
        let per = if self.take("/") {
            match self.number()? {
                Ratio { numerator: 100, denominator: 1 } => 100,
                _ => return Err("a share is divided by 100 or not at all".to_owned()),
            }
        } else {
            1
        };
        self.expect(")")?;
        Ok(if less { Factor::Less(operand, per) } else { Factor::Plus(operand, per) })
    }

    /// A column, a column further up (`customers.country`), or a total of children (`sum(order_lines.price)`).
    fn operand(&mut self) -> Result<Operand, String> {
        let aggregates = [
            ("count (", Aggregate::Count),
            ("sum (", Aggregate::Sum),
            ("min (", Aggregate::Min),
            ("max (", Aggregate::Max),
        ];
        if let Some((_, aggregate)) = aggregates.into_iter().find(|(word, _)| self.take(word)) {
            let total = self.total(aggregate)?;
            self.expect(")")?;
            return Ok(total);
        }
        let (mut table, mut path) = (self.table, Vec::new());
        loop {
            let name = self.name_word()?;
            let by = self.key_columns(table)?;
            if !self.take(".") {
                if by.is_some() {
                    return Err(format!("a column is missing after `{name}`"));
                }
                return Ok(Operand::Column { path, column: self.column_of(table, &name)? });
            }
            let step = self.step(table, &name, by)?;
            path.push(step);
            table = self.schema.tables[table].foreign_keys[step].parent;
        }
    }

    /// `(home_team_id)` after a table's name: which of several keys leads there.
    fn key_columns(&mut self, table: usize) -> Result<Option<Vec<usize>>, String> {
        if !self.take("(") {
            return Ok(None);
        }
        let mut columns = Vec::new();
        loop {
            let name = self.name_word()?;
            columns.push(self.column_of(table, &name)?);
            if !self.take(",") {
                break;
            }
        }
        self.expect(")")?;
        Ok(Some(columns))
    }

    fn step(&self, table: usize, parent: &str, by: Option<Vec<usize>>) -> Result<usize, String> {
        let keys = &self.schema.tables[table].foreign_keys;
        let leads = |index: &usize| {
            let key = &keys[*index];
            self.schema.tables[key.parent].name.name == parent
                && by.as_ref().is_none_or(|by| key.columns == *by)
        };
        let found: Vec<usize> = (0..keys.len()).filter(leads).collect();
        let child = &self.schema.tables[table].name;
        match found.as_slice() {
            [one] => Ok(*one),
            [] => Err(format!("`{child}` has no foreign key to `{parent}`")),
            _ => Err(format!(
                "`{child}` has several foreign keys to `{parent}`: say which, as in `{parent}({}).…`",
                self.schema.tables[table].column_names(&keys[found[0]].columns)
            )),
        }
    }

    /// What stands between the brackets of a total.
    fn total(&mut self, aggregate: Aggregate) -> Result<Operand, String> {
        let name = self.name_word()?;
        let child = self
            .schema
            .tables
            .iter()
            .position(|table| table.name.name == name)
            .ok_or_else(|| format!("there is no table `{name}`"))?;
        let keys = &self.schema.tables[child].foreign_keys;
        let up: Vec<usize> = (0..keys.len()).filter(|&key| keys[key].parent == self.table).collect();
        let foreign_key = match up.as_slice() {
            [one] => *one,
            [] => return Err(format!("`{name}` has no foreign key to this table")),
            _ => return Err(format!("`{name}` has several foreign keys to this table")),
        };
        let mut factors = Vec::new();
        if aggregate != Aggregate::Count {
            self.expect(".")?;
            self.at -= 2;
            let mut inner = Reader { schema: self.schema, table: child, words: self.words, at: self.at };
            loop {
                factors.push(inner.child_factor(&name)?);
                if !inner.take("*") {
                    break;
                }
            }
            self.at = inner.at;
        }
        let zero = matches!(aggregate, Aggregate::Count | Aggregate::Sum);
        Ok(Operand::Total { table: child, foreign_key, aggregate, factors, zero })
    }

    /// A factor of children, every column with their table's name.
    fn child_factor(&mut self, name: &str) -> Result<Factor, String> {
        let share = self.take("( 1");
        let less = share && self.take("-");
        if share && !less {
            self.expect("+")?;
        }
        let said = self.name_word()?;
        if said != name {
            return Err(format!("a total multiplies columns of one table, `{name}` or `{said}`"));
        }
        self.expect(".")?;
        let operand = Operand::own(self.column()?);
        if !share {
            return Ok(Factor::Value(operand));
        }
        let per = if self.take("/ 100") { 100 } else { 1 };
        self.expect(")")?;
        Ok(if less { Factor::Less(operand, per) } else { Factor::Plus(operand, per) })
    }

    fn several(&mut self) -> Result<Vec<usize>, String> {
        let columns = self.columns()?;
        if columns.len() < 2 { Err("two or more columns are expected".to_owned()) } else { Ok(columns) }
    }

    fn columns(&mut self) -> Result<Vec<usize>, String> {
        let mut columns = vec![self.column()?];
        while self.take(",") {
            let column = self.column()?;
            if columns.contains(&column) {
                return Err(format!("`{}` is named twice", self.name(self.table, column)));
            }
            columns.push(column);
        }
        Ok(columns)
    }

    fn column(&mut self) -> Result<usize, String> {
        let name = self.name_word()?;
        self.column_of(self.table, &name)
    }

    fn column_of(&self, table: usize, name: &str) -> Result<usize, String> {
        let described = &self.schema.tables[table];
        described
            .column_index(name)
            .ok_or_else(|| format!("the table `{}` has no column `{name}`", described.name))
    }

    fn name_word(&mut self) -> Result<String, String> {
        match self.words.get(self.at) {
            Some(Word::Name(name)) => {
                self.at += 1;
                Ok(name.clone())
            }
            Some(other) => Err(format!("a name is expected in place of `{other}`")),
            None => Err("a name is missing at the end".to_owned()),
        }
    }

    fn number(&mut self) -> Result<Ratio, String> {
        match self.words.get(self.at) {
            Some(Word::Number(ratio)) => {
                self.at += 1;
                Ok(*ratio)
            }
            Some(other) => Err(format!("a number is expected in place of `{other}`")),
            None => Err("a number is missing at the end".to_owned()),
        }
    }

    fn name(&self, table: usize, column: usize) -> &str {
        &self.schema.tables[table].columns[column].name
    }
}

/// What stands between `+` and `-`.
enum Term {
    Constant(Ratio),
    Multiple(Ratio, Operand),
    Other(Expression),
}

fn times(ratio: Ratio, sign: i64) -> Ratio {
    Ratio { numerator: ratio.numerator * sign, ..ratio }
}

fn product(a: Ratio, b: Ratio) -> Result<Ratio, String> {
    let numerator = a.numerator.checked_mul(b.numerator);
    let denominator = a.denominator.checked_mul(b.denominator);
    match (numerator, denominator) {
        (Some(numerator), Some(denominator)) => Ok(Ratio { numerator, denominator }),
        _ => Err("the numbers are too long".to_owned()),
    }
}

fn add(a: Ratio, b: Ratio) -> Result<Ratio, String> {
    let scaled = |x: Ratio, y: Ratio| x.numerator.checked_mul(y.denominator);
    let sum = scaled(a, b).and_then(|left| left.checked_add(scaled(b, a)?));
    match (sum, a.denominator.checked_mul(b.denominator)) {
        (Some(numerator), Some(denominator)) => Ok(Ratio { numerator, denominator }),
        _ => Err("the numbers are too long".to_owned()),
    }
}
