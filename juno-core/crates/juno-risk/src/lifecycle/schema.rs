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

#[cfg(test)]
mod tests {
    use juno_domain::Probability;

    use crate::Features;
    use crate::testing::drawn;

    /// If this fails because an input has come to mean something else, raise [`REVISION`] along with the numbers here:
    /// models fitted before would be asked with other inputs than they were fitted on.
    #[test]
    fn inputs_mean_what_they_meant() {
        let history: Vec<_> = drawn(1, 12, 5);
        let (sprint, history) = history.split_last().unwrap();
        let features = Features::of(&sprint.stages[2], Probability::HALF, history).unwrap();
        let values: Vec<String> = features.values().iter().map(|value| format!("{value:.4}")).collect();
        assert_eq!(
            values.join(" "),
            "3.7377 2.7081 1.0986 0.3810 0.1429 0.6190 0.4286 0.1429 0.0000 0.0000 0.0000 0.0000 0.0000 0.0000 0.0000 \
             0.0000 0.0000 2.7081 0.6000 0.6750 0.7366 0.7157 0.1109 -0.1242 0.7908 0.6217 0.6349 0.7574 2.1282 NaN NaN NaN"
        );
    }
}
