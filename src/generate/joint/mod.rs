//! The joint model: rows are drawn column by column along the chain, each token from a tree over what is known by then.
//!
//! Trees give the tokens, samplers the values: tokens become positions of the column's sampler, as many of each token as the
//! sampler has. So what columns say of each other comes from the trees, and every column by itself is as exact as without them.
//! It happens table by table, before the first row, once the table's foreign keys have their parents; what is kept is one
//! 32-bit position per row and column.

mod admissible;
mod anchor;
mod apart;
mod children;
mod choosing;
mod columns;
mod computed;
mod course;
mod decided;
mod dice;
mod drawing;
mod echo;
mod expand;
mod faces;
mod gap;
mod groups;
mod headcount;
mod kin;
mod known;
mod links;
mod looks;
mod matching;
mod moved;
mod positions;
mod ranking;
mod run;
mod seen;

pub(crate) use children::{finish, kinds, order};
pub(crate) use columns::{begin, draw, link};
pub(crate) use kin::Kin;
pub(crate) use known::{Known, copied_parents};
pub(crate) use moved::{grown, histogram};
pub(crate) use seen::seen;

use super::structure::Site;
use super::table::Tables;
use crate::model::{Dependence, Treatment};

/// What is to be kept of a table, if anything is.
fn dependence<'a>(tables: &Tables, site: &Site<'a>) -> Option<&'a Dependence> {
    let rows = tables.tables[site.table].rows;
    let learned = site.plan.tables[site.table].treatment == Treatment::Learn;
    site.model.tables[site.table]
        .dependence
        .as_ref()
        .filter(|_| learned && rows > 0 && rows < u64::from(u32::MAX))
}

/// Whether the table's columns depend on each other.
pub(crate) fn applies(tables: &Tables, site: &Site<'_>) -> bool {
    dependence(tables, site).is_some()
}

#[cfg(test)]
mod tests;
