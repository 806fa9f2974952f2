//! A folder, indexed as the product indexes it, for `cargo xtask bench ask`: which files answer a question (`rank`), and
//! what reading it costs for the first time (`cold`) and again (`warm`).
#![expect(clippy::disallowed_methods, reason = "a program that measures reads files and clocks")]
#![expect(clippy::print_stdout, reason = "its answers go to who started it")]

use std::error::Error;
use std::io::stdin;
use std::path::{Path, PathBuf};
use std::time::Instant;
use std::{env, fs};

use quillon_retrieve::{ContentDigest, Document, Index, Kept, Query, Watch};
use quillon_workspace::Role;
use serde_json::{Value, json};

/// The most files that are said of a question.
const FILES_MAX: usize = 20;
/// Passages that are looked for, of which several may be of one file.
const PASSAGES_MAX: usize = 60;
/// The largest file that the product reads.
const FILE_BYTES_MAX: u64 = 10 * 1024 * 1024;
/// How many files are saved, one after the other.
const SAVES: usize = 300;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn main() -> Outcome<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let given: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match given[..] {
        ["rank", folder] => rank(Path::new(folder)),
        ["cold", folder, figures, cache, _] => cold(Path::new(folder), figures, cache),
        ["warm", folder, figures, cache, questions] => warm(Path::new(folder), figures, cache, questions),
        _ => Err("ask rank FOLDER | cold|warm FOLDER FIGURES CACHE QUESTIONS".into()),
    }
}

/// What the product would read of a folder, in the order in which it hands it over.
fn documents(folder: &Path) -> Outcome<Vec<Document>> {
    let mut documents = Vec::new();
    for path in paths(folder) {
        let bytes = fs::read(&path)?;
        let Some(decoded) = quillon_text::decode(&bytes) else { continue };
        let relative = path.strip_prefix(folder)?.to_string_lossy().into_owned();
        documents.push(Document::with_digest(relative, decoded.text, ContentDigest::of(&bytes)));
    }
    documents.sort_by(|left, right| (left.role, &left.path).cmp(&(right.role, &right.path)));
    Ok(documents)
}

fn paths(folder: &Path) -> Vec<PathBuf> {
    let walk = ignore::WalkBuilder::new(folder)
        .hidden(false)
        .filter_entry(|entry| entry.file_name() != ".git")
        .build();
    let is_small = |entry: &ignore::DirEntry| {
        entry.metadata().is_ok_and(|meta| meta.is_file() && meta.len() <= FILE_BYTES_MAX)
    };
    walk.flatten().filter(is_small).map(ignore::DirEntry::into_path).collect()
}

fn built(folder: &Path) -> Outcome<Index> {
    let mut index = Index::default();
    index.refresh(documents(folder)?, &Watch::nobody()).map_err(|_| "nobody stops it")?;
    Ok(index)
}

fn rank(folder: &Path) -> Outcome<()> {
    let index = built(folder)?;
    for question in stdin().lines() {
        let mut files: Vec<&str> = Vec::new();
        let hits = index.search(&Query::parse(&question?), PASSAGES_MAX);
        for hit in &hits {
            if files.len() < FILES_MAX && !files.contains(&hit.path) {
                files.push(hit.path);
            }
        }
        println!("{}", json!(files));
    }
    Ok(())
}

fn cold(folder: &Path, figures: &str, cache: &str) -> Outcome<()> {
    let index = built(folder)?;
    let counts = index.counts();
    let bytes = index.to_bytes().ok_or("it is too large to keep")?;
    fs::write(cache, &bytes)?;
    let cache_mb = bytes.len() as f64 / 1e6;
    fs::write(
        figures,
        json!({"files": counts.documents, "lines": counts.lines, "cache_mb": cache_mb}).to_string(),
    )?;
    Ok(())
}

fn warm(folder: &Path, figures: &str, cache: &str, questions: &str) -> Outcome<()> {
    let mut said: Value = serde_json::from_str(&fs::read_to_string(figures)?)?;
    let start = Instant::now();
    let kept = Kept::from_bytes(&fs::read(cache)?).ok_or("the cache cannot be read")?;
    let (mut index, refreshed) =
        kept.open(documents(folder)?, &Watch::nobody()).map_err(|_| "nobody stops it")?;
    said["warm_ms"] = json!(ms(start));
    if refreshed.read > 0 {
        return Err(format!("{} files were read again", refreshed.read).into());
    }
    let mut queries = Vec::new();
    for question in fs::read_to_string(questions)?.lines() {
        let start = Instant::now();
        std::hint::black_box(index.search(&Query::parse(question), 10));
        queries.push(ms(start));
    }
    let sources: Vec<String> =
        index.paths().filter(|path| index.role(path) == Some(Role::Source)).map(str::to_owned).collect();
    let mut saves = Vec::new();
    // The largest files too, which are what a maximum comes from.
    let mut by_size = sources.clone();
    by_size.sort_by_key(|path| std::cmp::Reverse(index.text(path).map_or(0, str::len)));
    let every = (sources.len() / SAVES).max(1);
    for path in by_size.iter().take(5).chain(sources.iter().step_by(every)) {
        let text = format!("{}\n\n", index.text(path).unwrap_or_default());
        let start = Instant::now();
        index.update(Document::new(path.clone(), text));
        let took = ms(start);
        if saves.iter().all(|known| *known < took) {
            said["save_max_of"] =
                json!(format!("{path}, {} lines", index.text(path).unwrap_or_default().lines().count()));
        }
        saves.push(took);
    }
    for (name, times) in [("query", &mut queries), ("save", &mut saves)] {
        times.sort_by(f64::total_cmp);
        let at = |percent: usize| times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
        for (percent, what) in [(50, "p50"), (90, "p90"), (100, "max")] {
            said[format!("{name}_{what}_ms")] = json!(at(percent));
        }
    }
    fs::write(figures, said.to_string())?;
    Ok(())
}

fn ms(start: Instant) -> f64 {
    start.elapsed().as_secs_f64() * 1_000.0
}
