mod keys;
mod signing;

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Serialize;
use serde_json::{Value, json};

use crate::{CryptoError, OrderedObject, canonical_json, digest, digest_of, digest_parts, payload_of};

fn text<T: Serialize + ?Sized>(value: &T) -> String {
    String::from_utf8(canonical_json(value).unwrap()).unwrap()
}

#[test]
fn the_example_of_rfc_8785_section_3_2_2_and_3_2_3() {
    let input = r#"{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"#;
    let expected = r#"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#;
    assert_eq!(text(&serde_json::from_str::<Value>(input).unwrap()), expected);
}

#[test]
fn keys_are_in_order_of_utf_16_code_units() {
    // The sorting example of RFC 8785, section 3.2.3: the emoji sorts before U+FB33, unlike in UTF-8.
    let input = r#"{"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",
        "\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"}"#;
    let out = text(&serde_json::from_str::<Value>(input).unwrap());
    let order = ["Carriage Return", "One", "Control", "Latin", "Euro", "Emoji", "Hebrew"];
    let places: Vec<usize> = order.iter().map(|name| out.find(name).unwrap()).collect();
    assert!(places.is_sorted(), "{out}");
}

#[test]
fn numbers_are_written_as_in_appendix_b_of_rfc_8785() {
    for (bits, expected) in [
        (0x0000_0000_0000_0000_u64, "0"),
        (0x8000_0000_0000_0000, "0"),
        (0x0000_0000_0000_0001, "5e-324"),
        (0x8000_0000_0000_0001, "-5e-324"),
        (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
        (0xffef_ffff_ffff_ffff, "-1.7976931348623157e+308"),
        (0x4340_0000_0000_0000, "9007199254740992"),
        (0xc340_0000_0000_0000, "-9007199254740992"),
        (0x4430_0000_0000_0000, "295147905179352830000"),
        (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
        (0x44b5_2d02_c7e1_4af6, "1e+23"),
        (0x44b5_2d02_c7e1_4af7, "1.0000000000000001e+23"),
        (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
        (0x444b_1ae4_d6e2_ef4f, "999999999999999900000"),
        (0x444b_1ae4_d6e2_ef50, "1e+21"),
        (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"),
        (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
        (0x41b3_de43_5555_5553, "333333333.3333332"),
        (0x41b3_de43_5555_5554, "333333333.33333325"),
        (0x41b3_de43_5555_5555, "333333333.3333333"),
        (0x41b3_de43_5555_5556, "333333333.3333334"),
        (0x41b3_de43_5555_5557, "333333333.33333343"),
        (0xbecb_f647_612f_3696, "-0.0000033333333333333333"),
        (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
    ] {
        assert_eq!(text(&f64::from_bits(bits)), expected, "{bits:x}");
    }
}

#[test]
fn nan_and_infinity_are_errors_at_any_depth_never_null() {
    #[derive(Serialize)]
    struct Score {
        value: f64,
    }
    for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert!(matches!(canonical_json(&bad), Err(CryptoError::NotFinite(_))));
        assert!(matches!(canonical_json(&Score { value: bad }), Err(CryptoError::NotFinite(_))));
        assert!(matches!(canonical_json(&[Some(bad)]), Err(CryptoError::NotFinite(_))));
        assert!(canonical_json(&BTreeMap::from([("a", (1, bad as f32))])).is_err());
    }
    // What this crate is careful about and the usual one is not:
    let usual = serde_json_canonicalizer::to_string(&Score { value: f64::NAN });
    assert!(usual.is_ok_and(|text| text.contains("null")));
}

#[test]
fn integers_that_no_double_holds_are_errors() {
    assert_eq!(text(&(1_u64 << 53)), "9007199254740992");
    assert_eq!(text(&-(1_i64 << 53)), "-9007199254740992");
    assert_eq!(text(&1_000_000_000_000_000_000_u64), "1000000000000000000");
    for bad in [(1_u64 << 53) + 1, u64::MAX, (1 << 60)] {
        assert_eq!(canonical_json(&bad), Err(CryptoError::Inexact(bad.to_string())));
    }
    assert!(canonical_json(&i64::MIN).is_err());
    assert!(canonical_json(&i128::MIN).is_err());
    // As a key an integer is text and keeps its digits.
    assert_eq!(text(&BTreeMap::from([(u64::MAX, 1)])), format!(r#"{{"{}":1}}"#, u64::MAX));
}

#[test]
fn a_key_that_occurs_twice_is_an_error_in_any_order() {
    struct Pairs(&'static [(&'static str, u8)]);
    impl Serialize for Pairs {
        fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            serializer.collect_map(self.0.iter().copied())
        }
    }
    for pairs in [&[("a", 1), ("a", 2)][..], &[("b", 0), ("a", 1), ("b", 2)], &[("a", 0), ("b", 1), ("a", 0)]]
    {
        assert!(matches!(canonical_json(&Pairs(pairs)), Err(CryptoError::DuplicateKey(_))), "{pairs:?}");
    }
}

#[test]
fn every_shape_of_rust_value_is_written_as_serde_json_writes_it() {
    #[derive(Serialize)]
    enum Shape {
        Unit,
        New(u8),
        Tuple(u8, bool),
        Fields { zeta: char, alpha: Option<u8>, beta: () },
    }
    #[derive(Serialize)]
    struct Wrapper(Vec<Shape>);
    #[derive(Serialize)]
    struct Nothing;
    let value = (
        Wrapper(vec![
            Shape::Unit,
            Shape::New(1),
            Shape::Tuple(2, true),
            Shape::Fields { zeta: '"', alpha: None, beta: () },
        ]),
        Nothing,
        BTreeMap::from([(true, -1_i8), (false, 1)]),
        BTreeMap::<String, u8>::new(),
        [0_u8; 0],
    );
    let expected = r#"[["Unit",{"New":1},{"Tuple":[2,true]},{"Fields":{"alpha":null,"beta":null,"zeta":"\""}}],null,{"false":1,"true":-1},{},[]]"#;
    assert_eq!(text(&value), expected);
    assert!(canonical_json(&BTreeMap::from([(vec![1], 1)])).is_err());
}

#[test]
fn nesting_that_could_not_be_read_again_is_an_error() {
    let nested = |depth| (0..depth).fold(Value::Null, |inner, _| Value::Array(vec![inner]));
    let deepest = canonical_json(&nested(100)).unwrap();
    assert!(serde_json::from_slice::<Value>(&deepest).is_ok());
    assert_eq!(canonical_json(&nested(101)), Err(CryptoError::TooDeep(100)));
    // A payload lies in an event, which is one level more.
    assert!(payload_of(&nested(99)).is_ok());
    assert_eq!(payload_of(&nested(100)), Err(CryptoError::TooDeep(100)));
}

#[test]
fn sha_256_of_known_inputs() {
    // FIPS 180-4 examples.
    let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    assert_eq!(digest(b"abc").to_string(), abc);
    assert_eq!(digest_parts(&[b"a", b"", b"bc"]).to_string(), abc);
    assert_eq!(digest(b"").to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(digest_of("abc").unwrap(), digest(b"\"abc\""));
}

/// JSON values with numbers of every size and text of every kind.
fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        (-(1_i64 << 53)..=(1 << 53)).prop_map(Value::from),
        any::<f64>().prop_filter("finite", |x| x.is_finite()).prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 24, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

/// The places of all scalars in a value.
fn scalars(value: &Value, at: String, out: &mut Vec<String>) {
    let escape = |key: &str| key.replace('~', "~0").replace('/', "~1");
    match value {
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, item)| scalars(item, format!("{at}/{i}"), out));
        }
        Value::Object(map) => {
            map.iter().for_each(|(key, item)| scalars(item, format!("{at}/{}", escape(key)), out));
        }
        _ => out.push(at),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_output_equals_that_of_another_implementation(value in json_value()) {
        prop_assert_eq!(text(&value), serde_json_canonicalizer::to_string(&value).unwrap());
    }

    #[test]
    fn doubles_equal_those_of_another_implementation(bits in any::<u64>()) {
        let value = f64::from_bits(bits);
        prop_assume!(value.is_finite());
        prop_assert_eq!(text(&value), serde_json_canonicalizer::to_string(&value).unwrap());
    }

    #[test]
    fn reading_and_writing_again_changes_nothing(value in json_value()) {
        let bytes = canonical_json(&value).unwrap();
        let again: Value = serde_json::from_slice(&bytes).unwrap();
        prop_assert_eq!(canonical_json(&again).unwrap(), bytes);
    }

    #[test]
    fn integers_with_a_form_have_their_own(a in any::<u64>(), b in any::<u64>()) {
        for n in [a, b, a >> 12, b >> 10, a / 1000 * 1000] {
            if let Ok(bytes) = canonical_json(&n) {
                prop_assert_eq!(String::from_utf8(bytes).unwrap(), n.to_string());
            }
        }
    }

    #[test]
    fn the_order_of_fields_does_not_matter(
        map in prop::collection::btree_map(any::<String>(), json_value(), 0..6),
        seed in any::<u64>(),
    ) {
        struct Pairs<'a>(Vec<(&'a String, &'a Value)>);
        impl Serialize for Pairs<'_> {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().copied())
            }
        }
        let mut pairs: Vec<_> = map.iter().collect();
        pairs.sort_by_key(|(key, _)| digest_of(&(seed % 1000, key)).unwrap());
        prop_assert_eq!(digest_of(&Pairs(pairs)).unwrap(), digest_of(&map).unwrap());
    }

    #[test]
    fn members_in_order_are_written_as_the_general_way_writes_them(
        a in json_value(), b in json_value(), before in "[a-z]{0,4}",
    ) {
        let mut object = OrderedObject::onto(before.clone().into_bytes());
        object.member("_a", &a).unwrap();
        object.member("b", &b).unwrap();
        prop_assert_eq!(object.member("a", &a), Err(CryptoError::KeyOrder("a")));
        let expected = [before.into_bytes(), canonical_json(&json!({ "_a": a, "b": b })).unwrap()].concat();
        prop_assert_eq!(object.end().unwrap(), expected);
    }

    #[test]
    fn any_changed_scalar_changes_the_digest(value in json_value(), pick in any::<prop::sample::Index>()) {
        let mut places = Vec::new();
        scalars(&value, String::new(), &mut places);
        prop_assume!(!places.is_empty());
        let place = &places[pick.index(places.len())];
        let before = digest_of(&value).unwrap();
        for other in [json!(null), json!("null"), json!(true), json!(0), json!("0"), json!(0.1), json!([]), json!({})] {
            let mut edited = value.clone();
            let old = edited.pointer_mut(place).unwrap();
            let same = *old == other || (old.as_f64() == Some(0.0) && other == json!(0));
            *old = other;
            prop_assert_eq!(digest_of(&edited).unwrap() == before, same);
        }
    }

    #[test]
    fn text_never_leaks_into_structure(a in any::<String>(), b in any::<String>()) {
        // Delimiters inside text must not make two different lists look alike.
        let joined = json!([format!("{a}\",\"{b}")]);
        prop_assert_ne!(digest_of(&joined).unwrap(), digest_of(&json!([a, b])).unwrap());
    }
}
