//! The joint model of a table: what each column is drawn from.

mod assemble;
mod census;
mod direction;
mod grow;
mod prefix;
mod prune;
mod screen;
mod split;

#[cfg(test)]
mod tests;
