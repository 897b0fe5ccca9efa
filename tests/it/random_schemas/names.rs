//! Names of tables and columns: plain, reserved, in capitals, with blanks, in other scripts, as long as they may be.

use super::dice::Dice;

const TABLES: &[&str] = &[
    "customers",
    "orders",
    "order_lines",
    "products",
    "categories",
    "invoices",
    "payments",
    "employees",
    "departments",
    "projects",
    "tasks",
    "tags",
    "countries",
    "cities",
    "addresses",
    "accounts",
    "transactions",
    "events",
    "sessions",
    "devices",
    "sensors",
    "measurements",
    "students",
    "courses",
    "enrolments",
    "teachers",
    "grades",
    "books",
    "authors",
    "loans",
    "patients",
    "visits",
    "prescriptions",
    "drugs",
    "vehicles",
    "trips",
    "stations",
    "tickets",
    "comments",
    "posts",
    "likes",
    "users",
    "roles",
    "permissions",
    "settings",
    "audit_log",
    "files",
    "folders",
    "versions",
    "teams",
];

const AWKWARD_TABLES: &[&str] = &[
    "order",
    "group",
    "user",
    "select",
    "table",
    "Customer",
    "OrderLine",
    "SALES",
    "Größe",
    "naïve table",
    "имена",
    "名前",
    "t-1",
    "x$y",
    "end",
    "primary",
    "index",
    "limit",
    "a_table_whose_name_is_exactly_as_long_as_postgres_allows_63byte",
];

const COLUMNS: &[&str] = &[
    "name",
    "title",
    "email",
    "phone",
    "city",
    "country",
    "street",
    "zip",
    "status",
    "state",
    "kind",
    "type",
    "code",
    "description",
    "notes",
    "comment",
    "amount",
    "price",
    "quantity",
    "total",
    "tax",
    "discount",
    "rate",
    "score",
    "weight",
    "height",
    "width",
    "latitude",
    "longitude",
    "age",
    "year",
    "created_at",
    "updated_at",
    "deleted_at",
    "valid_from",
    "valid_to",
    "starts_on",
    "ends_on",
    "birth_date",
    "due",
    "opened",
    "closed",
    "is_active",
    "enabled",
    "flag",
    "position",
    "priority",
    "level",
    "rank",
    "version",
    "url",
    "token",
    "hash",
    "payload",
    "data",
    "meta",
    "first_name",
    "last_name",
    "username",
    "password",
    "company",
    "currency",
    "iban",
    "sku",
    "isbn",
    "serial_no",
    "minimum",
    "maximum",
    "count",
    "ratio",
    "duration",
    "size",
    "color",
    "language",
    "ip",
    "mac",
    "balance",
    "salary",
];

const AWKWARD_COLUMNS: &[&str] = &[
    "order",
    "group",
    "user",
    "select",
    "from",
    "where",
    "Name",
    "UnitPrice",
    "FAX",
    "unit price",
    "größe",
    "имя",
    "値",
    "a-b",
    "c$",
    "default",
    "check",
    "end",
    "%share",
    "key",
    "values",
    "a_column_whose_name_is_as_long_as_any_engine_here_allows_63byte",
];

/// A name that is not among `taken`, whatever the case.
fn fresh<'a>(dice: &mut Dice, pools: [&[&'static str]; 2], taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<String> = taken.map(str::to_lowercase).collect();
    let awkward = dice.chance(12);
    let name = (*dice.pick(pools[usize::from(awkward)])).to_owned();
    numbered(name, &taken)
}

/// The name, or the first numbered one that is not taken.
fn numbered(name: String, taken: &[String]) -> String {
    let is_taken = |name: &String| taken.contains(&name.to_lowercase());
    if !is_taken(&name) {
        return name;
    }
    let short: String = name.chars().take(50).collect();
    (2..).map(|number| format!("{short}_{number}")).find(|name| !is_taken(name)).expect("a number is left")
}

/// A name for another table.
pub(super) fn table<'a>(dice: &mut Dice, taken: impl Iterator<Item = &'a str>) -> String {
    fresh(dice, [TABLES, AWKWARD_TABLES], taken)
}

/// A name for another column.
pub(super) fn column<'a>(dice: &mut Dice, taken: impl Iterator<Item = &'a str>) -> String {
    fresh(dice, [COLUMNS, AWKWARD_COLUMNS], taken)
}

/// This name, or a numbered one.
pub(super) fn like<'a>(name: &str, taken: impl Iterator<Item = &'a str>) -> String {
    let taken: Vec<String> = taken.map(str::to_lowercase).collect();
    let mut short = name.to_owned();
    while short.len() > 55 {
        short.pop();
    }
    numbered(short, &taken)
}
