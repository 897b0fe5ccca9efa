//! What a file says, and that the JSON Schema of the file says the same.

use super::*;
use std::collections::BTreeSet;

fn parse(text: &str) -> File {
    match Document::parse("seed.toml", text) {
        Ok(document) => document.file,
        Err(error) => panic!("{error}"),
    }
}

fn refused(text: &str) -> (String, String, Vec<String>) {
    let error = Document::parse("seed.toml", text).expect_err("the file is wrong");
    let place = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
    (error.to_string(), place, error.hints().to_vec())
}

#[test]
fn a_whole_file_is_read() {
    let file = parse(
        r#"
        [databases.prod-replica]
        url = "${PROD_REPLICA_URL}"
        protected = true
        [generate]
        scale = 1
        seed = 42
        rows.customers = 1000
        rows."sales.orders" = 5
        [privacy]
        k = 7
        [tables.countries]
        mode = "copy"
        [tables."sales.orders".columns]
        note.generator = "text"
        age = { generator = { range = { min = 18, max = 90 } } }
        freight = { given = ["weight", "customers.country"], never = ["note"] }
        channel.model = "independent"
        [tables.log]
        model = "independent"
        [[relations]]
        child = "events.(user_id, tenant)"
        parent = ["users.id", "users.tenant"]
        "#,
    );
    assert!(file.databases["prod-replica"].protected);
    assert_eq!(file.generate.scale.as_ref().map(|scale| *scale.get_ref()), Some(1.0));
    assert_eq!(file.generate.rows["sales.orders"], 5);
    assert_eq!(file.tables["countries"].mode, Some(Treatment::Copy));
    let columns = &file.tables["sales.orders"].columns;
    let generator = |column: &str| columns[column].generator.as_ref().expect("a generator").get_ref();
    assert_eq!(generator("note").name, "text");
    assert_eq!(generator("age").parameters["max"].as_integer(), Some(90));
    let freight = &columns["freight"];
    assert_eq!(freight.given.as_ref().map(|given| given.get_ref().len()), Some(2));
    assert_eq!((freight.never[0].get_ref().as_str(), &freight.generator), ("note", &None));
    let word = |model: &Option<Spanned<ModelWord>>| model.as_ref().map(|model| *model.get_ref());
    assert_eq!(word(&columns["channel"].model), Some(ModelWord::Independent));
    assert_eq!(word(&file.tables["log"].model), Some(ModelWord::Independent));
    assert_eq!(file.relations[0].parent.get_ref().columns, ["id", "tenant"]);
}

#[test]
fn mistakes_have_a_place_and_a_remedy() {
    let (message, place, hints) = refused("[generate]\nscal = 0.1\n");
    assert_eq!((message.as_str(), place.as_str()), ("unknown key `scal`", "seed.toml:2:1"));
    assert_eq!(hints[0], "did you mean `scale`?");
    let (message, place, _) = refused("[generate]\nscale = 0.0\n");
    assert_eq!((message.as_str(), place.as_str()), ("`scale` must be a number above 0", "seed.toml:2:9"));
    let (message, place, _) = refused("[generate]\nseed = -1\n");
    assert_eq!(message, "expected a whole number of 0 or more, found a value out of range");
    assert_eq!(place, "seed.toml:2:8");
    let (message, _, hints) = refused("[tables.a]\nmode = \"lern\"\n");
    assert_eq!((message.as_str(), hints[0].as_str()), ("unknown mode `lern`", "did you mean `learn`?"));
    let (message, place, _) = refused("[[relations]]\nchild = \"events\"\nparent = \"users.id\"\n");
    assert_eq!(message, "`events` is not of the form `table.column` or `table.(a, b)`");
    assert_eq!(place, "seed.toml:2:9");
    let (message, place, _) = refused("[generate\n");
    assert!(message.starts_with("this is not valid TOML: "), "{message}");
    assert_eq!(place, "seed.toml:1:10");
}

#[test]
fn the_json_schema_has_the_same_keys() {
    let text = include_str!("../../schemas/json/seed.toml.schema.json");
    let schema: serde_json::Value = serde_json::from_str(text).expect("the schema is JSON");
    for (pointer, wrong) in [
        ("", "zz = 1"),
        ("/$defs/database", "[databases.a]\nurl = \"sqlite:a\"\nzz = 1"),
        ("/$defs/generate", "[generate]\nzz = 1"),
        ("/$defs/privacy", "[privacy]\nzz = 1"),
        ("/$defs/table", "[tables.a]\nzz = 1"),
        ("/$defs/column", "[tables.a.columns.b]\ngenerator = \"email\"\nzz = 1"),
        ("/$defs/relation", "[[relations]]\nchild = \"a.b\"\nparent = \"c.d\"\nzz = 1"),
    ] {
        let error = toml::from_str::<File>(wrong).expect_err("the key is unknown");
        let known: BTreeSet<&str> = error.message().split('`').skip(3).step_by(2).collect();
        let properties = schema.pointer(&format!("{pointer}/properties")).and_then(|value| value.as_object());
        let described: BTreeSet<&str> =
            properties.into_iter().flat_map(|object| object.keys()).map(String::as_str).collect();
        assert_eq!(described, known, "at {pointer}");
    }
}

proptest::proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in ".*") {
        let _ = Document::parse("seed.toml", &text);
    }

    #[test]
    fn nor_does_a_nearly_right_one(
        key in "(generate|tables\\.a|databases\\.b|relations|zz)",
        name in "(scale|rows|url|mode|child|only|columns)",
        value in "(\"[^\"\\\\\n]{0,9}\"|-?[0-9]{1,3}|\\[\\]|\\{ ?\\}|true|\\[\"a\\.b\"\\])",
    ) {
        let _ = Document::parse("seed.toml", &format!("[{key}]\n{name} = {value}\n"));
        let _ = Document::parse("seed.toml", &format!("[[{key}]]\n{name} = {value}\n"));
    }
}
