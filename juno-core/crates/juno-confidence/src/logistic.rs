/// Scores are taken no nearer to 0 or 1 than this before a logarithm: a score of exactly 1 is no infinite evidence.
const CLIP: f64 = 0.001;
/// Newton steps; a fit of two or three parameters converges in about ten.
const MAX_STEPS: usize = 60;
/// A gradient this small per outcome ends the fit.
const TOLERANCE: f64 = 1e-12;
/// A step that promises to lower the loss by less than this share is near the end: what it does drowns in rounding.
const NEAR: f64 = 1e-11;
/// Added to the diagonal, times its sum, where the inputs do not tell the parameters apart.
const RIDGE: f64 = 1e-9;

/// One case: the inputs, and the target from 0 to 1.
pub(crate) type Case<const K: usize> = ([f64; K], f64);

/// The score, held off 0 and 1.
pub(crate) fn clipped(score: f64) -> f64 {
    score.clamp(CLIP, 1.0 - CLIP)
}

/// The logarithm of the odds of a score held off 0 and 1.
pub(crate) fn logit(score: f64) -> f64 {
    let p = clipped(score);
    (p / (1.0 - p)).ln()
}

/// One expression for both signs: two would meet at 0 with a step in the last bit, and the answer must never fall.
pub(crate) fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

/// Cross-entropy of `σ(θ · x)` against the targets, written so that no exponential overflows.
pub(crate) fn loss<const K: usize>(cases: &[Case<K>], theta: &[f64; K]) -> f64 {
    cases
        .iter()
        .map(|(x, target)| {
            let z = dot(x, theta);
            z.max(0.0) - target * z + (-z.abs()).exp().ln_1p()
        })
        .sum()
}

/// The parameters of least cross-entropy: Newton from `start`, with steps halved until the (convex) loss falls. Near the end,
/// where rounding hides the fall of the loss, whole steps go on as long as they halve the gradient.
pub(crate) fn newton<const K: usize>(cases: &[Case<K>], start: [f64; K]) -> [f64; K] {
    let mut theta = start;
    let mut current = loss(cases, &theta);
    let mut last_slope = f64::INFINITY;
    for _ in 0..MAX_STEPS {
        let (gradient, hessian) = derivatives(cases, &theta);
        let slope = gradient.iter().fold(0.0, |top: f64, g| top.max(g.abs()));
        if slope <= TOLERANCE * cases.len() as f64 {
            break;
        }
        let trace: f64 = hessian.iter().enumerate().filter_map(|(i, row)| row.get(i)).sum();
        let direction = solve(hessian, gradient, trace)
            .or_else(|| solve(with_ridge(hessian, RIDGE * trace), gradient, RIDGE * trace));
        let Some(direction) = direction else { break };
        let moved = |step: f64| std::array::from_fn(|i| at(&theta, i) - step * at(&direction, i));
        let fall = dot(&gradient, &direction) / 2.0;
        if fall <= NEAR * current {
            if slope > last_slope / 2.0 {
                break;
            }
            last_slope = slope;
            theta = moved(1.0);
            continue;
        }
        let better = (0..34).find_map(|halvings| {
            let next = moved(0.5_f64.powi(halvings));
            let lower = loss(cases, &next);
            (lower < current).then_some((next, lower))
        });
        let Some(better) = better else { break };
        (theta, current) = better;
    }
    theta
}

fn derivatives<const K: usize>(cases: &[Case<K>], theta: &[f64; K]) -> ([f64; K], [[f64; K]; K]) {
    let (mut gradient, mut hessian) = ([0.0; K], [[0.0; K]; K]);
    for (x, target) in cases {
        let p = sigmoid(dot(x, theta));
        let (off, weight) = (p - target, p * (1.0 - p));
        for ((g, row), xi) in gradient.iter_mut().zip(&mut hessian).zip(x) {
            *g += off * xi;
            for (h, xj) in row.iter_mut().zip(x) {
                *h += weight * xi * xj;
            }
        }
    }
    (gradient, hessian)
}

fn with_ridge<const K: usize>(mut matrix: [[f64; K]; K], ridge: f64) -> [[f64; K]; K] {
    for (i, row) in matrix.iter_mut().enumerate() {
        if let Some(diagonal) = row.get_mut(i) {
            *diagonal += ridge;
        }
    }
    matrix
}

/// Cholesky for a positive definite matrix; `None` where a pivot is next to nothing beside `scale`.
fn solve<const K: usize>(matrix: [[f64; K]; K], right: [f64; K], scale: f64) -> Option<[f64; K]> {
    let (mut factor, mut y, mut x) = ([[0.0; K]; K], [0.0; K], [0.0; K]);
    for i in 0..K {
        for j in 0..=i {
            let (row_i, row_j) = (factor.get(i)?, factor.get(j)?);
            let known: f64 = row_i.iter().zip(row_j).take(j).map(|(a, b)| a * b).sum();
            let rest = matrix.get(i)?.get(j)? - known;
            let value = if i != j {
                rest / row_j.get(j)?
            } else if rest > 1e-12 * scale {
                rest.sqrt()
            } else {
                return None;
            };
            *factor.get_mut(i)?.get_mut(j)? = value;
        }
    }
    for i in 0..K {
        let row = factor.get(i)?;
        let known: f64 = row.iter().zip(&y).take(i).map(|(a, b)| a * b).sum();
        *y.get_mut(i)? = (right.get(i)? - known) / row.get(i)?;
    }
    for i in (0..K).rev() {
        let known: f64 = factor.iter().zip(&x).skip(i + 1).map(|(row, x)| at(row, i) * x).sum();
        *x.get_mut(i)? = (y.get(i)? - known) / factor.get(i)?.get(i)?;
    }
    x.iter().all(|value| value.is_finite()).then_some(x)
}

fn dot<const K: usize>(x: &[f64; K], theta: &[f64; K]) -> f64 {
    x.iter().zip(theta).map(|(a, b)| a * b).sum()
}

fn at<const K: usize>(of: &[f64; K], index: usize) -> f64 {
    of.get(index).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sigmoid_never_falls_and_never_overflows() {
        assert_eq!([-1e9, 0.0, 1e9].map(sigmoid), [0.0, 0.5, 1.0]);
        let mut x = -40.0;
        while x < 40.0 {
            let next = f64::next_up(x);
            assert!(sigmoid(x) <= sigmoid(next), "{x}");
            x += 0.000_37;
        }
    }

    #[test]
    fn as_many_parameters_as_groups_meet_every_groups_mean() {
        let groups = [(0.5, 0.2), (1.5, 0.9), (-1.0, 0.4)];
        let cases: Vec<Case<3>> =
            groups.iter().flat_map(|(x, rate)| [([*x, x * x, 1.0], *rate); 4]).collect();
        let theta = newton(&cases, [0.0; 3]);
        for (x, target) in &cases {
            assert!((sigmoid(dot(x, &theta)) - target).abs() < 1e-9);
        }
    }

    #[test]
    fn inputs_that_say_the_same_twice_still_give_a_fit() {
        let cases: Vec<Case<3>> =
            [(1.0, 0.2), (2.0, 0.7)].iter().map(|(x, t)| ([*x, 2.0 * x, 1.0], *t)).collect();
        let theta = newton(&cases, [0.0; 3]);
        assert!(cases.iter().all(|(x, t)| (sigmoid(dot(x, &theta)) - t).abs() < 1e-6), "{theta:?}");
    }
}
