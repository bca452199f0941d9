#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod backtest_text;
mod chart;
mod compliance_text;
mod error;
mod html;
mod names;
mod oversight_text;
mod plain;
mod reasons;
mod text;
mod wording;

pub use backtest_text::backtest_text;
pub use chart::{
    ChartFormat, IntervalChart, IntervalRow, ReliabilityChart, ReliabilityPanel, ReliabilitySeries,
    backtest_intervals, backtest_reliability, intervals_svg, intervals_vega, reliability_svg,
    reliability_vega,
};
pub use compliance_text::{compliance_markdown, compliance_text};
pub use error::ReportError;
pub use html::html;
pub use oversight_text::oversight_text;
pub use plain::plain;
pub use text::text;

#[cfg(test)]
mod tests;
