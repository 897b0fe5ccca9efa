//! Cutting the axis into point masses and bins.

use super::Detail;
use super::axis::Axis;
use super::tails;
use crate::learn::observed::Runs;
use crate::model::privacy::{Crowd, Settings};
use crate::model::{Ordered, Segment};

/// Point masses at the most.
const MOST_ATOMS: usize = 4_096;

/// A stretch of runs that becomes one segment.
#[derive(Debug, Clone, Copy)]
struct Piece {
    first: usize,
    last: usize,
    rows: u64,
    atom: bool,
}

/// Where values go on beyond the k-th ones: where they may be said to begin and to end.
#[derive(Debug, Clone, Copy)]
struct Tails<T> {
    low: Option<T>,
    high: Option<T>,
}

/// Fits runs. `grid` finds step and offset of the values that end up inside bins.
pub(super) fn fit<T: Axis>(
    runs: &Runs<T>,
    detail: Detail<T>,
    privacy: Settings,
    grid: impl Fn(&mut dyn Iterator<Item = T>) -> (T, T),
) -> Ordered<T> {
    let last = runs.len().saturating_sub(1);
    let low = privacy.reached((0..runs.len()).map(|run| runs.subjects_of(run)));
    let high = privacy.reached((0..runs.len()).rev().map(|run| runs.subjects_of(run))).map(|at| last - at);
    let (Some(low), Some(high)) = (low, high) else { return too_few(runs, detail, &grid) };
    let atoms = if detail.atoms { atoms(runs, privacy) } else { vec![false; runs.len()] };
    // With fewer than 2k subjects the k-th smallest value can lie above the k-th greatest: what is between is kept.
    let (low, high) = if low <= high { (low, high) } else { (high, low) };
    let (step, offset) = grid(&mut (low..=high).filter(|&run| !atoms[run]).map(|run| runs.value(run)));
    let mut tails = Tails { low: None, high: None };
    if high > low + 1 {
        tails.low = tails::end(runs, &atoms, false, step, privacy);
        tails.high = tails::end(runs, &atoms, true, step, privacy);
    }
    let pieces = cut(runs, &atoms, (low, high), tails, detail, privacy);
    let segments = bounds(runs, &pieces, tails, (step, offset), detail, privacy);
    Ordered::new(segments, step, offset)
}

/// All that may be said of a column that fewer than k subjects fill: a rounded range.
fn too_few<T: Axis>(
    runs: &Runs<T>,
    detail: Detail<T>,
    grid: &impl Fn(&mut dyn Iterator<Item = T>) -> (T, T),
) -> Ordered<T> {
    let (step, offset) = grid(&mut std::iter::empty());
    let mut segments = Vec::new();
    if runs.len() > 0 {
        let (low, high) = T::outward(runs.value(0), runs.value(runs.len() - 1), detail.digits);
        segments.push(clamped(low, high, runs.rows(), detail));
    }
    Ordered::new(segments, step, offset)
}

/// Which runs may stand for themselves: of those the gate lets through the most frequent ones, the smaller value first.
fn atoms<T: Axis>(runs: &Runs<T>, privacy: Settings) -> Vec<bool> {
    let all = runs.rows();
    let mut chosen: Vec<usize> = (0..runs.len())
        .filter(|&run| privacy.is_atom(runs.rows_of(run), runs.subjects_of(run).len(), all))
        .collect();
    if chosen.len() > MOST_ATOMS {
        chosen.sort_unstable_by_key(|&run| (std::cmp::Reverse(runs.rows_of(run)), run));
        chosen.truncate(MOST_ATOMS);
    }
    let mut atoms = vec![false; runs.len()];
    chosen.into_iter().for_each(|run| atoms[run] = true);
    atoms
}

/// Cuts the runs `low..=high` into pieces; rows outside are folded into the outermost ones.
///
/// A bin is closed as soon as it has its share of rows and k subjects. What remains before an atom joins the bin
/// before it in the same gap, or, where there is none, the atom that is nearer to each value.
fn cut<T: Axis>(
    runs: &Runs<T>,
    atoms: &[bool],
    (low, high): (usize, usize),
    tails: Tails<T>,
    detail: Detail<T>,
    privacy: Settings,
) -> Vec<Piece> {
    let loose: u64 = (0..runs.len()).filter(|&run| !atoms[run]).map(|run| runs.rows_of(run)).sum();
    let share = loose.div_ceil(detail.bins.max(1)).max(privacy.threshold() as u64);
    let mut pieces: Vec<Piece> = Vec::new();
    let mut open: Option<(Piece, Crowd)> = None;
    let rows_of = |range: std::ops::Range<usize>| range.map(|run| runs.rows_of(run)).sum::<u64>();
    let mut carried = if tails.low.is_some() { 0 } else { rows_of(0..low) };
    let (from, to) = (low + usize::from(tails.low.is_some()), high + usize::from(tails.high.is_none()));
    if tails.low.is_some() {
        pieces.push(Piece { first: low, last: low, rows: rows_of(0..low + 1), atom: false });
    }
    for (run, &is_atom) in atoms.iter().enumerate().take(to).skip(from) {
        let rows = runs.rows_of(run);
        if is_atom {
            if let Some((rest, _)) = open.take() {
                carried += settle(runs, &mut pieces, rest, Some(run));
            }
            pieces.push(Piece { first: run, last: run, rows: rows + carried, atom: true });
            carried = 0;
            continue;
        }
        let (piece, crowd) = open.get_or_insert_with(|| {
            (Piece { first: run, last: run, rows: 0, atom: false }, Crowd::new(privacy))
        });
        piece.last = run;
        piece.rows += rows + std::mem::take(&mut carried);
        crowd.extend(runs.subjects_of(run));
        if piece.rows >= share && crowd.is_enough() {
            pieces.push(*piece);
            open = None;
        }
    }
    if let Some((rest, _)) = open {
        settle(runs, &mut pieces, rest, None);
    }
    if tails.high.is_some() {
        pieces.push(Piece { first: high, last: high, rows: rows_of(high..runs.len()), atom: false });
    } else if let Some(piece) = pieces.last_mut() {
        piece.rows += rows_of(high + 1..runs.len());
    }
    pieces
}

/// Finds a place for a stretch that is too thin for a bin of its own; returns the rows that the next atom has to take.
fn settle<T: Axis>(runs: &Runs<T>, pieces: &mut Vec<Piece>, rest: Piece, next: Option<usize>) -> u64 {
    match (pieces.last_mut(), next) {
        (Some(previous), _) if !previous.atom => {
            previous.last = rest.last;
            previous.rows += rest.rows;
            0
        }
        (Some(previous), Some(next)) => {
            let (below, above) = (runs.value(previous.last), runs.value(next));
            let nearer: u64 = (rest.first..=rest.last)
                .filter(|&run| runs.value(run).above(below) <= above.above(runs.value(run)))
                .map(|run| runs.rows_of(run))
                .sum();
            previous.rows += nearer;
            rest.rows - nearer
        }
        (Some(previous), None) => {
            previous.rows += rest.rows;
            0
        }
        (None, Some(_)) => rest.rows,
        (None, None) => {
            pieces.push(rest);
            0
        }
    }
}

/// Gives each piece its ends: atoms their value; bins round numbers as far as the gaps to their neighbours allow.
/// The outermost ends are rounded inward, so that no value arises beyond those that were seen.
fn bounds<T: Axis>(
    runs: &Runs<T>,
    pieces: &[Piece],
    tails: Tails<T>,
    (step, offset): (T, T),
    detail: Detail<T>,
    privacy: Settings,
) -> Vec<Segment<T>> {
    let mut segments: Vec<Segment<T>> = Vec::with_capacity(pieces.len());
    for (index, piece) in pieces.iter().enumerate() {
        let is_last = index + 1 == pieces.len();
        let first = tails.low.filter(|_| index == 0).unwrap_or(runs.value(piece.first));
        let last = tails.high.filter(|_| is_last).unwrap_or(runs.value(piece.last));
        if piece.atom {
            segments.push(Segment { low: first, high: first, rows: piece.rows });
            continue;
        }
        let floor = segments.last().map(|before| before.high.after(step));
        let ceiling = pieces.get(index + 1).map(|next| runs.value(next.first).before(step));
        let low = match floor {
            Some(floor) => greater(first.rounded(first, last, step, offset, false), floor),
            None => {
                Some(first.rounded(first, last, step, offset, true)).filter(|at| *at <= last).unwrap_or(first)
            }
        };
        let high = match ceiling {
            Some(ceiling) => smaller(last.rounded(first, last, step, offset, true), ceiling),
            None => {
                Some(last.rounded(first, last, step, offset, false)).filter(|at| *at >= low).unwrap_or(last)
            }
        };
        let alone = low >= high && !privacy.shared(runs.subjects_of(piece.first).len());
        let (low, high) = match (alone, floor, ceiling) {
            (true, None, None) => T::outward(first, last, detail.digits),
            _ => (low, high),
        };
        segments.push(clamped(low, high, piece.rows, detail));
    }
    segments
}

fn greater<T: Axis>(a: T, b: T) -> T {
    if a.compare(&b).is_gt() { a } else { b }
}

fn smaller<T: Axis>(a: T, b: T) -> T {
    if a.compare(&b).is_lt() { a } else { b }
}

fn clamped<T: Axis>(low: T, high: T, rows: u64, detail: Detail<T>) -> Segment<T> {
    let low = smaller(greater(low, detail.lowest), detail.highest);
    let high = smaller(greater(high, detail.lowest), detail.highest);
    Segment { low, high: greater(low, high), rows }
}
