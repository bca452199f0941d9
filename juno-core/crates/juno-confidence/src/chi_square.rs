use crate::normal::{normal_cdf, normal_density};

/// The chance that a chi-squared variable with `dof` degrees of freedom is `x` or more, good to 1e-12 absolutely; 1 for
/// 0 degrees of freedom or an `x` that is not above 0.
#[must_use]
pub fn chi_square_tail(x: f64, dof: u32) -> f64 {
    if x.is_nan() || x <= 0.0 || dof == 0 {
        return 1.0;
    }
    // Each two degrees of freedom add one term: (x/2)^r / Γ(r + 1), r whole for an even number and half for an odd one.
    let (mut sum, mut term, mut r) = match dof % 2 {
        0 => (0.0, (-x / 2.0).exp(), 0.0),
        _ => (2.0 * normal_cdf(-x.sqrt()), 2.0 * x.sqrt() * normal_density(x.sqrt()), 0.5),
    };
    for _ in 0..dof / 2 {
        sum += term;
        r += 1.0;
        term *= x / 2.0 / r;
    }
    if sum.is_nan() { 0.0 } else { sum.clamp(0.0, 1.0) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_agrees_with_tables() {
        // Upper 5 % and 0.1 % points (NIST/SEMATECH e-Handbook, 1.3.6.7.4).
        for (dof, five, tenth) in [
            (1, 3.841, 10.828),
            (2, 5.991, 13.816),
            (3, 7.815, 16.266),
            (4, 9.488, 18.467),
            (9, 16.919, 27.877),
            (10, 18.307, 29.588),
            (11, 19.675, 31.264),
        ] {
            assert!((chi_square_tail(five, dof) - 0.05).abs() < 2e-5, "{dof}");
            assert!((chi_square_tail(tenth, dof) - 0.001).abs() < 1e-6, "{dof}");
        }
    }

    #[test]
    fn it_falls_from_one_to_nothing_and_never_leaves_that() {
        for dof in 0..40 {
            let mut last = 1.0;
            for step in 0..4000 {
                let tail = chi_square_tail(f64::from(step) / 4.0, dof);
                assert!((0.0..=last + 1e-12).contains(&tail), "{dof} {step} {tail}");
                last = tail;
            }
            assert!(dof == 0 || last < 1e-6, "{dof} {last}");
        }
        assert_eq!(chi_square_tail(f64::NAN, 3), 1.0);
        assert_eq!((chi_square_tail(f64::INFINITY, 3), chi_square_tail(f64::INFINITY, 4)), (0.0, 0.0));
    }
}
