use serde::Serialize;

use crate::CryptoError;
use crate::writer::Writer;

/// Writes a canonical object member by member, for callers who know the order of their keys: then nothing has to be
/// looked at twice. The result is that of [`canonical_json`](crate::canonical_json) over the same members.
#[derive(Debug)]
pub struct OrderedObject {
    writer: Writer,
    last: Option<&'static str>,
}

impl OrderedObject {
    /// Begins an object behind what is in `out` already.
    #[must_use]
    pub fn onto(out: Vec<u8>) -> Self {
        Self { writer: Writer::onto(out), last: None }
    }

    /// Writes a member.
    ///
    /// # Errors
    /// If the key is not plain ASCII or does not come after the last one; as `canonical_json` for the value.
    pub fn member<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), CryptoError> {
        self.key(key)?;
        value.serialize(&mut self.writer)
    }

    /// Writes a member whose value is canonical JSON already.
    ///
    /// # Errors
    /// If the key is not plain ASCII or does not come after the last one.
    pub fn canonical_member(&mut self, key: &'static str, json: &str) -> Result<(), CryptoError> {
        self.key(key)?;
        self.writer.out.extend_from_slice(json.as_bytes());
        Ok(())
    }

    fn key(&mut self, key: &'static str) -> Result<(), CryptoError> {
        let plain = key.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'"' && byte != b'\\');
        if !plain || self.last.is_some_and(|last| last >= key) {
            return Err(CryptoError::KeyOrder(key));
        }
        match self.last {
            None => self.writer.open(b'{')?,
            Some(_) => self.writer.out.push(b','),
        }
        self.last = Some(key);
        self.writer.out.push(b'"');
        self.writer.out.extend_from_slice(key.as_bytes());
        self.writer.out.extend_from_slice(b"\":");
        Ok(())
    }

    /// Ends the object and gives the bytes.
    ///
    /// # Errors
    /// Only as opening an object with no member can fail, which it never does.
    pub fn end(mut self) -> Result<Vec<u8>, CryptoError> {
        if self.last.is_none() {
            self.writer.open(b'{')?;
        }
        self.writer.close(b'}');
        Ok(self.writer.into_bytes())
    }
}
