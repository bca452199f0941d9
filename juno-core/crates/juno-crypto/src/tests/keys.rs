use std::sync::Arc;

use crate::{
    FileKeys, InMemoryKeys, KeyProvider, RandomSource, SeededRandom, SystemRandom, decrypt, encrypt,
};

/// control: GDPR-32
#[test]
fn what_is_encrypted_opens_with_its_key_for_its_purpose_and_unchanged() {
    let random = SeededRandom::new(1);
    let (key, other) = (random.next().unwrap(), random.next().unwrap());
    let sealed = encrypt(&key, b"agreed", b"record 7", &random).unwrap();
    assert_eq!(decrypt(&key, &sealed, b"record 7").unwrap(), b"agreed");
    assert!(decrypt(&other, &sealed, b"record 7").is_err());
    assert!(decrypt(&key, &sealed, b"record 8").is_err());
    assert_ne!(encrypt(&key, b"agreed", b"record 7", &random).unwrap(), sealed, "a fresh nonce each time");
    for at in 0..sealed.len() {
        let mut changed = sealed.clone();
        changed[at] ^= 1;
        assert!(decrypt(&key, &changed, b"record 7").is_err(), "byte {at}");
        assert!(decrypt(&key, &sealed[..at], b"record 7").is_err(), "cut at {at}");
    }
    assert_ne!(SystemRandom.next().unwrap(), SystemRandom.next().unwrap());
}

/// AES-256-GCM test case 16 of the GCM specification (McGrew and Viega), with associated data.
#[test]
fn decrypting_follows_the_published_vector() {
    let bytes = |hex: &str| -> Vec<u8> {
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
    };
    let key = bytes("feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308").try_into().unwrap();
    let sealed = bytes(concat!(
        "cafebabefacedbaddecaf888",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa",
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662",
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ));
    let text = bytes(concat!(
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72",
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
    ));
    let about = bytes("feedfacedeadbeeffeedfacedeadbeefabaddad2");
    assert_eq!(decrypt(&key, &sealed, &about).unwrap(), text);
}

fn suite(keys: &dyn KeyProvider) {
    assert_eq!(keys.find("maria").unwrap(), None);
    let first = keys.key("maria").unwrap();
    assert_eq!(keys.key("maria").unwrap(), first);
    assert_eq!(keys.find("maria").unwrap(), Some(first.clone()));
    assert_ne!(keys.key("../pedro").unwrap(), first);
    keys.destroy("maria").unwrap();
    assert_eq!(keys.find("maria").unwrap(), None);
    keys.destroy("maria").unwrap();
    assert_ne!(keys.key("maria").unwrap(), first, "a destroyed key never comes back");
    assert!(keys.find("../pedro").unwrap().is_some());
    assert!(!format!("{first:?}").is_empty());
}

/// control: GDPR-17
#[test]
fn keys_are_made_once_and_stay_destroyed() {
    suite(&InMemoryKeys::new(Arc::new(SeededRandom::new(1))));
    let folder = tempfile::tempdir().unwrap();
    let open = || FileKeys::open(folder.path().join("keys"), Arc::new(SystemRandom)).unwrap();
    suite(&open());
    let kept = open().find("../pedro").unwrap().unwrap();
    assert_eq!(open().key("../pedro").unwrap(), kept, "a key outlives its handle");
    let left = std::fs::read_dir(folder.path().join("keys")).unwrap().count();
    assert_eq!(left, 2, "no file is left over");
}

#[test]
fn of_callers_at_once_all_get_one_key() {
    let folder = tempfile::tempdir().unwrap();
    let keys = FileKeys::open(folder.path(), Arc::new(SystemRandom)).unwrap();
    let got: Vec<_> = std::thread::scope(|scope| {
        let ask: Vec<_> = (0..8).map(|_| scope.spawn(|| keys.key("maria").unwrap())).collect();
        ask.into_iter().map(|asked| asked.join().unwrap()).collect()
    });
    assert!(got.iter().all(|key| *key == got[0]));
}
