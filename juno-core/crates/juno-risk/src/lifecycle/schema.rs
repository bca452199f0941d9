use juno_crypto::digest;
use juno_domain::Digest;

use crate::Input;
use crate::blend::term_names;

/// Raised whenever an input comes to mean something else under its old name.
const REVISION: u32 = 1;

/// What a fitted model has to agree on with this version before it may be asked: the digest of the names of its inputs and
/// terms in order, and of the revision of what they mean.
#[must_use]
pub fn feature_schema() -> Digest {
    let inputs = Input::ALL.iter().map(|input| input.name().to_owned());
    let all: Vec<String> = inputs.chain(["|".to_owned()]).chain(term_names()).collect();
    digest(format!("{REVISION}\n{}", all.join("\n")).as_bytes())
}
