//! The default generator: what was learned of the column, or, where nothing was, what its type and name allow.

use super::{
    ColumnGenerator, Definition, Request, Sampler, category, distinct, expression, generator, number, other,
    simple, span, spelled, structured, text,
};
use crate::model::{Marginal, Ordered, Segment, SemanticKind, TextShape, UniqueIntegers};
use crate::schema::DataType;
use crate::schema::check::Datum;

/// What was learned.
pub(super) struct Learned;

impl ColumnGenerator for Learned {
    fn definition(&self) -> Definition {
        Definition {
            name: "learned",
            help: "what was learned of the column; the default",
            parameters: &[],
            example: "generator = \"learned\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        let text = matches!(request.data_type(), DataType::Text { .. });
        if let Some(letters) = request.restriction.letters.filter(|_| text) {
            return spelled::build(letters, request, &|request| self.build(request));
        }
        if let Some(sampler) = span::sampler(request) {
            return Ok(sampler);
        }
        let told = told(request);
        // What a CHECK allows may be far from what the column's name and the shape of its texts suggest.
        let restriction = request.restriction;
        let asked =
            restriction.values.is_some() || !restriction.patterns.is_empty() || request.min_length() > 1;
        if told.as_ref().is_ok_and(|sampler| !asked || suits(&**sampler, request)) {
            return told;
        }
        let others: [&dyn Fn() -> Result<Box<dyn Sampler>, String>; 2] =
            [&|| made_up(request), &|| text::Words.build(request)];
        let others = others.into_iter().take(1 + usize::from(text)).filter_map(|make| make().ok());
        others.into_iter().find(|sampler| suits(&**sampler, request)).map_or(told, Ok)
    }
}

/// Positions that are looked at to see whether values pass.
const PILOT: u64 = 64;

/// Whether enough of what a sampler gives passes what CHECK says of the column alone: all where values must differ, half where rows
/// can be drawn again.
fn suits(sampler: &dyn Sampler, request: &Request<'_>) -> bool {
    let looked = request.count.min(PILOT);
    let positions: Vec<_> = (0..looked).map(|at| Some(at * request.count / looked)).collect();
    let values = sampler.sample(&positions).into_array(request.data_type());
    let patterns: Vec<regex::Regex> =
        request.restriction.patterns.iter().filter_map(|pattern| regex::Regex::new(pattern).ok()).collect();
    let passes = |row: &usize| {
        let datum = Datum::at(&values, *row);
        let matches = |pattern: &regex::Regex| match &datum {
            Datum::Text(text) => pattern.is_match(text),
            _ => true,
        };
        request.restriction.allows(&datum) && patterns.iter().all(matches)
    };
    let passing = (0..values.len()).filter(passes).count();
    if request.unique { passing == values.len() } else { 2 * passing >= values.len() }
}

/// What was learned, whatever CHECK says beyond bounds.
fn told(request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let Some(learned) = request.learned else { return made_up(request) };
    if request.unique && is_whole(request.data_type()) {
        return match &learned.unique {
            Some(unique) => Ok(Box::new(distinct::Distinct::new(unique, request)?)),
            None => counted(request),
        };
    }
    if *request.data_type() == DataType::Other && other::has_form(request.column) {
        return other::sampler(&learned.marginal, request);
    }
    let text = matches!(request.data_type(), DataType::Text { .. } | DataType::Other);
    if let Some(kind) = learned.semantic.filter(|kind| text && (kind.is_personal() || request.unique))
        && let Some(generator) = for_kind(kind).and_then(generator)
    {
        let made = generator.build(request);
        if let Ok(sampler) = &made
            && learned.marginal == Marginal::Empty
            && !expression::matches(&**sampler, request)
        {
            return expression::sampler(request);
        }
        // What is told of a kind may be too long for a key; any text will do then.
        let bare = learned.marginal == Marginal::Empty && request.unique;
        return if bare { made.or_else(|_| text::Words.build(request)) } else { made };
    }
    match &learned.marginal {
        marginal if *request.data_type() == DataType::Other => other::sampler(marginal, request),
        Marginal::Empty => made_up(request),
        marginal => Ok(text::extended(sampler(marginal, request)?, request)),
    }
}

fn is_whole(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::Integer { .. }
            | DataType::Decimal { .. }
            | DataType::Date
            | DataType::Time
            | DataType::Timestamp { .. }
    )
}

/// Different numbers, days or times, one after the other.
fn counted(request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let step = number::natural_step(request.data_type());
    let start = match request.data_type() {
        DataType::Date => 18_262, // 2020-01-01
        DataType::Timestamp { .. } => 1_577_836_800,
        _ => 1,
    };
    let serial = UniqueIntegers { step, ..simple::serial(start, request.count) };
    Ok(Box::new(distinct::Distinct::new(&serial, request)?))
}

/// The learned shape of a column's texts.
pub(super) fn shape<'a>(request: &Request<'a>) -> Option<&'a TextShape> {
    match &request.learned?.marginal {
        Marginal::Text(shape) => Some(shape),
        _ => None,
    }
}

/// A sampler of a learned distribution.
pub(super) fn sampler(marginal: &Marginal, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    const NOTHING: &str = "no learned value passes the CHECK";
    Ok(match marginal {
        Marginal::Empty => Box::new(simple::Nothing),
        Marginal::Integers(ordered) => Box::new(
            number::Integers::new(ordered, request)
                .or_else(|| number::Integers::new(&within(ordered, request), request))
                .ok_or(NOTHING)?,
        ),
        Marginal::Floats(ordered) => {
            let floats = number::Floats::new(ordered, request)
                .or_else(|| number::Floats::new(&number::beside(ordered, request), request))
                .ok_or(NOTHING)?;
            if request.unique { Box::new(number::Apart::new(&floats)) } else { Box::new(floats) }
        }
        Marginal::Categories(categories) if request.unique => {
            if (categories.values.len() as u64) < request.count {
                return made_up(request);
            }
            let texts =
                categories.values.iter().map(|(value, _)| toml::Value::from(value.as_str())).collect();
            let parameters = toml::Table::from_iter([("values".to_owned(), toml::Value::Array(texts))]);
            simple::OneOf.build(&Request { parameters: &parameters, ..*request })?
        }
        Marginal::Categories(categories) => match category::Category::new(categories, request)? {
            Some(category) => Box::new(category),
            None => return made_up(request),
        },
        Marginal::Text(_) if matches!(request.data_type(), DataType::Uuid) => {
            super::code::Uuid.build(request)?
        }
        Marginal::Text(shape) => text::shaped(shape, request)?,
        Marginal::List(shape) => Box::new(structured::List::new(shape, request)?),
        Marginal::Json(shape) => Box::new(structured::Json::new(shape, request)?),
        Marginal::Bytes { lengths } => Box::new(structured::Bytes {
            lengths: lengths.clone(),
            size: (request.min_length(), request.max_length()),
            unique: request.unique,
            key: request.key,
        }),
    })
}

fn for_kind(kind: SemanticKind) -> Option<&'static str> {
    Some(match kind {
        SemanticKind::Email => "email",
        SemanticKind::FirstName => "first_name",
        SemanticKind::LastName => "last_name",
        SemanticKind::FullName => "full_name",
        SemanticKind::Username => "username",
        SemanticKind::Phone => "phone",
        SemanticKind::StreetAddress => "street",
        SemanticKind::Postcode => "postcode",
        SemanticKind::City => "city",
        SemanticKind::State => "state",
        SemanticKind::Country => "country",
        SemanticKind::CountryCode => "country_code",
        SemanticKind::Company => "company",
        SemanticKind::JobTitle => "job_title",
        SemanticKind::Iban => "iban",
        SemanticKind::CreditCard => "credit_card",
        SemanticKind::NationalId => "national_id",
        SemanticKind::IpAddress => "ip_address",
        SemanticKind::MacAddress => "mac_address",
        SemanticKind::Url => "url",
        SemanticKind::Password => "password",
        SemanticKind::FreeText => "prose",
        SemanticKind::ProductName | SemanticKind::Title => "words",
        SemanticKind::Latitude | SemanticKind::Longitude | SemanticKind::BirthDate => return None,
    })
}

/// Values from name, type and CHECK alone.
fn made_up(request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let whole = |low, high| Ordered::new(vec![Segment { low, high, rows: 1 }], 1, 0);
    if let Some(values) = &request.restriction.values {
        if values.is_empty() {
            return Ok(Box::new(simple::Nothing));
        }
        return listed(values.iter().map(plain).collect(), request);
    }
    match request.data_type() {
        data_type if request.unique && is_whole(data_type) => counted(request),
        DataType::Boolean => listed(vec!["false".into(), "true".into()], request),
        DataType::Enum { labels, .. } => listed(labels.clone(), request),
        DataType::Integer { .. } => sampler(&Marginal::Integers(whole(0, 1000)), request),
        DataType::Decimal { precision, scale } => {
            let most = 10i64.saturating_pow(u32::from(*precision).min(u32::from(*scale) + 4));
            sampler(&Marginal::Integers(whole(0, most - 1)), request)
        }
        DataType::Float { .. } | DataType::Numeric => sampler(&Marginal::Floats(amounts(request)), request),
        DataType::Date => sampler(&Marginal::Integers(whole(18_262, 20_453)), request), // 2020 to 2025
        DataType::Time => {
            let ordered = Ordered { step: 60_000_000, ..whole(0, 86_340_000_000) };
            sampler(&Marginal::Integers(ordered), request)
        }
        DataType::Timestamp { .. } => {
            let ordered = Ordered { step: 1_000_000, ..whole(1_577_836_800_000_000, 1_767_225_599_000_000) };
            sampler(&Marginal::Integers(ordered), request)
        }
        DataType::Uuid => super::code::Uuid.build(request),
        DataType::Json => listed(vec!["{}".into()], request),
        DataType::Array { .. } => listed(vec!["[]".into()], request),
        DataType::Bytes { .. } => Ok(Box::new(structured::Bytes {
            lengths: whole(16, 16),
            size: (request.min_length(), request.max_length()),
            unique: request.unique,
            key: request.key,
        })),
        DataType::Text { .. } => {
            let kind = request.learned.and_then(|learned| learned.semantic);
            let name = kind.and_then(for_kind).unwrap_or("words");
            // What is told of a kind may be too long for the column; any text will do then.
            let made = generator(name).unwrap_or(&text::Words).build(request);
            let made = made.or_else(|_| text::Words.build(request))?;
            if expression::matches(&*made, request) { Ok(made) } else { expression::sampler(request) }
        }
        DataType::Other => other::sampler(&Marginal::Empty, request),
    }
}

/// Numbers from 0 to 1000 as far as CHECK allows them, in steps of a hundredth, or of less where there is room for few of these: cut
/// off at the bounds, nearly all values would be the bounds.
fn amounts(request: &Request<'_>) -> Ordered<f64> {
    const USUAL: (f64, f64) = (0.0, 1000.0);
    let bound = |bound: &Option<(Datum, bool)>| bound.as_ref().and_then(|(bound, _)| number::number(bound));
    let low = bound(&request.restriction.min).map_or(USUAL.0, |min| min.max(USUAL.0));
    let high = bound(&request.restriction.max).map_or(USUAL.1, |max| max.min(USUAL.1));
    let (low, high) = if low < high { (low, high) } else { USUAL };
    let mut step = 0.01;
    while (high - low) / step < 1_000.0 && step > 1e-6 {
        step /= 10.0;
    }
    Ordered::new(vec![Segment { low, high, rows: 1 }], step, 0.0)
}

/// A distribution moved to where CHECK allows values, where it has none there.
fn within(ordered: &Ordered<i64>, request: &Request<'_>) -> Ordered<i64> {
    let (low, high) = number::integer_bounds(request);
    let ends = ordered.segments.first().zip(ordered.segments.last());
    let width = ends.map_or(0, |(first, last)| last.high.saturating_sub(first.low));
    let above = ends.is_some_and(|(first, _)| first.low > high);
    let segment = match above {
        true => Segment { low: low.max(high.saturating_sub(width)), high, rows: 1 },
        false => Segment { low, high: high.min(low.saturating_add(width)), rows: 1 },
    };
    Ordered::new(vec![segment], 1, 0)
}

fn listed(texts: Vec<String>, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let values = texts.into_iter().map(toml::Value::from).collect();
    let parameters = toml::Table::from_iter([("values".to_owned(), toml::Value::Array(values))]);
    simple::OneOf.build(&Request { parameters: &parameters, ..*request })
}

fn plain(datum: &Datum) -> String {
    match datum {
        Datum::Text(text) => text.clone(),
        Datum::Boolean(value) => value.to_string(),
        Datum::Decimal(unscaled, 0) => unscaled.to_string(),
        Datum::Decimal(unscaled, scale) => {
            (*unscaled as f64 / libm::pow(10.0, f64::from(*scale))).to_string()
        }
        Datum::Float(value) => value.to_string(),
        Datum::Date(days) => days.to_string(),
        Datum::Time(micros) | Datum::Timestamp(micros) => micros.to_string(),
        Datum::Null | Datum::Bytes(_) => String::new(),
    }
}
