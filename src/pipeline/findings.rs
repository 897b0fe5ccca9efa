//! What a model says of how rows are drawn, in names: for people and for `--json`.

use crate::model::rule::Along;
use crate::model::rule::{Rule, Statement, row_name};
use crate::model::{Conditional, Field, Fit, Model};
use serde::Serialize;

/// How the rows of one table are drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TableFindings {
    /// The rows among which a row stands in order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spine: Option<SpineFindings>,
    /// Other foreign keys whose parents are looked for by what they are.
    pub links: Vec<LinkFindings>,
    /// Foreign keys that follow from others in every row.
    pub diamonds: Vec<DiamondFindings>,
    /// Columns that give places among the rows of a parent, but for some ties and NULLs.
    pub places: Vec<PlaceFindings>,
    /// Columns whose values go one way along siblings, but for a few.
    pub runs: Vec<RunFindings>,
    /// Columns in which siblings hardly ever all agree.
    pub apart: Vec<Vec<String>>,
    /// Columns in which rows repeat the value of the sibling before.
    pub repeats: Vec<RepeatFindings>,
    /// How many numbers of children are drawn with a row.
    pub children: usize,
    /// One entry per column of the table, in the same order.
    pub columns: Vec<FieldFindings>,
    /// What else is drawn with a row: what it wants of its parents, its numbers of children, what those have in common.
    pub others: Vec<FieldFindings>,
}

/// The foreign key under which siblings stand in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SpineFindings {
    /// The parent table.
    pub parent: String,
    /// The key's columns.
    pub columns: Vec<String>,
    /// The column that orders siblings.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<String>,
}

/// A foreign key whose parents are looked for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct LinkFindings {
    /// The parent table.
    pub parent: String,
    /// The key's columns.
    pub columns: Vec<String>,
    /// What a parent has to be like, most telling first.
    pub fields: Vec<String>,
}

/// A foreign key that follows from another one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DiamondFindings {
    /// The key's columns.
    pub columns: Vec<String>,
    /// Where the parent is found: `rentals.customers`.
    pub follows: String,
}

/// A column that gives places.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlaceFindings {
    /// The column.
    pub column: String,
    /// The columns of the key whose parent's rows have places.
    pub within: Vec<String>,
    /// The column by which places are given, where one says it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
}

/// A column whose values go one way along siblings.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunFindings {
    /// The column.
    pub column: String,
    /// Whether they fall.
    pub falling: bool,
}

/// A column in which rows repeat the value of the sibling before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RepeatFindings {
    /// The column.
    pub column: String,
    /// The share that does, of the rows whose value is of the same class.
    pub share: f64,
}

/// One field of a table.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldFindings {
    /// Its name, as rules spell it.
    pub field: String,
    /// Its alphabet; `None` where its values are no alphabet.
    pub codec: Option<CodecFindings>,
    /// How it is drawn; `None` where it depends on nothing.
    pub drawn: Option<DrawnFindings>,
}

/// An alphabet.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CodecFindings {
    /// Whether the order of the tokens means something.
    pub kind: CodecKind,
    /// Different tokens, NULL aside.
    pub tokens: usize,
    /// What trees tell of them apart, NULL aside.
    pub classes: usize,
    /// The share of NULLs, from 0 to 1.
    pub nulls: f64,
}

/// The kinds of alphabets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CodecKind {
    /// Numbers, days, times.
    Ordered,
    /// Categories.
    Nominal,
}

/// How a field is drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DrawnFindings {
    /// When it is drawn among the fields of its row, from 1.
    pub place: usize,
    /// The rule that computes it, whatever else is said here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule: Option<String>,
    /// Columns that decide it where enough subjects share their values; the tree is for the others.
    pub decided_by: Vec<String>,
    /// What it depends on, the strongest first.
    pub depends_on: Vec<Dependency>,
    /// Questions that its tree asks.
    pub nodes: usize,
    /// Answers that its tree has.
    pub leaves: usize,
    /// How well it does on rows that were held out; `None` where none could be.
    pub fit: Option<Fit>,
}

/// Something that a field depends on.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Dependency {
    /// Its name.
    pub on: String,
    /// What it tells, in nats per row.
    pub gain: f64,
}

/// How the rows of each table are drawn.
pub fn findings(model: &Model) -> Vec<TableFindings> {
    (0..model.tables.len()).map(|table| of_table(model, table)).collect()
}

fn of_table(model: &Model, index: usize) -> TableFindings {
    let table = &model.schema.tables[index];
    let name = |column: usize| table.columns[column].name.clone();
    let key = |number: usize| table.foreign_keys[number].columns.iter().map(|&column| name(column)).collect();
    let parent = |number: usize| model.schema.tables[table.foreign_keys[number].parent].name.to_string();
    let dependence = model.tables[index].dependence.clone().unwrap_or_default();
    let chain = &dependence.chain;
    let of_field = |field: Field| {
        let place = chain.iter().position(|conditional| conditional.field == field);
        FieldFindings {
            field: model.field_name(index, field),
            codec: codec(model, index, field),
            drawn: place.map(|place| drawn(model, index, place, &chain[place])),
        }
    };
    let others = chain.iter().map(|drawn| drawn.field).filter(|field| !matches!(field, Field::Column(_)));
    TableFindings {
        spine: dependence.spine.map(|number| SpineFindings {
            parent: parent(number),
            columns: key(number),
            order: dependence.order.map(name),
        }),
        links: (dependence.links.iter())
            .map(|link| LinkFindings {
                parent: parent(link.foreign_key),
                columns: key(link.foreign_key),
                fields: (0..link.fields.len())
                    .map(|level| Field::Link { foreign_key: link.foreign_key, level })
                    .map(|field| model.field_name(index, field))
                    .collect(),
            })
            .collect(),
        diamonds: (dependence.diamonds.iter())
            .map(|diamond| DiamondFindings {
                columns: key(diamond.foreign_key),
                follows: row_name(&model.schema, index, &[diamond.via, diamond.then]),
            })
            .collect(),
        places: (dependence.ranks.iter())
            .map(|rank| PlaceFindings {
                column: name(rank.column),
                within: key(rank.foreign_key),
                by: match rank.along {
                    Along::Values { column, .. } => Some(name(column)),
                    _ => None,
                },
            })
            .collect(),
        runs: (dependence.runs.iter())
            .map(|run| RunFindings { column: name(run.column), falling: run.falling })
            .collect(),
        apart: (dependence.apart.iter()).map(|columns| columns.iter().copied().map(name).collect()).collect(),
        repeats: (dependence.echoes.iter())
            .map(|echo| RepeatFindings { column: name(echo.column), share: echo.share })
            .collect(),
        children: chain.iter().filter(|drawn| matches!(drawn.field, Field::Children { .. })).count(),
        columns: (0..table.columns.len()).map(Field::Column).map(of_field).collect(),
        others: others.map(of_field).collect(),
    }
}

fn codec(model: &Model, table: usize, field: Field) -> Option<CodecFindings> {
    let codec = model.field_codec(table, field)?;
    let kind = if codec.ordered { CodecKind::Ordered } else { CodecKind::Nominal };
    let (nulls, rows) = match field {
        Field::Column(column) => (model.tables[table].columns[column].nulls, model.tables[table].sampled),
        _ => (codec.rows[0], codec.rows.iter().sum()),
    };
    let nulls = (nulls as f64 / rows.max(1) as f64 * 1e4).round() / 1e4;
    let classes = usize::from(codec.classes.iter().copied().max().unwrap_or(0));
    Some(CodecFindings { kind, tokens: codec.tokens() - 1, classes, nulls })
}

fn drawn(model: &Model, table: usize, place: usize, conditional: &Conditional) -> DrawnFindings {
    // A model file without gains still says on what a field depends.
    let gains = conditional.gains.iter().copied().chain(std::iter::repeat(0.0));
    let mut depends_on: Vec<Dependency> = (conditional.features.iter().zip(gains))
        .map(|(feature, gain)| Dependency { on: model.feature_name(table, feature), gain })
        .collect();
    depends_on.sort_by(|a, b| b.gain.total_cmp(&a.gain));
    let computes = |rule: &&Rule| match rule.statement {
        Statement::Formula { column, .. } => conditional.field == Field::Column(column),
        _ => false,
    };
    let rule = model.tables[table].rules.iter().find(computes);
    let rule = rule.map(|rule| rule.statement.sentence(&model.schema, table));
    let decided_by = conditional.lookup.iter().flat_map(|lookup| &lookup.columns);
    let decided_by = decided_by.map(|&column| model.field_name(table, Field::Column(column))).collect();
    let nodes = conditional.tree.nodes.len();
    DrawnFindings {
        place: place + 1,
        rule,
        decided_by,
        depends_on,
        nodes,
        leaves: nodes + 1,
        fit: conditional.fit,
    }
}
