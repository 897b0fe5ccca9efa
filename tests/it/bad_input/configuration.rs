//! Broken `seed.toml` and model files.

use super::Pair;

/// Writes `seed.toml` and expects a refusal that points at the line.
#[track_caller]
fn seed_toml(name: &str, content: &str, line: usize) {
    let pair = Pair::new();
    pair.workspace.write("seed.toml", content);
    pair.refuses(name, 2, &[]);
    let stderr = pair.run(&[]).stderr;
    assert!(stderr.contains(&format!("seed.toml:{line}:")), "{name}: line {line} is not named: {stderr}");
    assert!(stderr.contains('^'), "{name}: no caret: {stderr}");
}

#[test]
fn toml_that_does_not_parse() {
    seed_toml("toml_syntax", "[generate]\nscale = = 2\n", 2);
}

#[test]
fn toml_with_an_unknown_key() {
    seed_toml("toml_unknown_key", "[generate]\nscale = 0.5\nsede = 42\n", 3);
    seed_toml("toml_unknown_section", "[genrate]\nscale = 0.5\n", 1);
}

#[test]
fn toml_with_a_value_of_the_wrong_type() {
    seed_toml("toml_wrong_type", "[generate]\nscale = \"half\"\n", 2);
    seed_toml("toml_scale_zero", "[generate]\nscale = 0\n", 2);
}

#[test]
fn toml_with_a_name_that_the_database_does_not_have() {
    seed_toml("toml_unknown_table", "# tables\n[tables.custmers]\nmode = \"copy\"\n", 2);
    seed_toml("toml_unknown_column", "[tables.customers.columns.emial]\ngenerator = \"email\"\n", 1);
    seed_toml("toml_unknown_generator", "[tables.customers.columns.email]\ngenerator = \"emial\"\n", 2);
    seed_toml("toml_unknown_mode", "[tables.customers]\nmode = \"clone\"\n", 2);
}

#[test]
fn toml_with_a_relation_that_does_not_fit() {
    seed_toml(
        "toml_relation_unknown",
        "[[relations]]\nchild = \"orders.user_id\"\nparent = \"customers.id\"\n",
        2,
    );
}

#[test]
fn toml_that_is_not_there() {
    Pair::new().refuses("toml_missing", 2, &["--config", "elsewhere.toml"]);
}

#[test]
fn model_that_is_no_model() {
    let pair = Pair::new();
    let (from, to) = (pair.source.address(), pair.target.address());
    pair.workspace.seed(&["learn", "--from", &from, "--out", "shop.seed"]).ok();
    let model = std::fs::read_to_string(pair.workspace.file("shop.seed")).expect("a model that is text");

    let refuse = |name: &str, content: &str| {
        pair.workspace.write("bad.seed", content);
        let outcome = pair.workspace.seed(&["generate", "--model", "bad.seed", "--to", &to]);
        pair.assert_refusal(name, &outcome, 2);
        assert!(outcome.stderr.contains("bad.seed"), "{name}: the file is not named: {}", outcome.stderr);
        assert!(!pair.target.path().exists(), "{name}: the target was made");
    };
    refuse("model_cut_off", &model[..model.len() / 2]);
    refuse("model_empty", "");
    refuse("model_garbage", "Dear Sir or Madam");
    let format = regex::Regex::new(r#""format":(\s*)\d+"#).expect("a valid pattern");
    assert!(format.is_match(&model), "the model names its format");
    refuse("model_of_another_version", &format.replace(&model, "\"format\":${1}9999"));

    let outcome = pair.workspace.seed(&["generate", "--model", "nowhere.seed", "--to", &to]);
    pair.assert_refusal("model_missing", &outcome, 2);
}
