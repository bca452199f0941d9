use crate::places::Places;
use crate::plain::read_json;

/// The records a receipt says were erased; None if the content is no receipt.
pub(crate) fn erased_by(content: &[u8]) -> Option<Places> {
    const KIND: &[u8] = br#""kind":"payload_erased""#;
    if !content.windows(KIND.len()).any(|part| part == KIND) {
        return None;
    }
    let receipt = read_json(content).ok()?;
    if receipt.get("kind")?.as_str()? != "payload_erased" {
        return None;
    }
    serde_json::from_value(receipt.get("payload")?.get("records")?.clone()).ok()
}
