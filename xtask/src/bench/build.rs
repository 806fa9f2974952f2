//! What it costs to build from nothing, and what the result weighs.
//!
//! Both builds go to a fresh folder, with every crate already downloaded. The release build keeps its symbols, which
//! costs no time that can be measured, so that the same build tells the size by crate.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use super::Bench;
use super::measure::{Sample, once};
use super::symbols::{Sizes, sizes};
use super::table::{Table, megabytes};
use crate::command::{cargo, run};
use crate::failure::{Context, Failure};

/// How many crates the size table lists by name.
const OWNERS_MAX: usize = 30;

pub(super) fn measure(bench: &Bench<'_>) -> Result<Vec<Table>, Failure> {
    run(cargo(bench.root).args(["fetch", "--locked"]))?;
    let target = TempDir::new().context(|| "cannot make a folder".to_owned())?;
    let debug = build(bench.root, target.path(), &[])?;
    let release =
        build(bench.root, target.path(), &["--release", "--config", "profile.release.strip=false"])?;
    let path = target.path().join("release/quillon");
    let file = fs::read(&path).context(|| format!("cannot read `{}`", path.display()))?;
    Ok(vec![times(&debug, &release), weights(&sizes(&file)?)])
}

fn build(root: &Path, target: &Path, profile: &[&str]) -> Result<Sample, Failure> {
    let mut command = cargo(root);
    command
        .args(["build", "--offline", "--locked", "--package", "quillon", "--target-dir"])
        .arg(target)
        .args(profile);
    once(&mut command)
}

/// There is no floor for a build, but CPU over wall shows how many cores took part.
fn times(debug: &Sample, release: &Sample) -> Table {
    let mut table = Table::new("cold build of the binary", &["", "wall s", "CPU s", "cores used"]);
    for (name, sample) in [("debug", debug), ("release", release)] {
        let (wall, cpu) = (sample.wall.as_secs_f64(), sample.cpu.as_secs_f64());
        table.row(&[
            name.to_owned(),
            format!("{wall:.1}"),
            format!("{cpu:.1}"),
            format!("{:.1}", cpu / wall),
        ]);
    }
    table
}

fn weights(sizes: &Sizes) -> Table {
    let title = format!("release binary: {} MB without symbols", megabytes(sizes.stripped_bytes));
    let mut table = Table::new(title, &["crate", "MB", "share"]);
    let mut row = |name: &str, bytes: u64| {
        let share = format!("{}%", bytes * 100 / sizes.stripped_bytes.max(1));
        table.row(&[name.to_owned(), megabytes(bytes), share]);
    };
    let (listed, rest) = sizes.by_owner.split_at(sizes.by_owner.len().min(OWNERS_MAX));
    for (name, bytes) in listed {
        row(name, *bytes);
    }
    if !rest.is_empty() {
        row(&format!("{} smaller crates", rest.len()), rest.iter().map(|(_, bytes)| bytes).sum());
    }
    table
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_show_how_many_cores_took_part() {
        let sample = |wall, cpu| Sample {
            wall: Duration::from_secs(wall),
            cpu: Duration::from_secs(cpu),
            memory_bytes_max: 0,
        };
        let expected = "\
cold build of the binary
         wall s  CPU s  cores used
debug     100.0  180.0         1.8
release   200.0  390.0         1.9
";
        assert_eq!(times(&sample(100, 180), &sample(200, 390)).to_string(), expected);
    }

    #[test]
    fn weights_list_the_largest_and_add_up_the_rest() {
        let by_owner = (0..32).map(|number| (format!("crate_{number}"), 1_000_000)).collect();
        let table = weights(&Sizes { stripped_bytes: 32_000_000, by_owner }).to_string();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines[0], "release binary: 32.00 MB without symbols");
        assert_eq!(lines[2], "crate_0           1.00     3%");
        assert_eq!(lines.last(), Some(&"2 smaller crates  2.00     6%"));
        assert_eq!(lines.len(), 2 + OWNERS_MAX + 1);
    }
}
