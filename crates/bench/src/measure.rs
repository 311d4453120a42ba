//! Runs, medians and ratios.

use std::time::Instant;

use serde::Serialize;

use crate::subject::Subject;

/// One case: what is done, how often, and how the result is counted.
pub(crate) struct Case {
    pub(crate) name: &'static str,
    pub(crate) unit: &'static str,
    /// How much is done in a full run and in a quick one.
    pub(crate) amount: [u64; 2],
    /// Units a second, from the amount and the seconds it took.
    pub(crate) rate: fn(u64, f64) -> f64,
    pub(crate) run: fn(&dyn Subject, u64) -> anyhow::Result<()>,
}

/// Every case, in the order of the table.
pub(crate) const CASES: &[Case] = &[
    Case {
        name: "bulk-1500",
        unit: "Gbit/s",
        amount: [4 << 30, 1 << 30],
        rate: |bytes, secs| bytes as f64 * 8.0 / secs / 1e9,
        run: |subject, bytes| subject.bulk(bytes),
    },
    Case {
        name: "pingpong",
        unit: "round trips/s",
        amount: [1_000_000, 300_000],
        rate: |rounds, secs| rounds as f64 / secs,
        run: |subject, rounds| subject.ping_pong(rounds),
    },
    Case {
        name: "connect",
        unit: "connections/s",
        amount: [200_000, 50_000],
        rate: |count, secs| count as f64 / secs,
        run: |subject, count| subject.connect(count),
    },
];

/// One line of the result.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) case: &'static str,
    pub(crate) subject: &'static str,
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    pub(crate) unit: &'static str,
    pub(crate) ratio_to_smoltcp: f64,
}

/// Runs every subject in turn, one warm-up and then `runs` counted rounds, so that a machine whose
/// speed drifts is slow for all of them alike.
pub(crate) fn measure(
    case: &Case,
    subjects: &[&dyn Subject],
    runs: usize,
    quick: bool,
) -> anyhow::Result<Vec<Row>> {
    let amount = case.amount[usize::from(quick)];
    let mut rates = vec![Vec::with_capacity(runs); subjects.len()];
    for round in 0..=runs {
        for (subject, rates) in subjects.iter().zip(&mut rates) {
            let start = Instant::now();
            (case.run)(*subject, if round == 0 { amount / 8 } else { amount })?;
            if round > 0 {
                rates.push((case.rate)(amount, start.elapsed().as_secs_f64()));
            }
        }
    }
    let medians: Vec<f64> = rates.iter_mut().map(|rates| median(rates)).collect();
    let reference = subjects.iter().position(|s| s.name() == "smoltcp");
    Ok(subjects
        .iter()
        .zip(&rates)
        .zip(&medians)
        .map(|((subject, rates), median)| Row {
            case: case.name,
            subject: subject.name(),
            median: *median,
            min: rates.first().copied().unwrap_or_default(),
            max: rates.last().copied().unwrap_or_default(),
            unit: case.unit,
            ratio_to_smoltcp: reference.map_or(f64::NAN, |at| median / medians[at]),
        })
        .collect())
}

/// Sorts and takes the middle.
fn median(rates: &mut [f64]) -> f64 {
    rates.sort_by(f64::total_cmp);
    let mid = rates.len() / 2;
    match rates {
        [] => f64::NAN,
        _ if rates.len() % 2 == 1 => rates[mid],
        _ => f64::midpoint(rates[mid - 1], rates[mid]),
    }
}
