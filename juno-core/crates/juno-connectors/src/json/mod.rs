//! Reads the outer structure of JSON files without holding them: finds lists and hands over their elements.

mod scanner;
mod walk;

#[cfg(test)]
mod tests;

pub(crate) use scanner::{Fault, JsonScanner, Position};
pub(crate) use walk::{DocumentVisitor, Element, List, walk};
