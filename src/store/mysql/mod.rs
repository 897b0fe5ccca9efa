//! MySQL and MariaDB, as a source and as a target.
//!
//! ```text
//! connect     a session with known settings; which server and database this is; why a connection fails
//! fault       the server's error codes as messages without values
//! introspect  information_schema → Schema (column_type: one column's type and default; keys; partitions)
//! scan        rows → Arrow batches (decode: one column of a batch), children per parent
//! load        the life of a load (carry: the schema as this server can hold it; fit: what can be known before;
//!             insert: rows → statements; encode: one cell of a statement; verify: the verdicts after it)
//! sql         the only place that writes SQL for rows and hands it to the driver
//! ```
//!
//! Two servers answer to these addresses. Where they differ (quoted defaults, CHECK catalogs, JSON), the code asks
//! the catalog what is there instead of comparing versions.

mod carry;
mod column_type;
mod connect;
mod decode;
mod encode;
mod fault;
mod fit;
mod insert;
mod introspect;
mod keys;
mod load;
mod partitions;
mod scan;
mod sql;
mod verify;

#[cfg(test)]
mod tests;

pub use load::MysqlSink;
pub use scan::MysqlSource;
