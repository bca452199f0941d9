//! See the folder's README.
#![forbid(unsafe_code)]
