//! Charts as SVG, for pages and documents, and as Vega-Lite, for notebooks and dashboards.

mod interval_chart;
mod interval_plan;
mod intervals_svg;
mod intervals_vega;
mod layout;
mod of_backtest;
mod reliability_chart;
mod reliability_svg;
mod reliability_vega;
mod svg;
mod vega;

pub use interval_chart::{IntervalChart, IntervalRow};
pub use intervals_svg::intervals_svg;
pub use intervals_vega::intervals_vega;
pub use of_backtest::{ChartFormat, backtest_intervals, backtest_reliability};
pub use reliability_chart::{ReliabilityChart, ReliabilityPanel, ReliabilitySeries};
pub use reliability_svg::reliability_svg;
pub use reliability_vega::reliability_vega;

#[cfg(test)]
mod tests;
