//! Every mistake in `seed.toml`: file, line, column, caret, remedy, and exit code 2.

use crate::cli::Session;

/// What the main job says of a file.
fn told(config: &str) -> String {
    let text = Session::with_config(config).run("--from source --to target");
    assert!(text.ends_with("[exit 2]\n"), "{text}");
    text
}

#[test]
fn mistakes_of_form() {
    for (name, config) in [
        ("syntax_bracket", "[generate\nscale = 1\n"),
        ("syntax_quote", "[generate]\nonly = [\"a]\n"),
        ("syntax_value_missing", "[generate]\nscale =\n"),
        ("duplicate_key", "[generate]\nseed = 1\nseed = 2\n"),
        ("unknown_section", "[genarate]\nscale = 1\n"),
        ("unknown_key", "[generate]\nscal = 0.1\n"),
        ("unknown_key_far_off", "[privacy]\nepsilon = 1\n"),
        ("unknown_key_of_a_column", "[tables.users.columns.email]\ngenerater = \"email\"\n"),
        ("key_missing", "[databases.staging]\nprotected = true\n"),
        ("parent_missing", "[[relations]]\nchild = \"events.user_id\"\n"),
        ("relations_is_a_list", "[relations]\nchild = \"events.user_id\"\nparent = \"users.id\"\n"),
    ] {
        insta::assert_snapshot!(format!("form_{name}"), told(config));
    }
}

#[test]
fn mistakes_of_value() {
    for (name, config) in [
        ("scale_text", "[generate]\nscale = \"big\"\n"),
        ("scale_zero", "[generate]\nscale = 0\n"),
        ("scale_below_zero", "[generate]\nscale = -0.5\n"),
        ("scale_infinite", "[generate]\nscale = inf\n"),
        ("rows_below_zero", "[generate]\nrows.customers = -5\n"),
        ("rows_fraction", "[generate]\nrows.customers = 1.5\n"),
        ("rows_twice", "[generate]\nrows.users = 5\n\n[tables.users]\nrows = 6\n"),
        ("sample_zero", "[generate]\nsample = 0\n"),
        ("k_zero", "[privacy]\nk = 0\n"),
        ("unknown_mode", "[tables.countries]\nmode = \"cpoy\"\n"),
        ("protected_text", "[databases.a]\nurl = \"sqlite:a\"\nprotected = \"yes\"\n"),
        ("generator_number", "[tables.users.columns.email]\ngenerator = 5\n"),
        ("generator_two", "[tables.users.columns.age]\ngenerator = { range = {}, email = {} }\n"),
        ("relation_without_column", "[[relations]]\nchild = \"events\"\nparent = \"users.id\"\n"),
        (
            "relation_two_tables",
            "[[relations]]\nchild = [\"a.x\", \"b.y\"]\nparent = \"users.(id, tenant)\"\n",
        ),
        ("relation_of_unequal_length", "[[relations]]\nchild = \"a.(x, y)\"\nparent = \"users.id\"\n"),
    ] {
        insta::assert_snapshot!(format!("value_{name}"), told(config));
    }
}

#[test]
fn mistakes_of_address() {
    for (name, url) in [
        ("variable_missing", "postgres://h/${SHOP_DB}"),
        ("variable_open", "postgres://h/${SHOP_DB"),
        ("variable_name", "postgres://h/${SHOP DB}"),
        ("unknown_scheme", "postgress://h/shop"),
        ("no_scheme", "localhost/shop"),
        ("path_missing", "sqlite:"),
        ("files_are_no_source", "parquet:out"),
    ] {
        let config = format!("[databases.source]\nurl = \"{url}\"\n");
        insta::assert_snapshot!(format!("address_{name}"), told(&config));
    }
}

#[test]
fn an_address_comes_from_the_environment() {
    let session = Session::with_config("[databases.source]\nurl = \"${SHOP_URL:-csv:default}\"\n");
    let line = "--from source --to sqlite:b";
    assert!(
        session.run_with(line, &[("SHOP_URL", "postgre://h")]).contains("`postgre://h` is not an address")
    );
    assert!(session.run(line).contains("can be a target, but not a source"));
}

#[test]
fn the_file_can_be_elsewhere() {
    let session = Session::new();
    std::fs::create_dir(session.path("ci")).expect("a folder");
    std::fs::write(session.path("ci/seed.toml"), "[generate]\nsede = 1\n").expect("the file is written");
    insta::assert_snapshot!("file_elsewhere", session.run("inspect a --config ci/seed.toml"));
    std::fs::write(session.path("latin1.toml"), b"# caf\xe9\n").expect("the file is written");
    insta::assert_snapshot!("file_not_text", session.run("inspect a --config latin1.toml"));
}

#[test]
fn machines_get_the_place_too() {
    let text = Session::with_config("[generate]\nscal = 0.1\n").run("--from a --to b --json");
    insta::assert_snapshot!("machine_readable", text);
}
