use std::fmt;
use std::str::FromStr;

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::CryptoError;
use crate::signer::Signer;
use crate::verifier_key::{KeyKind, VerifierKey};

/// Most signatures read from one note.
const MOST: usize = 100;

/// A text with signatures below it ([C2SP signed-note]): what logs publish their checkpoints as.
///
/// [C2SP signed-note]: https://c2sp.org/signed-note
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// One line below a note.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoteSignature {
    /// The name of the key.
    pub name: String,
    /// The id of the key, see [`VerifierKey::id`].
    pub id: [u8; 4],
    /// What the key made: 64 bytes of signature, and before them 8 bytes of time in a cosignature.
    pub bytes: Vec<u8>,
}

impl SignedNote {
    /// Signs a text.
    ///
    /// # Errors
    /// If the text is empty, does not end in a line break or holds other control characters; if the signer fails, or
    /// signs cosignatures.
    pub fn sign(text: impl Into<String>, signer: &dyn Signer) -> Result<Self, CryptoError> {
        let text = text.into();
        check_text(&text)?;
        if signer.key().kind() != KeyKind::Ed25519 {
            return Err(CryptoError::Note("the key of a witness signs no note of its own: cosign with it"));
        }
        let bytes = signer.sign(text.as_bytes())?.to_vec();
        let mut note = Self { text, signatures: Vec::new() };
        note.push(signer.key(), bytes);
        Ok(note)
    }

    /// Adds a witness's signature, made at `seconds` since 1970 ([C2SP tlog-cosignature], v1).
    ///
    /// # Errors
    /// If the signer fails, or does not sign cosignatures.
    ///
    /// [C2SP tlog-cosignature]: https://c2sp.org/tlog-cosignature
    pub fn cosign(&mut self, signer: &dyn Signer, seconds: u64) -> Result<(), CryptoError> {
        if signer.key().kind() != KeyKind::Cosignature {
            return Err(CryptoError::Note("only a key made for cosignatures cosigns"));
        }
        let signature = signer.sign(&cosigned(seconds, &self.text))?;
        self.push(signer.key(), [&seconds.to_be_bytes()[..], &signature].concat());
        Ok(())
    }

    /// Adds the signature lines that somebody else made for the same text, as a witness answers them: each line as
    /// it stands below a note. Lines that are there already are passed over. They are checked by
    /// [`verify`](Self::verify), not here.
    ///
    /// # Errors
    /// If a line cannot be read, or there would be more than 100; then none is added.
    pub fn add_lines(&mut self, lines: &str) -> Result<(), CryptoError> {
        let mut signatures = self.signatures.clone();
        for signature in read_signatures(lines)? {
            if !signatures.contains(&signature) {
                signatures.push(signature);
            }
        }
        if signatures.len() > MOST {
            return Err(CryptoError::Note("it has more than 100 signatures"));
        }
        self.signatures = signatures;
        Ok(())
    }

    /// The note with the first signature by each of these keys, in their order, and no other.
    ///
    /// # Errors
    /// If one has not signed it, or its signature is wrong.
    pub fn signed_by(&self, keys: &[&VerifierKey]) -> Result<Self, CryptoError> {
        let mut note = Self { text: self.text.clone(), signatures: Vec::with_capacity(keys.len()) };
        for key in keys {
            self.verify(key)?;
            note.signatures.extend(self.by(key).cloned());
        }
        Ok(note)
    }

    /// The text that is signed; it ends in a line break.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The signatures, in their order.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the first signature by this key, and gives the seconds since 1970 that a cosignature tells.
    /// Signatures by other keys do not matter.
    ///
    /// # Errors
    /// If there is none by this key, or it is not over this text.
    pub fn verify(&self, key: &VerifierKey) -> Result<Option<u64>, CryptoError> {
        let signature = self.by(key).ok_or_else(|| CryptoError::Unsigned(key.name().into()))?;
        let bad = || CryptoError::BadSignature(key.name().into());
        match key.kind() {
            KeyKind::Ed25519 => {
                let bytes = signature.bytes.as_slice().try_into().map_err(|_| bad())?;
                key.verify(self.text.as_bytes(), bytes)?;
                Ok(None)
            }
            KeyKind::Cosignature => {
                let (seconds, bytes) = signature.bytes.split_first_chunk::<8>().ok_or_else(bad)?;
                let seconds = u64::from_be_bytes(*seconds);
                key.verify(&cosigned(seconds, &self.text), bytes.try_into().map_err(|_| bad())?)?;
                Ok(Some(seconds))
            }
        }
    }

    /// The first signature that names this key.
    fn by(&self, key: &VerifierKey) -> Option<&NoteSignature> {
        let id = key.id();
        self.signatures.iter().find(|signature| signature.name == key.name() && signature.id == id)
    }

    fn push(&mut self, key: &VerifierKey, bytes: Vec<u8>) {
        self.signatures.push(NoteSignature { name: key.name().into(), id: key.id(), bytes });
    }
}

/// What a witness signs.
fn cosigned(seconds: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {seconds}\n{text}").into_bytes()
}

fn check_text(text: &str) -> Result<(), CryptoError> {
    if !text.ends_with('\n') {
        return Err(CryptoError::Note("its text does not end in a line break"));
    }
    if text.bytes().any(|byte| byte < 0x20 && byte != b'\n') {
        return Err(CryptoError::Note("its text holds a control character"));
    }
    Ok(())
}

fn read_signatures(lines: &str) -> Result<Vec<NoteSignature>, CryptoError> {
    let mut signatures = Vec::new();
    for line in lines.strip_suffix('\n').unwrap_or(lines).split('\n') {
        let bad = || CryptoError::Note("a signature has not the form `— name base64`");
        let (name, code) = line.strip_prefix("— ").and_then(|rest| rest.split_once(' ')).ok_or_else(bad)?;
        let bytes = BASE64_STANDARD.decode(code).map_err(|_| bad())?;
        let (id, bytes) = bytes.split_first_chunk::<4>().ok_or_else(bad)?;
        let odd = |c: char| c.is_whitespace() || c.is_control() || c == '+';
        if name.is_empty() || name.contains(odd) || bytes.is_empty() {
            return Err(bad());
        }
        if signatures.len() == MOST {
            return Err(CryptoError::Note("it has more than 100 signatures"));
        }
        signatures.push(NoteSignature { name: name.into(), id: *id, bytes: bytes.to_vec() });
    }
    Ok(signatures)
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [&self.id[..], &self.bytes].concat();
        write!(f, "— {} {}", self.name, BASE64_STANDARD.encode(bytes))
    }
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

impl FromStr for SignedNote {
    type Err = CryptoError;

    /// Reads a note; nothing is checked yet.
    fn from_str(note: &str) -> Result<Self, CryptoError> {
        let (text, lines) = note
            .rsplit_once("\n\n")
            .ok_or(CryptoError::Note("there is no blank line before its signatures"))?;
        let text = format!("{text}\n");
        check_text(&text)?;
        if !lines.ends_with('\n') {
            return Err(CryptoError::Note("its last line is cut"));
        }
        Ok(Self { text, signatures: read_signatures(lines)? })
    }
}
