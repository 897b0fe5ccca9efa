//! `seed generators`: what a column can be given in `seed.toml`.

use super::arguments::GeneratorsArguments;
use super::terminal::Terminal;
use super::{Outcome, render};
use crate::error::Result;
use crate::generate::column::GENERATORS;

/// Prints every generator with its parameters and an example.
pub(super) fn execute(arguments: &GeneratorsArguments, terminal: &Terminal) -> Result<Outcome> {
    let mut definitions: Vec<_> = GENERATORS.iter().map(|generator| generator.definition()).collect();
    definitions.sort_by_key(|definition| definition.name);
    if arguments.json {
        let list: Vec<_> = definitions
            .iter()
            .map(|definition| {
                let parameters: Vec<_> = definition
                    .parameters
                    .iter()
                    .map(|(name, help)| serde_json::json!({ "name": name, "help": help }))
                    .collect();
                serde_json::json!({
                    "name": definition.name,
                    "help": definition.help,
                    "parameters": parameters,
                    "example": definition.example,
                })
            })
            .collect();
        terminal.document(&serde_json::json!(list));
        return Ok(Outcome::Done);
    }
    let mut text = String::new();
    for definition in &definitions {
        text += &format!("{}  {}\n", terminal.paint.bold(definition.name), definition.help);
        let rows =
            definition.parameters.iter().map(|(name, help)| vec![(*name).to_owned(), (*help).to_owned()]);
        text += &render::aligned(&rows.collect::<Vec<_>>(), &[false, false], 4);
        text += &format!("    {}\n\n", terminal.paint.dim(definition.example));
    }
    text += "In seed.toml:\n\n    [tables.users.columns.email]\n    generator = \"email\"\n";
    terminal.result(&text);
    Ok(Outcome::Done)
}
