//! Histograms as [`Leaves`](crate::model::Leaves) reads them, written out token by token.

use crate::model::{Codec, Tree};

/// Groups of tokens at the most.
const GROUPS: usize = 256;

/// What the rows of each histogram are worth by token, ascending: inside a group they lean on the histogram that is fallen back to.
/// The weights of a histogram add up to its rows.
pub(super) fn expanded(tree: &Tree, codec: &Codec) -> Vec<Vec<(u16, f64)>> {
    let group_of = codec.groups(tree.groups);
    let mut known: Vec<Option<Vec<(u16, f64)>>> = vec![None; tree.histograms.len()];
    for number in 0..tree.histograms.len() {
        // From the one of all rows down to this one.
        let mut way = vec![number];
        while let Some(next) = way.last().and_then(|&at| tree.histograms[at].fallback)
            && (next as usize) < known.len()
            && way.len() <= known.len()
        {
            way.push(next as usize);
        }
        for at in way.into_iter().rev() {
            if known[at].is_none() {
                let above =
                    tree.histograms[at].fallback.and_then(|next| known.get(next as usize)?.as_deref());
                known[at] = Some(one(tree, &group_of, at, above));
            }
        }
    }
    known.into_iter().map(Option::unwrap_or_default).collect()
}

fn one(tree: &Tree, groups: &[u8], number: usize, above: Option<&[(u16, f64)]>) -> Vec<(u16, f64)> {
    let own = &tree.histograms[number].rows;
    let Some(above) = above else {
        return own.iter().map(|&(token, rows)| (token, f64::from(rows))).collect();
    };
    let group_of = |token: u16| usize::from(groups.get(usize::from(token)).copied().unwrap_or(0));
    let mut by_group = [None::<f64>; GROUPS];
    for &(token, rows) in own {
        let group = if tree.detail.is_some() { group_of(token) } else { usize::from(token as u8) };
        *by_group[group].get_or_insert(0.0) += f64::from(rows);
    }
    let mut above_by_group = [None::<f64>; GROUPS];
    above.iter().for_each(|&(token, weight)| *above_by_group[group_of(token)].get_or_insert(0.0) += weight);
    let mut out: Vec<(u16, f64)> = match tree.detail {
        Some(_) => own.iter().map(|&(token, rows)| (token, f64::from(rows))).collect(),
        None => Vec::new(),
    };
    let detail = tree.detail.unwrap_or(1.0);
    out.extend(above.iter().filter_map(|&(token, weight)| {
        let group = group_of(token);
        let all = above_by_group[group].filter(|&all| all > 0.0 && by_group[group].is_some())?;
        Some((token, detail * weight / all))
    }));
    out.sort_by_key(|pair| pair.0);
    out.dedup_by(|later, first| {
        let same = later.0 == first.0;
        if same {
            first.1 += later.1;
        }
        same
    });
    for (token, weight) in &mut out {
        let group = group_of(*token);
        let rows = by_group[group].unwrap_or(0.0);
        let held = if tree.detail.is_some() { rows } else { 0.0 };
        let leaned = above_by_group[group].map_or(0.0, |_| detail);
        *weight *= rows / (held + leaned).max(f64::MIN_POSITIVE);
    }
    out.retain(|(_, weight)| *weight > 0.0);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Histogram;
    use std::collections::BTreeMap;

    /// Both ways to read a tree give the same chances.
    #[test]
    fn weights_are_what_leaves_say() {
        let codec = Codec::new(true, std::iter::once(40).chain((1..200).map(|t| 20 + t % 7)).collect());
        for detail in [None, Some(3.0)] {
            let fold = |rows: &[(u16, u32)]| {
                let mut folded = BTreeMap::new();
                for &(token, rows) in rows {
                    let key = if detail.is_some() {
                        token
                    } else {
                        u16::from(codec.groups(16)[usize::from(token)])
                    };
                    *folded.entry(key).or_insert(0) += rows;
                }
                folded.into_iter().collect()
            };
            let all = codec.rows.iter().enumerate().map(|(token, &rows)| (token as u16, rows as u32));
            let histograms = vec![
                Histogram { rows: fold(&[(0, 2), (30, 5), (31, 3), (150, 1)]), fallback: Some(1) },
                Histogram { rows: all.collect(), fallback: None },
            ];
            let tree = Tree { histograms, tau: 5.0, groups: 16, detail, ..Tree::default() };
            let weights = expanded(&tree, &codec);
            let sum: f64 = weights[0].iter().map(|pair| pair.1).sum();
            assert!((sum - 11.0).abs() < 1e-9, "{sum}");
            let total: f64 = weights[1].iter().map(|pair| pair.1).sum();
            let of = |histogram: usize, token: u16| {
                weights[histogram].iter().find(|pair| pair.0 == token).map_or(0.0, |pair| pair.1)
            };
            for token in 0..codec.tokens() as u16 {
                let leans = 5.0 * tree.groups_of(0, &codec.groups(16)) as f64;
                let chance = (of(0, token) + leans * of(1, token) / total) / (11.0 + leans);
                assert!((chance - tree.chance(0, token, &codec)).abs() < 1e-9, "{detail:?} {token}");
            }
        }
    }
}
