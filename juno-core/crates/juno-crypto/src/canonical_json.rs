use juno_domain::Payload;
use serde::Serialize;

use crate::CryptoError;
use crate::writer::Writer;

/// The canonical JSON of a value by RFC 8785, as UTF-8: keys in order of their UTF-16 code units, numbers as
/// ECMAScript writes them, no blank.
///
/// What serde_json reads back from it has the same canonical JSON again.
///
/// # Errors
/// If a number is not finite or an integer does not fit a double, if a key is no text or occurs twice, if the value
/// is nested deeper than 100 levels, or if its `Serialize` fails.
pub fn canonical_json<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>, CryptoError> {
    let mut writer = Writer::new();
    value.serialize(&mut writer)?;
    Ok(writer.into_bytes())
}

/// The payload of an event from its data, written as canonical JSON at once.
///
/// # Errors
/// As [`canonical_json`], but for a value nested deeper than 99 levels: it lies in an event.
pub fn payload_of<T: Serialize + ?Sized>(data: &T) -> Result<Payload, CryptoError> {
    let mut writer = Writer::inside(Vec::with_capacity(512));
    data.serialize(&mut writer)?;
    let text =
        String::from_utf8(writer.into_bytes()).map_err(|error| CryptoError::Value(error.to_string()))?;
    Ok(Payload::from_canonical(text))
}
