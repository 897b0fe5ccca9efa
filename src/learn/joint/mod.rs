//! The joint model: how columns depend on each other, on the rows above and on the rows before.

// What is recorded is read by the fit alone.
#[allow(dead_code)]
pub(super) mod record;

use super::Options;
use crate::model::TableModel;
use crate::schema::Schema;
use record::Recorded;

/// Finds how the columns of all tables depend on each other and notes it in the models, whose marginals and numbers of
/// children are known. A function of its arguments.
pub(super) fn fit(_schema: &Schema, _tables: &mut [TableModel], _recorded: Recorded, _options: &Options) {}
