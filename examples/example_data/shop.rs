//! Three years of a shop: a December season, tiers that follow spending, repeat buyers, a tree of categories.

use super::calendar::{civil, date, day, timestamp};
use super::random::Random;
use super::{Cell, Rows, cents, people};

const COUNTRIES: &[(&str, &str, &str, f64)] = &[
    ("DE", "Germany", "EUR", 0.34),
    ("FR", "France", "EUR", 0.17),
    ("NL", "Netherlands", "EUR", 0.13),
    ("IT", "Italy", "EUR", 0.11),
    ("AT", "Austria", "EUR", 0.09),
    ("SE", "Sweden", "SEK", 0.06),
    ("US", "United States", "USD", 0.06),
    ("GB", "United Kingdom", "GBP", 0.04),
];

/// A shelf's name, the usual price of its products in cents, and their nouns.
type Shelf = (&'static str, i64, &'static [&'static str]);

/// Departments with their shelves, the usual price in cents, and the nouns of their products.
const SHELVES: &[(&str, &[Shelf])] = &[
    (
        "Kitchen",
        &[
            ("Knives", 4500, &["Paring Knife", "Bread Knife", "Chef's Knife"]),
            ("Pots", 6900, &["Saucepan", "Stock Pot", "Casserole"]),
            ("Tea and Coffee", 2400, &["Teapot", "Coffee Press", "Grinder", "Kettle"]),
        ],
    ),
    (
        "Garden",
        &[
            ("Tools", 2900, &["Spade", "Rake", "Pruner", "Trowel"]),
            ("Pots and Planters", 1900, &["Planter", "Hanging Basket", "Window Box"]),
            ("Seeds", 350, &["Tomato Seeds", "Basil Seeds", "Sunflower Seeds"]),
        ],
    ),
    (
        "Home",
        &[
            ("Lamps", 7900, &["Desk Lamp", "Floor Lamp", "Night Light"]),
            ("Textiles", 3200, &["Blanket", "Cushion", "Curtain", "Rug"]),
            ("Candles", 1200, &["Pillar Candle", "Scented Candle"]),
        ],
    ),
    (
        "Outdoors",
        &[
            ("Camping", 8900, &["Tent", "Sleeping Bag", "Camp Stove"]),
            ("Bags", 5900, &["Backpack", "Duffel Bag", "Tote"]),
        ],
    ),
];

const ADJECTIVES: &[&str] = &[
    "Classic", "Compact", "Nordic", "Rustic", "Slim", "Sturdy", "Travel", "Everyday", "Large", "Small",
    "Oak", "Steel",
];

const PRAISE: &[&str] = &[
    "Does what it should",
    "Very happy with it",
    "Better than expected",
    "A good present",
    "Would buy again",
];
const COMPLAINT: &[&str] =
    &["Arrived with a scratch", "Smaller than I thought", "Broke after a week", "Not worth the money"];
const DETAIL: &[&str] = &[
    "The material feels solid.",
    "Delivery took four days.",
    "The colour is darker than in the picture.",
    "My sister has the same one.",
    "It is easy to clean.",
    "The box was damaged.",
    "I use it every morning.",
];

struct Product {
    price: i64,
    launched: i64,
    weight: f64,
}

struct Customer {
    signed_up: i64,
    orders: usize,
    tier: usize,
    country: usize,
    addresses: Vec<usize>,
}

struct Order {
    customer: usize,
    placed: i64,
    status: usize,
}

/// 760 customers and everything of theirs, times `size`.
pub(super) fn rows(size: usize) -> Vec<Rows> {
    let mut random = Random::new(0x5309);
    let (categories, leaves) = categories();
    let (products, product_rows) = products(&mut random, &leaves, 180 * size.min(10));
    let mut customers = customers(&mut random, 760 * size);
    let (customer_rows, address_rows) = people_rows(&mut random, &mut customers);
    let (orders, order_rows) = orders(&mut random, &customers);
    let (line_rows, totals) = lines(&mut random, &customers, &orders, &products);
    let payment_rows = payments(&mut random, &orders, &totals);
    let review_rows = reviews(&mut random, &orders, &line_rows, size);
    vec![
        Rows {
            table: "countries",
            columns: &["code", "name", "currency"],
            rows: COUNTRIES
                .iter()
                .map(|(code, name, currency, _)| vec![(*code).into(), (*name).into(), (*currency).into()])
                .collect(),
        },
        Rows { table: "categories", columns: &["id", "parent_id", "name", "slug"], rows: categories },
        Rows {
            table: "products",
            columns: &[
                "id",
                "category_id",
                "sku",
                "name",
                "price",
                "cost",
                "weight_grams",
                "active",
                "launched_on",
            ],
            rows: product_rows,
        },
        Rows {
            table: "customers",
            columns: &[
                "id",
                "email",
                "first_name",
                "last_name",
                "phone",
                "country_code",
                "tier",
                "birth_date",
                "newsletter",
                "signed_up_at",
                "preferences",
            ],
            rows: customer_rows,
        },
        Rows {
            table: "addresses",
            columns: &["id", "customer_id", "label", "street", "city", "postcode", "country_code"],
            rows: address_rows,
        },
        Rows {
            table: "orders",
            columns: &[
                "id",
                "customer_id",
                "shipping_address_id",
                "status",
                "channel",
                "placed_at",
                "shipped_at",
                "shipping_fee",
                "coupon",
            ],
            rows: order_rows,
        },
        Rows {
            table: "order_lines",
            columns: &["order_id", "line_no", "product_id", "quantity", "unit_price", "discount_percent"],
            rows: line_rows,
        },
        Rows {
            table: "payments",
            columns: &["id", "order_id", "method", "amount", "paid_at", "reference"],
            rows: payment_rows,
        },
        Rows {
            table: "reviews",
            columns: &["id", "product_id", "customer_id", "rating", "title", "body", "written_at"],
            rows: review_rows,
        },
    ]
}

type Leaf = (usize, i64, &'static [&'static str]);

fn categories() -> (Vec<Vec<Cell>>, Vec<Leaf>) {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut leaves = Vec::new();
    for (department, shelves) in SHELVES {
        let parent = rows.len() + 1;
        rows.push(vec![parent.into(), Cell::Null, (*department).into(), department.to_lowercase().into()]);
        for (shelf, price, nouns) in *shelves {
            let id = rows.len() + 1;
            let slug = format!("{department}-{shelf}").to_lowercase().replace(' ', "-");
            rows.push(vec![id.into(), parent.into(), (*shelf).into(), slug.into()]);
            leaves.push((id, *price, *nouns));
        }
    }
    (rows, leaves)
}

fn products(random: &mut Random, leaves: &[Leaf], count: usize) -> (Vec<Product>, Vec<Vec<Cell>>) {
    let mut products = Vec::new();
    let mut rows = Vec::new();
    for id in 1..=count {
        let (category, usual, nouns) = *random.pick(leaves);
        let price = (usual as f64 * (0.5 + random.unit() * 1.4)) as i64 / 100 * 100 + 95;
        let cost = price * random.between(35, 75) / 100;
        let launched = day(2021, 1, 1) + random.between(0, 1500);
        let weight = random.chance(0.9).then(|| random.between(5, 240) * 25);
        rows.push(vec![
            id.into(),
            category.into(),
            format!("{}-{:05}", ["KT", "GD", "HM", "OD"][category % 4], id * 7).into(),
            format!("{} {} {}", random.pick(ADJECTIVES), random.pick(nouns), id % 40 + 1).into(),
            cents(price),
            cents(cost),
            weight.into(),
            random.chance(0.88).into(),
            date(launched).into(),
        ]);
        products.push(Product { price, launched, weight: 1.0 / (1.0 + id as f64 / 25.0) });
    }
    (products, rows)
}

fn customers(random: &mut Random, count: usize) -> Vec<Customer> {
    let weights: Vec<_> = COUNTRIES.iter().map(|country| country.3).collect();
    (0..count)
        .map(|_| {
            // Most buy once or twice, a few again and again; some never.
            let orders = if random.chance(0.14) { 0 } else { 1 + random.geometric(1.75) };
            let tier = match orders {
                0..=2 => usize::from(random.chance(0.05)),
                3..=5 => 1 + usize::from(random.chance(0.1)),
                _ => 2 - usize::from(random.chance(0.2)),
            };
            Customer {
                signed_up: day(2022, 6, 1) + random.between(0, 1100),
                orders,
                tier,
                country: random.weighted(&weights),
                addresses: Vec::new(),
            }
        })
        .collect()
}

fn people_rows(random: &mut Random, customers: &mut [Customer]) -> (Vec<Vec<Cell>>, Vec<Vec<Cell>>) {
    let mut rows = Vec::new();
    let mut addresses: Vec<Vec<Cell>> = Vec::new();
    for (index, customer) in customers.iter_mut().enumerate() {
        let (first, last) = people::name(random);
        let country = COUNTRIES[customer.country].0;
        let birth = day(2024, 1, 1) - (random.bell(42.0, 13.0).clamp(18.0, 90.0) * 365.25) as i64;
        let preferences = random.chance(0.6).then(|| {
            let language = ["de", "fr", "nl", "en"][random.weighted(&[4.0, 2.0, 1.0, 2.0])];
            format!(
                "{{\"language\": \"{language}\", \"dark\": {}, \"page\": {}}}",
                random.chance(0.3),
                random.pick(&[20, 50, 100])
            )
        });
        rows.push(vec![
            (index + 1).into(),
            people::email(first, last, index + 1).into(),
            first.into(),
            last.into(),
            random.chance(0.7).then(|| people::phone(random)).into(),
            country.into(),
            ["bronze", "silver", "gold"][customer.tier].into(),
            random.chance(0.8).then(|| date(birth)).into(),
            random.chance(0.25 + 0.25 * customer.tier as f64).into(),
            timestamp(customer.signed_up * 86_400 + random.between(21_600, 82_800)).into(),
            preferences.into(),
        ]);
        for label in ["home", "work", "other"] {
            if !random.chance(match label {
                "home" => 0.93,
                "work" => 0.3,
                _ => 0.12,
            }) {
                continue;
            }
            let (street, city, postcode) = people::address(random, country);
            let id = addresses.len() + 1;
            customer.addresses.push(id);
            addresses.push(vec![
                id.into(),
                (index + 1).into(),
                label.into(),
                street.into(),
                city.into(),
                postcode.into(),
                country.into(),
            ]);
        }
    }
    (rows, addresses)
}

fn orders(random: &mut Random, customers: &[Customer]) -> (Vec<Order>, Vec<Vec<Cell>>) {
    let mut orders: Vec<Order> = Vec::new();
    let end = day(2025, 10, 1);
    for (index, customer) in customers.iter().enumerate() {
        for _ in 0..customer.orders {
            let mut placed = random.between(customer.signed_up, end);
            // November and December sell twice as much: half of the other months' orders try once more.
            if !matches!(civil(placed).1, 11 | 12) && random.chance(0.5) {
                placed = random.between(customer.signed_up, end);
            }
            let hour = random.bell(15.0, 4.0).clamp(0.0, 23.9);
            let status = random.weighted(&[0.03, 0.04, 0.07, 0.77, 0.05, 0.04]);
            orders.push(Order { customer: index, placed: placed * 86_400 + (hour * 3600.0) as i64, status });
        }
    }
    orders.sort_by_key(|order| order.placed);
    let rows = orders
        .iter()
        .enumerate()
        .map(|(index, order)| {
            let customer = &customers[order.customer];
            let address = (!customer.addresses.is_empty() && random.chance(0.95))
                .then(|| *random.pick(&customer.addresses));
            let shipped = matches!(order.status, 2 | 3 | 5)
                .then(|| timestamp(order.placed + random.between(3_600, 400_000)));
            vec![
                (index + 1).into(),
                (order.customer + 1).into(),
                address.into(),
                ["placed", "paid", "shipped", "delivered", "cancelled", "returned"][order.status].into(),
                ["web", "app", "phone", "store"][random.weighted(&[0.55, 0.3, 0.1, 0.05])].into(),
                timestamp(order.placed).into(),
                shipped.into(),
                cents(*random.pick(&[0, 0, 490, 490, 490, 990])),
                random.chance(0.12).then(|| *random.pick(&["SPRING10", "WELCOME", "FRIENDS5"])).into(),
            ]
        })
        .collect();
    (orders, rows)
}

fn lines(
    random: &mut Random,
    customers: &[Customer],
    orders: &[Order],
    products: &[Product],
) -> (Vec<Vec<Cell>>, Vec<i64>) {
    let weights: Vec<_> = products.iter().map(|product| product.weight).collect();
    let mut rows = Vec::new();
    let mut totals = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        let tier = customers[order.customer].tier;
        let mut total = 0;
        for line in 1..=1 + random.geometric(0.8 + 0.7 * tier as f64).min(11) {
            let product = random.weighted(&weights);
            let item = &products[product];
            let quantity = 1 + random.geometric(0.4).min(19) as i64;
            let discount =
                if random.chance(0.2 + 0.1 * tier as f64) { *random.pick(&[5, 10, 10, 20]) } else { 0 };
            // What was sold before it was launched went at the preview price.
            let unit = if item.launched * 86_400 > order.placed { item.price * 9 / 10 } else { item.price };
            total += unit * quantity * (100 - discount) / 100;
            rows.push(vec![
                (index + 1).into(),
                line.into(),
                (product + 1).into(),
                quantity.into(),
                cents(unit),
                discount.into(),
            ]);
        }
        totals.push(total);
    }
    (rows, totals)
}

fn payments(random: &mut Random, orders: &[Order], totals: &[i64]) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for (index, order) in orders.iter().enumerate() {
        if matches!(order.status, 0 | 4) {
            continue;
        }
        let parts = if random.chance(0.06) { 2 } else { 1 };
        for _ in 0..parts {
            let id = rows.len() + 1;
            rows.push(vec![
                id.into(),
                (index + 1).into(),
                ["card", "invoice", "transfer", "voucher"][random.weighted(&[0.6, 0.22, 0.13, 0.05])].into(),
                cents((totals[index] / parts).max(1)),
                timestamp(order.placed + random.between(30, 200_000)).into(),
                format!("PAY-{:09}", id * 7919).into(),
            ]);
        }
    }
    rows
}

fn reviews(random: &mut Random, orders: &[Order], lines: &[Vec<Cell>], size: usize) -> Vec<Vec<Cell>> {
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    let mut seen = std::collections::HashSet::new();
    for line in lines {
        let (Cell::Int(order), Cell::Int(product)) = (&line[0], &line[2]) else { continue };
        let order = &orders[*order as usize - 1];
        if rows.len() >= 700 * size || !random.chance(0.16) || !seen.insert((*product, order.customer)) {
            continue;
        }
        let rating = 1 + random.weighted(&[0.06, 0.07, 0.15, 0.32, 0.4]);
        let title = if rating >= 4 { *random.pick(PRAISE) } else { *random.pick(COMPLAINT) };
        let body = random.chance(0.65).then(|| {
            let sentences: Vec<_> = (0..random.between(1, 4)).map(|_| *random.pick(DETAIL)).collect();
            sentences.join(" ")
        });
        rows.push(vec![
            (rows.len() + 1).into(),
            (*product).into(),
            (order.customer + 1).into(),
            rating.into(),
            random.chance(0.8).then_some(title).into(),
            body.into(),
            timestamp(order.placed + random.between(200_000, 5_000_000)).into(),
        ]);
    }
    rows
}
