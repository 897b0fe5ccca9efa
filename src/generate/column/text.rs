//! Texts from their shape: patterns and prose.

use super::words::{self, Case, LOREM};
use super::{ColumnGenerator, Definition, Request, Sampler, Values, expression};
use crate::model::{Ordered, Part, Pattern, Segment, TextShape};
use crate::rng::{Key, Permutation, Stream};
use crate::schema::DataType;

/// A sampler of texts that have this shape.
pub(super) fn shaped(shape: &TextShape, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let (min, max) = (request.min_length().max(1), request.max_length());
    let fitting: Vec<&Pattern> = shape
        .patterns
        .iter()
        .filter(|pattern| pattern.rows > 0 && (min..=max).contains(&length(pattern)))
        .collect();
    if request.unique {
        return match Coded::new(&fitting, request) {
            Some(coded) => Ok(Box::new(coded)),
            None => unique_prose(Some(shape), request),
        };
    }
    let mixture = |patterns: &[&Pattern], prose_rows: u64| Mixture {
        patterns: patterns.iter().map(|&pattern| pattern.clone()).collect(),
        prose_rows,
        prose: Sentences::new(Some(shape), request),
        count: request.count,
        key: request.key,
    };
    // Shapes of which a CHECK admits none are what learning could not tell better: too few texts had theirs.
    let admitted = |patterns: &[&Pattern], prose_rows| {
        !request.restriction.patterns.is_empty()
            && expression::matches(&mixture(patterns, prose_rows), request)
    };
    let known: Vec<&Pattern> = fitting.iter().copied().filter(|&pattern| admitted(&[pattern], 0)).collect();
    let prose_rows = if known.is_empty() || admitted(&[], 1) { shape.prose_rows } else { 0 };
    Ok(Box::new(mixture(if known.is_empty() { &fitting } else { &known }, prose_rows)))
}

fn length(pattern: &Pattern) -> usize {
    pattern
        .parts
        .iter()
        .map(|part| match part {
            Part::Literal(text) => text.chars().count(),
            Part::Digits(n, _) => usize::from(*n),
            Part::Upper(n) | Part::Lower(n) | Part::Letters(n) | Part::Hex(n) | Part::Alphanumeric(n) => {
                usize::from(*n)
            }
        })
        .sum()
}

const UPPER: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ";
const LOWER: &[u8] = b"abcdefghijklmnopqrstuvwxyz";
const DIGITS: &[u8] = b"0123456789";
const NONZERO: &[u8] = b"123456789";
const HEX: &[u8] = b"0123456789abcdef";
const ALPHANUMERIC: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// The letters that every position of a pattern may take; a literal's has one.
fn letters_of(pattern: &Pattern) -> Option<Vec<Vec<u8>>> {
    let mut out = Vec::new();
    for part in &pattern.parts {
        let (alphabet, n) = match part {
            Part::Literal(text) if text.is_ascii() => {
                out.extend(text.bytes().map(|byte| vec![byte]));
                continue;
            }
            Part::Literal(_) => return None,
            Part::Digits(n, nonzero) => {
                out.extend((*nonzero && *n > 0).then(|| NONZERO.to_vec()));
                (DIGITS, n.saturating_sub(u16::from(*nonzero)))
            }
            // Letters of both cases are written in capitals where they have to be told apart, so that a comparison
            // that ignores case finds them different too.
            Part::Upper(n) | Part::Letters(n) => (UPPER, *n),
            Part::Lower(n) => (LOWER, *n),
            Part::Hex(n) => (HEX, *n),
            Part::Alphanumeric(n) => (ALPHANUMERIC, *n),
        };
        out.extend((0..n).map(|_| alphabet.to_vec()));
    }
    Some(out)
}

/// Writes a pattern with random letters.
pub(super) fn write_pattern(parts: &[Part], stream: &mut Stream, text: &mut String) {
    let mut run = |alphabet: &[u8], n: u16, text: &mut String| {
        for _ in 0..n {
            text.push(char::from(*stream.pick(alphabet)));
        }
    };
    for part in parts {
        match part {
            Part::Literal(literal) => text.push_str(literal),
            Part::Digits(n, leading) => {
                run(if *leading { NONZERO } else { DIGITS }, 1.min(*n), text);
                run(DIGITS, n.saturating_sub(1), text);
            }
            Part::Upper(n) => run(UPPER, *n, text),
            Part::Lower(n) => run(LOWER, *n, text),
            Part::Letters(n) => {
                run(UPPER, 1.min(*n), text);
                run(LOWER, n.saturating_sub(1), text);
            }
            Part::Hex(n) => run(HEX, *n, text),
            Part::Alphanumeric(n) => run(ALPHANUMERIC, *n, text),
        }
    }
}

/// Patterns and prose in their learned shares.
struct Mixture {
    patterns: Vec<Pattern>,
    prose_rows: u64,
    prose: Sentences,
    count: u64,
    key: Key,
}

impl Sampler for Mixture {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let total: u64 = self.patterns.iter().map(|pattern| pattern.rows).sum::<u64>() + self.prose_rows;
        Values::texts(positions, |position, text| {
            let mut at = (u128::from(position) * u128::from(total) / u128::from(self.count.max(1))) as u64;
            for pattern in &self.patterns {
                if at < pattern.rows {
                    return write_pattern(&pattern.parts, &mut self.key.at(position, 1), text);
                }
                at -= pattern.rows;
            }
            self.prose.write(position, text);
        })
    }
}

/// Distinct texts: the position, permuted, is written as a number whose digits are the letters of a pattern.
///
/// Which pattern and which number a position has does not depend on how many there are, so that rows which are appended
/// later go on where these end.
struct Coded {
    /// Patterns no two of which can give the same text.
    codes: Vec<Code>,
    /// The pattern of every position modulo the number of slots, and how many slots before it are the same pattern's. Empty
    /// where texts are scarce: then the patterns are used up one after the other.
    slots: Vec<(usize, u64)>,
    /// The pattern with the most texts; it takes what the others cannot hold, from its end.
    largest: usize,
}

/// A pattern as a number system.
struct Code {
    letters: Vec<Vec<u8>>,
    scatter: Permutation,
    rows: u64,
    /// Slots that are this pattern's.
    share: u64,
}

/// Slots that the patterns share in proportion to their rows.
const SLOTS: u64 = 64;

impl Coded {
    /// `None` where the patterns do not hold enough different texts.
    fn new(patterns: &[&Pattern], request: &Request<'_>) -> Option<Self> {
        let mut codes: Vec<Code> = Vec::new();
        for pattern in patterns {
            let Some(letters) = letters_of(pattern) else { continue };
            if !codes.iter().any(|other| clash(&other.letters, &letters)) {
                let texts = letters.iter().fold(1u64, |product, l| product.saturating_mul(l.len() as u64));
                let scatter = Permutation::new(request.key, texts.min(1 << 62));
                codes.push(Code { letters, scatter, rows: pattern.rows, share: 0 });
            }
        }
        let texts = codes.iter().fold(0u64, |sum, code| sum.saturating_add(code.scatter.len()));
        if codes.is_empty() || texts < request.count {
            return None;
        }
        let largest =
            (0..codes.len()).max_by_key(|&index| (codes[index].scatter.len(), codes.len() - index))?;
        let roomy = codes[largest].scatter.len() / 2 > request.count;
        let slots = if roomy { slots(&mut codes) } else { Vec::new() };
        Some(Self { codes, slots, largest })
    }

    /// The pattern and the number in it of a position.
    fn place(&self, position: u64) -> (usize, u64) {
        if let Some(&(code, before)) = self.slots.get((position % SLOTS) as usize) {
            let number = position / SLOTS * self.codes[code].share + before;
            if number < self.codes[code].scatter.len() {
                return (code, number);
            }
            return (self.largest, self.codes[self.largest].scatter.len() - 1 - position);
        }
        let mut number = position;
        for (index, code) in self.codes.iter().enumerate() {
            if number < code.scatter.len() {
                return (index, number);
            }
            number -= code.scatter.len();
        }
        (self.largest, 0)
    }
}

/// Whether two patterns can give the same text, were it in other case.
fn clash(left: &[Vec<u8>], right: &[Vec<u8>]) -> bool {
    let meet = |a: &Vec<u8>, b: &Vec<u8>| a.iter().any(|x| b.iter().any(|y| x.eq_ignore_ascii_case(y)));
    left.len() == right.len() && left.iter().zip(right).all(|(a, b)| meet(a, b))
}

/// Deals the slots out by rows (largest remainder), spread evenly.
fn slots(codes: &mut [Code]) -> Vec<(usize, u64)> {
    let rows: u64 = codes.iter().map(|code| code.rows).sum::<u64>().max(1);
    let mut slots = Vec::with_capacity(SLOTS as usize);
    for slot in 1..=SLOTS {
        // The pattern that is furthest behind its due gets the slot.
        let due = |code: &Code| i128::from(code.rows * slot) - i128::from(code.share * rows);
        let next =
            (0..codes.len()).max_by_key(|&index| (due(&codes[index]), codes.len() - index)).unwrap_or(0);
        slots.push((next, codes[next].share));
        codes[next].share += 1;
    }
    slots
}

impl Sampler for Coded {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        Values::texts(positions, |position, text| {
            let (code, number) = self.place(position);
            let code = &self.codes[code];
            let mut number = code.scatter.apply(number);
            for alphabet in code.letters.iter().rev() {
                let base = alphabet.len() as u64;
                text.insert(0, char::from(alphabet[(number % base) as usize]));
                number /= base;
            }
        })
    }
}

/// Words up to a learned length.
pub(super) struct Sentences {
    words: Vec<Segment<i64>>,
    lengths: Vec<Segment<i64>>,
    case: Case,
    prose: bool,
    min: usize,
    max: usize,
    key: Key,
}

impl Sentences {
    pub(super) fn new(shape: Option<&TextShape>, request: &Request<'_>) -> Self {
        let fallback = |low, high| vec![Segment { low, high, rows: 1 }];
        let segments = |ordered: &Ordered<i64>, default: Vec<Segment<i64>>| {
            if ordered.segments.iter().any(|s| s.rows > 0) { ordered.segments.clone() } else { default }
        };
        let words = shape.map_or(fallback(2, 6), |shape| segments(&shape.words, fallback(2, 6)));
        let prose = words.iter().map(|segment| segment.high).max().unwrap_or(1) > 6;
        Self {
            lengths: shape.map_or(fallback(10, 60), |shape| segments(&shape.lengths, fallback(10, 60))),
            words,
            case: shape.map_or(Case::AsIs, |shape| Case::of(shape.cases)),
            prose,
            min: request.min_length(),
            max: request.max_length(),
            key: request.key,
        }
    }

    pub(super) fn write(&self, position: u64, text: &mut String) {
        let mut stream = self.key.at(position, 2);
        let length = (draw(&self.lengths, &mut stream).max(0) as usize).clamp(self.min, self.max);
        let words = draw(&self.words, &mut stream).max(1);
        let list: &[&str] = if self.prose { &LOREM } else { &words::NOUNS };
        let mut written = 0;
        let enough = |text: &str| text.chars().count() >= self.min.max(length / 2);
        while text.chars().count() < length && (written < words || !enough(text)) {
            if !text.is_empty() {
                text.push(' ');
            }
            let word = *stream.pick(list);
            let case = if self.prose && written == 0 { Case::Capitals } else { self.case };
            case.push(word, text);
            written += 1;
        }
        words::truncate(text, length);
    }
}

fn draw(segments: &[Segment<i64>], stream: &mut Stream) -> i64 {
    let total: u64 = segments.iter().map(|segment| segment.rows).sum();
    let mut at = stream.below(total);
    for segment in segments {
        if at < segment.rows {
            return segment.low + stream.below((segment.high - segment.low + 1) as u64) as i64;
        }
        at -= segment.rows;
    }
    segments.last().map_or(0, |segment| segment.high)
}

/// Distinct texts of words: adjective, noun and, where they run out, a number.
struct Numbered {
    case: Case,
    min: usize,
    max: usize,
    /// Whether even numbers in base 36 are too long.
    scarce: bool,
}

fn unique_prose(shape: Option<&TextShape>, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
    let max = request.max_length();
    let last = request.count.saturating_sub(1);
    let scarce = words::base36(last).len() > max;
    let letters = matches!(request.data_type(), DataType::Text { .. }) && !request.column.case_insensitive;
    if scarce && (!letters || words::lettered(last).chars().count() > max) {
        return Err(format!("only {max} characters fit, too few for {} different values", request.count));
    }
    let case = shape.map_or(Case::Capitals, |shape| Case::of(shape.cases));
    Ok(Box::new(Numbered { case, min: request.min_length(), max, scarce }))
}

impl Sampler for Numbered {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        let (adjectives, nouns) = (&*words::ADJECTIVES, &*words::NOUNS);
        let pairs = adjectives.len() as u64 * nouns.len() as u64;
        let longest = |list: &[&str]| list.iter().map(|word| word.len()).max().unwrap_or(0);
        let room = longest(adjectives) + longest(nouns) + 1;
        Values::texts(positions, |position, text| {
            let pair = position % pairs;
            let round = position / pairs;
            let number = if round == 0 { String::new() } else { format!(" {round}") };
            // Short columns have room for the number alone: all rows then take that form, so that none collide.
            if self.scarce {
                text.push_str(&words::lettered(position));
                return;
            }
            if room + number.len() > self.max {
                let code = words::base36(position);
                text.extend(std::iter::repeat_n('0', self.min.saturating_sub(code.len())));
                text.push_str(&code);
                return;
            }
            self.case.push(adjectives[(pair / nouns.len() as u64) as usize], text);
            text.push(' ');
            self.case.push(nouns[(pair % nouns.len() as u64) as usize], text);
            text.push_str(&number);
            // No name ends like this, so that different ones stay different.
            let missing = self.min.saturating_sub(text.chars().count());
            text.extend(std::iter::repeat_n('.', missing));
        })
    }
}

/// A sampler of texts with further, made-up texts behind it, for keys that need more different values than were learned.
struct Extended {
    base: Box<dyn Sampler>,
    others: Box<dyn Sampler>,
    count: u64,
}

/// Further texts.
const OTHERS: u64 = 1 << 20;

/// Adds spare texts to a sampler where any text will do, or any that a CHECK's pattern describes.
pub(super) fn extended(base: Box<dyn Sampler>, request: &Request<'_>) -> Box<dyn Sampler> {
    let open = matches!(request.data_type(), DataType::Text { .. }) && request.restriction.values.is_none();
    let others = Request { count: OTHERS, unique: true, learned: None, ..*request };
    let words = Words.build(&others).ok().filter(|words| expression::matches(&**words, &others));
    match words.map_or_else(|| expression::sampler(&others), Ok) {
        Ok(others) if open && !request.unique => Box::new(Extended { base, others, count: request.count }),
        _ => base,
    }
}

impl Sampler for Extended {
    fn sample(&self, positions: &[Option<u64>]) -> Values {
        if positions.iter().flatten().all(|&position| position < self.count) {
            return self.base.sample(positions);
        }
        let own: Vec<_> = positions.iter().map(|at| at.filter(|&at| at < self.count)).collect();
        let spare: Vec<_> = positions.iter().map(|at| at.and_then(|at| at.checked_sub(self.count))).collect();
        match (self.base.sample(&own), self.others.sample(&spare)) {
            (Values::Texts(own), Values::Texts(spare)) => {
                Values::Texts(own.iter().zip(spare.iter()).map(|(own, spare)| own.or(spare)).collect())
            }
            (own, _) => own,
        }
    }

    fn spare(&self) -> u64 {
        OTHERS
    }

    fn tokens(&self) -> Option<Vec<(u16, u64)>> {
        self.base.tokens()
    }
}

/// A few words.
pub(super) struct Words;

impl ColumnGenerator for Words {
    fn definition(&self) -> Definition {
        Definition {
            name: "words",
            help: "a name of a thing in two words; different ones where the column is unique",
            parameters: &[],
            example: "generator = \"words\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        if request.unique {
            return unique_prose(None, request);
        }
        Ok(Box::new(Mixture {
            patterns: Vec::new(),
            prose_rows: 1,
            prose: Sentences { case: Case::Capitals, ..Sentences::new(None, request) },
            count: request.count,
            key: request.key,
        }))
    }
}

/// Sentences.
pub(super) struct Prose;

impl ColumnGenerator for Prose {
    fn definition(&self) -> Definition {
        Definition {
            name: "prose",
            help: "sentences of no meaning, as long as the source's texts",
            parameters: &[],
            example: "generator = \"prose\"",
        }
    }

    fn build(&self, request: &Request<'_>) -> Result<Box<dyn Sampler>, String> {
        if request.unique {
            return unique_prose(super::learned::shape(request), request);
        }
        let mut prose = Sentences::new(super::learned::shape(request), request);
        prose.prose = true;
        Ok(Box::new(Mixture {
            patterns: Vec::new(),
            prose_rows: 1,
            prose,
            count: request.count,
            key: request.key,
        }))
    }
}
