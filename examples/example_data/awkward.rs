//! Rows for the database with every awkward feature.

use super::calendar::{date, day, time, timestamp};
use super::random::Random;
use super::{Cell, Rows, cents, people};
use std::collections::BTreeSet;

const TENANTS: usize = 12;

const COUNTRIES: &[(&str, &str, &str)] = &[
    ("DE", "DEU", "Germany"),
    ("FR", "FRA", "France"),
    ("NL", "NLD", "Netherlands"),
    ("IT", "ITA", "Italy"),
    ("AT", "AUT", "Austria"),
    ("SE", "SWE", "Sweden"),
    ("US", "USA", "United States"),
    ("GB", "GBR", "United Kingdom"),
];

/// The users of each tenant: their numbers are counted per tenant.
type Users = Vec<(usize, usize)>;

/// About 9,000 rows in all, times `size`.
pub(super) fn rows(size: usize) -> Vec<Rows> {
    let mut random = Random::new(0xA3C);
    let random = &mut random;
    let (users, user_rows) = users(random, 640 * size);
    let (groups, group_rows) = groups(random, &users, 90 * size);
    let orders = orders(random, &users, 1500 * size);
    let mut tables = vec![
        Rows {
            table: "tenants",
            columns: &["tenant_id", "name", "plan"],
            rows: (1..=TENANTS)
                .map(|id| {
                    vec![
                        id.into(),
                        format!("Tenant {id:02}").into(),
                        (*random.pick(&["free", "team", "enterprise"])).into(),
                    ]
                })
                .collect(),
        },
        Rows {
            table: "users",
            columns: &[
                "tenant_id",
                "user_id",
                "email",
                "given_name",
                "family_name",
                "manager_id",
                "is_owner",
                "created_at",
            ],
            rows: user_rows,
        },
        Rows {
            table: "Group",
            columns: &["tenant_id", "group_id", "Title", "order", "creator_id"],
            rows: group_rows,
        },
        Rows {
            table: "memberships",
            columns: &["tenant_id", "user_id", "group_id", "role", "joined_on"],
            rows: memberships(random, &users, &groups),
        },
        Rows {
            table: "user_settings",
            columns: &["tenant_id", "user_id", "theme", "notify", "quiet_from"],
            rows: settings(random, &users),
        },
        Rows {
            table: "countries",
            columns: &["iso2", "iso3", "name"],
            rows: COUNTRIES
                .iter()
                .map(|(two, three, name)| vec![(*two).into(), (*three).into(), (*name).into()])
                .collect(),
        },
        Rows {
            table: "branches",
            columns: &["id", "country_iso3", "name", "latitude", "longitude"],
            rows: branches(random, 45 * size),
        },
        Rows {
            table: "order",
            columns: &[
                "order_no",
                "tenant_id",
                "buyer_id",
                "seller_id",
                "state",
                "select",
                "net",
                "tax_rate",
                "minimum",
                "maximum",
                "placed_on",
                "due_on",
                "tags",
                "payload",
            ],
            rows: orders,
        },
    ];
    invoices(random, 320 * size, &mut tables);
    teams(random, 24 * size, 210 * size, &mut tables);
    tables.push(parts(random, 330 * size));
    accounts(random, 190 * size, 1300 * size, &mut tables);
    measurements(random, 2100 * size, &mut tables);
    tables.push(events(random, &users, 900 * size));
    tables
}

fn users(random: &mut Random, count: usize) -> (Users, Vec<Vec<Cell>>) {
    let mut next = [0usize; TENANTS + 1];
    let mut users = Vec::new();
    let mut rows = Vec::new();
    for number in 1..=count {
        let tenant = 1 + (random.unit() * random.unit() * TENANTS as f64) as usize;
        next[tenant] += 1;
        let id = next[tenant];
        let (first, last) = people::name(random);
        let manager = (id > 1 && random.chance(0.9)).then(|| 1 + random.index(id - 1));
        rows.push(vec![
            tenant.into(),
            id.into(),
            people::email(first, last, number).into(),
            first.into(),
            last.into(),
            manager.into(),
            (id == 1).into(),
            timestamp(day(2023, 1, 1) * 86_400 + random.between(0, 80_000_000)).into(),
        ]);
        users.push((tenant, id));
    }
    (users, rows)
}

fn groups(random: &mut Random, users: &Users, count: usize) -> (Users, Vec<Vec<Cell>>) {
    let mut next = [0usize; TENANTS + 1];
    let mut groups = Vec::new();
    let mut rows = Vec::new();
    for _ in 0..count {
        let (tenant, creator) = *random.pick(users);
        next[tenant] += 1;
        groups.push((tenant, next[tenant]));
        rows.push(vec![
            tenant.into(),
            next[tenant].into(),
            format!("{} {}", random.pick(&["Sales", "Design", "Support", "Board", "Field"]), next[tenant])
                .into(),
            random.between(0, 9).into(),
            creator.into(),
        ]);
    }
    (groups, rows)
}

fn memberships(random: &mut Random, users: &Users, groups: &Users) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for &(tenant, user) in users {
        let own: Vec<_> = groups.iter().filter(|group| group.0 == tenant).collect();
        if own.is_empty() {
            continue;
        }
        let chosen: BTreeSet<_> = (0..random.geometric(2.4)).map(|_| random.pick(&own).1).collect();
        for group in chosen {
            rows.push(vec![
                tenant.into(),
                user.into(),
                group.into(),
                ["member", "editor", "admin"][random.weighted(&[0.7, 0.2, 0.1])].into(),
                date(day(2023, 1, 1) + random.between(0, 900)).into(),
            ]);
        }
    }
    rows
}

fn settings(random: &mut Random, users: &Users) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for &(tenant, user) in users {
        if random.chance(0.65) {
            let notify = format!(
                "{{\"mail\": {}, \"push\": {}, \"every\": \"{}\"}}",
                random.chance(0.6),
                random.chance(0.3),
                random.pick(&["hour", "day", "week"])
            );
            let quiet = random.chance(0.4).then(|| time(random.between(20, 23) * 3600));
            let theme = *random.pick(&["light", "light", "dark"]);
            rows.push(vec![tenant.into(), user.into(), theme.into(), notify.into(), quiet.into()]);
        }
    }
    rows
}

fn branches(random: &mut Random, count: usize) -> Vec<Vec<Cell>> {
    (1..=count)
        .map(|id| {
            let place = random.chance(0.9);
            let (latitude, longitude) = (random.bell(50.0, 5.0), random.bell(9.0, 8.0));
            let number = |value: f64| if place { Cell::Number(format!("{value:.5}")) } else { Cell::Null };
            vec![
                id.into(),
                random.pick(COUNTRIES).1.into(),
                format!("Branch {}", id).into(),
                number(latitude),
                number(longitude),
            ]
        })
        .collect()
}

fn orders(random: &mut Random, users: &Users, count: usize) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    for id in 1..=count {
        let (tenant, buyer) = *random.pick(users);
        let others: Vec<_> = users.iter().filter(|user| user.0 == tenant && user.1 != buyer).collect();
        if others.is_empty() {
            continue;
        }
        let seller = random.pick(&others).1;
        let placed = day(2024, 1, 1) + random.between(0, 640);
        let state = random.weighted(&[0.15, 0.35, 0.5]);
        let due =
            (state == 2 || random.chance(0.5)).then(|| date(placed + *random.pick(&[0, 14, 14, 30, 60])));
        let minimum = random.between(0, 20);
        let tags: BTreeSet<_> = (0..random.geometric(1.0).min(4))
            .map(|_| *random.pick(&["new", "rush", "gift", "bulk"]))
            .collect();
        let payload = random.chance(0.5).then(|| {
            format!(
                "{{\"source\": \"{}\", \"lines\": {}}}",
                random.pick(&["web", "edi"]),
                random.between(1, 9)
            )
        });
        rows.push(vec![
            (id * 3).into(),
            tenant.into(),
            buyer.into(),
            seller.into(),
            ["draft", "open", "closed"][state].into(),
            random.chance(0.3).then(|| *random.pick(&["first", "second", "third"])).into(),
            cents((random.unit() * random.unit() * 250_000.0) as i64 + 100),
            Cell::Number((*random.pick(&["0.000", "0.070", "0.190", "0.190", "0.200"])).to_owned()),
            minimum.into(),
            (minimum + random.geometric(6.0) as i64).into(),
            date(placed).into(),
            due.into(),
            Cell::List(tags.into_iter().map(str::to_owned).collect()),
            payload.into(),
        ]);
    }
    rows
}

fn invoices(random: &mut Random, count: usize, tables: &mut Vec<Rows>) {
    let numbers: Vec<_> = tables
        .last()
        .map(|orders| orders.rows.iter().map(|row| row[0].clone()).collect())
        .unwrap_or_default();
    let mut invoices = Vec::new();
    let mut versions: Vec<Vec<Cell>> = Vec::new();
    for (id, number) in (1..=count).zip(numbers) {
        for _ in 0..1 + random.geometric(1.2).min(8) {
            versions.push(vec![
                (versions.len() + 1).into(),
                id.into(),
                cents(random.between(500, 300_000)),
                date(day(2024, 2, 1) + random.between(0, 600)).into(),
            ]);
        }
        invoices.push(vec![id.into(), number, versions.len().into()]);
    }
    tables.push(Rows {
        table: "invoices",
        columns: &["id", "order_no", "current_version_id"],
        rows: invoices,
    });
    tables.push(Rows {
        table: "invoice_versions",
        columns: &["id", "invoice_id", "amount", "issued_on"],
        rows: versions,
    });
}

fn teams(random: &mut Random, teams: usize, people: usize, tables: &mut Vec<Rows>) {
    let team_rows = (1..=teams).map(|id| {
        let lead = random.chance(0.8).then(|| 1 + random.index(people));
        vec![id.into(), format!("Team {id:03}").into(), lead.into()]
    });
    tables.push(Rows { table: "teams", columns: &["id", "name", "lead_id"], rows: team_rows.collect() });
    let people_rows = (1..=people).map(|id| {
        let team = random.chance(0.92).then(|| 1 + random.index(teams));
        vec![id.into(), team.into(), random.pick(people::FIRST).to_lowercase().into()]
    });
    tables.push(Rows {
        table: "people",
        columns: &["id", "team_id", "nickname"],
        rows: people_rows.collect(),
    });
}

fn parts(random: &mut Random, count: usize) -> Rows {
    let number = |id: usize| format!("PT-{:06}", id * 11);
    let rows = (1..=count).map(|id| {
        let assembly = (id > 5).then(|| number(1 + random.index((id - 1) / 3 + 1)));
        let weight = random.chance(0.9).then(|| format!("{:.2}", 0.05 + random.unit() * 12.0));
        let drawing = random
            .chance(0.4)
            .then(|| (0..random.between(4, 24)).map(|_| random.between(0, 255) as u8).collect());
        vec![
            number(id).into(),
            assembly.into(),
            weight.map_or(Cell::Null, Cell::Number),
            drawing.map_or(Cell::Null, Cell::Bytes),
        ]
    });
    Rows { table: "parts", columns: &["part_no", "assembly_no", "weight", "drawing"], rows: rows.collect() }
}

fn accounts(random: &mut Random, accounts: usize, transfers: usize, tables: &mut Vec<Rows>) {
    let ids: Vec<_> = (0..accounts).map(|_| random.uuid()).collect();
    let rows = ids.iter().map(|id| {
        let (first, last) = people::name(random);
        vec![
            id.as_str().into(),
            format!("{first} {last}").into(),
            date(day(2019, 1, 1) + random.between(0, 2000)).into(),
            cents((random.bell(2500.0, 1800.0) * 100.0) as i64),
        ]
    });
    let rows = rows.collect();
    tables.push(Rows { table: "accounts", columns: &["id", "holder", "opened_on", "balance"], rows });
    let mut rows = Vec::new();
    for id in 1..=transfers {
        let from = random.index(accounts);
        let to = (from + 1 + random.index(accounts - 1)) % accounts;
        rows.push(vec![
            id.into(),
            ids[from].as_str().into(),
            ids[to].as_str().into(),
            cents(random.between(1, 40) * 500 + random.between(0, 99)),
            timestamp(day(2024, 1, 1) * 86_400 + random.between(0, 55_000_000)).into(),
        ]);
    }
    tables.push(Rows {
        table: "transfers",
        columns: &["id", "from_account", "to_account", "amount", "made_at"],
        rows,
    });
}

fn measurements(random: &mut Random, count: usize, tables: &mut Vec<Rows>) {
    let places = ["Cellar", "Roof", "Yard", "Hall", "Boiler", "Office"];
    let sensors = (1..=30usize)
        .map(|id| vec![(id * 10).into(), places[id % 6].into(), ["C", "%", "hPa"][id % 3].into()]);
    tables.push(Rows { table: "sensors", columns: &["id", "place", "unit"], rows: sensors.collect() });
    let rows = (1..=count).map(|id| {
        vec![
            (100_000 + id).into(),
            ((1 + random.index(30)) * 10).into(),
            date(day(2023, 9, 1) + random.between(0, 900)).into(),
            Cell::Number(format!("{:.3}", random.bell(21.0, 4.0))),
        ]
    });
    tables.push(Rows {
        table: "measurements",
        columns: &["id", "sensor_id", "measured_on", "value"],
        rows: rows.collect(),
    });
}

fn events(random: &mut Random, users: &Users, count: usize) -> Rows {
    let rows = (0..count).map(|_| {
        let (tenant, user) = *random.pick(users);
        let address =
            format!("10.{}.{}.{}", random.between(0, 9), random.between(0, 255), random.between(1, 254));
        let action = *random.pick(&["login", "login", "export", "delete"]);
        vec![
            random.uuid().into(),
            tenant.into(),
            random.chance(0.9).then_some(user).into(),
            timestamp(day(2025, 1, 1) * 86_400 + random.between(0, 20_000_000)).into(),
            random.chance(0.8).then_some(address).into(),
            random.chance(0.7).then(|| time(random.between(1, 4000))).into(),
            format!("{{\"action\": \"{action}\", \"ok\": {}}}", random.chance(0.9)).into(),
        ]
    });
    Rows {
        table: "audit.events",
        columns: &["id", "tenant_id", "user_id", "happened_at", "address", "took", "detail"],
        rows: rows.collect(),
    }
}
