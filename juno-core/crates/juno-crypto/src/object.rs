use std::borrow::Cow;
use std::cmp::Ordering;

use serde::Serialize;
use serde::ser;

use crate::CryptoError;
use crate::key::KeyText;
use crate::writer::Writer;

/// An object that is being written: members go out as they come, and are put in order at the end if they came in
/// another.
pub(crate) struct Object<'w> {
    writer: &'w mut Writer,
    /// Where the first member begins.
    start: usize,
    members: Vec<Member>,
    in_order: bool,
    in_variant: bool,
}

struct Member {
    key: Cow<'static, str>,
    from: usize,
    to: usize,
}

/// The order RFC 8785 asks for: by UTF-16 code units, which differs from bytes beyond U+FFFF.
fn key_order(a: &str, b: &str) -> Ordering {
    if a.is_ascii() && b.is_ascii() { a.cmp(b) } else { a.encode_utf16().cmp(b.encode_utf16()) }
}

impl<'w> Object<'w> {
    pub(crate) fn open(writer: &'w mut Writer, len: usize, in_variant: bool) -> Result<Self, CryptoError> {
        writer.open(b'{')?;
        let start = writer.out.len();
        // The announced length comes from outside: it is a hint, not a promise.
        Ok(Self { writer, start, members: Vec::with_capacity(len.min(64)), in_order: true, in_variant })
    }

    fn key(&mut self, key: Cow<'static, str>) -> Result<(), CryptoError> {
        if let Some(last) = self.members.last() {
            self.writer.out.push(b',');
            match key_order(&last.key, &key) {
                Ordering::Less => {}
                Ordering::Equal => return Err(CryptoError::DuplicateKey(key.into_owned())),
                Ordering::Greater => self.in_order = false,
            }
        }
        let from = self.writer.out.len();
        self.writer.text(&key);
        self.writer.out.push(b':');
        self.members.push(Member { key, from, to: from });
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        value.serialize(&mut *self.writer)?;
        if let Some(member) = self.members.last_mut() {
            member.to = self.writer.out.len();
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), CryptoError> {
        if !self.in_order {
            self.rearrange()?;
        }
        self.writer.close(b'}');
        if self.in_variant {
            self.writer.close(b'}');
        }
        Ok(())
    }

    fn rearrange(&mut self) -> Result<(), CryptoError> {
        self.members.sort_by(|a, b| key_order(&a.key, &b.key));
        if let Some([twice, _]) = self.members.array_windows().find(|[a, b]| a.key == b.key) {
            return Err(CryptoError::DuplicateKey(twice.key.to_string()));
        }
        let unordered = self.writer.out.split_off(self.start);
        for (nth, member) in self.members.iter().enumerate() {
            if nth > 0 {
                self.writer.out.push(b',');
            }
            let range = member.from - self.start..member.to - self.start;
            self.writer.out.extend_from_slice(unordered.get(range).unwrap_or_default());
        }
        Ok(())
    }
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), CryptoError> {
        let key = key.serialize(KeyText)?;
        self.key(key)
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.value(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close()
    }
}

impl ser::SerializeStruct for Object<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), CryptoError> {
        self.key(Cow::Borrowed(key))?;
        self.value(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close()
    }
}

impl ser::SerializeStructVariant for Object<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        key: &'static str,
        value: &T,
    ) -> Result<(), CryptoError> {
        self.key(Cow::Borrowed(key))?;
        self.value(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close()
    }
}
