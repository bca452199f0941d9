//! That the check of imports finds what it should, on made-up crates.

use crate::imports::{Files, cycle, imports};

fn files(list: &[(&str, &str)]) -> Files {
    list.iter().map(|(file, text)| ((*file).to_owned(), (*text).to_owned())).collect()
}

fn arrows(list: &[(&str, &str)]) -> Vec<String> {
    let imports = imports(&files(list));
    imports.iter().flat_map(|(from, to)| to.iter().map(move |to| format!("{from} {to}"))).collect()
}

/// `lib.rs` that lists three modules and exports a type of each.
const LIST: (&str, &str) = (
    "lib.rs",
    "mod value; mod tract; mod imp; pub use value::Value; pub use tract::{Tract, extra as more}; pub use imp::Imp;",
);

#[test]
fn a_crate_in_layers_passes() {
    let layers = [
        LIST,
        ("value.rs", "pub struct Value; #[cfg(test)] mod tests { use super::*; use crate::Imp; }"),
        ("tract.rs", "use crate::Value; pub trait Tract {} pub fn extra() {}"),
        ("imp.rs", "use crate::{Tract, more, value::Value}; pub struct Imp;"),
    ];
    assert_eq!(arrows(&layers), ["imp.rs tract.rs", "imp.rs value.rs", "tract.rs value.rs"]);
    assert_eq!(cycle(&imports(&files(&layers))), None);
}

#[test]
fn a_made_up_cycle_fails_however_it_is_written() {
    for back in [
        "use crate::Imp;",
        "use crate::{Imp as Other};",
        "use crate::imp::Imp;",
        "use super::imp;",
        "use super::{imp::{self, Imp}};",
        "use crate::*;",
        "pub fn f() -> crate::Imp { todo!() }",
        "impl From<crate::imp::Imp> for Value {}",
        "pub fn f() { let _: super::Imp; }",
        "mod inner { use super::super::imp::Imp; }",
        "mod inner { fn f() { crate::Imp; } }",
        "#[cfg(not(test))] use crate::Imp;",
    ] {
        let value = format!("{back} pub struct Value;");
        let crate_ =
            [LIST, ("value.rs", &value), ("tract.rs", "use crate::Value;"), ("imp.rs", "use crate::Tract;")];
        let found = cycle(&imports(&files(&crate_))).unwrap_or_else(|| panic!("not found: {back}"));
        assert_eq!(found.first(), found.last(), "{back}");
        assert!(
            found.contains(&"value.rs".to_owned()) && found.contains(&"imp.rs".to_owned()),
            "{back}: {found:?}"
        );
    }
}

#[test]
fn what_is_for_tests_or_no_import_makes_no_cycle() {
    for back in [
        "#[cfg(test)] mod tests { use crate::Imp; }",
        "#[cfg(test)] use crate::Imp;",
        "#[cfg(test)] fn f() { crate::Imp; }",
        "#[cfg(test)] mod tests;",
        "// use crate::Imp;",
        "const A: &str = \"use crate::Imp;\";",
        "use other::imp::Imp;",
        "macro_rules! m { () => { $crate::Imp } }",
        "pub(crate) fn f() {}",
    ] {
        let value = format!("{back} pub struct Value;");
        let crate_ = [
            LIST,
            ("value.rs", value.as_str()),
            ("value/tests.rs", "use crate::Imp; use super::Value;"),
            ("tract.rs", "use crate::Value;"),
            ("imp.rs", "use crate::Tract;"),
        ];
        assert_eq!(cycle(&imports(&files(&crate_))), None, "{back}");
    }
}

#[test]
fn folders_resolve_through_their_mod_file() {
    let folder = [
        ("lib.rs", "mod shop; pub use shop::Till;"),
        (
            "shop/mod.rs",
            "mod till; mod coin; pub use till::Till; pub(crate) use coin::*; pub const OPEN: u8 = 9;",
        ),
        ("shop/till.rs", "use super::Coin; pub struct Till;"),
        ("shop/coin.rs", "pub struct Coin; use super::OPEN;"),
    ];
    assert_eq!(arrows(&folder), ["shop/coin.rs shop/mod.rs", "shop/till.rs shop/coin.rs"]);
    let mut circle = folder;
    circle[3].1 = "pub struct Coin; use crate::Till;";
    let found = cycle(&imports(&files(&circle))).unwrap();
    assert_eq!(found, ["shop/coin.rs", "shop/till.rs", "shop/coin.rs"]);
    // A folder's own code that uses a child which uses the folder's own code.
    let mut circle = folder;
    circle[1].1 =
        "mod till; mod coin; pub use till::Till; pub const OPEN: u8 = 9; pub fn f() { coin::mint() }";
    assert_eq!(cycle(&imports(&files(&circle))).unwrap(), ["shop/coin.rs", "shop/mod.rs", "shop/coin.rs"]);
}

#[test]
fn a_long_way_round_is_found() {
    let names = ["a", "b", "c", "d", "e"];
    let texts: Vec<(String, String)> = (0..5)
        .map(|i| {
            (
                format!("{}.rs", names[i]),
                format!("use crate::{0}::T{0}; pub struct T{1};", names[(i + 1) % 5], names[i]),
            )
        })
        .chain([("lib.rs".to_owned(), "mod a; mod b; mod c; mod d; mod e;".to_owned())])
        .collect();
    let crate_: Files = texts.into_iter().collect();
    assert_eq!(cycle(&imports(&crate_)).unwrap().len(), 6);
}
