use serde::Serialize;
use serde::ser::{Impossible, Serializer};

use crate::CryptoError;
use crate::writer::Writer;

/// Writes the key of a map as text. Integers keep all their digits: a key is never read as a double.
pub(crate) struct KeyText<'w>(pub(crate) &'w mut Writer);

type No = Impossible<(), CryptoError>;

macro_rules! shown {
    ($($method:ident: $kind:ty),* $(,)?) => {$(
        fn $method(self, value: $kind) -> Result<(), CryptoError> {
            self.0.text(&value.to_string());
            Ok(())
        }
    )*};
}

impl Serializer for KeyText<'_> {
    type Ok = ();
    type Error = CryptoError;
    type SerializeSeq = No;
    type SerializeTuple = No;
    type SerializeTupleStruct = No;
    type SerializeTupleVariant = No;
    type SerializeMap = No;
    type SerializeStruct = No;
    type SerializeStructVariant = No;

    shown!(
        serialize_bool: bool, serialize_char: char,
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    );

    fn serialize_str(self, value: &str) -> Result<(), CryptoError> {
        self.0.text(value);
        Ok(())
    }

    fn serialize_f32(self, _value: f32) -> Result<(), CryptoError> {
        Err(CryptoError::Key("a fraction"))
    }

    fn serialize_f64(self, _value: f64) -> Result<(), CryptoError> {
        Err(CryptoError::Key("a fraction"))
    }

    fn serialize_bytes(self, _value: &[u8]) -> Result<(), CryptoError> {
        Err(CryptoError::Key("a byte string"))
    }

    fn serialize_none(self) -> Result<(), CryptoError> {
        Err(CryptoError::Key("nothing"))
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CryptoError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CryptoError> {
        Err(CryptoError::Key("nothing"))
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CryptoError> {
        Err(CryptoError::Key("nothing"))
    }

    fn serialize_unit_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
    ) -> Result<(), CryptoError> {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        value: &T,
    ) -> Result<(), CryptoError> {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _value: &T,
    ) -> Result<(), CryptoError> {
        Err(CryptoError::Key("an enum with content"))
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<No, CryptoError> {
        Err(CryptoError::Key("a list"))
    }

    fn serialize_tuple(self, _len: usize) -> Result<No, CryptoError> {
        Err(CryptoError::Key("a list"))
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<No, CryptoError> {
        Err(CryptoError::Key("a list"))
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<No, CryptoError> {
        Err(CryptoError::Key("an enum with content"))
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<No, CryptoError> {
        Err(CryptoError::Key("an object"))
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<No, CryptoError> {
        Err(CryptoError::Key("an object"))
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        _variant: &'static str,
        _len: usize,
    ) -> Result<No, CryptoError> {
        Err(CryptoError::Key("an enum with content"))
    }
}
