//! How jitter is spread: numbers of mean 0, drawn the same on every machine.

use super::Dice;

/// netem's `distribution`. But for `Uniform`, the numbers have a standard deviation of 1, so that
/// the jitter is the delay's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Distribution {
    /// Each from -1 to 1 as likely as any other: deviation 1/√3.
    #[default]
    Uniform,
    /// The bell curve.
    Normal,
    /// Pareto's law with the exponent 3: never below -1/√3, most of them there, and a long tail.
    Pareto,
    /// Three parts of that and one of the bell curve, as netem has it.
    ParetoNormal,
}

/// What netem mixes: parts of Pareto's and of the normal.
const MIX: [f64; 2] = [0.75, 0.25];

impl Distribution {
    /// The next number. `steps` is how many nanoseconds one of them will stand for: the uniform
    /// numbers are those that come out as whole ones.
    pub(super) fn draw(self, dice: &mut Dice, steps: u64) -> f64 {
        match self {
            Self::Uniform => {
                let all = steps.saturating_mul(2).saturating_add(1);
                let swing = dice.below(all) as f64 - steps as f64;
                swing / steps.max(1) as f64
            }
            Self::Normal => normal(dice),
            Self::Pareto => pareto(dice),
            Self::ParetoNormal => {
                let [one, other] = MIX;
                let sum = one * pareto(dice) + other * normal(dice);
                sum / (one * one + other * other).sqrt()
            }
        }
    }
}

/// Marsaglia's polar method.
fn normal(dice: &mut Dice) -> f64 {
    loop {
        let (x, y) = (2.0 * dice.unit() - 1.0, 2.0 * dice.unit() - 1.0);
        let square = x * x + y * y;
        if square > 0.0 && square < 1.0 {
            return x * (-2.0 * ln(square) / square).sqrt();
        }
    }
}

/// By the inverse of the distribution function, x^(-1/3), whose mean is 3/2 and deviation √3/2.
fn pareto(dice: &mut Dice) -> f64 {
    let drawn = inverse_cube_root(1.0 - dice.unit());
    (drawn - 1.5) / (3.0_f64.sqrt() / 2.0)
}

/// `x` as a number from 1 up to 2 and a power of two. `x` is normal and above 0.
fn parts(x: f64) -> (f64, i64) {
    let bits = x.to_bits();
    let exponent = (bits >> 52) as i64 - 1023;
    (
        f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52),
        exponent,
    )
}

/// The natural logarithm, by sums and products alone: the library's may differ from machine to
/// machine, and a run must not.
fn ln(x: f64) -> f64 {
    let (mut m, mut exponent) = parts(x);
    if m > core::f64::consts::SQRT_2 {
        (m, exponent) = (m / 2.0, exponent + 1);
    }
    // ln m = 2 artanh z; z is at most 0.172, and twelve terms leave less than a double shows.
    let z = (m - 1.0) / (m + 1.0);
    let series = (0..12)
        .rev()
        .fold(0.0, |sum, k| sum * z * z + 1.0 / f64::from(2 * k + 1));
    2.0 * z * series + exponent as f64 * core::f64::consts::LN_2
}

/// x^(-1/3) by Newton's method, for `x` from above 0 up to 1.
fn inverse_cube_root(x: f64) -> f64 {
    let (_, exponent) = parts(x);
    // A power of two that is at most a quarter off: `x` times its cube lies between 1/4 and 2.
    let start = (-exponent).div_euclid(3);
    let mut y = f64::from_bits(((1023 + start) as u64) << 52);
    for _ in 0..8 {
        y *= (4.0 - x * y * y * y) / 3.0;
    }
    y
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logarithm_and_root_are_the_librarys() {
        for x in [1.0, 0.5, 0.9999, 1e-300, 3.7e-9, 0.25, 0.1, 1.0 / 3.0] {
            assert!(
                (ln(x) - x.ln()).abs() <= 1e-15 * x.ln().abs().max(1.0),
                "ln {x}"
            );
            let root = x.cbrt().recip();
            let ours = inverse_cube_root(x);
            assert!((ours / root - 1.0).abs() < 1e-14, "root {x}: {ours} {root}");
        }
    }
}
