//! Time, processor time and memory of child processes.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4;

use crate::command::shown;
use crate::failure::{Context, Failure};

/// What one run took; or, by [`medians`], what a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) wall: Duration,
    /// User and system time of the process and of the children it waited for.
    pub(super) cpu: Duration,
    /// The most memory it held. Until it runs its own code a child counts its parent's pages, so the smallest number
    /// that can appear is this task's own size; a floor in the same table shows it.
    pub(super) memory_bytes_max: u64,
}

/// Runs `command` once. A run that fails is no measurement.
pub(super) fn once(command: &mut Command) -> Result<Sample, Failure> {
    // Not to the null device: grep notices that one and stops at the first match.
    let output = tempfile::tempfile().context(|| "cannot make a file for output".to_owned())?;
    command.stdin(Stdio::null()).stdout(output).stderr(Stdio::null());
    let start = Instant::now();
    let mut child = command.spawn().context(|| format!("cannot start `{}`", shown(command)))?;
    let used = child.wait4().context(|| format!("cannot wait for `{}`", shown(command)))?;
    let wall = start.elapsed();
    if !used.status.success() {
        return Err(Failure(format!(
            "`{}` ended with {}, so there is nothing to measure",
            shown(command),
            used.status
        )));
    }
    let usage = used.rusage;
    Ok(Sample { wall, cpu: usage.utime + usage.stime, memory_bytes_max: usage.maxrss })
}

/// Something to run, made anew for each run.
pub(super) type Subject<'s> = (&'s str, Box<dyn FnMut() -> Result<Command, Failure> + 's>);

/// Runs all `subjects` in turn, `runs` times over, and returns the medians of each under its name; nothing for no runs.
pub(super) fn alternate(runs: u32, mut subjects: Vec<Subject<'_>>) -> Result<Vec<(String, Sample)>, Failure> {
    let mut samples = vec![Vec::new(); subjects.len()];
    for _ in 0..runs {
        for ((_, make), samples) in subjects.iter_mut().zip(&mut samples) {
            samples.push(once(&mut make()?)?);
        }
    }
    let named = subjects.iter().zip(&samples);
    Ok(named.filter_map(|((name, _), samples)| Some(((*name).to_owned(), medians(samples)?))).collect())
}

/// The median of each quantity by itself; `None` of no samples.
fn medians(samples: &[Sample]) -> Option<Sample> {
    Some(Sample {
        wall: median(samples.iter().map(|sample| sample.wall))?,
        cpu: median(samples.iter().map(|sample| sample.cpu))?,
        memory_bytes_max: median(samples.iter().map(|sample| sample.memory_bytes_max))?,
    })
}

/// The middle of the sorted values; of an even number the higher middle, so that a claim is never flattered.
fn median<T: Ord>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<_> = values.collect();
    values.sort();
    let middle = values.len() / 2;
    values.into_iter().nth(middle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn medians_are_taken_of_each_quantity_by_itself() {
        let sample = |wall, cpu, memory_bytes_max| Sample {
            wall: Duration::from_millis(wall),
            cpu: Duration::from_millis(cpu),
            memory_bytes_max,
        };
        assert_eq!(medians(&[]), None);
        assert_eq!(medians(&[sample(9, 1, 5), sample(1, 3, 4), sample(2, 2, 9)]), Some(sample(2, 2, 5)));
        assert_eq!(median([4, 1, 3, 2].into_iter()), Some(3));
    }

    #[test]
    fn a_run_uses_time_and_memory_and_a_failing_run_is_refused() {
        let busy = "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done";
        let sample = once(Command::new("sh").args(["-c", busy])).unwrap();
        assert!(sample.cpu > Duration::from_micros(500), "{sample:?}");
        assert!(sample.memory_bytes_max > 100_000 && sample.memory_bytes_max < 1 << 30, "{sample:?}");
        let asleep = once(Command::new("sleep").arg("0.1")).unwrap();
        assert!(asleep.wall >= Duration::from_millis(100) && asleep.cpu < asleep.wall, "{asleep:?}");
        let Err(Failure(message)) = once(&mut Command::new("false")) else { panic!("`false` was measured") };
        assert!(message.starts_with("`false` ended with"), "{message}");
    }

    #[test]
    fn subjects_take_turns() {
        let order = std::cell::RefCell::new(String::new());
        let subject = |letter: &'static str| -> Subject<'_> {
            let order = &order;
            (
                letter,
                Box::new(move || {
                    order.borrow_mut().push_str(letter);
                    Ok(Command::new("true"))
                }),
            )
        };
        let rows = alternate(3, vec![subject("a"), subject("b")]).unwrap();
        assert_eq!(rows.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(*order.borrow(), "ababab");
    }
}
