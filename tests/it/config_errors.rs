//! Every mistake in `seed.toml`: file, line, column, caret, remedy, and exit code 2.

use crate::cli::Session;

/// What the main job says of each of some files.
fn told(configs: &[&str]) -> String {
    let mut all = String::new();
    for config in configs {
        let text = Session::with_config(config).run("--from source --to target");
        assert!(text.ends_with("[exit 2]\n"), "{text}");
        assert!(text.contains("help: ") || text.contains("hint: "), "no remedy is shown: {text}");
        all += &format!("{text}\n");
    }
    all
}

#[test]
fn mistakes_of_form() {
    insta::assert_snapshot!(told(&[
        "[generate\nscale = 1\n",
        "[generate]\nonly = [\"a]\n",
        "[generate]\nscale =\n",
        "[generate]\nseed = 1\nseed = 2\n",
        "[genarate]\nscale = 1\n",
        "[generate]\nscal = 0.1\n",
        "[privacy]\nepsilon = 1\n",
        "[tables.users.columns.email]\ngenerater = \"email\"\n",
        "[databases.staging]\nprotected = true\n",
        "[[relations]]\nchild = \"events.user_id\"\n",
        "[relations]\nchild = \"events.user_id\"\nparent = \"users.id\"\n",
    ]));
}

#[test]
fn mistakes_of_value() {
    insta::assert_snapshot!(told(&[
        "[generate]\nscale = \"big\"\n",
        "[generate]\nscale = 0\n",
        "[generate]\nscale = -0.5\n",
        "[generate]\nscale = inf\n",
        "[generate]\nrows.customers = -5\n",
        "[generate]\nrows.customers = 1.5\n",
        "[generate]\nrows.users = 5\n\n[tables.users]\nrows = 6\n",
        "[generate]\nsample = 0\n",
        "[privacy]\nk = 0\n",
        "[tables.countries]\nmode = \"cpoy\"\n",
        "[databases.a]\nurl = \"sqlite:a\"\nprotected = \"yes\"\n",
        "[tables.users]\nmodel = \"indepedent\"\n",
        "[tables.users.columns.email]\ngiven = \"name\"\n",
        "[tables.users.columns.email]\nnever = [5]\n",
        "[tables.users.columns.email]\nmodel = \"independent\"\nnever = [\"name\"]\n",
        "[tables.users.columns.email]\ngenerator = 5\n",
        "[tables.users.columns.age]\ngenerator = { range = {}, email = {} }\n",
        "[[relations]]\nchild = \"events\"\nparent = \"users.id\"\n",
        "[[relations]]\nchild = [\"a.x\", \"b.y\"]\nparent = \"users.(id, tenant)\"\n",
        "[[relations]]\nchild = \"a.(x, y)\"\nparent = \"users.id\"\n",
    ]));
}

#[test]
fn mistakes_of_address() {
    let urls = [
        "postgres://h/${SHOP_DB}",
        "postgres://h/${SHOP_DB",
        "postgres://h/${SHOP DB}",
        "postgress://h/shop",
        "localhost/shop",
        "sqlite:",
        "parquet:out",
    ];
    let configs = urls.map(|url| format!("[databases.source]\nurl = \"{url}\"\n"));
    insta::assert_snapshot!(told(&configs.each_ref().map(String::as_str)));
}

#[test]
fn an_address_comes_from_the_environment() {
    let session = Session::with_config("[databases.source]\nurl = \"${SHOP_URL:-csv:default}\"\n");
    let line = "--from source --to sqlite:b";
    assert!(
        session.run_with(line, &[("SHOP_URL", "postgre://h")]).contains("`postgre://h` is not an address")
    );
    assert!(session.run(line).contains("which can be a target but not a source"));
}

#[test]
fn the_file_can_be_elsewhere() {
    let session = Session::new();
    std::fs::create_dir(session.path("ci")).expect("a folder");
    std::fs::write(session.path("ci/seed.toml"), "[generate]\nsede = 1\n").expect("the file is written");
    let elsewhere = session.run("inspect a --config ci/seed.toml");
    std::fs::write(session.path("latin1.toml"), b"# caf\xe9\n").expect("the file is written");
    let not_text = session.run("inspect a --config latin1.toml");
    insta::assert_snapshot!(format!("{elsewhere}\n{not_text}"));
}

#[test]
fn machines_get_the_place_too() {
    let text = Session::with_config("[generate]\nscal = 0.1\n").run("--from a --to b --json");
    insta::assert_snapshot!(text);
}
