use crate::nearness::Nearness;
use crate::scores::Scores;

/// The texts that hold most of a question, by which vectors are judged.
const JUDGES: usize = 16;

impl Scores<'_> {
    /// Adds what being close in meaning is worth to the score of each text.
    pub(crate) fn score_nearness(&mut self, near: &Nearness<'_>) {
        let (from, to) = (self.weights.near_from, near.highest());
        let trust = self.trust(near);
        if to <= from || trust <= 0.0 {
            return;
        }
        let best = self.lines.iter().map(|line| line.text).fold(0.0, f64::max);
        // Where no text holds a word there is nothing to measure by, and any scale gives the same order.
        let whole = self.weights.near * trust * if best > 0.0 { best } else { 1.0 };
        let now = self.now.timestamp_nanos_opt().unwrap_or(i64::MAX);
        for line in self.lines.iter_mut().filter(|line| line.filed.card.is_live(now)) {
            let Some(out) = near.stands_out(line.filed.doc) else { continue };
            line.near = whole * ((out - from) / (to - from)).clamp(0.0, 1.0);
            line.text += line.near;
        }
    }

    /// How far the vectors are to be believed, 0 to 1: as far as the texts that hold most of the question stand out in
    /// them, above what as many texts drawn at random would. 1 where no text holds a word: there is nothing to spoil.
    fn trust(&self, near: &Nearness<'_>) -> f64 {
        let mut judges: Vec<(f64, f64, u64)> = self
            .lines
            .iter()
            .filter(|line| line.text > 0.0)
            .filter_map(|line| Some((line.text, near.stands_out(line.filed.doc)?, line.filed.doc)))
            .collect();
        if judges.is_empty() {
            return if self.lines.iter().any(|line| line.text > 0.0) { 0.0 } else { 1.0 };
        }
        judges.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)));
        judges.truncate(JUDGES);
        let weight: f64 = judges.iter().map(|(text, ..)| text).sum();
        let square: f64 = judges.iter().map(|(text, ..)| text * text).sum();
        // The weighted mean of n deviations has a standard error of 1/√n, n the effective number.
        let mean: f64 = judges.iter().map(|(text, out, _)| text * out).sum::<f64>() / weight;
        let agreement = mean * weight / square.sqrt();
        ((agreement - self.weights.near_doubt) / self.weights.near_belief).clamp(0.0, 1.0)
    }
}
