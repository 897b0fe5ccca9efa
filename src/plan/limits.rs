//! What `seed.toml` says of dependences that were learned already.

use crate::config::Limits;
use crate::model::{Field, Model};

/// Notes on what only learning can do: columns that look at something which they must not, and rows that look for parents
/// which they must not choose.
pub(super) fn unmet(model: &Model, limits: &Limits) -> Vec<String> {
    let mut notes = Vec::new();
    for (table, learned) in model.tables.iter().enumerate() {
        let Some(dependence) = &learned.dependence else { continue };
        let name = &model.schema.tables[table].name;
        let link = |foreign_key: usize, level: usize| {
            let link = dependence.links.iter().find(|link| link.foreign_key == foreign_key)?;
            link.fields.get(level).copied()
        };
        for drawn in dependence.chain.iter().filter(|drawn| matches!(drawn.field, Field::Column(_))) {
            let mut features = drawn.looked_at();
            let seen =
                features.find(|feature| !limits.allows(&model.schema, table, drawn.field, feature, &link));
            if let Some(seen) = seen {
                notes.push(format!(
                    "{name}.{} depends on {}, which `given` or `never` forbids: they act when the source is learned",
                    model.field_name(table, drawn.field),
                    model.feature_name(table, seen)
                ));
            }
        }
        let followed = dependence.links.iter().map(|link| link.foreign_key).chain(dependence.spine);
        for foreign_key in followed.filter(|&key| limits.parts_key(&model.schema, table, key)) {
            let key = &model.schema.tables[table].foreign_keys[foreign_key];
            notes.push(format!(
                "{name} still depends on its {}: foreign keys are made independent when the source is learned",
                model.schema.tables[key.parent].name
            ));
        }
    }
    notes
}
