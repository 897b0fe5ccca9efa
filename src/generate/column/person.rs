//! Names, addresses and secrets of people who do not exist.

use super::words::{self, Case, FIRST, LAST};
use super::{ColumnGenerator, Definition, Request, Sampler, Values, learned, text};

/// How a person is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    First,
    Last,
    Full,
    User,
    Mail,
}

/// A person per position: the first name and the last name count through all pairs, then a number is added.
struct Person {
    form: Form,
    case: Case,
    max: usize,
    unique: bool,
    /// Whether other columns tell of the same person.
    shared: bool,
    count: u64,
    key: crate::rng::Key,
}

impl Person {
    fn build(form: Form, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let max = request.max_length();
        let digits = words::base36(request.count.saturating_sub(1)).len();
        if request.unique && digits > max {
            return Err(format!("only {max} characters fit, too few for {} different values", request.count));
        }
        let case = learned::shape(request).map_or(Case::AsIs, |shape| Case::of(shape.cases));
        Ok(Box::new(Self {
            form,
            case,
            max,
            unique: request.unique,
            shared: request.shared,
            count: request.count,
            key: request.key,
        }))
    }

    fn write(&self, position: u64, text: &mut String) {
        let (firsts, lasts) = (FIRST.len() as u64, LAST.len() as u64);
        let person = if self.unique || self.shared {
            position
        } else {
            self.key.at(position, 1).below(firsts * lasts)
        };
        // Neighbouring positions differ in both names: the last name steps with every first name.
        let first = FIRST[(person % firsts) as usize];
        let last = LAST[((person / firsts + person) % lasts) as usize];
        let round = person / (firsts * lasts);
        let number = if round == 0 { String::new() } else { words::base36(round) };
        match self.form {
            Form::First | Form::Last => {
                let (list, name) = if self.form == Form::First { (firsts, first) } else { (lasts, last) };
                let name = if self.unique && self.form == Form::Last {
                    LAST[(person % lasts) as usize]
                } else {
                    name
                };
                self.case.push(name, text);
                if self.unique && person >= list {
                    text.push('-');
                    text.push_str(&words::base36(person / list));
                }
            }
            Form::Full => {
                self.case.push(first, text);
                text.push(' ');
                self.case.push(last, text);
                if !number.is_empty() {
                    text.push(' ');
                    text.push_str(&number);
                }
            }
            Form::User | Form::Mail => {
                text.push_str(&words::plain_letters(first));
                text.push('.');
                text.push_str(&words::plain_letters(last));
                text.push_str(&number);
                if self.form == Form::Mail {
                    // Domains that RFC 2606 keeps free: no mail to them can reach anybody.
                    text.push_str(["@example.com", "@example.org", "@example.net"][(person % 3) as usize]);
                }
            }
        }
        if text.chars().count() > self.max {
            self.shorten(position, text);
        }
    }

    /// A form that fits. Its first sign tells it from every long form, so that distinct stays distinct.
    fn shorten(&self, position: u64, text: &mut String) {
        if !self.unique {
            return words::truncate(text, self.max);
        }
        text.clear();
        let code = words::base36(position);
        if self.form == Form::Mail && code.len() + 6 <= self.max {
            text.push('0');
            text.push_str(&code);
            text.push_str("@x.io");
        } else if code.len() < self.max || self.count < 36u64.saturating_pow(self.max as u32 - 1) {
            text.push('0');
            text.push_str(&code);
        } else {
            text.push_str(&code);
        }
    }
}

impl Sampler for Person {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| self.write(position, text))
    }
}

macro_rules! person {
    ($type:ident, $form:ident, $name:literal, $help:literal) => {
        #[doc = $help]
        pub(super) struct $type;

        impl ColumnGenerator for $type {
            fn definition(&self) -> Definition {
                Definition {
                    name: $name,
                    help: $help,
                    parameters: &[],
                    example: concat!("generator = \"", $name, "\""),
                }
            }

            fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
                Person::build(Form::$form, request)
            }
        }
    };
}

person!(FirstName, First, "first_name", "a first name");
person!(LastName, Last, "last_name", "a last name");
person!(FullName, Full, "full_name", "a first and a last name");
person!(Username, User, "username", "a user name made of a first and a last name");
person!(Email, Mail, "email", "an e-mail address at a domain that reaches nobody");

/// A password, or its hash.
pub(super) struct Password;

impl ColumnGenerator for Password {
    fn definition(&self) -> Definition {
        Definition {
            name: "password",
            help: "random letters and digits, in the format of the source's password hashes",
            parameters: &[],
            example: "generator = \"password\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        match learned::shape(request).filter(|shape| !shape.patterns.is_empty()) {
            Some(shape) => text::shaped(shape, request),
            None => super::code::random_text(32, request),
        }
    }
}
