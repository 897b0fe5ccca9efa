//! How far a row lies beyond the sibling before it, in tokens: classes of such gaps.

use super::{MOST_CLASSES, NULL_TOKEN};
use std::ops::RangeInclusive;

/// The least gap of each class from 1 on: gaps below 32 have classes of their own, the others grow by about 28 %.
const LEAST: [u16; MOST_CLASSES - 1] = {
    let mut least = [0; MOST_CLASSES - 1];
    let mut at = 1;
    while at < least.len() {
        let before = least[at - 1] as u32;
        least[at] = if at <= 32 { at as u16 } else { (before * 41 / 32) as u16 };
        at += 1;
    }
    least
};

/// The gaps of a class, from 1 on; none of class 0.
pub fn gaps_of(class: u8) -> Option<RangeInclusive<u16>> {
    let number = usize::from(class.checked_sub(1)?);
    let least = *LEAST.get(number)?;
    Some(least..=LEAST.get(number + 1).map_or(u16::MAX, |next| next - 1))
}

/// The class of the gap to the token of a sibling before, which is 0 if that is NULL. Tokens that stand in no order are the same (1) or not (2).
pub fn gap_class(is_ordered: bool, before: u16, token: u16) -> u8 {
    match (before, is_ordered) {
        (NULL_TOKEN, _) => 0,
        (_, true) => {
            let gap = token.saturating_sub(before);
            LEAST.partition_point(|&least| least <= gap) as u8
        }
        (_, false) => {
            if token == before {
                1
            } else {
                2
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_gap_has_one_class() {
        let class_of = |gap: u16| gap_class(true, 1, gap.saturating_add(1));
        assert_eq!((class_of(0), class_of(31), class_of(32)), (1, 32, 33));
        assert!(gaps_of(0).is_none() && gaps_of(MOST_CLASSES as u8).is_none());
        let mut next = 0;
        for class in 1..MOST_CLASSES as u8 {
            let gaps = gaps_of(class).unwrap();
            let classes = (class_of(*gaps.start()), class_of(*gaps.end().min(&(u16::MAX - 1))));
            assert_eq!((*gaps.start(), classes), (next, (class, class)));
            next = gaps.end().wrapping_add(1);
        }
        assert_eq!(next, 0, "up to the last token");
    }
}
