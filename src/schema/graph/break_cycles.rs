//! Which foreign keys of a cycle are taken out: an order of its tables in which the keys that point forward are
//! cheapest to close.

use super::{Closed, LateEdge, closing};
use crate::schema::{ForeignKey, Schema};

/// Up to this many tables the best order is found by trying all, with 2ⁿ steps.
const EXACT: usize = 15;

/// Closing a reference late costs about the same whether it waits or is filled in later…
const DEFERRED: u64 = 100;
const SECOND_PASS: u64 = 101;
/// …adding a constraint afterwards costs a right on the target…
const AFTER_LOAD: u64 = 100_000;
/// …a column that the primary key shares is settled before the rest of the reference…
const SHARES_KEY: u64 = 10;
/// …and a key that consists of the reference cannot be known before it.
const IS_KEY: u64 = 1_000_000_000;

/// A foreign key within a cycle.
struct Edge {
    table: usize,
    foreign_key: usize,
    /// Positions of child and parent in the cycle.
    child: usize,
    parent: usize,
    cost: u64,
}

/// The late edges of one strongly connected component.
pub(super) fn late_edges(schema: &Schema, cycle: &[usize]) -> Vec<LateEdge> {
    let edges = edges(schema, cycle);
    let mut costs = vec![vec![0; cycle.len()]; cycle.len()];
    for edge in &edges {
        costs[edge.child][edge.parent] += edge.cost;
    }
    let order = if cycle.len() <= EXACT { best_order(&costs) } else { good_order(&costs) };
    let mut position = vec![0; cycle.len()];
    for (at, &member) in order.iter().enumerate() {
        position[member] = at;
    }
    let late = edges.into_iter().filter(|edge| position[edge.child] < position[edge.parent]);
    late.map(|edge| LateEdge {
        table: edge.table,
        foreign_key: edge.foreign_key,
        closed: impossible(schema, cycle, &edge).unwrap_or_else(|| {
            closing(schema, edge.table, &schema.tables[edge.table].foreign_keys[edge.foreign_key])
        }),
    })
    .collect()
}

fn edges(schema: &Schema, cycle: &[usize]) -> Vec<Edge> {
    let mut edges = Vec::new();
    for (child, &table) in cycle.iter().enumerate() {
        for (foreign_key, key) in schema.tables[table].foreign_keys.iter().enumerate() {
            let parent = cycle.iter().position(|&member| member == key.parent);
            if let Some(parent) = parent.filter(|&parent| parent != child) {
                let cost = cost(schema, table, foreign_key);
                edges.push(Edge { table, foreign_key, child, parent, cost });
            }
        }
    }
    edges
}

fn cost(schema: &Schema, table: usize, foreign_key: usize) -> u64 {
    let keys = &schema.tables[table].foreign_keys;
    let key = &keys[foreign_key];
    let closing = match closing(schema, table, key) {
        Closed::Deferred => DEFERRED,
        Closed::SecondPass => SECOND_PASS,
        _ => AFTER_LOAD,
    };
    if is_key(schema, table, key) {
        return IS_KEY + closing;
    }
    // A shared key column that another foreign key settles costs nothing here.
    let settled = |column: &usize| {
        let mut others = keys.iter().enumerate().filter(|(index, _)| *index != foreign_key);
        others.any(|(_, other)| other.columns.contains(column))
    };
    let shared = key.columns.iter().any(|column| in_key(schema, table, *column) && !settled(column));
    closing + if shared { SHARES_KEY } else { 0 }
}

fn in_key(schema: &Schema, table: usize, column: usize) -> bool {
    schema.tables[table].primary_key.iter().any(|primary| primary.columns.contains(&column))
}

/// Whether all of a foreign key's columns are columns of the primary key.
fn is_key(schema: &Schema, table: usize, key: &ForeignKey) -> bool {
    !key.columns.is_empty() && key.columns.iter().all(|column| in_key(schema, table, *column))
}

/// The order with the least cost of all, by dynamic programming over the sets of tables that are already placed.
fn best_order(costs: &[Vec<u64>]) -> Vec<usize> {
    let all = (1usize << costs.len()) - 1;
    // rest[placed] is the least cost of placing all the others.
    let mut rest = vec![0u64; all + 1];
    let step = |placed: usize, next: usize| -> u64 {
        let missing = (0..costs.len()).filter(|&parent| placed >> parent & 1 == 0 && parent != next);
        missing.map(|parent| costs[next][parent]).sum()
    };
    let free = |placed: usize| (0..costs.len()).filter(move |&next| placed >> next & 1 == 0);
    for placed in (0..all).rev() {
        let choices = free(placed).map(|next| step(placed, next) + rest[placed | 1 << next]);
        rest[placed] = choices.min().unwrap_or(0);
    }
    let mut order = Vec::with_capacity(costs.len());
    let mut placed = 0;
    while placed != all {
        // The first of equals, so that the order depends on nothing but the schema.
        let next = free(placed).find(|&next| step(placed, next) + rest[placed | 1 << next] == rest[placed]);
        let next = next.expect("the least cost belongs to one of the choices");
        order.push(next);
        placed |= 1 << next;
    }
    order
}

/// A good order of many tables: always the table whose missing parents cost least, then single tables are moved while
/// that helps.
fn good_order(costs: &[Vec<u64>]) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(costs.len());
    let mut left: Vec<usize> = (0..costs.len()).collect();
    while !left.is_empty() {
        let missing = |next: usize| -> u64 { left.iter().map(|&parent| costs[next][parent]).sum() };
        let (at, _) = left
            .iter()
            .enumerate()
            .min_by_key(|&(_, &next)| (missing(next), next))
            .expect("there is a table left");
        order.push(left.remove(at));
    }
    loop {
        let before = order_cost(costs, &order);
        for member in 0..costs.len() {
            move_to_best_place(costs, &mut order, member);
        }
        if order_cost(costs, &order) >= before {
            return order;
        }
    }
}

fn order_cost(costs: &[Vec<u64>], order: &[usize]) -> u64 {
    let forward = order
        .iter()
        .enumerate()
        .flat_map(|(at, &child)| order[at + 1..].iter().map(move |&parent| (child, parent)));
    forward.map(|(child, parent)| costs[child][parent]).sum()
}

fn move_to_best_place(costs: &[Vec<u64>], order: &mut Vec<usize>, member: usize) {
    let Some(from) = order.iter().position(|&other| other == member) else { return };
    order.remove(from);
    // The cost of standing first is that of every parent; each table passed adds its own reference and saves ours.
    let mut cost: i128 = order.iter().map(|&parent| i128::from(costs[member][parent])).sum();
    let mut cost_at = Vec::with_capacity(order.len() + 1);
    cost_at.push(cost);
    for &passed in order.iter() {
        cost += i128::from(costs[passed][member]) - i128::from(costs[member][passed]);
        cost_at.push(cost);
    }
    let best = cost_at.iter().min().copied().unwrap_or(0);
    let place = if cost_at[from] == best {
        from
    } else {
        cost_at.iter().position(|&cost| cost == best).unwrap_or(from)
    };
    order.insert(place, member);
}

/// Whether the columns of a late edge are columns of a key that, followed from key to key, depend on themselves.
fn impossible(schema: &Schema, cycle: &[usize], edge: &Edge) -> Option<Closed> {
    let key = &schema.tables[edge.table].foreign_keys[edge.foreign_key];
    if !is_key(schema, edge.table, key) {
        return None;
    }
    let target = |column: usize| (edge.table, column);
    let parents = |(table, column): (usize, usize)| {
        let keys = schema.tables[table].foreign_keys.iter();
        let keys = keys.filter(move |key| {
            key.parent != table && cycle.contains(&key.parent) && is_key(schema, table, key)
        });
        keys.flat_map(move |key| {
            let pairs = key.columns.iter().zip(&key.parent_columns);
            pairs.filter(move |(own, _)| **own == column).map(|(_, parent)| (key.parent, *parent))
        })
    };
    let column = key.columns.iter().zip(&key.parent_columns).find(|(own, parent)| {
        let mut seen = vec![(key.parent, **parent)];
        let mut next = 0;
        while next < seen.len() {
            let from = seen[next];
            for reached in parents(from) {
                if !seen.contains(&reached) {
                    seen.push(reached);
                }
            }
            next += 1;
        }
        seen.contains(&target(**own))
    })?;
    let table = &schema.tables[edge.table];
    Some(Closed::Impossible(format!(
        "the primary key of {} contains {}, which refers to {} and through it to itself",
        table.name, table.columns[*column.0].name, schema.tables[key.parent].name
    )))
}
