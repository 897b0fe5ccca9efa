//! (to be written)

/// What a generator says of itself.
#[derive(Debug, Clone, Copy)]
pub struct Definition {
    /// Its name in `seed.toml`.
    pub name: &'static str,
    /// What it makes, as one line.
    pub help: &'static str,
    /// Its parameters: name and meaning.
    pub parameters: &'static [(&'static str, &'static str)],
    /// A line of `seed.toml`.
    pub example: &'static str,
}

/// Makes the values of one column.
pub trait ColumnGenerator: Sync {
    /// What it says of itself.
    fn definition(&self) -> Definition;
}

/// All generators.
pub static GENERATORS: &[&dyn ColumnGenerator] = &[];
