//! The arguments and `seed.toml` become [`Settings`]; the command line wins.

use super::arguments::{JobOptions, RowOptions, SliceOptions, TableOptions};
use crate::config::{
    ColumnSetting, Document, LimitSetting, ModelWord, Origins, Place, Relation, RuleSetting, Settings,
    Subject,
};
use crate::error::Result;
use toml::Spanned;

/// What `seed.toml` says, over the defaults.
pub(super) fn from_document(document: &Document) -> Result<Settings> {
    let mut settings =
        Settings { origins: Origins::new(&document.path, document.text.clone()), ..Settings::default() };
    let file = &document.file;
    let generate = &file.generate;
    settings.scale = generate.scale.as_ref().map_or(settings.scale, |scale| *scale.get_ref());
    settings.seed = generate.seed.unwrap_or(settings.seed);
    settings.jobs = generate.jobs.unwrap_or(settings.jobs);
    settings.sample = generate.sample.as_ref().map_or(settings.sample, |sample| *sample.get_ref());
    settings.privacy.k = file.privacy.k.as_ref().map_or(settings.privacy.k, |k| *k.get_ref());
    if let Some(condition) = &generate.condition {
        settings.origins.note_in_file(Subject::Condition, condition);
        settings.condition = Some(condition.get_ref().clone());
    }
    for balance in &generate.balances {
        settings.origins.note_in_file(Subject::Balance(balance.get_ref().clone()), balance);
        settings.balances.push(balance.get_ref().clone());
    }
    for (table, rows) in &generate.rows {
        settings.origins.note_in_file(Subject::Rows(table.get_ref().clone()), table);
        settings.rows.insert(table.get_ref().clone(), *rows);
    }
    for table in &generate.only {
        settings.origins.note_in_file(Subject::Only(table.get_ref().clone()), table);
        settings.only.push(table.get_ref().clone());
    }
    for table in &generate.exclude {
        settings.origins.note_in_file(Subject::Exclude(table.get_ref().clone()), table);
        settings.exclude.push(table.get_ref().clone());
    }
    tables(&mut settings, document)?;
    relations(&mut settings, document)?;
    Ok(settings)
}

fn tables(settings: &mut Settings, document: &Document) -> Result<()> {
    for (name, section) in &document.file.tables {
        let table = name.get_ref();
        settings.origins.note_in_file(Subject::Table(table.clone()), name);
        if let Some(mode) = section.mode {
            settings.treatments.insert(table.clone(), mode);
        }
        if let Some(rows) = section.rows {
            if settings.rows.insert(table.clone(), rows).is_some_and(|other| other != rows) {
                let message = format!("the rows of `{table}` are given twice");
                return Err(document
                    .error_at(name.span(), message, "here, and in [generate]")
                    .hint(format!("keep either `rows.{table}` of [generate] or `rows` of this table")));
            }
            settings.origins.note_in_file(Subject::Rows(table.clone()), name);
        }
        for (rules, keep) in [(&section.rules.drop, false), (&section.rules.add, true)] {
            for rule in rules {
                settings.origins.note_in_file(Subject::Rule(settings.rules.len()), rule);
                let (table, rule) = (table.clone(), rule.get_ref().clone());
                settings.rules.push(RuleSetting { table, rule, keep });
            }
        }
        if is_independent(section.model.as_ref()) {
            let limit = LimitSetting { independent: true, ..LimitSetting::default() };
            settings.limits.insert((table.clone(), None), limit);
        }
        for (column_name, column) in &section.columns {
            let key = (table.clone(), column_name.get_ref().clone());
            let origins = &mut settings.origins;
            origins.note_in_file(Subject::Column(key.0.clone(), key.1.clone()), column_name);
            let given = column.given.as_ref().map(|given| given.get_ref().as_slice());
            for name in given.into_iter().flatten().chain(&column.never) {
                let subject = Subject::Reference(key.0.clone(), key.1.clone(), name.get_ref().clone());
                origins.note_in_file(subject, name);
            }
            let names = |names: &[Spanned<String>]| names.iter().map(|name| name.get_ref().clone()).collect();
            let limit = LimitSetting {
                independent: is_independent(column.model.as_ref()),
                given: given.map(names),
                never: names(&column.never),
            };
            if limit != LimitSetting::default() {
                settings.limits.insert((key.0.clone(), Some(key.1.clone())), limit);
            }
            if let Some(generator) = &column.generator {
                origins.note_in_file(Subject::Generator(key.0.clone(), key.1.clone()), generator);
                let spelling = generator.get_ref().clone();
                let setting = ColumnSetting { generator: spelling.name, parameters: spelling.parameters };
                settings.columns.insert(key, setting);
            }
        }
    }
    Ok(())
}

fn is_independent(model: Option<&Spanned<ModelWord>>) -> bool {
    model.is_some_and(|model| *model.get_ref() == ModelWord::Independent)
}

fn relations(settings: &mut Settings, document: &Document) -> Result<()> {
    for relation in &document.file.relations {
        let (child, parent) = (relation.child.get_ref(), relation.parent.get_ref());
        let Some(when) = &relation.when else {
            let number = settings.relations.len();
            settings.origins.note_in_file(Subject::Child(number), &relation.child);
            settings.origins.note_in_file(Subject::Parent(number), &relation.parent);
            settings.relations.push(Relation {
                child: child.table.clone(),
                columns: child.columns.clone(),
                parent: parent.table.clone(),
                parent_columns: parent.columns.clone(),
            });
            continue;
        };
        let ([column], [key]) = (child.columns.as_slice(), parent.columns.as_slice()) else {
            let message = "a relation of some rows only has one column on each end";
            let error = document.error_at(relation.child.span(), message, "several columns");
            return Err(error.hint("leave `when` away, or name the column that holds the key"));
        };
        // Only some rows refer there: that is a rule about the column, and no foreign key.
        settings.origins.note_in_file(Subject::Table(child.table.clone()), &relation.child);
        settings.origins.note_in_file(Subject::Rule(settings.rules.len()), when);
        let rule = format!("\"{column}\" refers to \"{}\".\"{key}\" where {}", parent.table, when.get_ref());
        settings.rules.push(RuleSetting { table: child.table.clone(), rule, keep: true });
    }
    Ok(())
}

/// Puts `--only`, `--exclude` and `--table` over what the file says.
pub(super) fn override_tables(settings: &mut Settings, options: &TableOptions) {
    if !options.only.is_empty() {
        settings.only.clone_from(&options.only);
    }
    if !options.exclude.is_empty() {
        settings.exclude.clone_from(&options.exclude);
    }
    let origins = &mut settings.origins;
    for table in &options.only {
        origins.note(Subject::Only(table.clone()), Place::Option("--only"));
    }
    for table in &options.exclude {
        origins.note(Subject::Exclude(table.clone()), Place::Option("--exclude"));
    }
    for (table, treatment) in &options.table {
        origins.note(Subject::Table(table.clone()), Place::Option("--table"));
        settings.treatments.insert(table.clone(), *treatment);
    }
}

/// Puts `--where` and `--balance` over what the file says.
pub(super) fn override_slice(settings: &mut Settings, options: &SliceOptions) {
    if let Some(condition) = &options.condition {
        settings.origins.note(Subject::Condition, Place::Option("--where"));
        settings.condition = Some(condition.clone());
    }
    if !options.balances.is_empty() {
        for balance in &options.balances {
            settings.origins.note(Subject::Balance(balance.clone()), Place::Option("--balance"));
        }
        settings.balances = options.balances.clone();
    }
}

/// Puts `--scale`, `--rows`, `--seed` and `--jobs` over what the file says.
pub(super) fn override_rows(settings: &mut Settings, options: &RowOptions) {
    settings.scale = options.scale.unwrap_or(settings.scale);
    settings.seed = options.seed.unwrap_or(settings.seed);
    for (table, rows) in &options.rows {
        settings.origins.note(Subject::Rows(table.clone()), Place::Option("--rows"));
        settings.rows.insert(table.clone(), *rows);
    }
    override_jobs(settings, &options.jobs);
}

/// Puts `--jobs` over what the file says.
pub(super) fn override_jobs(settings: &mut Settings, options: &JobOptions) {
    settings.jobs = options.jobs.unwrap_or(settings.jobs);
}
