//! Names that the schema does not know, as the terminal shows them.

use super::{Paint, error};
use crate::cli::settings::from_document;
use crate::config::{Document, Place, Settings, Subject, check};
use crate::schema::Schema;

const GENERATORS: [&str; 3] = ["email", "range", "uuid"];

fn schema() -> Schema {
    let column = |name: &str, data_type: serde_json::Value| serde_json::json!({ "name": name, "data_type": data_type, "native": "type", "nullable": true });
    let integer = serde_json::json!({ "integer": { "bits": 64, "unsigned": false } });
    let text = serde_json::json!({ "text": { "max": null, "fixed": false } });
    let key = serde_json::json!({ "columns": [0], "nulls_distinct": true, "constraint": true });
    let table = |schema: Option<&str>, name: &str| {
        let mut generated = column("slug", text.clone());
        generated["generated"] = serde_json::json!({ "expression": "lower(email)", "stored": true });
        serde_json::json!({
            "name": { "schema": schema, "name": name },
            "columns": [column("id", integer.clone()), column("user_id", integer.clone()), column("email", text.clone()), generated],
            "primary_key": key,
        })
    };
    let tables = [
        table(None, "events"),
        table(None, "users"),
        table(Some("audit"), "entries"),
        table(Some("sales"), "orders"),
        table(Some("stock"), "orders"),
    ];
    serde_json::from_value(serde_json::json!({ "dialect": "postgres", "tables": tables })).expect("a schema")
}

fn checked(config: &str) -> Result<Settings, String> {
    let document = Document::parse("seed.toml", config).expect("the file is well formed");
    let settings = from_document(&document).expect("the file is consistent");
    check(&settings, &schema(), &GENERATORS)
        .map(|()| settings)
        .map_err(|failure| format!("{}[exit {}]\n", error(&failure, Paint::default()), failure.exit_code()))
}

#[test]
fn names_that_fit_pass() {
    let config = r#"
        [generate]
        rows.users = 5
        only = ["sales.orders", "entries"]
        [tables."stock.orders"]
        mode = "skip"
        [tables.users.columns]
        email.generator = "email"
        [tables.events]
        model = "joint"
        columns.email = { given = ["users.email", "user_id"], never = ["users.id"] }
        [[relations]]
        child = "events.user_id"
        parent = "users.id"
        [[relations]]
        child = "sales.orders.user_id"
        parent = "users.(id)"
    "#;
    checked(config).expect("all names fit");
}

#[test]
fn names_that_do_not_fit_are_shown_in_their_line() {
    let mut all = String::new();
    for config in [
        "[tables.userz]\nmode = \"copy\"\n",
        "[tables.user]\n",
        "[generate]\nrows.event = 5\n",
        "[generate]\nonly = [\"events\", \"payments\"]\n",
        "[generate]\nexclude = [\"orderz\"]\n",
        "[tables.orders]\nmode = \"skip\"\n",
        "[tables.entries]\nrows = 5\n\n[tables.\"audit.entries\"]\nrows = 6\n",
        "[tables.users.columns.emial]\ngenerator = \"email\"\n",
        "[tables.users.columns.slug]\ngenerator = \"email\"\n",
        "[tables.users.columns]\nemail = { generator = \"emai\" }\n",
        "[tables.users.columns.emial]\nmodel = \"independent\"\n",
        "[tables.userz]\nmodel = \"independent\"\n",
        "[tables.users.columns.email]\nnever = [\"user_id\", \"slog\"]\n",
        "[tables.users.columns.email]\ngiven = [\"events.user_id\"]\n",
        "[tables.users.columns.email]\ngiven = [\"event.user_id\"]\n",
        "[[relations]]\nchild = \"events.user_id\"\nparent = \"users.id\"\n[tables.events.columns.email]\nnever = [\"users.emial\"]\n",
        "[[relations]]\nchild = \"evnts.user_id\"\nparent = \"users.id\"\n",
        "[[relations]]\nchild = \"events.usr_id\"\nparent = \"users.id\"\n",
        "[[relations]]\nchild = \"events.email\"\nparent = \"users.id\"\n",
        "[[relations]]\nchild = \"events.user_id\"\nparent = \"users.user_id\"\n",
    ] {
        let text = checked(config).expect_err("a name does not fit");
        assert!(text.ends_with("[exit 2]\n"), "{text}");
        all += &format!("{text}\n");
    }
    insta::assert_snapshot!(all);
}

#[test]
fn options_are_named() {
    let mut settings = Settings::default();
    settings.rows.insert("custmers".to_owned(), 5);
    settings.origins.note(Subject::Rows("custmers".to_owned()), Place::Option("--rows"));
    let failure = check(&settings, &schema(), &GENERATORS).expect_err("there is no such table");
    insta::assert_snapshot!(error(&failure, Paint::default()));
}
