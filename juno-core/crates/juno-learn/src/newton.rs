//! Minimising the penalised log loss of a linear model.
//!
//! Newton's method with a step that is shortened until the loss falls. Curvature is costly, n·p² beside n·p for the loss, and
//! changes little near the end: it is taken anew only when a step has not brought the gradient down enough.

/// Steps that always suffice; about ten are usual.
const MOST_STEPS: usize = 500;
/// A step of up-to-date curvature that moves no weight by more than this, relative to the largest, is the last: what it
/// leaves is about its square.
const SMALL: f64 = 1e-8;
/// How often such a step may be halved. One of older curvature is taken whole or not at all.
const MOST_HALVINGS: usize = 60;
/// A share of the loss that rounding may hide.
const FLAT: f64 = 1e-9;
/// A step that leaves more than this share of the gradient asks for the curvature anew.
const GOOD: f64 = 0.2;
/// Rows added to the curvature at once: one pass over its memory instead of four.
const BATCH: usize = 4;

/// Rows × columns, row after row; the last column is 1 and not penalised.
pub(crate) struct Problem<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) columns: usize,
    /// 0 or 1.
    pub(crate) y: &'a [f64],
    pub(crate) weights: Option<&'a [f64]>,
    /// Times half the sum of squares of all but the last.
    pub(crate) penalty: f64,
}

/// The coefficients, or None if the search did not end.
pub(crate) fn minimise(problem: &Problem<'_>) -> Option<Vec<f64>> {
    let columns = problem.columns;
    let mut here = Place::new(problem, vec![0.0; columns]);
    let mut factor = problem.curvature(&here)?;
    let mut fresh = true;
    for _ in 0..MOST_STEPS {
        let mut step: Vec<f64> = here.gradient.iter().map(|g| -g).collect();
        factor.solve(&mut step);
        let largest = here.at.iter().fold(1.0_f64, |most, v| most.max(v.abs()));
        let small = step.iter().all(|v| v.abs() <= SMALL * largest);
        if small && fresh {
            return Some(here.at.iter().zip(&step).map(|(v, step)| v + step).collect());
        }
        let next =
            if small { None } else { problem.descend(&here, &step, if fresh { MOST_HALVINGS } else { 0 }) };
        let slow = match next {
            // The loss is flat to its last digits: there is nothing to gain. Else it cannot be computed.
            None if fresh => {
                let promised = -dot(&here.gradient, &step);
                return (promised <= FLAT * here.loss).then_some(here.at);
            }
            None => true,
            Some(next) => {
                let slow = next.steepness() > GOOD * here.steepness();
                here = next;
                slow
            }
        };
        if slow {
            factor = problem.curvature(&here)?;
        }
        fresh = slow;
    }
    None
}

/// Coefficients with what is known about the loss there.
struct Place {
    at: Vec<f64>,
    loss: f64,
    gradient: Vec<f64>,
    /// The probability of each row.
    chances: Vec<f64>,
}

impl Place {
    fn new(problem: &Problem<'_>, at: Vec<f64>) -> Self {
        let last = problem.columns - 1;
        let mut gradient: Vec<f64> = at.iter().map(|v| problem.penalty * v).collect();
        gradient[last] = 0.0;
        let mut loss = 0.5 * problem.penalty * at[..last].iter().map(|v| v * v).sum::<f64>();
        let mut chances = Vec::with_capacity(problem.y.len());
        for (number, (row, y)) in problem.x.chunks_exact(problem.columns).zip(problem.y).enumerate() {
            let weight = problem.weight(number);
            let odds = dot(row, &at);
            // e^-|odds| never overflows, and gives both the loss and the chance.
            let tail = (-odds.abs()).exp();
            let chance = if odds >= 0.0 { 1.0 / (1.0 + tail) } else { tail / (1.0 + tail) };
            loss += weight * (odds.max(0.0) - y * odds + tail.ln_1p());
            let error = weight * (chance - y);
            gradient.iter_mut().zip(row).for_each(|(sum, v)| *sum += error * v);
            chances.push(chance);
        }
        Self { at, loss, gradient, chances }
    }

    fn steepness(&self) -> f64 {
        self.gradient.iter().fold(0.0, |most, g| most.max(g.abs()))
    }
}

impl Problem<'_> {
    fn weight(&self, row: usize) -> f64 {
        self.weights.map_or(1.0, |weights| weights[row])
    }

    /// The first place along the step, halved as often as it may be, where the loss is lower by a share of what the
    /// gradient promises.
    fn descend(&self, from: &Place, step: &[f64], halvings: usize) -> Option<Place> {
        let promised: f64 = dot(&from.gradient, step);
        let mut length = 1.0;
        for _ in 0..=halvings {
            let at = from.at.iter().zip(step).map(|(v, step)| v + length * step).collect();
            let next = Place::new(self, at);
            if next.loss < from.loss + 1e-4 * length * promised {
                return Some(next);
            }
            // Where the loss cannot tell any more, the gradient can.
            if next.loss <= from.loss + 1e-13 * from.loss.abs() && next.steepness() < 0.5 * from.steepness() {
                return Some(next);
            }
            length /= 2.0;
        }
        None
    }

    /// The second derivatives, factored.
    fn curvature(&self, place: &Place) -> Option<Factor> {
        let columns = self.columns;
        let mut sums = vec![0.0; columns * columns];
        // The diagonal without its last.
        sums.iter_mut().step_by(columns + 1).take(columns - 1).for_each(|sum| *sum = self.penalty);
        let slope = |row: usize| {
            let chance = place.chances[row];
            // Rows that are all but certain still hold the matrix up.
            self.weight(row) * (chance * (1.0 - chance)).max(1e-12)
        };
        let rows = self.y.len();
        for start in (0..rows).step_by(BATCH) {
            // The last batch is filled up with rows that count nothing.
            let row = |k: usize| {
                let number = (start + k).min(rows - 1);
                let row = &self.x[number * columns..(number + 1) * columns];
                (row, if start + k < rows { slope(number) } else { 0.0 })
            };
            let batch: [(&[f64], f64); BATCH] = std::array::from_fn(row);
            for j in 0..columns {
                let [a, b, c, d] = batch.map(|(row, slope)| slope * row[j]);
                // The lower triangle, row by row.
                let out = &mut sums[j * columns..j * columns + j + 1];
                let [p, q, r, s] = batch.map(|(row, _)| &row[..out.len()]);
                for (k, sum) in out.iter_mut().enumerate() {
                    *sum += (a * p[k] + b * q[k]) + (c * r[k] + d * s[k]);
                }
            }
        }
        Factor::new(sums, columns)
    }
}

/// A lower triangle L with L·Lᵀ = the matrix it was made of (Cholesky).
struct Factor {
    lower: Vec<f64>,
    size: usize,
}

impl Factor {
    /// None if the matrix has a direction without curvature.
    fn new(mut lower: Vec<f64>, size: usize) -> Option<Self> {
        for i in 0..size {
            let (done, rest) = lower.split_at_mut(i * size);
            let row = &mut rest[..=i];
            for j in 0..i {
                let above = &done[j * size..j * size + j + 1];
                row[j] = (row[j] - dot(&row[..j], &above[..j])) / above[j];
            }
            let square = row[i] - dot(&row[..i], &row[..i]);
            if !(square > 0.0 && square.is_finite()) {
                return None;
            }
            row[i] = square.sqrt();
        }
        Some(Self { lower, size })
    }

    /// Replaces the right side of matrix · v = side by v.
    fn solve(&self, side: &mut [f64]) {
        let row = |i: usize| &self.lower[i * self.size..i * self.size + i + 1];
        for i in 0..self.size {
            side[i] = (side[i] - dot(&row(i)[..i], &side[..i])) / row(i)[i];
        }
        for i in (0..self.size).rev() {
            side[i] /= row(i)[i];
            let solved = side[i];
            side[..i].iter_mut().zip(row(i)).for_each(|(v, l)| *v -= l * solved);
        }
    }
}

/// Four sums at once, so that additions need not wait for each other.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let (fours_a, rest_a) = a.as_chunks::<4>();
    let (fours_b, rest_b) = b.as_chunks::<4>();
    let mut sums = [0.0; 4];
    for (a, b) in fours_a.iter().zip(fours_b) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    let rest: f64 = rest_a.iter().zip(rest_b).map(|(a, b)| a * b).sum();
    (sums[0] + sums[1]) + (sums[2] + sums[3]) + rest
}
