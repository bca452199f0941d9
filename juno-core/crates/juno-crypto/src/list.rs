use serde::Serialize;
use serde::ser;

use crate::CryptoError;
use crate::writer::Writer;

/// A list that is being written.
pub(crate) struct List<'w> {
    writer: &'w mut Writer,
    first: bool,
    in_variant: bool,
}

impl<'w> List<'w> {
    pub(crate) fn open(writer: &'w mut Writer, in_variant: bool) -> Result<Self, CryptoError> {
        writer.open(b'[')?;
        Ok(Self { writer, first: true, in_variant })
    }

    fn element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        if !std::mem::take(&mut self.first) {
            self.writer.out.push(b',');
        }
        value.serialize(&mut *self.writer)
    }

    fn close(self) {
        self.writer.close(b']');
        if self.in_variant {
            self.writer.close(b'}');
        }
    }
}

impl ser::SerializeSeq for List<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.element(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeTuple for List<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.element(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeTupleStruct for List<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.element(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close();
        Ok(())
    }
}

impl ser::SerializeTupleVariant for List<'_> {
    type Ok = ();
    type Error = CryptoError;
    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), CryptoError> {
        self.element(value)
    }
    fn end(self) -> Result<(), CryptoError> {
        self.close();
        Ok(())
    }
}
