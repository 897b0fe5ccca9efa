//! Places, companies and their addresses.

use super::words::{self, COUNTRIES, COUNTRY_CODES, LAST, PROFESSIONS, STATES};
use super::{ColumnGenerator, Definition, Request, Sampler, Values, code, learned, text};
use crate::rng::{Key, Stream};

/// Texts made by a function of random words; where they must differ, the position is added to them.
struct Made {
    make: fn(&mut Stream, &mut String),
    unique: bool,
    max: usize,
    key: Key,
}

impl Made {
    fn build(make: fn(&mut Stream, &mut String), request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let max = request.max_length();
        if request.unique && words::base36(request.count.saturating_sub(1)).len() > max {
            return Err(format!("only {max} characters fit, too few for {} different values", request.count));
        }
        Ok(Box::new(Self { make, unique: request.unique, max, key: request.key }))
    }
}

impl Sampler for Made {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            (self.make)(&mut self.key.at(position, 1), text);
            if self.unique {
                let code = words::base36(position);
                // The part after the last blank is the position: no two texts share it.
                words::truncate(text, self.max.saturating_sub(code.len() + 1));
                if !text.is_empty() {
                    text.push(' ');
                }
                text.push_str(&code);
            } else {
                words::truncate(text, self.max);
            }
        })
    }
}

macro_rules! place {
    ($type:ident, $name:literal, $help:literal, $make:expr) => {
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
                Made::build($make, request)
            }
        }
    };
}

place!(Street, "street", "a house number and a street", |stream, text| {
    use std::fmt::Write;
    let kind = ["Street", "Avenue", "Road", "Lane", "Drive"][stream.below(5) as usize];
    let _ = write!(text, "{} {} {kind}", 1 + stream.below(998), stream.pick::<&str>(&LAST));
});
place!(City, "city", "a town that does not exist", |stream, text| {
    text.push_str(
        ["North ", "East ", "West ", "South ", "New ", "Lake ", "Port ", "", "", ""]
            [stream.below(10) as usize],
    );
    text.push_str(stream.pick::<&str>(&LAST));
    text.push_str(
        ["ton", "ville", "burgh", "bury", "view", "side", "mouth", "stad", "haven", "ford"]
            [stream.below(10) as usize],
    );
});
place!(State, "state", "a state", |stream, text| text.push_str(stream.pick::<&str>(&STATES)));
place!(Country, "country", "a country", |stream, text| text.push_str(stream.pick::<&str>(&COUNTRIES)));
place!(CountryCode, "country_code", "a country code of two letters", |stream, text| {
    text.push_str(stream.pick::<&str>(&COUNTRY_CODES));
});
place!(Company, "company", "a company", |stream, text| {
    text.push_str(stream.pick::<&str>(&LAST));
    text.push_str([" Inc", " and Sons", " LLC", " Group", " & Co", " Ltd"][stream.below(6) as usize]);
});
place!(JobTitle, "job_title", "a profession", |stream, text| text
    .push_str(stream.pick::<&str>(&PROFESSIONS)));
place!(Url, "url", "a web address at a domain that is nobody's", |stream, text| {
    text.push_str("https://example.com/");
    text.push_str(&words::base36(stream.long() >> 20));
});

/// A postcode.
pub(super) struct Postcode;

impl ColumnGenerator for Postcode {
    fn definition(&self) -> Definition {
        Definition {
            name: "postcode",
            help: "a postcode in the format of the source's, else of five digits",
            parameters: &[],
            example: "generator = \"postcode\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        match learned::shape(request).filter(|shape| !shape.patterns.is_empty()) {
            Some(shape) => text::shaped(shape, request),
            None => code::digits(5, request),
        }
    }
}
