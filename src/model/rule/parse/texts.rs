//! Texts that are put together: `'INV-' || to_char(issued_on, 'YYYY') || '-' || lpad(id, 5)`.

use super::Reader;
use crate::model::rule::words::Word;
use crate::model::rule::{Expression, Form, Letters, Operand, PATTERNS, Piece};
use crate::schema::DataType;

impl Reader<'_> {
    /// What a column of texts is computed from.
    pub(super) fn text(&mut self) -> Result<Expression, String> {
        let mut pieces = vec![self.piece()?];
        while self.take("||") {
            pieces.push(self.piece()?);
        }
        match pieces.as_slice() {
            [Piece::Value { of, form }] if *form == Form::PLAIN => Ok(Expression::Same(of.clone())),
            [Piece::Literal(_)] => {
                Err("a constant is no rule: give the column the generator `constant`".to_owned())
            }
            _ => Ok(Expression::Text { pieces }),
        }
    }

    fn piece(&mut self) -> Result<Piece, String> {
        if let Some(Word::Text(_)) = self.peek() {
            return Ok(Piece::Literal(self.quoted()?));
        }
        for (function, letters) in [("lower (", Letters::Lower), ("upper (", Letters::Upper)] {
            if self.take(function) {
                let (of, first) = self.first_letters()?;
                self.expect(")")?;
                return Ok(Piece::Value { of, form: Form::Text { letters, first } });
            }
        }
        let form = |of: Operand, form: Form| Piece::Value { of, form };
        if self.take("slug (") {
            let of = self.operand()?;
            let separator = if self.take(",") { self.quoted()? } else { "-".to_owned() };
            let drops = self.take(", drop");
            self.expect(")")?;
            return Ok(form(of, Form::Slug { separator, drops }));
        }
        if self.take("lpad (") {
            let of = self.operand()?;
            self.expect(",")?;
            let width = self.small("digits")?;
            self.expect(")")?;
            return Ok(form(of, Form::Number { width }));
        }
        if self.take("to_char (") {
            let of = self.operand()?;
            self.expect(",")?;
            let pattern = self.quoted()?;
            if !PATTERNS.contains(&pattern.as_str()) {
                return Err(format!("`{pattern}` is none of the patterns {}", PATTERNS.join(", ")));
            }
            self.expect(")")?;
            return Ok(form(of, Form::Date { pattern }));
        }
        let (of, first) = self.first_letters()?;
        if first > 0 {
            return Ok(form(of, Form::Text { letters: Letters::Same, first }));
        }
        let plain = self.plain(&of)?;
        Ok(form(of, plain))
    }

    /// An operand, or `left(operand, 3)`.
    fn first_letters(&mut self) -> Result<(Operand, u8), String> {
        if !self.take("left (") {
            return Ok((self.operand()?, 0));
        }
        let of = self.operand()?;
        self.expect(",")?;
        let first = self.small("letters")?;
        self.expect(")")?;
        Ok((of, first))
    }

    fn small(&mut self, what: &str) -> Result<u8, String> {
        let number = self.number()?;
        let size = u8::try_from(number.numerator).ok().filter(|size| number.denominator == 1 && *size > 0);
        size.ok_or_else(|| format!("a number of {what} from 1 to 255 is expected in place of `{number}`"))
    }

    fn quoted(&mut self) -> Result<String, String> {
        match self.peek() {
            Some(Word::Text(text)) => {
                let text = text.clone();
                self.at += 1;
                Ok(text)
            }
            Some(word) => Err(format!("a text in single quotes is expected in place of `{word}`")),
            None => Err("a text in single quotes is missing at the end".to_owned()),
        }
    }

    /// How a value is written by itself.
    fn plain(&self, of: &Operand) -> Result<Form, String> {
        let sources = of.sources(self.schema, self.table);
        let (Operand::Column { .. }, [(table, column)]) = (of, sources.as_slice()) else {
            return Err("totals of children cannot be part of a text".to_owned());
        };
        match &self.schema.tables[*table].columns[*column].data_type {
            DataType::Integer { .. } => Ok(Form::Number { width: 0 }),
            DataType::Date => Ok(Form::Date { pattern: PATTERNS[0].to_owned() }),
            DataType::Text { .. } | DataType::Enum { .. } | DataType::Uuid => Ok(Form::PLAIN),
            _ => Err(format!(
                "`{}` cannot be part of a text as it is: texts, whole numbers and days can",
                self.name(*table, *column)
            )),
        }
    }
}
