//! `seed init`: a commented `seed.toml`.

use super::arguments::InitArguments;
use super::databases::{Resolved, resolve_source};
use super::terminal::Terminal;
use super::{Outcome, settings};
use crate::config::{DEFAULT_NAME, Document, hide_passwords};
use crate::error::{Error, Result};
use crate::model::{Model, SemanticKind, TableModel};
use crate::pipeline;
use std::fs::OpenOptions;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

/// Rows read per table to propose a treatment: enough to tell what columns mean.
const SAMPLE: u64 = 10_000;

const HEAD: &str = "\
# The configuration of seed. Options of the command line override it; unknown keys are errors.
# ${VAR} and ${VAR:-default} in an address come from the environment, so that no password has to stand here.
";

const DATABASES: &str = "
# [databases.prod-replica]
# url = \"${PROD_REPLICA_URL}\"
# protected = true                 # seed refuses ever to write here

# [databases.staging]
# url = \"postgres://localhost/staging\"
";

const DEFAULTS: &str = "
[generate]
# scale = 0.1                      # rows of the target per row of the source
# seed = 42                        # equal seeds give equal bytes
# rows.customers = 1000            # the exact number of rows of a table
# sample = 1000000                 # rows read per table at the most
# jobs = 0                         # threads; 0 for one per core
# where = \"orders.total > 100\"    # make the counterpart of these rows, and of what belongs to them
# balance = [\"orders.paid=10%\"]   # other shares for the values of a column
# only = [\"orders\"]                # fill only these tables, and the tables they need
# exclude = [\"audit_log\"]          # leave these out

[privacy]
# k = 5                            # a value shared by fewer subjects does not enter the model

# [[relations]]                    # a foreign key that the database does not declare
# child = \"events.user_id\"         # or \"events.(user_id, tenant_id)\"
# parent = \"users.id\"
";

const TABLES: &str = "
# [tables.countries]
# mode = \"copy\"                    # learn, copy, fake or skip

# [tables.order_lines.rules]         # `seed inspect --rules` shows those that were found
# drop = [\"unit_price <= list_price\"]
# add = [\"total = quantity * unit_price\"]

# [tables.audit_log]
# model = \"independent\"            # its columns are drawn one by one, whatever the others are

# [tables.orders.columns.freight]
# given = [\"weight\", \"customers.country\"]   # it depends on these and on nothing else
# never = [\"channel\"]              # it does not depend on these, nor they on it

# [tables.users.columns.email]
# generator = \"email\"              # `seed generators` lists them

# [tables.users.columns.age]
# generator = { range = { min = 18, max = 90 } }
";

/// Writes the file, and refuses to overwrite one.
pub(super) async fn execute(arguments: InitArguments, terminal: &Terminal) -> Result<Outcome> {
    let path = arguments.shared.config.clone().unwrap_or_else(|| PathBuf::from(DEFAULT_NAME));
    if path.exists() && !arguments.force {
        return Err(already_there(&path));
    }
    let text = match &arguments.from {
        None => [HEAD, DATABASES, DEFAULTS, TABLES].concat(),
        Some(from) => for_database(from, &path, terminal).await?,
    };
    terminal.progress.clear();
    write(&path, &text, arguments.force)?;
    terminal.say(&format!("wrote {}\n", path.display()));
    terminal.json(&serde_json::json!({ "config": path.display().to_string() }));
    Ok(Outcome::Done)
}

fn already_there(path: &Path) -> Error {
    Error::usage(format!("`{}` is there already", path.display()))
        .hint("add --force to overwrite it, or write another one with --config PATH")
}

fn write(path: &Path, text: &str, force: bool) -> Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).truncate(true);
    let opened = if force { options.create(true).open(path) } else { options.create_new(true).open(path) };
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| match error.kind() {
        ErrorKind::AlreadyExists => already_there(path),
        _ => Error::target_failed(format!("`{}` cannot be written", path.display()))
            .because(error)
            .hint("check that the folder exists and that you may write there"),
    })
}

/// The file for one database. An old file at the same path may name it; it is read for that alone.
async fn for_database(from: &str, path: &Path, terminal: &Terminal) -> Result<String> {
    let document = if path.exists() { Document::find(Some(path))? } else { Document::default() };
    let source = resolve_source(&document, "--from", from)?;
    let mut settings = settings::from_document(&Document::default())?;
    settings.sample = SAMPLE;
    let model = pipeline::learn(&source.address, &settings, &terminal.progress).await?;
    let mut text = [HEAD, &database(&document, from, &source), DEFAULTS].concat();
    text += "\n# The tables, with what is proposed for each. Take the # away to override it.\n";
    for table in &model.tables {
        text += &table_block(table);
    }
    text += &relations_note(&model);
    Ok(text)
}

/// `[databases.NAME]`. An address with a password becomes an environment variable.
fn database(document: &Document, from: &str, source: &Resolved) -> String {
    let (name, url, comment) = match document.file.databases.get(from) {
        Some(database) => (from, database.url.get_ref().clone(), String::new()),
        None if hide_passwords(from) == from => ("source", from.to_owned(), String::new()),
        None => {
            let comment = format!("   # {}", one_line(&source.name));
            ("source", "${SOURCE_URL}".to_owned(), comment)
        }
    };
    format!(
        "\n[databases.{}]\nurl = {}{comment}\nprotected = true                   # seed refuses ever to write here\n\
         \n# [databases.target]\n# url = \"sqlite:dev.db\"\n",
        key(name),
        quoted(&url)
    )
}

fn table_block(table: &TableModel) -> String {
    let mode = serde_json::to_value(table.treatment).unwrap_or_default();
    let mut text = format!(
        "\n# {} rows. {}\n# [tables.{}]\n# mode = {mode}\n",
        table.rows,
        one_line(&table.because),
        key(&table.name)
    );
    for column in &table.columns {
        let Some(kind) = column.semantic.filter(|kind| kind.is_personal()) else { continue };
        text += &personal_column(&table.name, &column.name, kind);
    }
    text
}

fn personal_column(table: &str, column: &str, kind: SemanticKind) -> String {
    let kind = serde_json::to_value(kind).unwrap_or_default();
    format!(
        "# [tables.{}.columns.{}]   # recognised as personal: never learned by value\n# generator = {kind}\n",
        key(table),
        key(column)
    )
}

/// A reminder for databases that declare no foreign keys at all.
fn relations_note(model: &Model) -> String {
    let declared = model.schema.tables.iter().any(|table| !table.foreign_keys.is_empty());
    match declared || model.tables.len() < 2 {
        true => String::new(),
        false => "\n# The database declares no foreign keys: say with [[relations]] how its tables hang together.\n"
            .to_owned(),
    }
}

/// A key of TOML: bare where it can be.
fn key(name: &str) -> String {
    let bare = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    if !name.is_empty() && name.bytes().all(bare) { name.to_owned() } else { quoted(name) }
}

/// A basic string of TOML, whose escapes are JSON's.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_template_is_right_as_it_stands_and_without_its_comment_signs() {
        let text = [HEAD, DATABASES, DEFAULTS, TABLES].concat();
        Document::parse("seed.toml", &text).expect("the template is right");
        let body = [DATABASES, DEFAULTS, TABLES].concat();
        let lines: Vec<&str> = body.lines().map(|line| line.strip_prefix("# ").unwrap_or(line)).collect();
        if let Err(error) = Document::parse("seed.toml", &lines.join("\n")) {
            panic!("{error}: {:?}", std::error::Error::source(&error));
        }
    }

    proptest::proptest! {
        #[test]
        fn any_name_is_a_key(name in ".*") {
            let text = format!("[tables.{}]\nmode = \"copy\"\n", key(&name));
            let document = Document::parse("seed.toml", &text).expect("the key is right");
            proptest::prop_assert!(document.file.tables.contains_key(name.as_str()));
        }
    }
}
