//! What the project is, as its own files say it: its introduction, its languages, where it starts, how it is laid out.

use std::collections::BTreeMap;

use quillon_base::{Fault, LineRange};
use quillon_workspace::{Role, language_of};

use super::scene::{Scene, at, gist, some, within};
use super::structure;
use crate::answer::{Answer, code, counted};
use crate::workspace;

/// How much of the introduction is told, in bytes.
const INTRODUCTION_BYTES_MAX: usize = 500;
/// The most paragraphs that are looked at for it.
const PARAGRAPHS_MAX: usize = 8;
/// How early a paragraph says what something is, in bytes.
const SAYS_WHAT_WITHIN: usize = 60;
/// How many lines of the introduction are shown.
const INTRODUCTION_LINES_SHOWN: u32 = 4;
/// The most languages that are named.
const LANGUAGES_MAX: usize = 4;
/// The most folders that are named.
const FOLDERS_MAX: usize = 12;
/// The most places where it starts that are named.
const STARTS_MAX: usize = 4;
/// The most folders of documentation or tests that are named.
const TOPS_MAX: usize = 4;
/// The most files to read next that are named.
const NEXT_MAX: usize = 5;
/// How much is told of a folder, in bytes.
const FOLDER_BYTES_MAX: usize = 110;
/// Languages in which one does not program.
const PROSE: &[&str] = &["css", "html", "ini", "json", "markdown", "rst", "text", "toml", "xml", "yaml"];
/// Files that introduce a project, in the order in which they are looked for.
const INTRODUCTIONS: &[&str] = &["readme.md", "readme.rst", "readme.txt", "readme", "readme.adoc"];
/// Files that one reads after that.
const NEXT: &[&str] =
    &["architecture", "design", "contributing", "hacking", "development", "overview", "agents"];

/// Tells what the project is.
///
/// # Errors
/// Those of saying it.
pub(crate) async fn say(scene: &Scene<'_>, answer: &mut Answer<'_>) -> Result<(), Fault> {
    let introduction = introduction(scene, "");
    let mut text = match &introduction {
        Some(Introduction { path, line, text, .. }) => {
            format!("{} says of itself ({}):\n\n> {text}\n\n", code(&name(scene)), at(path, *line))
        }
        None => format!("No README says what {} is. Its files tell this:\n\n", code(&name(scene))),
    };
    for fact in [languages(scene), starts(scene), leans_on(scene), next(scene)].into_iter().flatten() {
        text += &format!("- {fact}\n");
    }
    text += &layout(scene);
    answer.text(text + "\n").await?;
    let commands = &scene.workspace.commands;
    if !commands.is_empty() {
        answer.aside(crate::commands::table(commands)).await?;
    }
    if let Some(Introduction { path, line, .. }) = introduction {
        // The words are told already; what is shown is where they stand.
        let lines = LineRange { first: line, last: line + INTRODUCTION_LINES_SHOWN - 1 };
        scene.show(answer, (path, lines), None, "it says what the project is").await?;
    }
    Ok(())
}

fn name(scene: &Scene<'_>) -> String {
    scene.passage.workspace_name().unwrap_or_else(|| "The project".to_owned())
}

/// What a README says first.
struct Introduction<'a> {
    path: &'a str,
    line: u32,
    text: String,
}

/// The first words of prose of a folder's README.
fn introduction<'a>(scene: &Scene<'a>, folder: &str) -> Option<Introduction<'a>> {
    let ranked = |path: &'a str| {
        let rest = workspace::within(path, folder)?;
        INTRODUCTIONS.iter().position(|name| rest.eq_ignore_ascii_case(name)).map(|rank| (rank, path))
    };
    let (_, path) = scene.index().paths().filter_map(ranked).min()?;
    let text = scene.index().text(path)?;
    let name = if folder.is_empty() { name(scene) } else { folder.rsplit('/').next()?.to_owned() };
    let (line, paragraph) = best_prose(text, &name)?;
    Some(Introduction { path, line, text: gist(&paragraph, INTRODUCTION_BYTES_MAX) })
}

/// The paragraph that says what something is, as `Gin is a web framework`; else the first that is prose. News often stand
/// before it.
fn best_prose(text: &str, name: &str) -> Option<(u32, String)> {
    let name = name.to_lowercase();
    let says_what = |(_, said): &&(u32, String)| {
        let start = said[..said.floor_char_boundary(SAYS_WHAT_WITHIN)].to_lowercase();
        start.contains(&name) && start.contains(" is ")
    };
    let prose = prose(text);
    let says_a_kind = |(_, said): &&(u32, String)| {
        let start = &said[..said.floor_char_boundary(SAYS_WHAT_WITHIN)];
        start.contains(" is a ") || start.contains(" is an ")
    };
    let said = prose.iter().find(says_what).or_else(|| prose.iter().find(says_a_kind));
    said.or_else(|| prose.first()).cloned()
}

/// The first paragraphs that are prose, with their lines: not headings, badges, markup or code.
fn prose(text: &str) -> Vec<(u32, String)> {
    let (mut found, mut paragraph, mut start, mut in_code) = (Vec::new(), Vec::new(), 0, false);
    for (number, line) in (1_u32..).zip(text.lines().chain([""])) {
        let line = line.trim();
        if line.starts_with("```") || line.starts_with("~~~") {
            in_code = !in_code;
        }
        let ends = line.is_empty() || line.starts_with(['#', '=', '-', '~', '`']) || in_code;
        if !ends && !is_markup(line) {
            if paragraph.is_empty() {
                start = number;
            }
            paragraph.push(line);
            continue;
        }
        // The line under a title of reStructuredText says that what stood above it was no prose.
        let was_title = !line.is_empty() && line.chars().all(|c| "=-~#".contains(c)) && paragraph.len() == 1;
        let said = paragraph.join(" ");
        if !was_title && said.split_whitespace().count() >= 4 {
            found.push((start, said));
        }
        paragraph.clear();
        if found.len() == PARAGRAPHS_MAX {
            break;
        }
    }
    found
}

fn is_markup(line: &str) -> bool {
    line.starts_with(['<', '|', '!', ':'])
        || line.starts_with("[!")
        || line.starts_with("[![")
        || line.starts_with("..")
}

/// In what it is written, by lines.
fn languages(scene: &Scene<'_>) -> Option<String> {
    let (mut lines, mut files, mut total) = (BTreeMap::<&str, usize>::new(), 0, 0);
    for path in scene.index().paths() {
        let role = scene.index().role(path);
        let (Some(Role::Source | Role::Test), Some(language)) = (role, language_of(path)) else { continue };
        if PROSE.contains(&language.fence) {
            continue;
        }
        let count = scene.index().text(path).map_or(0, |text| text.lines().count());
        *lines.entry(language.name).or_default() += count;
        files += 1;
        total += count;
    }
    let mut ranked: Vec<(usize, &str)> = lines.into_iter().map(|(name, lines)| (lines, name)).collect();
    ranked.sort_by_key(|(lines, name)| (std::cmp::Reverse(*lines), *name));
    let share = |lines: usize| lines * 100 / total.max(1);
    let shown = ranked.iter().take(LANGUAGES_MAX).filter(|(lines, _)| share(*lines) > 0);
    let shown: Vec<String> = shown.map(|(lines, name)| format!("{name} {}%", share(*lines))).collect();
    let of = format!("{} in {}", counted(total, "line"), counted(files, "file"));
    (!shown.is_empty()).then(|| format!("Written in {} ({of} of code).", shown.join(", ")))
}

fn starts(scene: &Scene<'_>) -> Option<String> {
    let found = scene.index().entry_points();
    let own = found.iter().filter(|entry| entry.role == Role::Source);
    let named: Vec<String> = own
        .map(|entry| format!("{}{}", at(entry.path, entry.lines.first), within(entry.within.as_ref())))
        .collect();
    (!named.is_empty()).then(|| format!("Starts at {}.", some(named, STARTS_MAX)))
}

/// The files that most of it leans on, with what each is about.
fn leans_on(scene: &Scene<'_>) -> Option<String> {
    let map = scene.index().map(20, None, &[]);
    let shown = map.iter().take(STARTS_MAX).map(|file| {
        let mut known: Vec<_> =
            file.definitions.iter().filter(|found| !found.name.starts_with('_')).collect();
        known.sort_by_key(|found| !found.kind.is_type());
        let mut names: Vec<String> = known.iter().map(|found| code(found.name)).collect();
        // A type and what makes one are often called the same.
        names.dedup();
        names.truncate(2);
        let of = if names.is_empty() { String::new() } else { format!(" ({})", names.join(", ")) };
        format!("{}{of}", code(file.path))
    });
    let shown: Vec<String> = shown.collect();
    (!shown.is_empty()).then(|| format!("Most of it leans on {}.", shown.join(", ")))
}

fn next(scene: &Scene<'_>) -> Option<String> {
    let rank = |path: &str| {
        let lower = path.to_ascii_lowercase();
        let name = lower.rsplit('/').next().unwrap_or_default().to_owned();
        let is_prose = scene.index().role(path) == Some(Role::Documentation);
        let place = NEXT.iter().position(|start| name.starts_with(start))?;
        (is_prose && path.matches('/').count() <= 1).then_some(place)
    };
    let mut found: Vec<(usize, &str)> =
        scene.index().paths().filter_map(|path| Some((rank(path)?, path))).collect();
    found.sort_unstable();
    let shown: Vec<String> = found.iter().take(NEXT_MAX).map(|(_, path)| code(path)).collect();
    (!shown.is_empty()).then(|| format!("Read next: {}.", shown.join(", ")))
}

/// Its folders, each with what it says of itself.
pub(crate) fn layout(scene: &Scene<'_>) -> String {
    let folders = structure::folders(scene, FOLDERS_MAX);
    if folders.len() < 2 {
        return String::new();
    }
    let mut text = String::from("\nIts folders:\n\n");
    for folder in folders {
        let says = folder_says(scene, &folder.path).unwrap_or_default();
        let (path, files) = (code(&format!("{}/", folder.path)), counted(folder.files, "file"));
        text += &format!("- {path} ({files}){says}\n");
    }
    for (role, what) in [(Role::Documentation, "Documentation"), (Role::Test, "Tests")] {
        let named = structure::tops(scene, role).iter().map(|top| code(&format!("{top}/"))).collect();
        let named = some(named, TOPS_MAX);
        if !named.is_empty() {
            text += &format!("- {what} in {named}\n");
        }
    }
    text
}

/// What a folder says of itself: at the head of the file that stands for it, or in its README.
fn folder_says(scene: &Scene<'_>, folder: &str) -> Option<String> {
    const HEADS: &[&str] = &[
        "src/lib.rs",
        "src/main.rs",
        "lib.rs",
        "mod.rs",
        "main.rs",
        "__init__.py",
        "doc.go",
        "index.ts",
        "index.js",
    ];
    let told = HEADS.iter().find_map(|head| {
        let path = format!("{folder}/{head}");
        let doc = scene.index().file_doc(&path).map(|doc| gist(doc, FOLDER_BYTES_MAX))?;
        (!doc.is_empty()).then(|| format!(": {doc} ({})", at(&path, 1)))
    });
    told.or_else(|| {
        let Introduction { path, line, text } = introduction(scene, folder)?;
        Some(format!(": {} ({})", gist(&text, FOLDER_BYTES_MAX), at(path, line)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_prose_is_found() {
        let check = |text: &str, expected: Option<(u32, &str)>| {
            let found = best_prose(text, "parcels");
            assert_eq!(found.as_ref().map(|(line, text)| (*line, text.as_str())), expected, "{text}");
        };
        check(
            "# Flask\n\nFlask is a small\nweb framework.\n\nMore.",
            Some((3, "Flask is a small web framework.")),
        );
        check(
            "[![b](x)](y)\n<p align>\n\nIt carries all the parcels.",
            Some((4, "It carries all the parcels.")),
        );
        check(
            "Title of the whole thing\n========\n\nIt carries all the parcels.",
            Some((4, "It carries all the parcels.")),
        );
        check(
            "```\nnot this code at all\n```\nBut this is prose here.",
            Some((4, "But this is prose here.")),
        );
        check("# X\n\nshort\n", None);
        check("", None);
        check(
            "We are happy to say it is new.\n\nParcels is a carrier.\n",
            Some((3, "Parcels is a carrier.")),
        );
    }
}
