use juno_domain::EventKind;
use serde::Deserialize;
use serde_json::Value;

use crate::places::Places;

/// The records a receipt says were erased; None if the content is no receipt.
pub(crate) fn erased_by(content: &[u8]) -> Option<Places> {
    #[derive(Deserialize)]
    struct Receipt {
        kind: EventKind,
        payload: Value,
    }
    const KIND: &[u8] = br#""kind":"payload_erased""#;
    if !content.windows(KIND.len()).any(|part| part == KIND) {
        return None;
    }
    let receipt: Receipt = serde_json::from_slice(content).ok()?;
    if receipt.kind != EventKind::PayloadErased {
        return None;
    }
    serde_json::from_value(receipt.payload.get("records")?.clone()).ok()
}
