use juno_confidence::{ConfidenceError, ConsistencyBin, ReliabilityBin, consistency_band, reliability_curve};
use juno_domain::Probability;
use serde::{Deserialize, Serialize};

use super::svg::Shape;

/// How many series differ in colour and shape; the next one looks like the first again.
pub(crate) const LOOKS: usize = 4;

/// Forecast chances against how often it happened, in one or more panels: does 30 % mean three in ten?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityChart {
    /// What the chart is about.
    pub title: String,
    /// What it rests on: data, dates, split. May be empty.
    pub subtitle: String,
    /// The panels, drawn in this order, two in a row; the axes of all run from 0 to 1.
    pub panels: Vec<ReliabilityPanel>,
}

/// One square of a [`ReliabilityChart`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityPanel {
    /// What this panel is about, such as `50 % elapsed`. May be empty.
    pub title: String,
    /// The forecasters compared. Up to four differ in colour and shape; one of the same name looks the same in every panel.
    pub series: Vec<ReliabilitySeries>,
}

/// One forecaster in a [`ReliabilityPanel`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ReliabilitySeries {
    /// The forecaster's name.
    pub name: String,
    /// Its reliability curve.
    pub bins: Vec<ReliabilityBin>,
    /// Where the curve would lie if the forecasts were perfectly calibrated; drawn as a shade, nothing if empty.
    pub band: Vec<ConsistencyBin>,
}

impl ReliabilitySeries {
    /// The curve of `forecasts` and what happened in `bins` equal stretches (ten are usual), with its band of perfect
    /// calibration at 95 %. Without forecasts an empty curve.
    ///
    /// # Errors
    /// If `bins` is 0 or above 1,000.
    pub fn of(
        name: impl Into<String>,
        forecasts: &[(Probability, bool)],
        bins: usize,
    ) -> Result<Self, ConfidenceError> {
        let chances: Vec<Probability> = forecasts.iter().map(|(p, _)| *p).collect();
        let band = match chances.as_slice() {
            [] => Vec::new(),
            some => consistency_band(some, bins, Probability::new(0.95)?)?,
        };
        Ok(Self { name: name.into(), bins: reliability_curve(forecasts, bins)?, band })
    }

    /// The same series without its band, where two bands in one panel would say too much.
    #[must_use]
    pub fn without_band(self) -> Self {
        Self { band: Vec::new(), ..self }
    }

    /// How many forecasts there are.
    pub(crate) fn n(&self) -> u64 {
        self.bins.iter().map(|bin| u64::from(bin.n)).sum()
    }

    /// The expected calibration error over these bins; None without forecasts.
    pub(crate) fn ece(&self) -> Option<f64> {
        let distance = |bin: &ReliabilityBin| (bin.mean_forecast.get() - bin.rate.get()).abs();
        let total: f64 = self.bins.iter().map(|bin| f64::from(bin.n) * distance(bin)).sum();
        (self.n() > 0).then(|| total / self.n() as f64)
    }

    /// One line that names the series and says how it does.
    pub(crate) fn summary(&self) -> String {
        match self.ece() {
            Some(ece) => format!("{}: n = {}, ECE {ece:.3}", self.name, self.n()),
            None => format!("{}: no forecasts", self.name),
        }
    }
}

impl ReliabilityChart {
    /// The names of all series in the order they first appear.
    pub(crate) fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for series in self.panels.iter().flat_map(|panel| &panel.series) {
            if !names.contains(&series.name.as_str()) {
                names.push(&series.name);
            }
        }
        names
    }

    /// What the marks mean.
    pub(crate) fn key(&self) -> String {
        let series = || self.panels.iter().flat_map(|panel| &panel.series);
        let mut parts = vec!["Dashed: perfect calibration.".to_owned()];
        if let Some(bin) = series().find_map(|series| series.bins.first()) {
            let level = crate::wording::percent(bin.interval.level().get());
            parts.push(format!("Whisker: {level} interval of the share that happened."));
        }
        if let Some(bin) = series().find_map(|series| series.band.first()) {
            let level = crate::wording::percent(bin.rate.level().get());
            parts.push(format!(
                "Shade: where a point would lie {level} of the time if the forecasts were perfectly calibrated."
            ));
        }
        parts.push("Columns: number of forecasts.".to_owned());
        parts.join(" ")
    }

    /// All panels in words.
    pub(crate) fn description(&self) -> String {
        let panels = self.panels.iter().map(|panel| {
            let series: Vec<String> = panel.series.iter().map(ReliabilitySeries::summary).collect();
            let colon = if panel.title.is_empty() { "" } else { ": " };
            format!("{}{colon}{}.", panel.title, series.join("; "))
        });
        let words: Vec<String> = std::iter::once(self.subtitle.clone()).chain(panels).collect();
        format!("{} {}", words.join(" ").trim(), self.key()).trim().to_owned()
    }
}

/// Where each column of the number of forecasts stands within its stretch, side by side with the other series' columns.
pub(crate) fn column(bin: &ReliabilityBin, index: usize, of: usize) -> [f64; 2] {
    let width = (bin.upper - bin.lower) * 0.9;
    let left = bin.lower + (bin.upper - bin.lower) * 0.05;
    let each = width / of.max(1) as f64;
    [left + each * index as f64, left + each * (index + 1) as f64]
}

/// The shape of the points of the series at `index`.
pub(crate) const fn shape(index: usize) -> Shape {
    match index % LOOKS {
        0 => Shape::Circle,
        1 => Shape::Square,
        2 => Shape::Triangle,
        _ => Shape::Diamond,
    }
}
