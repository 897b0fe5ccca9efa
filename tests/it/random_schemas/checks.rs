//! Draws CHECKs that hold for most of what the columns are drawn from, so that every schema has rows.

use super::dice::Dice;
use super::literal;
use super::shape::{Check, Column, Kind, Schema, Table, Texts};
use crate::support::Engine;
use crate::support::database::quote;

/// CHECKs about single columns, then about several; no column is in two of the latter.
pub(super) fn draw(schema: &mut Schema, index: usize, dice: &mut Dice) {
    let engine = schema.engine;
    // What required keys refer to is never NULL in all of its columns at once.
    let referenced: Vec<Vec<usize>> = schema
        .tables
        .iter()
        .flat_map(|child| child.foreign_keys.iter().map(move |key| (child, key)))
        .filter(|(child, key)| {
            key.parent == index && !key.columns.iter().any(|&at| child.columns[at].nullable)
        })
        .map(|(_, key)| key.parent_columns.clone())
        .collect();
    let table = &mut schema.tables[index];
    for at in 0..table.columns.len() {
        if dice.chance(45) {
            let text = alone(engine, table, at, dice);
            table.checks.extend(text.map(|text| Check { columns: vec![at], text }));
        }
    }
    let mut used = vec![false; table.columns.len()];
    for _ in 0..*dice.pick(&[0, 0, 1, 1, 2, 3]) {
        let drawn = match dice.below(6) {
            0..=1 => ordering(engine, table, &used, dice),
            2 => one_of(engine, table, &used, dice).filter(|check| {
                let one = ["<>", "num_nonnulls", " + "].iter().any(|word| check.text.contains(word));
                let together =
                    |key: &Vec<usize>| check.columns.iter().filter(|at| key.contains(at)).count() > 1;
                !(one && referenced.iter().any(together))
            }),
            3 => implication(engine, table, &used, dice),
            4 => arithmetic(engine, table, &used, dice),
            _ => unequal(engine, table, &used, dice),
        };
        if let Some(check) = drawn {
            for &at in &check.columns {
                used[at] = true;
            }
            table.checks.push(check);
        }
    }
}

fn alone(engine: Engine, table: &Table, at: usize, dice: &mut Dice) -> Option<String> {
    let column = &table.columns[at];
    let name = quote(engine, &column.name);
    if table.in_foreign_key(at) || column.generated.is_some() || column.numbered.is_some() {
        return None;
    }
    // A domain has its own condition.
    if column.native.starts_with("domain_") {
        return None;
    }
    match &column.kind {
        Kind::Boolean | Kind::Uuid | Kind::Listed(_) => None,
        Kind::Json if engine == Engine::Sqlite => Some(format!("json_valid({name})")),
        Kind::Json if column.native == "jsonb" && dice.chance(30) => {
            Some(format!("jsonb_typeof({name}) IN ('object', 'array', 'string')"))
        }
        Kind::Json | Kind::Enum(_) => None,
        Kind::Bytes { max, .. } => Some(format!("{}({name}) <= {max}", octets(engine))),
        Kind::Text { max, .. } => about_text(engine, &name, &column.texts, *max, dice),
        Kind::Time if engine == Engine::Mysql => None,
        _ => {
            let listed =
                column.kind == Kind::Integer && column.range.1 - column.range.0 <= 12 && !table.in_key(at);
            let (low, high) =
                (literal::bound(column, column.range.0), literal::bound(column, column.range.1));
            Some(match dice.below(6) {
                0 if listed => {
                    let all: Vec<_> =
                        (column.range.0..=column.range.1).map(|value| value.to_string()).collect();
                    format!("{name} IN ({})", all.join(", "))
                }
                0..=1 => format!("{name} BETWEEN {low} AND {high}"),
                2 => format!("{name} >= {low} AND {name} <= {high}"),
                3 => format!("{name} >= {low}"),
                4 if column.nullable => format!("{name} IS NULL OR {name} <= {high}"),
                4 => format!("NOT ({name} < {low})"),
                _ => format!("{low} <= {name}"),
            })
        }
    }
}

fn octets(engine: Engine) -> &'static str {
    if engine == Engine::Sqlite { "length" } else { "octet_length" }
}

fn about_text(engine: Engine, name: &str, texts: &Texts, max: usize, dice: &mut Dice) -> Option<String> {
    let length = if engine == Engine::Sqlite { "length" } else { "char_length" };
    Some(match texts {
        Texts::Words(words) if dice.chance(70) => format!("{name} IN ('{}')", words.join("', '")),
        Texts::Words(words) => {
            let each: Vec<_> = words.iter().map(|word| format!("{name} = '{word}'")).collect();
            each.join(" OR ")
        }
        Texts::Length(low, high) => match dice.below(3) {
            0 => format!("{length}({name}) BETWEEN {low} AND {high}"),
            1 => format!("{length}({name}) >= {low}"),
            _ => format!("{length}({name}) <= {high} AND {length}({name}) > {}", low - 1),
        },
        Texts::Prefix(prefix) => format!("{name} LIKE '{prefix}%'"),
        Texts::Code(capitals, digits) => match engine {
            Engine::Postgres => format!("{name} ~ '^[A-Z]{{{capitals}}}-[0-9]{{{digits}}}$'"),
            Engine::Mysql => format!("{name} REGEXP '^[A-Z]{{{capitals}}}-[0-9]{{{digits}}}$'"),
            Engine::Sqlite => {
                format!("{name} GLOB '{}-{}'", "[A-Z]".repeat(*capitals), "[0-9]".repeat(*digits))
            }
        },
        Texts::Mail => format!("{name} LIKE '%_@_%.%'"),
        Texts::Lower if engine == Engine::Postgres => format!("{name} = lower({name})"),
        Texts::Lower => format!("{name} <> ''"),
        Texts::Free => match dice.below(4) {
            0 => format!("{name} <> ''"),
            1 => format!("{length}(trim({name})) > 0"),
            2 => format!("{length}({name}) <= {max}"),
            _ => return None,
        },
    })
}

/// Columns that no CHECK over several reads yet, and that pass a test.
fn free(table: &Table, used: &[bool], test: &dyn Fn(usize, &Column) -> bool) -> Vec<usize> {
    let usable = |&at: &usize| {
        let column = &table.columns[at];
        !used[at] && column.generated.is_none() && column.numbered.is_none() && test(at, column)
    };
    (0..table.columns.len()).filter(usable).collect()
}

fn pair(columns: &[usize], dice: &mut Dice) -> Option<(usize, usize)> {
    match dice.some(columns, 2)[..] {
        [first, second] => Some((first, second)),
        _ => None,
    }
}

/// `a <= b` for two columns of one type whose values overlap.
fn ordering(engine: Engine, table: &Table, used: &[bool], dice: &mut Dice) -> Option<Check> {
    let ordered = free(table, used, &|at, column| column.kind.is_ordered() && !table.in_key(at));
    let pairs: Vec<(usize, usize)> = ordered
        .iter()
        .flat_map(|&a| ordered.iter().map(move |&b| (a, b)))
        .filter(|&(a, b)| {
            let (low, high) = (&table.columns[a], &table.columns[b]);
            a < b && low.native == high.native && low.range == high.range && low.range.1 - low.range.0 > 1
        })
        .collect();
    let &(low, high) = (!pairs.is_empty()).then(|| dice.pick(&pairs))?;
    let (a, b) = (table.list(engine, &[low]), table.list(engine, &[high]));
    let text = match dice.below(4) {
        0 => format!("{a} < {b}"),
        1 => format!("{b} >= {a}"),
        2 => format!("{b} IS NULL OR {b} >= {a}"),
        _ => format!("{a} <= {b}"),
    };
    Some(Check { columns: vec![low, high], text })
}

/// Exactly one, at least one, or all or none of some columns are set.
fn one_of(engine: Engine, table: &Table, used: &[bool], dice: &mut Dice) -> Option<Check> {
    let late = |at: usize| table.foreign_keys.iter().any(|key| key.late && key.columns.contains(&at));
    let optional = free(table, used, &|at, column| {
        column.nullable && !table.primary_key.contains(&at) && !late(at) && !shares_key(table, at)
    });
    let count = 2 + dice.below(2);
    let columns = dice.some(&optional, count);
    if columns.len() < 2 {
        return None;
    }
    let names: Vec<_> = columns.iter().map(|&at| table.list(engine, &[at])).collect();
    let is_null: Vec<_> = names.iter().map(|name| format!("({name} IS NULL)")).collect();
    let sum = |words: &[String]| match engine {
        Engine::Postgres => words.iter().map(|word| format!("{word}::int")).collect::<Vec<_>>().join(" + "),
        _ => words.join(" + "),
    };
    let text = match dice.below(4) {
        0 if engine == Engine::Postgres => format!("num_nonnulls({}) = 1", names.join(", ")),
        0..=1 if columns.len() == 2 => format!("{} <> {}", is_null[0], is_null[1]),
        0..=1 => format!("{} = {}", sum(&is_null), columns.len() - 1),
        2 => names.iter().map(|name| format!("{name} IS NOT NULL")).collect::<Vec<_>>().join(" OR "),
        _ if columns.len() == 2 => format!("{} = {}", is_null[0], is_null[1]),
        _ => format!(
            "coalesce({0} IS NULL, FALSE) OR {1} IS NOT NULL OR {2} IS NULL",
            names[0], names[1], names[2]
        ),
    };
    Some(Check { columns, text })
}

/// Whether a column is one of several of a foreign key.
fn shares_key(table: &Table, at: usize) -> bool {
    table.foreign_keys.iter().any(|key| key.columns.len() > 1 && key.columns.contains(&at))
}

/// What one column says makes another one necessary.
fn implication(engine: Engine, table: &Table, used: &[bool], dice: &mut Dice) -> Option<Check> {
    let triggers = free(table, used, &|at, column| {
        !table.in_key(at)
            && (matches!(column.kind, Kind::Boolean | Kind::Enum(_))
                || matches!(column.texts, Texts::Words(_)))
    });
    let &trigger = (!triggers.is_empty()).then(|| dice.pick(&triggers))?;
    let optional = free(table, used, &|at, column| at != trigger && column.nullable && !table.in_key(at));
    let &other = (!optional.is_empty()).then(|| dice.pick(&optional))?;
    let (a, b) = (table.list(engine, &[trigger]), table.list(engine, &[other]));
    let wanted = dice.pick(&["IS NOT NULL", "IS NULL"]);
    let text = match (&table.columns[trigger].kind, &table.columns[trigger].texts) {
        (Kind::Boolean, _) => format!("NOT {a} OR {b} {wanted}"),
        (Kind::Enum(labels), _) => format!("{a} <> '{}' OR {b} {wanted}", dice.pick(labels)),
        (_, Texts::Words(words)) => {
            format!("CASE WHEN {a} = '{}' THEN {b} {wanted} ELSE TRUE END", dice.pick(words))
        }
        _ => return None,
    };
    Some(Check { columns: vec![trigger, other], text })
}

fn arithmetic(engine: Engine, table: &Table, used: &[bool], dice: &mut Dice) -> Option<Check> {
    let small = free(table, used, &|at, column| {
        column.kind == Kind::Integer && !table.in_key(at) && column.range.1 <= 100_000 && column.range.0 >= 0
    });
    let (first, second) = pair(&small, dice)?;
    let top = table.columns[first].range.1 + table.columns[second].range.1;
    // Nothing else keeps what is made up within the numbers that can be added: so say it.
    let (a, b) = (table.list(engine, &[first]), table.list(engine, &[second]));
    let bounds = format!("{a} BETWEEN 0 AND 100000 AND {b} BETWEEN 0 AND 100000");
    let text = match dice.below(4) {
        0 => format!("{bounds} AND {a} + {b} <= {}", top * 3 / 4),
        1 => format!("{bounds} AND {a} + {b} > 0"),
        2 => format!("{bounds} AND {a} * 2 >= {b}"),
        // Unsigned numbers have no differences below 0.
        _ if engine == Engine::Mysql => format!("{bounds} AND {a} <= {b} + {}", top / 2),
        _ => format!("{bounds} AND {a} - {b} <= {}", top / 2),
    };
    Some(Check { columns: vec![first, second], text })
}

/// Two references to one table, or two columns of one type, that are not the same.
fn unequal(engine: Engine, table: &Table, used: &[bool], dice: &mut Dice) -> Option<Check> {
    let singles: Vec<((usize, usize), usize)> = table
        .foreign_keys
        .iter()
        .filter(|key| key.columns.len() == 1 && !key.late && !table.primary_key.contains(&key.columns[0]))
        .map(|key| ((key.parent, key.parent_columns[0]), key.columns[0]))
        .collect();
    let same: Vec<(usize, usize)> = singles
        .iter()
        .flat_map(|a| singles.iter().map(move |b| (a, b)))
        .filter(|(a, b)| a.0 == b.0 && a.1 < b.1 && !used[a.1] && !used[b.1])
        .map(|(a, b)| (a.1, b.1))
        .collect();
    let &(first, second) = (!same.is_empty()).then(|| dice.pick(&same))?;
    let text = format!("{} <> {}", table.list(engine, &[first]), table.list(engine, &[second]));
    Some(Check { columns: vec![first, second], text })
}
