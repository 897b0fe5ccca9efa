//! Distributions of ordered values: what is kept, what is rounded, what is hidden.

use super::*;
use crate::learn::observed::Runs;
use crate::stats::ks_against;

const K5: Settings = Settings { k: 5 };

fn detail<T>(lowest: T, highest: T) -> Detail<T> {
    Detail { bins: 512, atoms: true, digits: 1, lowest, highest }
}

/// A small generator of numbers in [0, 1), good enough to shape samples.
fn uniform(count: usize) -> impl Iterator<Item = f64> {
    (0..count as u64).map(|i| {
        let mut z = (i + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1u64 << 53) as f64
    })
}

fn normal(count: usize) -> Vec<f64> {
    let parts: Vec<f64> = uniform(count * 12).collect();
    parts.chunks(12).map(|twelve| twelve.iter().sum::<f64>() - 6.0).collect()
}

fn own_subjects<T: Copy>(values: &[T]) -> Vec<(T, u32)> {
    values.iter().copied().zip(0..).collect()
}

fn integers(values: &[i64]) -> Ordered<i64> {
    let runs = Runs::from_pairs(own_subjects(values), i64::cmp, K5);
    fit_integers(&runs, detail(i64::MIN, i64::MAX), K5)
}

fn floats(values: &[f64]) -> Ordered<f64> {
    let values: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    let runs = Runs::from_pairs(own_subjects(&values), f64::total_cmp, K5);
    fit_floats(&runs, detail(f64::MIN, f64::MAX), false, K5)
}

/// The distribution function of what a generator draws: segments by rows, uniform on the grid within.
fn cdf(segments: &[(f64, f64, u64)], step: f64, x: f64) -> f64 {
    let all: u64 = segments.iter().map(|segment| segment.2).sum();
    let below: f64 = segments
        .iter()
        .map(|&(low, high, rows)| {
            let share = if x >= high {
                1.0
            } else if x < low {
                0.0
            } else if step > 0.0 {
                (((x - low) / step).floor() + 1.0) / ((high - low) / step + 1.0)
            } else {
                (x - low) / (high - low)
            };
            share * rows as f64
        })
        .sum();
    below / all as f64
}

fn check_integers(values: &[i64], bar: f64) -> Ordered<i64> {
    let fitted = integers(values);
    assert_eq!(fitted.rows(), values.len() as u64);
    for pair in fitted.segments.windows(2) {
        assert!(pair[0].low <= pair[0].high && pair[0].high < pair[1].low, "{pair:?}");
    }
    for segment in &fitted.segments {
        let on_grid = |value: i64| (value - fitted.offset) % fitted.step == 0;
        assert!(
            segment.low == segment.high || (on_grid(segment.low) && on_grid(segment.high)),
            "{segment:?}"
        );
    }
    let segments: Vec<_> = fitted.segments.iter().map(|s| (s.low as f64, s.high as f64, s.rows)).collect();
    let sample: Vec<f64> = values.iter().map(|&value| value as f64).collect();
    let distance = ks_against(&sample, |x| cdf(&segments, fitted.step as f64, x));
    assert!(distance <= bar, "KS {distance}");
    fitted
}

fn check_floats(values: &[f64], bar: f64) -> Ordered<f64> {
    let fitted = floats(values);
    assert_eq!(fitted.rows(), values.len() as u64);
    for pair in fitted.segments.windows(2) {
        assert!(pair[0].low <= pair[0].high && pair[0].high <= pair[1].low, "{pair:?}");
    }
    let segments: Vec<_> = fitted.segments.iter().map(|s| (s.low, s.high, s.rows)).collect();
    let sample: Vec<f64> = values.iter().map(|value| value + 0.0).collect();
    let distance = ks_against(&sample, |x| cdf(&segments, fitted.step, x + fitted.step * 1e-6));
    assert!(distance <= bar, "KS {distance}");
    fitted
}

#[test]
fn many_shapes_of_whole_numbers_are_kept() {
    for count in [1_000, 20_000] {
        let unit: Vec<f64> = uniform(count).collect();
        let of = |shape: &dyn Fn(f64) -> f64| unit.iter().map(|&u| shape(u) as i64).collect::<Vec<_>>();
        check_integers(&of(&|u| u * 1e6), 0.01);
        check_integers(&of(&|u| -(1.0 - u).ln() * 300.0), 0.01);
        check_integers(&of(&|u| (1.0 / (1.0 - u)).powf(1.5)), 0.01);
        check_integers(&of(&|u| u * 5.0), 0.01);
        check_integers(&of(&|u| if u < 0.9 { 0.0 } else { u * 1e5 }), 0.01);
        check_integers(&of(&|u| if u < 0.5 { u * 100.0 } else { 1e9 + u * 100.0 }), 0.01);
        check_integers(&normal(count).iter().map(|z| (z * 40.0) as i64).collect::<Vec<_>>(), 0.01);
    }
}

#[test]
fn many_shapes_of_floats_are_kept() {
    for count in [1_000, 20_000] {
        let z = normal(count);
        let of = |shape: &dyn Fn(f64) -> f64| z.iter().map(|&z| shape(z)).collect::<Vec<_>>();
        assert_eq!(check_floats(&of(&|z| z), 0.01).step, 0.0);
        assert_eq!(check_floats(&of(&|z| z.exp() * 1e-9), 0.01).step, 0.0);
        check_floats(&of(&|z| (z * 4.0).exp()), 0.01);
        assert_eq!(check_floats(&of(&|z| (z * 1000.0).round() / 100.0), 0.011).step, 0.01);
        assert_eq!(check_floats(&of(&|z| z.round()), 0.01).step, 1.0);
    }
}

#[test]
fn grids_are_found() {
    let unit: Vec<f64> = uniform(5_000).collect();
    let minutes: Vec<i64> = unit.iter().map(|u| (u * 9e6) as i64 * 60_000_000).collect();
    assert_eq!(check_integers(&minutes, 0.01).step, 60_000_000);
    let prices: Vec<i64> = unit.iter().map(|u| (u * 3e4) as i64 * 100 + 99).collect();
    let fitted = check_integers(&prices, 0.01);
    assert_eq!((fitted.step, fitted.offset), (100, 99));
    assert_eq!(check_integers(&unit.iter().map(|u| (u * 1e5) as i64 * 5).collect::<Vec<_>>(), 0.01).step, 5);
}

#[test]
fn single_extremes_are_not_told() {
    let mut values: Vec<i64> = (0..2_000).map(|i| 1_000 + i % 700).collect();
    values.extend([987_654_321, -123_456_789, 5_551_212]);
    let fitted = integers(&values);
    let last = fitted.segments.last().unwrap();
    // The range goes on for as much as its ends thin out, whatever lies far beyond.
    assert!((986..=1_000).contains(&fitted.segments[0].low) && (1_699..=1_713).contains(&last.high));
    assert_eq!(fitted.rows(), values.len() as u64);
}

#[test]
fn a_range_goes_as_far_as_its_end_lets_expect() {
    // 1 to 4 engines, as planes have them: three and four are too few for values of their own.
    let engines = [vec![1; 27], vec![2; 3_288], vec![3; 3], vec![4; 4]].concat();
    let last = *integers(&engines).segments.last().unwrap();
    assert_eq!((last.low, last.high, last.rows), (3, 4, 7));
    // Where values pile up at an end, nothing is added.
    assert_eq!(integers(&[vec![1; 90], vec![5; 90]].concat()).segments.last().unwrap().high, 5);
    let exponential: Vec<f64> = uniform(4_000).map(|u| -(1.0 - u).ln()).collect();
    let high = floats(&exponential).segments.last().unwrap().high;
    assert!((6.9..=exponential.iter().copied().fold(0.0, f64::max)).contains(&high), "{high}");
}

#[test]
fn repeats_of_one_subject_do_not_make_a_value_shared() {
    let pairs: Vec<(i64, u32)> =
        (0..500).map(|i| (i * 13 % 997, i as u32)).chain((0..300).map(|_| (424_242, 9_999))).collect();
    let fitted = fit_integers(&Runs::from_pairs(pairs, i64::cmp, K5), detail(i64::MIN, i64::MAX), K5);
    assert!(fitted.segments.iter().all(|segment| segment.high < 424_242), "{fitted:?}");
    assert_eq!(fitted.rows(), 800);
}

#[test]
fn few_subjects_give_a_rounded_range() {
    let fitted = integers(&[48_213, 48_999]);
    assert_eq!(fitted.segments, vec![crate::model::Segment { low: 40_000, high: 50_000, rows: 2 }]);
    let fitted = floats(&[4.25]);
    assert_eq!((fitted.segments[0].low, fitted.segments[0].high), (4.0, 5.0));
    assert!(integers(&[]).segments.is_empty());
    let runs = Runs::from_pairs(own_subjects(&[3i64]), i64::cmp, K5);
    let fitted = fit_integers(&runs, detail(0, 5), K5);
    assert_eq!((fitted.segments[0].low, fitted.segments[0].high), (0, 5));
}

#[test]
fn between_k_and_2k_subjects_no_single_value_is_told() {
    for count in 5..12 {
        let values: Vec<i64> = (0..count).map(|i| 10_007 * (i + 1) + 13).collect();
        let fitted = integers(&values);
        assert_eq!(fitted.rows(), count as u64);
        for segment in &fitted.segments {
            let told = [segment.low, segment.high];
            assert!(told.iter().all(|end| !values.contains(end)), "{count}: {segment:?}");
        }
    }
}

#[test]
fn the_order_of_rows_leaves_no_trace() {
    let values: Vec<i64> = uniform(3_000).map(|u| (u * u * 1e4) as i64).collect();
    let subjects: Vec<u32> = (0..3_000u32).map(|i| i % 700).collect();
    let mut pairs: Vec<(i64, u32)> = values.into_iter().zip(subjects).collect();
    let fit = |pairs: &[(i64, u32)]| {
        fit_integers(&Runs::from_pairs(pairs.to_vec(), i64::cmp, K5), detail(i64::MIN, i64::MAX), K5)
    };
    let before = fit(&pairs);
    pairs.reverse();
    pairs.rotate_left(1_234);
    assert_eq!(fit(&pairs), before);
}
