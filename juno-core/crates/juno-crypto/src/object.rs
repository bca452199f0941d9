use std::cmp::Ordering;

use serde::Serialize;
use serde::ser;

use crate::CryptoError;
use crate::key::KeyText;
use crate::writer::{Member, Writer};

/// An object that is being written: members go out as they come, and are put in order at the end if they came in
/// another.
pub(crate) struct Object<'w> {
    writer: &'w mut Writer,
    /// Where the first member begins.
    start: usize,
    /// Which of the writer's members is the first of this object.
    first: usize,
    in_order: bool,
    in_variant: bool,
}

/// The order RFC 8785 asks for, of keys as they were written, with their quotes: by UTF-16 code units, which differs
/// from bytes beyond U+FFFF, and by what an escape stands for.
fn key_order(out: &[u8], a: &Member, b: &Member) -> Ordering {
    let key = |member: &Member| unquoted(out.get(member.from..member.key_to).unwrap_or_default());
    match (a.start, b.start) {
        (Some(one), Some(other)) if one != other => one.cmp(&other),
        (Some(_), Some(_)) => key(a).cmp(key(b)),
        _ => unescaped(key(a)).encode_utf16().cmp(unescaped(key(b)).encode_utf16()),
    }
}

/// The first letters of a key as a number that is in the order of the keys, if it is ASCII without escapes.
fn start_of(key: &[u8]) -> Option<u64> {
    let plain = key.iter().all(|byte| byte.is_ascii() && *byte != b'\\');
    let mut start = [0; 8];
    start.iter_mut().zip(key).for_each(|(to, byte)| *to = *byte);
    plain.then_some(u64::from_be_bytes(start))
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

fn twice_in(out: &[u8], member: &Member) -> CryptoError {
    let key = out.get(member.from..member.key_to).unwrap_or_default();
    CryptoError::DuplicateKey(unescaped(unquoted(key)))
}

impl<'w> Object<'w> {
    pub(crate) fn open(writer: &'w mut Writer, in_variant: bool) -> Result<Self, CryptoError> {
        writer.open(b'{')?;
        if writer.members.capacity() == 0 {
            writer.members.reserve(24);
        }
        let (start, first) = (writer.out.len(), writer.members.len());
        Ok(Self { writer, start, first, in_order: true, in_variant })
    }

    fn members(&self) -> &[Member] {
        self.writer.members.get(self.first..).unwrap_or_default()
    }

    fn key(&mut self, write: impl FnOnce(&mut Writer) -> Result<(), CryptoError>) -> Result<(), CryptoError> {
        if !self.members().is_empty() {
            self.writer.out.push(b',');
        }
        let from = self.writer.out.len();
        write(self.writer)?;
        let key_to = self.writer.out.len();
        let start = start_of(unquoted(self.writer.out.get(from..key_to).unwrap_or_default()));
        let member = Member { from, key_to, to: key_to + 1, start };
        if let Some(last) = self.members().last() {
            match key_order(&self.writer.out, last, &member) {
                Ordering::Less => {}
                Ordering::Equal => return Err(twice_in(&self.writer.out, last)),
                Ordering::Greater => self.in_order = false,
            }
        }
        self.writer.out.push(b':');
        self.writer.members.push(member);
        Ok(())
    }

    fn value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        value.serialize(&mut *self.writer)?;
        if let Some(member) = self.writer.members.last_mut() {
            member.to = self.writer.out.len();
        }
        Ok(())
    }

    fn close(mut self) -> Result<(), CryptoError> {
        if !self.in_order {
            self.rearrange()?;
        }
        self.writer.members.truncate(self.first);
        self.writer.close(b'}');
        if self.in_variant {
            self.writer.close(b'}');
        }
        Ok(())
    }

    fn rearrange(&mut self) -> Result<(), CryptoError> {
        let Writer { out, members, unordered, .. } = &mut *self.writer;
        let members = members.get_mut(self.first..).unwrap_or_default();
        members.sort_unstable_by(|a, b| key_order(out, a, b));
        if let Some([twice, _]) = members.array_windows().find(|[a, b]| key_order(out, a, b).is_eq()) {
            return Err(twice_in(out, twice));
        }
        unordered.clear();
        unordered.extend_from_slice(out.get(self.start..).unwrap_or_default());
        out.truncate(self.start);
        for (nth, member) in members.iter().enumerate() {
            if nth > 0 {
                out.push(b',');
            }
            let range = member.from - self.start..member.to - self.start;
            out.extend_from_slice(unordered.get(range).unwrap_or_default());
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
            writer.name(key);
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
            writer.name(key);
            Ok(())
        })?;
        self.value(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close()
    }
}
