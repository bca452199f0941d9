use std::fmt::Display;
use std::io::Write;

use crate::CryptoError;

/// Deepest accepted nesting. serde_json stops reading at 128 levels, and a value travels inside records.
const MAX_DEPTH: usize = 100;
/// Integers up to here are doubles, each written with its own digits.
const SAFE: u64 = 1 << 53;

/// Writes serde values as canonical JSON. It exists beside `serde_json_canonicalizer` because that writes a nested
/// NaN as `null` and gives neighbouring integers beyond 2^53 one form; the tests hold the two against each other.
#[derive(Debug)]
pub(crate) struct Writer {
    pub(crate) out: Vec<u8>,
    depth: usize,
    /// The members of all objects that are open, the innermost last.
    pub(crate) members: Vec<Member>,
    /// Where members lie while they are put in order.
    pub(crate) unordered: Vec<u8>,
}

/// Where a member of an object lies in what was written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Member {
    pub(crate) from: usize,
    /// Where its key ends, the closing quote included.
    pub(crate) key_to: usize,
    pub(crate) to: usize,
    /// The first letters of a key that is ASCII without escapes, whose bytes are in the order of its UTF-16 code units.
    pub(crate) start: Option<u64>,
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::onto(Vec::with_capacity(512))
    }

    /// A writer behind what is in `out` already.
    pub(crate) const fn onto(out: Vec<u8>) -> Self {
        Self { out, depth: 0, members: Vec::new(), unordered: Vec::new() }
    }

    /// Begins anew, at some depth.
    pub(crate) fn clear(&mut self, depth: usize) {
        self.out.clear();
        self.members.clear();
        self.depth = depth;
    }

    pub(crate) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Opens a list or an object.
    pub(crate) fn open(&mut self, bracket: u8) -> Result<(), CryptoError> {
        if self.depth == MAX_DEPTH {
            return Err(CryptoError::TooDeep(MAX_DEPTH));
        }
        self.depth += 1;
        self.out.push(bracket);
        Ok(())
    }

    /// Closes a list or an object.
    pub(crate) fn close(&mut self, bracket: u8) {
        self.depth -= 1;
        self.out.push(bracket);
    }

    /// Writes text in quotes; only what RFC 8785 escapes is escaped.
    pub(crate) fn text(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let plain = plain_prefix(rest);
            let (written, escaped) = rest.split_at_checked(plain).unwrap_or((rest, &[]));
            self.out.extend_from_slice(written);
            let Some((byte, after)) = escaped.split_first() else { break };
            self.escape(*byte);
            rest = after;
        }
        self.out.push(b'"');
    }

    /// Writes the name of a field in quotes: it is short, and in nearly every case plain.
    pub(crate) fn name(&mut self, name: &str) {
        if name.bytes().any(|byte| byte < 0x20 || byte == b'"' || byte == b'\\') {
            return self.text(name);
        }
        self.out.reserve(name.len() + 3);
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.push(b'"');
    }

    /// Writes what shows itself as text, in quotes.
    pub(crate) fn shown<T: Display + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.out.push(b'"');
        let from = self.out.len();
        write!(self.out, "{value}").map_err(|error| CryptoError::Value(error.to_string()))?;
        let written = self.out.get(from..).unwrap_or_default();
        if plain_prefix(written) < written.len() {
            let written = String::from_utf8_lossy(written).into_owned();
            self.out.truncate(from - 1);
            self.text(&written);
        } else {
            self.out.push(b'"');
        }
        Ok(())
    }

    fn escape(&mut self, byte: u8) {
        let short = match byte {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            0x00..=0x1F => b'u',
            _ => byte,
        };
        self.out.extend_from_slice(&[b'\\', short]);
        if short == b'u' {
            self.out.extend_from_slice(format!("{byte:04x}").as_bytes());
        }
    }

    /// Writes an integer of the given size.
    pub(crate) fn integer(&mut self, size: u128, value: impl Display) -> Result<(), CryptoError> {
        // A large integer is right only if the double nearest to it is written with the same digits: then reading
        // and writing again changes nothing, and no other integer looks the same.
        if size > u128::from(SAFE) {
            let digits = value.to_string();
            match digits.parse::<f64>() {
                Ok(double) if ryu_js::Buffer::new().format(double) == digits => {}
                _ => return Err(CryptoError::Inexact(digits)),
            }
        }
        self.display(value)
    }

    /// Writes a number as ECMAScript does.
    pub(crate) fn double(&mut self, value: f64) -> Result<(), CryptoError> {
        if !value.is_finite() {
            return Err(CryptoError::NotFinite(value.to_string()));
        }
        self.out.extend_from_slice(ryu_js::Buffer::new().format_finite(value).as_bytes());
        Ok(())
    }

    /// Writes a value as it shows itself, without quotes.
    fn display(&mut self, value: impl Display) -> Result<(), CryptoError> {
        write!(self.out, "{value}").map_err(|error| CryptoError::Value(error.to_string()))
    }

    /// Opens the object `{"variant": …` around an enum's content.
    pub(crate) fn open_variant(&mut self, variant: &str) -> Result<(), CryptoError> {
        self.open(b'{')?;
        self.text(variant);
        self.out.push(b':');
        Ok(())
    }
}

/// How many bytes at the beginning stand as they are.
fn plain_prefix(bytes: &[u8]) -> usize {
    const STEP: usize = 16;
    let escaped = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
    // A whole step without a branch inside is one comparison of vectors.
    let steps =
        bytes.chunks_exact(STEP).take_while(|step| !step.iter().fold(false, |any, byte| any | escaped(byte)));
    let plain = steps.count() * STEP;
    let rest = bytes.get(plain..).unwrap_or_default();
    plain + rest.iter().position(escaped).unwrap_or(rest.len())
}
