use std::borrow::Cow;
use std::cell::Cell;
use std::io::{self, Read};
use std::rc::Rc;

use csv::{ByteRecord, Reader, ReaderBuilder};

/// The longest row: one with more is taken for a quote that was never closed.
const MAX_ROW: usize = 64 * 1024 * 1024;

/// The rows of a table, one at a time.
pub(crate) struct Rows<R> {
    csv: Reader<Capped<R>>,
    left: Rc<Cell<usize>>,
    line_end: Rc<Cell<LineEnd>>,
    odd_quotes: Rc<Cell<bool>>,
    row: ByteRecord,
    /// Cells that were not UTF-8.
    broken_cells: Cell<u64>,
    width: usize,
}

/// A row that came.
pub(crate) enum NextRow {
    /// It begins at this line; see [`Rows::cell`].
    Row(u64),
    /// A row of another width than the header: its line and its width.
    Uneven(u64, usize),
    /// No end of this row is in sight.
    Endless(u64),
    /// No more rows.
    End,
}

/// Reads no further than allowed, so that a missing quote cannot pull a whole file into memory.
struct Capped<R> {
    reader: R,
    left: Rc<Cell<usize>>,
    line_end: Rc<Cell<LineEnd>>,
    odd_quotes: Rc<Cell<bool>>,
}

/// How lines end, told from the first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LineEnd {
    Unknown,
    Feed,
    ReturnFeed,
}

impl<R: Read> Read for Capped<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left.get() == 0 {
            return Err(io::Error::new(io::ErrorKind::FileTooLarge, "row too long"));
        }
        let count = self.reader.read(buffer)?;
        self.left.set(self.left.get().saturating_sub(count));
        let read = buffer.get(..count).unwrap_or_default();
        let quotes = read.iter().filter(|byte| **byte == b'"').count();
        self.odd_quotes.set(self.odd_quotes.get() ^ (quotes % 2 == 1));
        if self.line_end.get() == LineEnd::Unknown
            && let Some(end) = read.iter().position(|byte| *byte == b'\n')
        {
            let returns = end.checked_sub(1).and_then(|before| read.get(before)) == Some(&b'\r');
            self.line_end.set(if returns { LineEnd::ReturnFeed } else { LineEnd::Feed });
        }
        Ok(count)
    }
}

fn builder(delimiter: u8) -> ReaderBuilder {
    let mut builder = ReaderBuilder::new();
    builder.delimiter(delimiter).flexible(true).has_headers(false);
    builder
}

/// The first row of some bytes.
pub(crate) fn header_of(bytes: &[u8], delimiter: u8) -> Vec<String> {
    let mut row = ByteRecord::new();
    let read = builder(delimiter).from_reader(bytes).read_byte_record(&mut row);
    let found = read.unwrap_or(false);
    row.iter().filter(|_| found).map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect()
}

impl<R: Read> Rows<R> {
    /// Rows of `reader`, and the header.
    ///
    /// # Errors
    /// If the reader fails.
    pub(crate) fn new(reader: R, delimiter: u8) -> io::Result<(Self, Vec<String>)> {
        let left = Rc::new(Cell::new(MAX_ROW));
        let line_end = Rc::new(Cell::new(LineEnd::Unknown));
        let odd_quotes = Rc::new(Cell::new(false));
        let shared = (left.clone(), line_end.clone(), odd_quotes.clone());
        let capped = Capped { reader, left: shared.0, line_end: shared.1, odd_quotes: shared.2 };
        let csv = builder(delimiter).buffer_capacity(1 << 17).from_reader(capped);
        let (row, broken_cells) = (ByteRecord::new(), Cell::new(0));
        let mut rows = Self { csv, left, line_end, odd_quotes, row, broken_cells, width: 0 };
        rows.csv.read_byte_record(&mut rows.row).map_err(into_io)?;
        rows.width = rows.row.len();
        let header = rows.row.iter().map(|cell| String::from_utf8_lossy(cell).trim().to_owned()).collect();
        Ok((rows, header))
    }

    /// Goes to the next row.
    ///
    /// # Errors
    /// If the reader fails.
    pub(crate) fn next_row(&mut self) -> io::Result<NextRow> {
        self.left.set(MAX_ROW);
        // The parser ends a row at the carriage return and counts the line feed with the next one.
        let line = self.csv.position().line() + u64::from(self.line_end.get() == LineEnd::ReturnFeed);
        match self.csv.read_byte_record(&mut self.row) {
            Ok(false) => Ok(NextRow::End),
            Ok(true) => {
                let width = self.row.len();
                Ok(if width == self.width { NextRow::Row(line) } else { NextRow::Uneven(line, width) })
            }
            Err(error) => {
                let error = into_io(error);
                if error.kind() == io::ErrorKind::FileTooLarge {
                    Ok(NextRow::Endless(line))
                } else {
                    Err(error)
                }
            }
        }
    }

    /// How many columns the header has.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// How many bytes the row has.
    pub(crate) fn bytes(&self) -> usize {
        self.row.as_slice().len()
    }

    /// A cell of the row, trimmed; empty if there is none.
    pub(crate) fn cell(&self, column: usize) -> Cow<'_, str> {
        let bytes = self.row.get(column).unwrap_or_default();
        match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text.trim()),
            Err(_) => {
                self.broken_cells.set(self.broken_cells.get() + 1);
                Cow::Owned(String::from_utf8_lossy(bytes).trim().to_owned())
            }
        }
    }

    /// What is odd about the file: cells that were not UTF-8, a quote without its twin.
    pub(crate) fn notes(&self, source: &str) -> Vec<String> {
        let mut notes = Vec::new();
        let count = self.broken_cells.get();
        if count > 0 {
            notes.push(format!(
                "`{source}`: {count} cells are not UTF-8, some of their letters are lost; save it as UTF-8"
            ));
        }
        if self.odd_quotes.get() {
            notes.push(format!(
                "`{source}`: the number of quotes in it is odd, so it may break off inside its last row"
            ));
        }
        notes
    }
}

fn into_io(error: csv::Error) -> io::Error {
    match error.into_kind() {
        csv::ErrorKind::Io(error) => error,
        other => io::Error::new(io::ErrorKind::InvalidData, format!("{other:?}")),
    }
}
