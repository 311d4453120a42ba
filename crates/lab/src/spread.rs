//! How a number of times are spread.

use std::time::Duration;

use serde::Serialize;

use crate::report::seconds;

/// How a number of times are spread, each in seconds. A percentile is the least time that so many
/// of a hundred do not exceed (nearest rank).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// How many.
    pub count: usize,
    /// The shortest.
    #[serde(serialize_with = "seconds")]
    pub min: Duration,
    /// Their mean.
    #[serde(serialize_with = "seconds")]
    pub mean: Duration,
    /// Half of them are no longer.
    #[serde(serialize_with = "seconds")]
    pub p50: Duration,
    /// Nine of ten.
    #[serde(serialize_with = "seconds")]
    pub p90: Duration,
    /// Ninety-nine of a hundred.
    #[serde(serialize_with = "seconds")]
    pub p99: Duration,
    /// The longest.
    #[serde(serialize_with = "seconds")]
    pub max: Duration,
}

impl Spread {
    /// Looks at `times`, in any order. `None` when there are none.
    pub fn of(mut times: Vec<Duration>) -> Option<Self> {
        times.sort_unstable();
        let (&min, &max) = (times.first()?, times.last()?);
        let rank = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
        let sum: u128 = times.iter().map(Duration::as_nanos).sum();
        let mean = sum / times.len() as u128;
        Some(Self {
            count: times.len(),
            min,
            mean: Duration::from_nanos(mean as u64),
            p50: rank(50),
            p90: rank(90),
            p99: rank(99),
            max,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<_> = (1..=200).rev().map(Duration::from_millis).collect();
        let spread = Spread::of(times).unwrap();
        let millis = [spread.min, spread.p50, spread.p90, spread.p99, spread.max];
        assert_eq!(millis.map(|time| time.as_millis()), [1, 100, 180, 198, 200]);
        assert_eq!(spread.mean, Duration::from_micros(100_500));
        assert_eq!(Spread::of(Vec::new()), None);
        let one = Spread::of(vec![Duration::from_secs(1)]).unwrap();
        assert_eq!((one.p50, one.p99), (one.min, one.max));
    }
}
