//! What an index costs: reading a tree for the first time and again, taking in a save, and answering, in processes of
//! their own, so that their memory is theirs.

use std::fs;
use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::repository::Repositories;
use super::rivals::Rivals;
use crate::bench::measure::{Sample, once};
use crate::bench::table::{Table, megabytes, millis};
use crate::failure::{Context, Failure};

/// The trees: one of more than a million lines, one of about a hundred thousand, and one whose largest files are huge.
const TREES: &[(&str, &str)] =
    &[("apache/kafka", "1eb7644349c"), ("launchbadge/sqlx", "9d6bf662"), ("redis/redis", "4f8cdc2a1")];

/// Measures each tree.
pub(super) fn measure(
    repositories: &Repositories,
    rivals: &Rivals,
    questions: &[String],
) -> Result<(Table, Value), Failure> {
    let columns = [
        "",
        "files",
        "lines",
        "cold ms",
        "CPU ms",
        "memory MB",
        "cache MB",
        "warm ms",
        "save p50 ms",
        "p90",
        "max",
        "query p50 ms",
        "p90",
    ];
    let title = format!("an index: cold with keeping it, warm, a save, and {} questions", questions.len());
    let mut table = Table::new(title, &columns);
    let mut all = Vec::new();
    for (name, commit) in TREES {
        let tree = repositories.tree(name, &repositories.id(name, commit)?)?;
        let (cold, figures) = of_tree(rivals, &tree, questions)?;
        let shown = |key: &str| figures.get(key).map(ToString::to_string).unwrap_or_default();
        let decimal = |key: &str| {
            figures.get(key).and_then(Value::as_f64).map(|ms| format!("{ms:.2}")).unwrap_or_default()
        };
        let mut cells = vec![(*name).to_owned(), shown("files"), shown("lines")];
        cells.extend([
            millis(cold.wall),
            millis(cold.cpu),
            megabytes(cold.memory_bytes_max),
            decimal("cache_mb"),
        ]);
        let rest = ["warm_ms", "save_p50_ms", "save_p90_ms", "save_max_ms", "query_p50_ms", "query_p90_ms"];
        cells.extend(rest.map(decimal));
        table.row(&cells);
        all.push(json!({"tree": name, "commit": commit, "cold_wall_ms": cold.wall.as_secs_f64() * 1_000.0,
            "cold_memory_bytes": cold.memory_bytes_max, "figures": figures}));
    }
    Ok((table, Value::Array(all)))
}

fn of_tree(rivals: &Rivals, tree: &Path, questions: &[String]) -> Result<(Sample, Value), Failure> {
    let folder = TempDir::new().context(|| "cannot make a folder".to_owned())?;
    let (figures, cache, asked) =
        (folder.path().join("figures"), folder.path().join("cache"), folder.path().join("asked"));
    let mut file = fs::File::create(&asked).context(|| "cannot write questions".to_owned())?;
    for question in questions {
        writeln!(file, "{question}").context(|| "cannot write questions".to_owned())?;
    }
    let command = |mode: &str| {
        let mut command = rivals.ask();
        command.arg(mode).arg(tree).args([&figures, &cache, &asked]);
        once(&mut command)
    };
    let cold = command("cold")?;
    command("warm")?;
    let text = fs::read_to_string(&figures).context(|| "cannot read figures".to_owned())?;
    let figures = serde_json::from_str(&text).context(|| "cannot read figures".to_owned())?;
    Ok((cold, figures))
}
