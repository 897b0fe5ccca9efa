//! The grid that values lie on: whole fives, hundreds, minutes, days.

/// Distances that people use, ascending: for numbers, cents and microseconds alike.
pub(super) const STEPS: &[i64] = &[
    1,
    2,
    5,
    10,
    25,
    50,
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    50_000,
    100_000,
    1_000_000,
    5_000_000,
    10_000_000,
    15_000_000,
    30_000_000,
    60_000_000,
    300_000_000,
    600_000_000,
    900_000_000,
    1_800_000_000,
    3_600_000_000,
    86_400_000_000,
];

/// Powers of ten only, as decimals have them.
pub(super) const TENS: &[i64] = &[1, 10, 100, 1_000, 10_000, 100_000, 1_000_000];

/// Different values that have to lie on a coarser grid before it is believed; fewer could do so by chance, and the grid
/// would tell their last digits.
const WITNESSES: usize = 10;

/// The coarsest of `steps` on which all values lie, and the place of the grid; (1, 0) where there is none.
pub(super) fn integers(values: &mut dyn Iterator<Item = i64>, steps: &[i64]) -> (i64, i64) {
    let Some(first) = values.next() else { return (1, 0) };
    let mut witnesses = 1;
    let mut divisor = 0u64;
    for value in values {
        divisor = greatest_common_divisor(divisor, value.abs_diff(first));
        witnesses += 1;
        if divisor == 1 {
            break;
        }
    }
    if witnesses < WITNESSES {
        return (1, 0);
    }
    let step = steps.iter().rev().find(|&&step| divisor.is_multiple_of(step.unsigned_abs()));
    let step = step.copied().unwrap_or(1);
    (step, first.rem_euclid(step))
}

fn greatest_common_divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}
