//! What can be typed: commands and options, with the help that teaches them.

use crate::model::Treatment;
use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum, ValueHint};
use std::ffi::OsString;
use std::path::PathBuf;

const EXAMPLE: &str = "\
A worked example:

  Look at the source, then at the plan; nothing is written by either:

      seed inspect postgres://localhost/shop
      seed --from postgres://localhost/shop --to sqlite:dev.db --scale 0.1 --dry-run

  Fill a local database with a tenth of the rows:

      seed --from postgres://localhost/shop --to sqlite:dev.db --scale 0.1

  Or in two steps, so that whoever fills the target never needs the source:

      seed learn --from postgres://localhost/shop --out shop.seed
      seed generate --model shop.seed --to sqlite:dev.db --rows customers=1000

Addresses:

  postgres://USER@HOST/DB  mysql://USER@HOST/DB  mariadb://USER@HOST/DB  sqlite:PATH
  parquet:DIR  csv:DIR  sql:FILE (as targets)
  or a name from [databases] of seed.toml

Exit codes:

  0 done; 1 finished, but the target found constraints broken, or what was learned is a memory of rows;
  2 usage or configuration; 3 the source or the target failed; 130 stopped by Ctrl-C";

/// What the command line asks for.
#[derive(Debug)]
pub(super) enum Request {
    /// `seed --from … --to …`.
    Run(Box<RunArguments>),
    /// One of the commands.
    Command(Box<Command>),
}

/// The whole command line: the main job's options, and the commands beside it.
pub(super) fn definition() -> clap::Command {
    Command::augment_subcommands(RunArguments::command())
}

/// Reads a command line. clap cannot derive options that are required only without a command, hence the two cases.
pub(super) fn read(words: &[OsString]) -> Result<Request, clap::Error> {
    let matches = definition().try_get_matches_from(words)?;
    if matches.subcommand_name().is_some() {
        Ok(Request::Command(Box::new(Command::from_arg_matches(&matches)?)))
    } else {
        Ok(Request::Run(Box::new(RunArguments::from_arg_matches(&matches)?)))
    }
}

// No doc comment here: clap would take it for the help of `seed` itself.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the tables of a database, its foreign-key graph, and how each constraint will be met; or what a model holds
    ///
    /// Of a model file: how each table's rows are drawn, what each column depends on and how strongly, what it
    /// discloses, and the rules that are kept.
    ///
    /// Example: seed inspect postgres://localhost/shop
    ///
    /// Example: seed inspect shop.seed --table orders
    Inspect(InspectArguments),
    /// Learn a database into a model file
    ///
    /// The file is reviewable text, holds no source row beyond the reference tables it names, and says per column
    /// what it discloses.
    ///
    /// Example: seed learn --from postgres://localhost/shop --out shop.seed
    Learn(LearnArguments),
    /// Fill a target from a model file, with no source in reach
    ///
    /// Example: seed generate --model shop.seed --to sqlite:dev.db --scale 0.1
    Generate(GenerateArguments),
    /// Write a commented seed.toml, with a block per table of a database
    ///
    /// Example: seed init --from postgres://localhost/shop
    Init(InitArguments),
    /// List the generators that a column can be given in seed.toml
    ///
    /// Example: seed generators
    Generators(GeneratorsArguments),
    /// Print completions for a shell
    ///
    /// Example: seed completions bash > ~/.local/share/bash-completion/completions/seed
    Completions {
        /// The shell.
        ///
        /// Example: zsh
        shell: clap_complete::Shell,
    },
    /// Print the man page of seed, or of one of its commands
    ///
    /// Example: seed man > /usr/local/share/man/man1/seed.1
    Man {
        /// A command.
        ///
        /// Example: learn
        command: Option<String>,
    },
}

/// Learns a database and fills another one with new, referentially consistent rows
///
/// seed reads the source without ever writing to it, learns how its tables look and how they hang together, and
/// fills the target with new rows: every foreign key resolves, every constraint holds, and no person of the source
/// is in it.
// `seed --from … --to …`, and the head of all commands.
#[derive(Debug, Parser)]
#[command(
    name = "seed",
    version,
    max_term_width = 100,
    after_long_help = EXAMPLE,
    after_help = "`seed --help` has examples; `seed COMMAND --help` teaches one command.",
    args_conflicts_with_subcommands = true,
    subcommand_negates_reqs = true,
    arg_required_else_help = true,
    override_usage = "seed --from <DB> --to <TARGET> [OPTIONS]\n       seed <COMMAND>"
)]
pub(super) struct RunArguments {
    /// The source: an address, or a name from seed.toml; it is only read
    ///
    /// Example: --from postgres://localhost/shop
    #[arg(long, value_name = "DB", value_hint = ValueHint::Other)]
    pub(super) from: String,
    /// The target: an address, or a name from seed.toml
    ///
    /// Missing tables are created.
    ///
    /// Example: --to sqlite:dev.db
    #[arg(long, value_name = "TARGET", value_hint = ValueHint::Other)]
    pub(super) to: String,
    #[command(flatten)]
    pub(super) tables: TableOptions,
    #[command(flatten)]
    pub(super) slice: SliceOptions,
    #[command(flatten)]
    pub(super) rows: RowOptions,
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(super) shared: SharedOptions,
}

#[derive(Debug, Args)]
pub(super) struct InspectArguments {
    /// An address, a name from seed.toml, or the path of a model file.
    ///
    /// Example: sqlite:dev.db
    #[arg(value_name = "DB or MODEL", value_hint = ValueHint::FilePath)]
    pub(super) subject: String,
    /// How to show the graph
    ///
    /// Example: --format mermaid
    #[arg(long, value_name = "FORMAT", default_value = "tree")]
    pub(super) format: GraphFormat,
    /// Show the rules that hold in every row read and will be kept
    ///
    /// Of a database, its rows are read for that, as `seed learn` does. `seed.toml` can drop a rule or add one.
    ///
    /// Example: seed inspect prod-replica --rules
    #[arg(long)]
    pub(super) rules: bool,
    /// Show only this table of a model (repeatable)
    ///
    /// Example: seed inspect shop.seed --table orders
    #[arg(long, value_name = "NAME")]
    pub(super) table: Vec<String>,
    #[command(flatten)]
    pub(super) shared: SharedOptions,
}

/// The forms in which the graph can be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum GraphFormat {
    /// Text, followed by how each constraint will be met
    Tree,
    /// One JSON document, the same as --json
    Json,
    /// A Mermaid diagram, for Markdown
    Mermaid,
    /// Graphviz
    Dot,
}

#[derive(Debug, Args)]
pub(super) struct LearnArguments {
    /// The source: an address, or a name from seed.toml; it is only read
    ///
    /// Example: --from postgres://localhost/shop
    #[arg(long, value_name = "DB", value_hint = ValueHint::Other)]
    pub(super) from: String,
    /// The model file to write
    ///
    /// Example: --out shop.seed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) out: PathBuf,
    #[command(flatten)]
    pub(super) tables: TableOptions,
    #[command(flatten)]
    pub(super) slice: SliceOptions,
    #[command(flatten)]
    pub(super) jobs: JobOptions,
    #[command(flatten)]
    pub(super) shared: SharedOptions,
}

#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// The model file, written by `seed learn`
    ///
    /// Example: --model shop.seed
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) model: PathBuf,
    /// The target: an address, or a name from seed.toml
    ///
    /// Missing tables are created.
    ///
    /// Example: --to sqlite:dev.db
    #[arg(long, value_name = "TARGET", value_hint = ValueHint::Other)]
    pub(super) to: String,
    #[command(flatten)]
    pub(super) tables: TableOptions,
    #[command(flatten)]
    pub(super) slice: SliceOptions,
    #[command(flatten)]
    pub(super) rows: RowOptions,
    #[command(flatten)]
    pub(super) target: TargetOptions,
    #[command(flatten)]
    pub(super) shared: SharedOptions,
}

#[derive(Debug, Args)]
pub(super) struct InitArguments {
    /// A database to describe: an address, or a name from seed.toml; it is only read
    ///
    /// Example: --from postgres://localhost/shop
    #[arg(long, value_name = "DB", value_hint = ValueHint::Other)]
    pub(super) from: Option<String>,
    /// Overwrite the file if it is there
    ///
    /// Example: seed init --force
    #[arg(long)]
    pub(super) force: bool,
    #[command(flatten)]
    pub(super) shared: SharedOptions,
}

#[derive(Debug, Args)]
pub(super) struct GeneratorsArguments {
    /// Print one JSON document
    ///
    /// Example: seed generators --json
    #[arg(long)]
    pub(super) json: bool,
}

/// Which tables, and what happens to them.
#[derive(Debug, Args)]
#[command(next_help_heading = "Tables")]
pub(super) struct TableOptions {
    /// Fill only these tables, and the tables they need
    ///
    /// Example: --only orders,order_lines
    #[arg(long, value_name = "TABLE", num_args = 1.., value_delimiter = ',')]
    pub(super) only: Vec<String>,
    /// Leave these tables out
    ///
    /// Example: --exclude audit_log,sessions
    #[arg(long, value_name = "TABLE", num_args = 1.., value_delimiter = ',')]
    pub(super) exclude: Vec<String>,
    /// What happens to a table (repeatable): learn, copy, fake or skip
    ///
    /// learn: new rows from what was learned (the default); copy: the source's rows, verbatim; fake: made up from
    /// names, types and constraints; skip: left out.
    ///
    /// Example: --table countries=copy --table audit_log=skip
    #[arg(long, value_name = "NAME=MODE", value_parser = table_mode)]
    pub(super) table: Vec<(String, Treatment)>,
}

/// Which part of the source.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct SliceOptions {
    /// Make the counterpart of a part of the source: the rows that meet a condition, and what belongs to them
    ///
    /// Conditions on several tables are joined by AND. Children of a row that is out are out; of a table named above another
    /// one only rows with a matching child are in; what a row refers to comes along. The summary says whether every new
    /// row meets the condition.
    ///
    /// Example: --where "customers.state = 'OH' AND orders.placed_at >= '2026-02-01'"
    #[arg(long = "where", value_name = "CONDITION")]
    pub(super) condition: Option<String>,
    /// Other shares for the values of a column (repeatable): rare events more often, groups alike
    ///
    /// A share alone is that of true, or of the rarer of two values; else values are named, and the others share what is
    /// left as they did. What depends on the column follows as it was learned.
    ///
    /// Example: --balance transactions.is_fraud=10% --balance customers.gender=uniform --balance "orders.status=paid:70%,open:20%"
    #[arg(long = "balance", value_name = "TABLE.COLUMN=SHARES")]
    pub(super) balances: Vec<String>,
}

/// How many rows, and which.
#[derive(Debug, Args)]
#[command(next_help_heading = "Rows")]
pub(super) struct RowOptions {
    /// Rows of the target per row of the source
    ///
    /// Example: --scale 0.1 for a tenth, --scale 100 for a load test
    #[arg(long, value_name = "FACTOR", value_parser = scale, allow_negative_numbers = true)]
    pub(super) scale: Option<f64>,
    /// The exact number of rows of a table (repeatable)
    ///
    /// Tables that hang on it follow.
    ///
    /// Example: --rows customers=1000 --rows products=50
    #[arg(long, value_name = "TABLE=N", value_parser = row_count)]
    pub(super) rows: Vec<(String, u64)>,
    /// The seed of all randomness: equal seeds give equal bytes
    ///
    /// Example: --seed 42
    #[arg(long, value_name = "N")]
    pub(super) seed: Option<u64>,
    #[command(flatten)]
    pub(super) jobs: JobOptions,
}

#[derive(Debug, Args)]
pub(super) struct JobOptions {
    /// Threads that compute; 0 for one per core, the default
    ///
    /// The rows do not depend on it.
    ///
    /// Example: --jobs 4
    #[arg(long, value_name = "N", help_heading = "Rows")]
    pub(super) jobs: Option<usize>,
}

/// What happens to the target.
#[derive(Debug, Args)]
#[command(next_help_heading = "Target")]
pub(super) struct TargetOptions {
    /// Empty the tables that will be filled, if they have rows
    ///
    /// Example: seed --from prod-replica --to staging --truncate
    #[arg(long, conflicts_with = "append")]
    pub(super) truncate: bool,
    /// Add to the rows that are there
    ///
    /// Example: seed --from prod-replica --to staging --append
    #[arg(long)]
    pub(super) append: bool,
    /// Show the whole plan and write nothing
    ///
    /// Example: seed --from prod-replica --to staging --dry-run
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Options that every command has.
#[derive(Debug, Args)]
#[command(next_help_heading = "Shared")]
pub(super) struct SharedOptions {
    /// The configuration file; seed.toml of the working directory by default
    ///
    /// Example: --config ci/seed.toml
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(super) config: Option<PathBuf>,
    /// Print one JSON document on stdout: the result, or the error
    ///
    /// Example: seed --from prod-replica --to staging --json > summary.json
    #[arg(long)]
    pub(super) json: bool,
    /// Print nothing but errors
    ///
    /// Example: seed --from prod-replica --to staging --quiet
    #[arg(long, short, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// Log more; -vv logs everything
    ///
    /// The environment variable SEED_LOG chooses in detail.
    ///
    /// Example: -v, or SEED_LOG=seed::learn=debug
    #[arg(long, short, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

fn scale(text: &str) -> Result<f64, String> {
    match text.trim().parse::<f64>() {
        Err(_) => Err("it is not a number; 0.1 gives a tenth of the rows".to_owned()),
        Ok(scale) if !scale.is_finite() => Err("it must be a finite number".to_owned()),
        Ok(scale) if scale <= 0.0 => {
            Err("it must be above 0, because it is the number of rows of the target per \
             row of the source; to leave tables out, use --exclude"
                .to_owned())
        }
        Ok(scale) => Ok(scale),
    }
}

fn row_count(text: &str) -> Result<(String, u64), String> {
    let wrong = || "write TABLE=N, as in customers=1000".to_owned();
    let (table, count) = text.rsplit_once('=').ok_or_else(wrong)?;
    if table.trim().is_empty() {
        return Err(wrong());
    }
    let count = count.trim().replace('_', "");
    if count.starts_with('-') {
        return Err("a table cannot have fewer than 0 rows".to_owned());
    }
    let count = count.parse().map_err(|_| format!("`{count}` is not a whole number of rows"))?;
    Ok((table.trim().to_owned(), count))
}

fn table_mode(text: &str) -> Result<(String, Treatment), String> {
    let (table, mode) = text
        .rsplit_once('=')
        .filter(|(table, _)| !table.trim().is_empty())
        .ok_or("write NAME=MODE, as in countries=copy")?;
    let treatment = match mode.trim() {
        "learn" => Treatment::Learn,
        "copy" => Treatment::Copy,
        "fake" => Treatment::Fake,
        "skip" => Treatment::Skip,
        other => {
            let near = crate::config::did_you_mean(other, ["learn", "copy", "fake", "skip"]);
            let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
            return Err(format!("the modes are learn, copy, fake and skip{meant}"));
        }
    };
    Ok((table.trim().to_owned(), treatment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn pairs_are_read() {
        assert_eq!(row_count("sales.orders=1_000"), Ok(("sales.orders".to_owned(), 1000)));
        assert_eq!(row_count("a=-1").unwrap_err(), "a table cannot have fewer than 0 rows");
        assert!(row_count("a=1.5").is_err() && row_count("=5").is_err() && row_count("a").is_err());
        assert_eq!(table_mode("a=copy"), Ok(("a".to_owned(), Treatment::Copy)));
        assert!(table_mode("a=cpoy").unwrap_err().ends_with("did you mean `copy`?"));
        assert!(
            scale("nan").is_err() && scale("-1").is_err() && scale("x").is_err() && scale("inf").is_err()
        );
        assert_eq!(scale("0.1"), Ok(0.1));
    }
}
