use crate::scores::{Line, Scores, saturated};
use crate::{RankReason, RankSignal};

/// The parts of a score, the largest first; they add up to it.
pub(crate) fn explain(scores: &Scores<'_>, line: &Line) -> Vec<RankReason> {
    let (parts, weights) = (scores.parts(line), scores.weights);
    let mut why = Vec::new();
    let mut add = |signal, contribution: f64| {
        if contribution != 0.0 {
            why.push(RankReason { signal, contribution });
        }
    };
    let length = f64::from(line.filed.card.words);
    let hits = scores.instances.get(line.hits.clone()).unwrap_or_default();
    for of_word in hits.chunk_by(|a, b| a.word == b.word) {
        let Some(place) = of_word.first().map(|hit| hit.word as usize) else { continue };
        let idf = scores.frequencies.get(place).copied().unwrap_or(0.0);
        let word = scores.question.words().get(place).cloned().unwrap_or_default();
        let count = of_word.len() as f64;
        add(RankSignal::Word { word }, idf * saturated(count, length, scores.mean, weights.k1, weights.b));
    }
    add(RankSignal::Proximity, line.proximity);
    add(RankSignal::Coverage, parts.text - line.near - line.words - line.proximity);
    add(RankSignal::Near, line.near);
    add(RankSignal::Question, parts.text * (parts.asks - 1.0));
    add(RankSignal::Speaker, parts.text * parts.asks * (parts.speaker - 1.0));
    add(RankSignal::Neighbours, parts.context);
    add(RankSignal::Thread, parts.thread);
    let mut sum = parts.text * parts.asks * parts.speaker + parts.context + parts.thread;
    for (signal, factor) in
        [(RankSignal::When, parts.when), (RankSignal::Date, parts.date), (RankSignal::Prior, parts.prior)]
    {
        add(signal, sum * (factor - 1.0));
        sum *= factor;
    }
    why.sort_by(|a, b| b.contribution.abs().total_cmp(&a.contribution.abs()));
    why
}
