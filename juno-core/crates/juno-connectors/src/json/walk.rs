use std::io::Read;

use super::{Fault, JsonScanner, Position};

/// Where an element stood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum List {
    /// In `issues`.
    Issues,
    /// In `values`.
    Values,
    /// In `issueChangeLogs`.
    ChangeLogs,
    /// In no list of a page: a document, or an element of a bare array.
    Bare,
}

impl List {
    fn of_key(key: &[u8]) -> Option<Self> {
        match key {
            b"\"issues\"" => Some(Self::Issues),
            b"\"values\"" => Some(Self::Values),
            b"\"issueChangeLogs\"" => Some(Self::ChangeLogs),
            _ => None,
        }
    }
}

/// A piece of JSON cut out of a file.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Element<'a> {
    pub(crate) list: List,
    pub(crate) raw: &'a [u8],
    pub(crate) position: Position,
}

/// Takes what a walk finds. An error of its own ends the walk.
pub(crate) trait DocumentVisitor {
    /// What can end the walk.
    type Stop;

    /// One element.
    fn element(&mut self, element: Element<'_>) -> Result<(), Self::Stop>;

    /// A page's list begins; `head` is the object so far, closed.
    fn list_begins(&mut self, list: List, head: &[u8]) -> Result<(), Self::Stop>;

    /// A page with a list of `count` elements is over; `members` is the object without its list.
    fn page(&mut self, list: List, count: u64, members: &[u8]) -> Result<(), Self::Stop>;

    /// Something could not be cut out. `rest_lost`: nothing after it can be read either.
    fn fault(&mut self, fault: Fault, rest_lost: bool) -> Result<(), Self::Stop>;
}

/// How deep bare arrays may nest: array of pages, of arrays.
const MAX_ARRAYS: usize = 8;

enum Halt<S> {
    Fault(Fault),
    Stop(S),
}

impl<S> From<Fault> for Halt<S> {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Walks all documents of a file and hands every element over.
pub(crate) fn walk<R: Read, V: DocumentVisitor>(
    scanner: &mut JsonScanner<R>,
    visitor: &mut V,
) -> Result<(), V::Stop> {
    loop {
        let outcome = match scanner.peek() {
            Ok(None) => return Ok(()),
            Ok(Some(byte)) => document(scanner, visitor, byte, 0),
            Err(fault) => Err(Halt::Fault(fault)),
        };
        match outcome {
            Ok(()) => {}
            Err(Halt::Stop(stop)) => return Err(stop),
            Err(Halt::Fault(fault)) => {
                let lost = !scanner.reads_lines() || matches!(fault, Fault::Io(_));
                visitor.fault(fault, lost)?;
                if lost {
                    return Ok(());
                }
                if let Err(fault) = scanner.skip_line() {
                    return visitor.fault(fault, true);
                }
            }
        }
    }
}

fn document<R: Read, V: DocumentVisitor>(
    scanner: &mut JsonScanner<R>,
    visitor: &mut V,
    first: u8,
    depth: usize,
) -> Result<(), Halt<V::Stop>> {
    match first {
        b'{' => object(scanner, visitor),
        b'[' if depth < MAX_ARRAYS => {
            scanner.enter();
            each(scanner, visitor, |scanner, visitor, byte| document(scanner, visitor, byte, depth + 1))?;
            Ok(())
        }
        _ => bare(scanner, visitor, List::Bare),
    }
}

/// Reads the inside of an array up to and with its bracket; gives the number of elements.
fn each<R: Read, V: DocumentVisitor>(
    scanner: &mut JsonScanner<R>,
    visitor: &mut V,
    mut take: impl FnMut(&mut JsonScanner<R>, &mut V, u8) -> Result<(), Halt<V::Stop>>,
) -> Result<u64, Halt<V::Stop>> {
    let mut count = 0;
    loop {
        match peek_inside(scanner)? {
            b']' if count == 0 => break,
            byte => take(scanner, visitor, byte)?,
        }
        count += 1;
        match peek_inside(scanner)? {
            b',' => scanner.step(),
            b']' => break,
            _ => return Err(unexpected(scanner, "`,` or `]`")),
        }
    }
    scanner.leave();
    Ok(count)
}

/// Hands one value over as an element; a value that is too long is reported and passed over.
fn bare<R: Read, V: DocumentVisitor>(
    scanner: &mut JsonScanner<R>,
    visitor: &mut V,
    list: List,
) -> Result<(), Halt<V::Stop>> {
    let position = scanner.position();
    match scanner.value() {
        Ok(raw) => visitor.element(Element { list, raw, position }).map_err(Halt::Stop),
        Err(fault @ Fault::TooLong(_)) => visitor.fault(fault, false).map_err(Halt::Stop),
        Err(fault) => Err(fault.into()),
    }
}

/// Reads an object: a page whose list is handed over element by element, or an element of its own.
fn object<R: Read, V: DocumentVisitor>(
    scanner: &mut JsonScanner<R>,
    visitor: &mut V,
) -> Result<(), Halt<V::Stop>> {
    let position = scanner.position();
    scanner.set_mark();
    scanner.enter();
    // Set once a list was found: what the object holds beside its list.
    let mut page: Option<(List, u64, Vec<u8>)> = None;
    let mut empty = true;
    loop {
        match peek_inside(scanner)? {
            b'}' if empty => break,
            b'"' => {}
            _ => return Err(unexpected(scanner, "a name in quotes")),
        }
        empty = false;
        let key = key(scanner)?;
        if peek_inside(scanner)? != b':' {
            return Err(unexpected(scanner, "`:`"));
        }
        scanner.step();
        let first = peek_inside(scanner)?;
        let list = key.as_deref().and_then(List::of_key).filter(|_| first == b'[');
        match (list, &mut page) {
            (Some(list), before) => {
                let head = match before.take() {
                    None => closed(scanner.marked().unwrap_or_default()),
                    // An object with two lists is two pages.
                    Some((list, count, members)) => {
                        visitor.page(list, count, &members).map_err(Halt::Stop)?;
                        members
                    }
                };
                scanner.unmark();
                visitor.list_begins(list, &head).map_err(Halt::Stop)?;
                scanner.enter();
                let count = each(scanner, visitor, |scanner, visitor, _| bare(scanner, visitor, list))?;
                page = Some((list, count, head));
            }
            (None, page) => match (scanner.value(), page, key) {
                (Ok(raw), Some((_, _, members)), Some(key)) => push_member(members, &key, raw),
                (Ok(_), _, _) | (Err(Fault::TooLong(_)), _, _) => {}
                (Err(fault), _, _) => return Err(fault.into()),
            },
        }
        match peek_inside(scanner)? {
            b',' => scanner.step(),
            b'}' => break,
            _ => return Err(unexpected(scanner, "`,` or `}`")),
        }
    }
    scanner.leave();
    let handed = match (page, scanner.marked()) {
        (Some((list, count, members)), _) => visitor.page(list, count, &members),
        (None, Some(raw)) => visitor.element(Element { list: List::Bare, raw, position }),
        (None, None) => visitor.fault(Fault::TooLong(position), false),
    };
    scanner.unmark();
    handed.map_err(Halt::Stop)
}

/// The raw name, quotes included; `None` for one that is absurdly long.
fn key<R: Read>(scanner: &mut JsonScanner<R>) -> Result<Option<Vec<u8>>, Fault> {
    match scanner.value() {
        Ok(raw) => Ok(Some(raw.to_vec())),
        Err(Fault::TooLong(_)) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// The object that `open` begins, without the member it breaks off in.
fn closed(open: &[u8]) -> Vec<u8> {
    // `open` ends with `"issues":`; what stands before that name ends with a comma or the opening bracket.
    let name = open.iter().rposition(|b| *b == b'"').unwrap_or_default();
    let begins = open.get(..name).unwrap_or_default().iter().rposition(|b| *b == b'"').unwrap_or_default();
    let mut head = open.get(..begins).unwrap_or_default().to_vec();
    while head.last().is_some_and(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b',')) {
        head.pop();
    }
    if head.is_empty() {
        head.push(b'{');
    }
    head.push(b'}');
    head
}

fn push_member(members: &mut Vec<u8>, key: &[u8], value: &[u8]) {
    members.pop();
    if members.last() != Some(&b'{') {
        members.push(b',');
    }
    members.extend_from_slice(key);
    members.push(b':');
    members.extend_from_slice(value);
    members.push(b'}');
}

fn peek_inside<R: Read>(scanner: &mut JsonScanner<R>) -> Result<u8, Fault> {
    let position = scanner.position();
    scanner.peek()?.ok_or(Fault::Unclosed(position))
}

fn unexpected<R: Read, S>(scanner: &JsonScanner<R>, expected: &str) -> Halt<S> {
    Halt::Fault(Fault::Syntax(scanner.position(), format!("expected {expected}")))
}
