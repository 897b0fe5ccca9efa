//! PostgreSQL: rows are read by `COPY … TO STDOUT` and written by `COPY … FROM STDIN`, both binary where the types
//! have a known binary form.
//!
//! | file | does |
//! | --- | --- |
//! | `connect` | opens a connection, and says in words why it could not |
//! | `failure` | turns a server's error into ours, without letting a value through |
//! | `sql` | quoting; the only file that hands text to the server |
//! | `types` | `pg_type` → [`DataType`](crate::schema::DataType) |
//! | `introspect`, `keys`, `partitions` | the catalogs → [`Schema`](crate::schema::Schema) |
//! | `scan`, `decode` | the source: counts, and rows as Arrow batches |
//! | `load` | the sink: one transaction |
//! | `fit`, `rights` | what the target must have and its user must be allowed |
//! | `create` | tables that the target lacks |
//! | `strip`, `finish`, `verify` | what is taken away for the load, what is put back, what the target says of it |
//! | `wire`, `copy_binary`, `copy_text`, `array`, `numeric`, `calendar` | Arrow batches as COPY data |

mod around;
mod array;
mod calendar;
mod connect;
mod copy_binary;
mod copy_text;
mod create;
mod decode;
mod failure;
mod finish;
mod fit;
mod form;
mod introspect;
mod keys;
mod load;
mod numeric;
mod partitions;
mod rights;
mod scan;
mod sql;
mod strip;
mod types;
mod verify;
mod wire;

#[cfg(test)]
mod tests;

pub use load::PostgresSink;
pub use scan::PostgresSource;
