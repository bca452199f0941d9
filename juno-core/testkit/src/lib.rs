#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

pub mod conformance;
pub mod faults;
pub mod servers;
pub mod services;
pub mod strategies;
pub mod synthetic;
