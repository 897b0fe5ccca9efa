//! Texts that match a regular expression, one per number.

use super::{Request, Sampler, Values};
use crate::rng::Permutation;
use crate::schema::DataType;
use crate::schema::check::Datum;
use regex_syntax::hir::{Class, Hir, HirKind};

/// Repetitions beyond the fewest, where an expression sets no limit or a far one.
const MORE: u32 = 6;

/// A class with more signs than this is cut to those that are printed.
const PRINTED: (char, char) = (' ', '~');

/// A finite part of a language: each number below its size stands for one text.
enum Node {
    Text(String),
    Signs(Vec<char>),
    Sequence(Vec<Node>),
    Choice(Vec<Node>),
    /// So many times at least and at most.
    Repeat(Box<Node>, u32, u32),
}

impl Node {
    fn new(hir: &Hir) -> Option<Self> {
        Some(match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Self::Text(String::new()),
            HirKind::Literal(literal) => Self::Text(String::from_utf8(literal.0.to_vec()).ok()?),
            HirKind::Class(class) => Self::Signs(signs(class)?),
            HirKind::Capture(capture) => Self::new(&capture.sub)?,
            HirKind::Concat(parts) => Self::Sequence(parts.iter().map(Self::new).collect::<Option<_>>()?),
            HirKind::Alternation(parts) => Self::Choice(parts.iter().map(Self::new).collect::<Option<_>>()?),
            HirKind::Repetition(repetition) => {
                let least = repetition.min;
                let most = repetition.max.unwrap_or(u32::MAX).min(least.saturating_add(MORE));
                Self::Repeat(Box::new(Self::new(&repetition.sub)?), least, most)
            }
        })
    }

    fn size(&self) -> u64 {
        match self {
            Self::Text(_) => 1,
            Self::Signs(signs) => signs.len() as u64,
            Self::Sequence(parts) => parts.iter().fold(1, |size, part| size.saturating_mul(part.size())),
            Self::Choice(parts) => parts.iter().fold(0, |size, part| size.saturating_add(part.size())),
            Self::Repeat(part, least, most) => (*least..=*most)
                .fold(0, |size: u64, times| size.saturating_add(part.size().saturating_pow(times))),
        }
    }

    /// Appends text number `number`.
    fn write(&self, mut number: u64, out: &mut String) {
        match self {
            Self::Text(text) => out.push_str(text),
            Self::Signs(signs) => out.push(signs[(number % signs.len() as u64) as usize]),
            Self::Sequence(parts) => {
                for part in parts {
                    let size = part.size();
                    part.write(number % size, out);
                    number /= size;
                }
            }
            Self::Choice(parts) => {
                for part in parts {
                    let size = part.size();
                    if number < size {
                        return part.write(number, out);
                    }
                    number -= size;
                }
            }
            Self::Repeat(part, least, most) => {
                let size = part.size();
                // The longest first: short ones are few, and often not what is meant.
                let mut times = *most;
                while times > *least && number >= size.saturating_pow(times) {
                    number -= size.saturating_pow(times);
                    times -= 1;
                }
                for _ in 0..times {
                    part.write(number % size, out);
                    number /= size;
                }
            }
        }
    }
}

fn signs(class: &Class) -> Option<Vec<char>> {
    let all: Vec<char> = match class {
        Class::Unicode(class) => {
            let ranges = class.ranges().iter();
            let printed = ranges.flat_map(|range| range.start().max(PRINTED.0)..=range.end().min(PRINTED.1));
            let found: Vec<char> = printed.collect();
            let first = class.ranges().first().map(|range| range.start());
            if found.is_empty() { first.into_iter().collect() } else { found }
        }
        Class::Bytes(class) => class
            .ranges()
            .iter()
            .flat_map(|range| (range.start()..=range.end()).map(char::from))
            .filter(|sign| (PRINTED.0..=PRINTED.1).contains(sign))
            .collect(),
    };
    // Letters and digits where there are some: what else a class allows is rarely meant.
    let plain: Vec<char> = all.iter().copied().filter(char::is_ascii_alphanumeric).collect();
    let chosen = if plain.is_empty() { all } else { plain };
    (!chosen.is_empty()).then_some(chosen)
}

/// Texts of a language.
struct Expression {
    node: Node,
    scatter: Permutation,
    count: u64,
    /// The length of a column that is padded with blanks to it: a pattern sees these.
    padded: Option<usize>,
    most: usize,
}

/// Texts that are looked at for one that is as long as it has to be.
const TRIES: u64 = 400;

/// An expression for texts between two bounds, as far as their first signs tell them apart.
pub(super) fn between(request: &Request<'_>) -> Option<String> {
    let first = |bound: &Option<(Datum, bool)>| match bound {
        Some((Datum::Text(text), _)) => text.chars().next().filter(char::is_ascii_alphanumeric),
        _ => None,
    };
    let (low, high) = (first(&request.restriction.min), first(&request.restriction.max));
    let (low, high) = (low.or(high.map(|_| '0'))?, high.unwrap_or('z'));
    if request.max_length() == 1 || low >= high {
        return (low <= high).then(|| format!("^[{low}-{high}]$"));
    }
    let before = char::from_u32(u32::from(high) - 1)?;
    // More signs behind the lower bound keep a text above it, and below the upper one if it begins before that.
    Some(format!("^[{low}-{before}][a-z]{{3,{}}}$", request.max_length().clamp(3, 9)))
}

/// Whether texts match all that a CHECK asks for, by some of them.
pub(super) fn matches(sampler: &dyn Sampler, request: &Request<'_>) -> bool {
    let between = between(request);
    let mut patterns = request.restriction.patterns.iter().chain(&between).peekable();
    if patterns.peek().is_none() {
        return true;
    }
    let positions: Vec<_> = (0..request.count.min(16)).map(Some).collect();
    let Values::Texts(texts) = sampler.sample(&positions) else { return true };
    patterns.all(|pattern| {
        let found = regex::Regex::new(pattern);
        found.is_ok_and(|found| texts.iter().flatten().all(|text| found.is_match(text)))
    })
}

/// Texts that match what a CHECK asks for. Of several expressions the longest is followed; rows that break another one are
/// drawn again.
pub(super) fn sampler(request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let patterns = &request.restriction.patterns;
    let pattern = patterns.iter().max_by_key(|pattern| pattern.len()).cloned();
    let pattern = &pattern.or_else(|| between(request)).ok_or("there is no pattern")?;
    let hir = regex_syntax::parse(pattern).map_err(|_| format!("the pattern {pattern} is not understood"))?;
    let node = Node::new(&hir).ok_or_else(|| format!("no text matches the pattern {pattern}"))?;
    let size = node.size();
    if size == 0 || request.unique && size < request.count {
        return Err(format!("only {size} different values match {pattern}, {} are needed", request.count));
    }
    let padded = match request.data_type() {
        DataType::Text { max: Some(max), fixed: true } => Some(*max as usize),
        _ => None,
    };
    let scatter = Permutation::new(request.key, size.min(1 << 62));
    Ok(Box::new(Expression {
        node,
        scatter,
        count: request.count.max(1),
        padded,
        most: request.max_length(),
    }))
}

impl Sampler for Expression {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let size = self.scatter.len();
        Values::texts(positions, |position, text| {
            // Each position has numbers of its own, so that different positions stay different.
            for turn in 0..TRIES {
                let Some(number) =
                    position.checked_add(turn * self.count).filter(|number| turn == 0 || *number < size)
                else {
                    break;
                };
                let mut found = String::new();
                self.node.write(self.scatter.apply(number % size), &mut found);
                let length = found.chars().count();
                let fits = length <= self.most && self.padded.is_none_or(|padded| length == padded);
                if fits || text.is_empty() {
                    *text = found;
                }
                if fits {
                    break;
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_match_and_differ() {
        for pattern in [
            r"^\d{11}$",
            r"^T-?\d{3}.?\d{3}.?\d{3}[-.]?\d$",
            "^[A-Za-z0-9.~_-]{43,128}$",
            "^(a|bc)+x*$",
            "(?i)^ab[^c]",
        ] {
            let node = Node::new(&regex_syntax::parse(pattern).expect("valid")).expect("a language");
            let matches = regex::Regex::new(pattern).expect("valid");
            let size = node.size();
            for number in (0..200).map(|step| (size / 200).max(1) * step % size) {
                let mut text = String::new();
                node.write(number, &mut text);
                assert!(matches.is_match(&text), "{pattern}: {text}");
            }
        }
    }
}
