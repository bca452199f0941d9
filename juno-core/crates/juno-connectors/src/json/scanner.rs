use std::io::{self, Read};

/// Where something stands in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Position {
    /// Line, from 1.
    pub(crate) line: u64,
    /// Column in bytes, from 1.
    pub(crate) column: u64,
}

/// Why a value could not be cut out.
#[derive(Debug)]
pub(crate) enum Fault {
    /// The reader failed.
    Io(io::Error),
    /// The file, or its line where each line is a record, ends inside the value that begins here.
    Ends(Position),
    /// The file, or its line, ends here, between values: what it began is not closed.
    Unclosed(Position),
    /// The value that begins here is longer than any record may be; the scanner stands behind it.
    TooLong(Position),
    /// Something else than expected stands here.
    Syntax(Position, String),
}

/// Cuts values out of a stream of JSON, one at a time; holds one value and a read-ahead.
///
/// It finds where a value ends and leaves its inside to the parser.
pub(crate) struct JsonScanner<R> {
    reader: R,
    buffer: Vec<u8>,
    /// INVARIANT: `mark <= start <= end <= buffer.len()`.
    start: usize,
    end: usize,
    /// Bytes from here on stay in the buffer.
    mark: Option<usize>,
    at_end: bool,
    position: Position,
    /// Whether a line break inside a value ends it.
    lines: bool,
    /// Open brackets the walker has stepped into.
    depth: usize,
    max_value: usize,
}

/// Bytes read at once.
const CHUNK: usize = 128 * 1024;

impl<R: Read> JsonScanner<R> {
    /// A scanner of `reader`; `lines`: each line is a record of its own; no value may exceed `max_value` bytes.
    pub(crate) fn new(reader: R, lines: bool, max_value: usize) -> Self {
        let position = Position { line: 1, column: 1 };
        let buffer = vec![0; CHUNK];
        Self {
            reader,
            buffer,
            start: 0,
            end: 0,
            mark: None,
            at_end: false,
            position,
            lines,
            depth: 0,
            max_value,
        }
    }

    /// Whether each line is a record of its own.
    pub(crate) const fn reads_lines(&self) -> bool {
        self.lines
    }

    /// The position of the next unread byte.
    pub(crate) const fn position(&self) -> Position {
        self.position
    }

    /// The next byte that is not white space, still unread; `None` at the end.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>, Fault> {
        loop {
            let unread = self.unread();
            let blank = unread.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')).count();
            let breaks = self.lines && self.depth > 0 && unread.iter().take(blank).any(|b| *b == b'\n');
            if breaks {
                return Err(Fault::Unclosed(self.position));
            }
            let next = unread.get(blank).copied();
            self.advance(blank);
            if next.is_some() || !self.fill()? {
                return Ok(next);
            }
        }
    }

    /// Steps over the bracket that [`peek`](Self::peek) showed, into its inside.
    pub(crate) fn enter(&mut self) {
        self.advance(1);
        self.depth += 1;
    }

    /// Steps over a closing bracket.
    pub(crate) fn leave(&mut self) {
        self.advance(1);
        self.depth = self.depth.saturating_sub(1);
    }

    /// Steps over a separator.
    pub(crate) fn step(&mut self) {
        self.advance(1);
    }

    /// Keeps everything from the next byte on, until [`marked`](Self::marked) or [`unmark`](Self::unmark).
    pub(crate) fn set_mark(&mut self) {
        self.mark = Some(self.start);
    }

    /// What has been read since the mark; `None` if it grew too long.
    pub(crate) fn marked(&self) -> Option<&[u8]> {
        self.buffer.get(self.mark?..self.start)
    }

    /// Keeps nothing any more.
    pub(crate) fn unmark(&mut self) {
        self.mark = None;
    }

    /// Goes on behind the next line break, outside of everything; for files with a record on each line.
    pub(crate) fn skip_line(&mut self) -> Result<(), Fault> {
        self.depth = 0;
        self.mark = None;
        loop {
            let found = self.unread().iter().position(|b| *b == b'\n');
            self.advance(found.map_or(self.end - self.start, |i| i + 1));
            if found.is_some() || !self.fill()? {
                return Ok(());
            }
        }
    }

    /// Reads the value that starts at the next byte (see [`peek`](Self::peek)) and gives its bytes.
    pub(crate) fn value(&mut self) -> Result<&[u8], Fault> {
        let begins = self.position;
        if !matches!(self.peek()?, Some(b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n')) {
            return Err(Fault::Syntax(self.position, "no JSON value begins here".to_owned()));
        }
        let mut progress = ValueEnd::default();
        let mut seen = 0;
        let mut kept = true;
        let length = loop {
            let window = self.buffer.get(self.start + seen..self.end).unwrap_or_default();
            match progress.feed(window, self.lines) {
                Step::Done(used) => break seen + used,
                Step::More => seen += window.len(),
                Step::LineBreak => return Err(Fault::Ends(begins)),
                Step::Mismatch(used) => {
                    self.advance(seen + used);
                    let reason = "a bracket closes another than the one that is open".to_owned();
                    return Err(Fault::Syntax(self.position, reason));
                }
            }
            let length = self.start + seen - self.mark.unwrap_or(self.start);
            if !kept || length > self.max_value {
                kept = false;
                self.mark = None;
                self.advance(seen);
                seen = 0;
            }
            if !self.fill()? {
                if progress.may_end() && (seen > 0 || !kept) {
                    break seen;
                }
                return Err(Fault::Ends(begins));
            }
        };
        if !kept {
            self.advance(length);
            return Err(Fault::TooLong(begins));
        }
        let from = self.start;
        self.advance(length);
        Ok(self.buffer.get(from..self.start).unwrap_or_default())
    }

    fn unread(&self) -> &[u8] {
        self.buffer.get(self.start..self.end).unwrap_or_default()
    }

    fn advance(&mut self, count: usize) {
        let passed = self.buffer.get(self.start..self.start + count).unwrap_or_default();
        match passed.iter().rposition(|b| *b == b'\n') {
            None => self.position.column += count as u64,
            Some(last) => {
                self.position.line += passed.iter().filter(|b| **b == b'\n').count() as u64;
                self.position.column = (count - last) as u64;
            }
        }
        self.start += count;
    }

    /// Reads on; `false` at the end.
    fn fill(&mut self) -> Result<bool, Fault> {
        if self.at_end {
            return Ok(false);
        }
        if self.end == self.buffer.len() {
            let keep = self.mark.unwrap_or(self.start);
            if keep > 0 {
                self.buffer.copy_within(keep..self.end, 0);
                self.start -= keep;
                self.end -= keep;
                self.mark = self.mark.map(|_| 0);
            }
            if self.buffer.len() - self.end < CHUNK / 2 {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        let free = self.buffer.get_mut(self.end..).unwrap_or_default();
        let count = loop {
            match self.reader.read(free) {
                Ok(count) => break count.min(free.len()),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(Fault::Io(error)),
            }
        };
        self.end += count;
        self.at_end = count == 0;
        Ok(!self.at_end)
    }
}

enum Step {
    /// The value ends after so many bytes of the window.
    Done(usize),
    More,
    LineBreak,
    Mismatch(usize),
}

/// How far the search for a value's end has come.
#[derive(Default)]
struct ValueEnd {
    /// The brackets that are open.
    open: Vec<u8>,
    in_string: bool,
    escaped: bool,
    scalar: bool,
}

impl ValueEnd {
    /// Whether the end of the file may end the value.
    const fn may_end(&self) -> bool {
        self.scalar
    }

    fn feed(&mut self, window: &[u8], lines: bool) -> Step {
        let mut i = 0;
        while let Some(rest) = window.get(i..).filter(|rest| !rest.is_empty()) {
            if self.escaped {
                self.escaped = false;
                i += 1;
                continue;
            }
            let stop = if self.in_string {
                rest.iter().position(|b| matches!(b, b'"' | b'\\' | b'\n'))
            } else if self.scalar {
                rest.iter()
                    .position(|b| matches!(b, b',' | b']' | b'}' | b':' | b' ' | b'\t' | b'\r' | b'\n'))
            } else if self.open.is_empty() {
                Some(0)
            } else {
                rest.iter().position(|b| matches!(b, b'"' | b'{' | b'}' | b'[' | b']' | b'\n'))
            };
            let Some(stop) = stop else { return Step::More };
            let byte = rest.get(stop).copied().unwrap_or_default();
            i += stop;
            if self.scalar {
                return Step::Done(i);
            }
            i += 1;
            match byte {
                b'\n' if lines => return Step::LineBreak,
                b'\n' if self.in_string || !self.open.is_empty() => {}
                b'\\' if self.in_string => self.escaped = true,
                b'"' if self.in_string => {
                    self.in_string = false;
                    if self.open.is_empty() {
                        return Step::Done(i);
                    }
                }
                b'"' => self.in_string = true,
                b'{' | b'[' => self.open.push(byte),
                b'}' | b']' => {
                    let opener = if byte == b'}' { b'{' } else { b'[' };
                    if self.open.pop() != Some(opener) {
                        return Step::Mismatch(i);
                    }
                    if self.open.is_empty() {
                        return Step::Done(i);
                    }
                }
                _ => self.scalar = true,
            }
        }
        Step::More
    }
}
