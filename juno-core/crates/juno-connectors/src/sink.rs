use crate::Record;

/// Where a reader puts what it reads.
pub(crate) trait RecordSink {
    /// Takes a record that was read from about `bytes` bytes.
    ///
    /// # Errors
    /// If nobody wants more.
    fn push(&mut self, record: Record, bytes: usize) -> Result<(), Closed>;
}

/// Nobody wants more records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Closed;

impl RecordSink for Vec<Record> {
    fn push(&mut self, record: Record, _: usize) -> Result<(), Closed> {
        Self::push(self, record);
        Ok(())
    }
}
