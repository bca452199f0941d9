use std::cell::Cell;

use juno_domain::Payload;
use serde::Serialize;

use crate::CryptoError;
use crate::writer::Writer;

thread_local! {
    /// A writer that is not in use: most of what is written is short, and needed only for a moment.
    static SPARE: Cell<Option<Writer>> = const { Cell::new(None) };
}

/// A writer that has grown beyond this many bytes is not kept.
const MOST_KEPT: usize = 1 << 16;

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
    with_canonical(data, 1, |json| {
        let text = std::str::from_utf8(json).map_err(|error| CryptoError::Value(error.to_string()))?;
        Ok(Payload::from_canonical(text))
    })?
}

/// Writes the canonical JSON of a value that lies `depth` levels deep in another, shows it, and forgets it.
pub(crate) fn with_canonical<T: Serialize + ?Sized, R>(
    value: &T,
    depth: usize,
    take: impl FnOnce(&[u8]) -> R,
) -> Result<R, CryptoError> {
    // Writing a value may need a writer itself: it finds none to spare then, and makes one.
    let mut writer = SPARE.take().unwrap_or_else(Writer::new);
    writer.clear(depth);
    value.serialize(&mut writer)?;
    let taken = take(&writer.out);
    if writer.out.capacity() <= MOST_KEPT {
        SPARE.set(Some(writer));
    }
    Ok(taken)
}
