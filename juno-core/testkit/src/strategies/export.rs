use proptest::prelude::*;
use serde_json::Value;

use crate::synthetic::{Dialect, Mess, SyntheticParams, SyntheticProject, doubled, shuffled};

/// A small site of two teams, in either dialect, tidy to very untidy.
pub fn export() -> impl Strategy<Value = SyntheticProject> {
    let dialect = prop::sample::select(vec![Dialect::Cloud, Dialect::Server]);
    let mess = prop::sample::select(vec![Mess::none(), Mess::low(), Mess::heavy()]);
    (any::<u64>(), dialect, mess).prop_map(|(seed, dialect, mess)| {
        SyntheticProject::generate(SyntheticParams { dialect, mess, ..SyntheticParams::small(seed) })
    })
}

/// The same pages delivered in another order, with up to 60 % of issues and entries twice.
pub fn disordered(pages: Vec<Value>) -> impl Strategy<Value = Vec<Value>> {
    (any::<u64>(), 0.0..0.6).prop_map(move |(seed, share)| shuffled(&doubled(&pages, seed, share), seed ^ 1))
}
