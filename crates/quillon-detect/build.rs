//! Walks the folders of rules and lists their pages, so that adding a rule is adding a file.
#![expect(clippy::disallowed_methods, reason = "a build script reads the folder that it compiles in")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&std::env::var("CARGO_MANIFEST_DIR")?).join("rules");
    println!("cargo::rerun-if-changed={}", root.display());
    let mut pages = Vec::new();
    for folder in entries(&root)? {
        println!("cargo::rerun-if-changed={}", folder.display());
        pages.extend(
            entries(&folder)?.into_iter().filter(|path| path.extension().is_some_and(|end| end == "md")),
        );
    }
    let mut list = String::from("/// Every page, by its path.\nstatic PAGES: &[(&str, &str)] = &[\n");
    for page in pages {
        let name = page
            .strip_prefix(&root)?
            .to_str()
            .ok_or("a page has a name that is not text")?
            .replace('\\', "/");
        writeln!(list, "    ({name:?}, include_str!({:?})),", page.display().to_string())?;
    }
    list.push_str("];\n");
    std::fs::write(Path::new(&std::env::var("OUT_DIR")?).join("pages.rs"), list)?;
    Ok(())
}

/// What a folder holds, sorted, so that the same folder builds the same program.
fn entries(folder: &Path) -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let entries: Result<Vec<_>, _> =
        std::fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path())).collect();
    let mut entries = entries?;
    entries.retain(|path| !path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.')));
    entries.sort();
    Ok(entries)
}
