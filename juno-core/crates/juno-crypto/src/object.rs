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

/// Where a member lies in what was written.
#[derive(Clone, Copy)]
struct Member {
    from: usize,
    /// Where its key ends, the closing quote included.
    key_to: usize,
    to: usize,
}

/// The order RFC 8785 asks for, of keys as they were written, with their quotes: by UTF-16 code units, which differs
/// from bytes beyond U+FFFF, and by what an escape stands for.
fn key_order(a: &[u8], b: &[u8]) -> Ordering {
    let plain = |key: &[u8]| key.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
    let (a, b) = (unquoted(a), unquoted(b));
    if plain(a) && plain(b) {
        return a.cmp(b);
    }
    unescaped(a).encode_utf16().cmp(unescaped(b).encode_utf16())
}

fn unquoted(key: &[u8]) -> &[u8] {
    key.get(1..key.len().saturating_sub(1)).unwrap_or_default()
}

/// What a key written by [`Writer::text`] stands for.
fn unescaped(key: &[u8]) -> String {
    let text = String::from_utf8_lossy(key);
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(char) = chars.next() {
        out.push(match (char, char == '\\') {
            (_, false) => char,
            _ => match chars.next() {
                Some('b') => '\u{8}',
                Some('t') => '\t',
                Some('n') => '\n',
                Some('f') => '\u{c}',
                Some('r') => '\r',
                Some('u') => {
                    let digits: String = chars.by_ref().take(4).collect();
                    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32).unwrap_or_default()
                }
                other => other.unwrap_or_default(),
            },
        });
    }
    out
}

impl<'w> Object<'w> {
    pub(crate) fn open(writer: &'w mut Writer, len: usize, in_variant: bool) -> Result<Self, CryptoError> {
        writer.open(b'{')?;
        let start = writer.out.len();
        // The announced length comes from outside: it is a hint, not a promise.
        Ok(Self { writer, start, members: Vec::with_capacity(len.min(64)), in_order: true, in_variant })
    }

    fn key(&mut self, write: impl FnOnce(&mut Writer) -> Result<(), CryptoError>) -> Result<(), CryptoError> {
        if !self.members.is_empty() {
            self.writer.out.push(b',');
        }
        let from = self.writer.out.len();
        write(self.writer)?;
        let key_to = self.writer.out.len();
        if let Some(last) = self.members.last() {
            match key_order(self.slice(last.from, last.key_to), self.slice(from, key_to)) {
                Ordering::Less => {}
                Ordering::Equal => return Err(self.twice(last)),
                Ordering::Greater => self.in_order = false,
            }
        }
        self.writer.out.push(b':');
        self.members.push(Member { from, key_to, to: key_to + 1 });
        Ok(())
    }

    fn slice(&self, from: usize, to: usize) -> &[u8] {
        self.writer.out.get(from..to).unwrap_or_default()
    }

    fn twice(&self, member: &Member) -> CryptoError {
        CryptoError::DuplicateKey(unescaped(unquoted(self.slice(member.from, member.key_to))))
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
        let mut members = std::mem::take(&mut self.members);
        let key = |member: &Member| self.slice(member.from, member.key_to);
        members.sort_by(|a, b| key_order(key(a), key(b)));
        if let Some([twice, _]) = members.array_windows().find(|[a, b]| key(a) == key(b)) {
            return Err(self.twice(twice));
        }
        let unordered = self.writer.out.split_off(self.start);
        for (nth, member) in members.iter().enumerate() {
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
        self.key(|writer| key.serialize(KeyText(writer)))
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
        self.key(|writer| {
            writer.text(key);
            Ok(())
        })?;
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
        self.key(|writer| {
            writer.text(key);
            Ok(())
        })?;
        self.value(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close()
    }
}
