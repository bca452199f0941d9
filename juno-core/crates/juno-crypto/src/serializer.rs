use std::fmt::Display;

use serde::Serialize;
use serde::ser::Serializer;

use crate::CryptoError;
use crate::list::List;
use crate::object::Object;
use crate::writer::Writer;

macro_rules! integers {
    ($($method:ident: $kind:ty),* $(,)?) => {$(
        fn $method(self, value: $kind) -> Result<(), CryptoError> {
            self.integer(u128::try_from(value).unwrap_or_else(|_| (value as i128).unsigned_abs()), value)
        }
    )*};
}

impl<'w> Serializer for &'w mut Writer {
    type Ok = ();
    type Error = CryptoError;
    type SerializeSeq = List<'w>;
    type SerializeTuple = List<'w>;
    type SerializeTupleStruct = List<'w>;
    type SerializeTupleVariant = List<'w>;
    type SerializeMap = Object<'w>;
    type SerializeStruct = Object<'w>;
    type SerializeStructVariant = Object<'w>;

    integers!(
        serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64, serialize_i128: i128,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64, serialize_u128: u128,
    );

    fn serialize_bool(self, value: bool) -> Result<(), CryptoError> {
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
        Ok(())
    }

    fn serialize_f32(self, value: f32) -> Result<(), CryptoError> {
        self.serialize_f64(f64::from(value))
    }

    fn serialize_f64(self, value: f64) -> Result<(), CryptoError> {
        self.double(value)
    }

    fn serialize_char(self, value: char) -> Result<(), CryptoError> {
        self.text(value.encode_utf8(&mut [0; 4]));
        Ok(())
    }

    fn serialize_str(self, value: &str) -> Result<(), CryptoError> {
        self.text(value);
        Ok(())
    }

    fn collect_str<T: Display + ?Sized>(self, value: &T) -> Result<(), CryptoError> {
        self.shown(value)
    }

    fn serialize_bytes(self, value: &[u8]) -> Result<(), CryptoError> {
        value.serialize(self)
    }

    fn serialize_none(self) -> Result<(), CryptoError> {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), CryptoError> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<(), CryptoError> {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _name: &'static str) -> Result<(), CryptoError> {
        self.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        _: &'static str,
        _: u32,
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
        variant: &'static str,
        value: &T,
    ) -> Result<(), CryptoError> {
        self.open_variant(variant)?;
        value.serialize(&mut *self)?;
        self.close(b'}');
        Ok(())
    }

    fn serialize_seq(self, _len: Option<usize>) -> Result<List<'w>, CryptoError> {
        List::open(self, false)
    }

    fn serialize_tuple(self, _len: usize) -> Result<List<'w>, CryptoError> {
        List::open(self, false)
    }

    fn serialize_tuple_struct(self, _name: &'static str, _len: usize) -> Result<List<'w>, CryptoError> {
        List::open(self, false)
    }

    fn serialize_tuple_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<List<'w>, CryptoError> {
        self.open_variant(variant)?;
        List::open(self, true)
    }

    fn serialize_map(self, _len: Option<usize>) -> Result<Object<'w>, CryptoError> {
        Object::open(self, false)
    }

    fn serialize_struct(self, _name: &'static str, _len: usize) -> Result<Object<'w>, CryptoError> {
        Object::open(self, false)
    }

    fn serialize_struct_variant(
        self,
        _name: &'static str,
        _index: u32,
        variant: &'static str,
        _len: usize,
    ) -> Result<Object<'w>, CryptoError> {
        self.open_variant(variant)?;
        Object::open(self, true)
    }
}
