use juno_crypto::digest;
use juno_domain::Digest;

use super::schema::feature_schema;
use crate::RiskError;

/// The first word of a file.
const FORMAT: &str = "juno-risk-model";
/// The layout of the payload; raised with every change that older versions cannot read.
const VERSION: u32 = 1;
/// The longest first line there can be: 15 + 10 + 64 + 20 + 64 characters, spaces and the end of the line.
const MAX_HEADER: usize = 180;

/// A payload behind a line that says what it is:
///
/// ```text
/// juno-risk-model VERSION FEATURE-SCHEMA LENGTH SHA-256
/// ```
pub(super) fn pack(payload: &[u8]) -> Vec<u8> {
    let mut out = header(feature_schema(), payload).into_bytes();
    out.extend_from_slice(payload);
    out
}

/// The payload of a file; whatever is not exactly what [`pack`] makes is refused.
pub(super) fn unpack(bytes: &[u8]) -> Result<&[u8], RiskError> {
    let damaged = |what: &str| RiskError::Saved(what.to_owned());
    let no_model = || damaged("it does not begin as a model does");
    let end = bytes.iter().take(MAX_HEADER).position(|byte| *byte == b'\n').ok_or_else(no_model)?;
    let (line, payload) = bytes.split_at(end + 1);
    let words: Vec<&str> = std::str::from_utf8(line).map_err(|_| no_model())?.trim_end().split(' ').collect();
    let [FORMAT, version, schema, length, _] = words[..] else { return Err(no_model()) };
    let version: u32 = version.parse().map_err(|_| damaged("its version is not a number"))?;
    if version != VERSION {
        let other = format!("its format is version {version}, and this is version {VERSION}");
        return Err(RiskError::OtherModel(other));
    }
    let schema = Digest::from_hex(schema).map_err(|_| damaged("its feature schema cannot be read"))?;
    if schema != feature_schema() {
        let short = |digest: Digest| digest.to_string().chars().take(12).collect::<String>();
        let (of_file, ours) = (short(schema), short(feature_schema()));
        return Err(RiskError::OtherModel(format!(
            "it has feature schema `{of_file}` where `{ours}` belongs"
        )));
    }
    let length: usize = length.parse().map_err(|_| damaged("its length is not a number"))?;
    if length != payload.len() {
        return Err(damaged(&format!("it has {} bytes where {length} belong", payload.len())));
    }
    if header(schema, payload).as_bytes() != line {
        return Err(damaged("its content does not fit its digest"));
    }
    Ok(payload)
}

fn header(schema: Digest, payload: &[u8]) -> String {
    format!("{FORMAT} {VERSION} {schema} {} {}\n", payload.len(), digest(payload))
}
