/// The chances of several tests after allowing for how many there are, in their order: acting only where one is `α` or less,
/// the chance of acting wrongly anywhere is at most `α`, however the tests hang together
/// ([Holm 1979](https://www.jstor.org/stable/4615733)): the smallest times the number of tests, the next times one less, and
/// never below the one before.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    let value = |i: usize| p_values.get(i).copied().unwrap_or(1.0);
    order.sort_by(|a, b| value(*a).total_cmp(&value(*b)));
    let mut adjusted = vec![1.0; p_values.len()];
    let mut floor = 0.0_f64;
    for (rank, i) in order.into_iter().enumerate() {
        floor = floor.max(value(i) * (p_values.len() - rank) as f64).min(1.0);
        if let Some(slot) = adjusted.get_mut(i) {
            *slot = floor;
        }
    }
    adjusted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        assert_eq!(holm(&[]), [0.0; 0]);
        assert_eq!(holm(&[0.04]), [0.04]);
        // Sorted 0.01, 0.02, 0.03, 0.5 times 4, 3, 2, 1; the third is lifted to the second.
        assert_eq!(holm(&[0.03, 0.01, 0.5, 0.02]), [0.06, 0.04, 0.5, 0.06]);
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
    }
}
