use proptest::prelude::*;

use crate::{CryptoError, Ed25519Signer, KeyKind, SignedNote, Signer, VerifierKey, Zeroizing};

/// The note and key in the documentation of Go's `golang.org/x/mod/sumdb/note`.
const GO_KEY: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_NOTE: &str = "If you think cryptography is the answer to your problem,
then you don't know what your problem is.

— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=
";

fn signer(name: &str, kind: KeyKind, seed: u8) -> Ed25519Signer {
    Ed25519Signer::new(name, kind, &Zeroizing::new([seed; 32])).unwrap()
}

fn log() -> Ed25519Signer {
    signer("juno.example/audit", KeyKind::Ed25519, 7)
}

fn witness() -> Ed25519Signer {
    signer("witness.example", KeyKind::Cosignature, 8)
}

#[test]
fn a_note_signed_by_another_implementation_verifies() {
    let key: VerifierKey = GO_KEY.parse().unwrap();
    let note: SignedNote = GO_NOTE.parse().unwrap();
    assert_eq!(note.verify(&key), Ok(None));
    assert_eq!((key.to_string(), note.to_string()), (GO_KEY.to_owned(), GO_NOTE.to_owned()));
    assert_eq!(key.name(), "PeterNeumann");
}

#[test]
fn signatures_are_those_of_rfc_8032() {
    // Section 7.1, test 2.
    let hex = |text: &str| -> Vec<u8> {
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    };
    let seed = hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    let public = hex("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    let signature = hex(
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    );
    let seed = Zeroizing::new(seed.try_into().unwrap());
    let signer = Ed25519Signer::new("rfc8032", KeyKind::Ed25519, &seed).unwrap();
    assert_eq!(signer.key().public()[..], public);
    assert_eq!(signer.sign(&[0x72]).unwrap()[..], signature);
}

#[test]
fn a_witness_signs_the_time_and_the_text_and_nothing_passes_for_the_other_kind() {
    let mut note = SignedNote::sign("origin\n3\nroot\n", &log()).unwrap();
    note.cosign(&witness(), 1_772_000_000).unwrap();
    let note: SignedNote = note.to_string().parse().unwrap();
    assert_eq!(note.verify(log().key()), Ok(None));
    assert_eq!(note.verify(witness().key()), Ok(Some(1_772_000_000)));
    let message = "cosignature/v1\ntime 1772000000\norigin\n3\nroot\n";
    let raw: [u8; 64] = note.signatures()[1].bytes[8..].try_into().unwrap();
    assert_eq!(witness().key().verify(message.as_bytes(), &raw), Ok(()));

    let same_key = signer("witness.example", KeyKind::Ed25519, 8);
    assert_ne!(same_key.key().id(), witness().key().id());
    assert_eq!(note.verify(same_key.key()), Err(CryptoError::Unsigned("witness.example".into())));
    assert!(SignedNote::sign("x\n", &witness()).is_err());
    assert!(SignedNote::sign("x\n", &log()).unwrap().cosign(&log(), 1).is_err());
}

#[test]
fn lines_of_witnesses_are_added_once_and_all_or_none() {
    let mut note = SignedNote::sign("text\n", &log()).unwrap();
    let mut elsewhere = note.clone();
    elsewhere.cosign(&witness(), 5).unwrap();
    let line = elsewhere.signatures()[1].to_string();
    note.add_lines(&format!("{line}\n{line}\n")).unwrap();
    note.add_lines(&line).unwrap();
    assert_eq!(note, elsewhere);
    assert!(note.add_lines(&format!("{line}x\n")).is_err());
    assert!(note.add_lines(&format!("{line}\n\n")).is_err());
    let many: String = (0..100).map(|n| line.replace("witness.", &format!("w{n}.")) + "\n").collect();
    assert!(note.add_lines(&many).is_err());
    assert_eq!(note, elsewhere);
}

#[test]
fn the_secret_shows_nowhere() {
    let seed = [0xA7_u8; 32];
    let signer = Ed25519Signer::new("log", KeyKind::Ed25519, &Zeroizing::new(seed)).unwrap();
    let refused = Ed25519Signer::new("a b", KeyKind::Ed25519, &Zeroizing::new(seed)).unwrap_err();
    for text in [format!("{signer:?}"), format!("{signer:#?}"), format!("{refused:?} {refused}")] {
        for form in ["a7a7", "A7A7", "167, 167", "p6en"] {
            assert!(!text.contains(form), "{text}");
        }
    }
    assert_eq!(format!("{signer:?}"), format!("Ed25519Signer({})", signer.key()));
}

#[test]
fn what_is_no_key_or_no_note_is_refused() {
    let good = log().key().to_string();
    assert_eq!(good.parse::<VerifierKey>().as_ref(), Ok(log().key()));
    let (head, code) = good.rsplit_once('+').unwrap();
    for bad in [
        String::new(),
        "name".into(),
        head.into(),
        format!("{head}+"),
        format!(" {good}"),
        format!("{good}\n"),
        good.to_uppercase(),
        format!("{head}+{}", &code[1..]),
        good.replace("juno", "Juno"),
        good.replacen("+A", "+C", 1),
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad}");
    }
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        let error = Ed25519Signer::new(name, KeyKind::Ed25519, &Zeroizing::new([1; 32])).unwrap_err();
        assert_eq!(error, CryptoError::KeyName(name.into()));
    }
    // The neutral element: under it, anyone signs anything.
    let mut neutral = [0; 32];
    neutral[0] = 1;
    assert!(VerifierKey::new("x", KeyKind::Ed25519, neutral).is_err());

    let note = SignedNote::sign("a\n\nb\n", &log()).unwrap().to_string();
    assert_eq!(note.parse::<SignedNote>().unwrap().to_string(), note);
    for bad in [
        note.replace("\n\n—", "\n—"),
        note.replace("— ", "- "),
        note.trim_end().into(),
        note.clone() + "\n",
        note.replace('a', "\t"),
        note.replace('=', ""),
        "\n\n".into(),
        "a\n\n".into(),
    ] {
        assert!(bad.parse::<SignedNote>().is_err(), "{bad:?}");
    }
    for bad in ["", "no end", "a\r\n"] {
        assert!(SignedNote::sign(bad, &log()).is_err(), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_changed_byte_of_a_signed_note_or_its_key_is_found(at in any::<prop::sample::Index>(), bit in 0..8_u8) {
        let flipped = |text: &str| {
            let mut bytes = text.as_bytes().to_vec();
            let at = at.index(bytes.len());
            bytes[at] ^= 1 << bit;
            String::from_utf8(bytes).ok()
        };
        let note = SignedNote::sign("juno.example/audit\n3\nroot\n", &log()).unwrap();
        let key = log().key().to_string();
        if let Some(Ok(changed)) = flipped(&note.to_string()).map(|text| text.parse::<SignedNote>()) {
            prop_assert!(changed.verify(log().key()).is_err());
        }
        if let Some(Ok(changed)) = flipped(&key).map(|text| text.parse::<VerifierKey>()) {
            prop_assert!(note.verify(&changed).is_err());
        }
    }
}
