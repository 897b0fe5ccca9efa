//! The integration tests: one binary, one module per promise.

mod support; // a database per test, the binary, the example databases, independent checks

mod applications; // what schemas of applications ask beyond keys
mod bad_input; // every mistake a user can make: message, exit code, nothing written
mod balances; // other shares than those of the source, and what follows them
mod canaries; // values planted in the source appear in neither model nor output
mod careers; // rows that follow each other along a column that no key names
mod cli; // the whole terminal: help, usage errors, exit codes
mod clocks; // parts of moments in columns of their own, and when in the week things happen
mod composite; // what the keys within composite keys say of each other
mod config_errors; // every mistake in seed.toml: place, caret, remedy
mod dependence; // what columns, parents and siblings say of each other
mod determinism; // same seed, same bytes, whatever the number of threads
mod diamonds; // keys that follow from others though no constraint says so
mod documents; // what machines read is what schemas/json says
mod example_databases; // the example databases load on their engines and keep their own rules
mod fidelity; // distances between source and target
mod guards; // the source is never written, and never the target
mod headcounts;
mod histories; // from when to when something holds
mod interrupt; // Ctrl-C and kill -9 in the middle of a load
#[cfg(feature = "sqlite")]
mod learning; // a SQLite file learned: canaries, order of rows, treatments
mod limits; // what seed.toml says of dependences, and what is left of them in the target
mod numbers; // numbers that tell rows apart though no key says so
mod people; // all columns of a row tell of one person
mod places; // places among the rows of a parent, each taken once
mod predicates; // conditions against the verdict of each engine
mod random_schemas; // schemas drawn at random, filled and judged by the database
mod references; // columns that hold keys of one table or another, as a column beside them says
mod rising; // keys that are given out as time goes by
mod roundtrip; // every pair of engines
mod rules; // what holds in every row of the source holds in the target
mod rules_at_hand; // the same of whatever rules a model has
mod schemas; // every table of a schema without data is filled, and the database finds nothing wrong
mod seasons; // rows that follow each other through two parents
mod slices; // a part of the source, chosen by a condition
mod texts; // slugs, numbers of invoices, paths: made of the values of their row
mod tidy; // the house rules: who imports whom, file sizes, who prints
