//! How a project is built, tested and run, as its own files say it.
//!
//! Each kind of manifest is a row of [`MANIFESTS`]: which files it is, and what they say. Nothing is guessed from the
//! language alone: a command is given only where a file stands for it, with that file's path and line. Where no manifest
//! says how it runs, programs that say so themselves do (`script.rs`).

use crate::language::language_of;
use crate::script::script;

/// The most manifests that are read.
const MANIFESTS_READ_MAX: usize = 200;
/// The most scripts that are given where no manifest says how the project runs.
const SCRIPTS_MAX: usize = 5;
/// The most commands that are given.
pub const PROJECT_COMMANDS_MAX: usize = 60;

/// What a command does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Does {
    /// Gets what the project needs.
    Install,
    /// Builds it.
    Build,
    /// Tests it.
    Test,
    /// Runs it.
    Run,
    /// Checks its style.
    Lint,
}

/// A command, and the file that stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProjectCommand {
    /// What it does.
    pub does: Does,
    /// What to type.
    pub command: String,
    /// The folder to type it in; empty for the project's own.
    pub folder: String,
    /// The file that says so.
    pub path: String,
    /// Its line, from 1.
    pub line: u32,
}

/// A file of the project.
#[derive(Clone, Copy, Debug)]
pub struct ProjectFile<'a> {
    /// Where it is.
    pub path: &'a str,
    /// What it says.
    pub text: &'a str,
}

/// A command that a manifest stands for, and its line from 1.
type Said = (Does, String, u32);

/// One kind of manifest.
struct Manifest {
    is: fn(&str) -> bool,
    says: fn(&str, &Beside<'_>) -> Vec<Said>,
}

/// What lies beside a manifest.
struct Beside<'a> {
    folder: &'a str,
    files: &'a [ProjectFile<'a>],
}

impl Beside<'_> {
    fn has(&self, name: &str) -> bool {
        self.text_of(name).is_some()
    }

    fn text_of(&self, name: &str) -> Option<&str> {
        let path = if self.folder.is_empty() { name.to_owned() } else { format!("{}/{name}", self.folder) };
        self.files.iter().find(|file| file.path == path).map(|file| file.text)
    }

    fn any_below(&self, fits: impl Fn(&ProjectFile<'_>) -> bool) -> bool {
        let inside = |path: &str| {
            self.folder.is_empty() || path.strip_prefix(self.folder).is_some_and(|rest| rest.starts_with('/'))
        };
        self.files.iter().any(|file| inside(file.path) && fits(file))
    }
}

static MANIFESTS: &[Manifest] = &[
    Manifest { is: |name| name == "Cargo.toml", says: cargo },
    Manifest { is: |name| name == "package.json", says: npm },
    Manifest { is: |name| name == "pyproject.toml", says: pyproject },
    Manifest { is: |name| name == "requirements.txt", says: requirements },
    Manifest { is: |name| name == "tox.ini", says: |_, _| vec![(Does::Test, "tox".into(), 1)] },
    Manifest { is: |name| name == "manage.py", says: django },
    Manifest {
        is: |name| matches!(name, "Makefile" | "makefile" | "GNUmakefile"),
        says: |text, _| recipes("make", text),
    },
    Manifest { is: |name| matches!(name, "justfile" | "Justfile"), says: |text, _| recipes("just", text) },
    Manifest { is: |name| name == "pom.xml", says: maven },
    Manifest { is: |name| matches!(name, "build.gradle" | "build.gradle.kts"), says: gradle },
    Manifest { is: |name| name == "go.mod", says: go },
    Manifest {
        is: |name| [".sln", ".csproj", ".fsproj", ".vbproj"].iter().any(|end| name.ends_with(end)),
        says: dotnet,
    },
    Manifest { is: |name| name == "Gemfile", says: bundler },
    Manifest { is: |name| name == "Rakefile", says: rake },
    Manifest { is: |name| name == "composer.json", says: composer },
    Manifest { is: |name| name == "CMakeLists.txt", says: cmake },
    Manifest { is: |name| name == "build.sbt", says: sbt },
    Manifest { is: |name| matches!(name, "build.mill" | "build.sc"), says: mill },
    Manifest {
        is: |name| {
            matches!(name, "docker-compose.yml" | "docker-compose.yaml" | "compose.yaml" | "compose.yml")
        },
        says: |_, _| vec![(Does::Run, "docker compose up".into(), 1)],
    },
    Manifest {
        is: |name| matches!(name, "Dockerfile" | "Containerfile"),
        says: |_, _| vec![(Does::Build, "docker build .".into(), 1)],
    },
];

/// What the project's files say about building, testing and running it: those nearest to the root first.
#[must_use]
pub fn project_commands(files: &[ProjectFile<'_>]) -> Vec<ProjectCommand> {
    let mut manifests: Vec<(&ProjectFile<'_>, &Manifest)> = files
        .iter()
        .filter_map(|file| {
            let name = file.path.rsplit('/').next().unwrap_or(file.path);
            MANIFESTS.iter().find(|manifest| (manifest.is)(name)).map(|manifest| (file, manifest))
        })
        .collect();
    manifests.sort_by_key(|(file, _)| (file.path.matches('/').count(), file.path));
    let mut commands: Vec<ProjectCommand> = Vec::new();
    for (file, manifest) in manifests.into_iter().take(MANIFESTS_READ_MAX) {
        let folder = file.path.rsplit_once('/').map_or("", |(folder, _)| folder);
        for (does, command, line) in (manifest.says)(file.text, &Beside { folder, files }) {
            let is_known =
                commands.iter().any(|known| known.command == command && covers(&known.folder, folder));
            if !is_known && commands.len() < PROJECT_COMMANDS_MAX {
                let (folder, path) = (folder.to_owned(), file.path.to_owned());
                commands.push(ProjectCommand { does, command, folder, path, line });
            }
        }
    }
    if !commands.iter().any(|known| known.does == Does::Run) {
        let is_lone = commands.is_empty();
        commands.extend(scripts(files, is_lone));
    }
    commands
}

/// Programs that say themselves how they are started, the outermost first. Beside a manifest only those at the top or in
/// `bin` are the project; others are its tools.
fn scripts(files: &[ProjectFile<'_>], is_lone: bool) -> Vec<ProjectCommand> {
    let is_near = |path: &str| match path.rsplit_once('/') {
        None => true,
        Some((folder, _)) => folder == "bin" || (is_lone && !folder.contains('/')),
    };
    let near = files.iter().filter(|file| is_near(file.path));
    let mut found: Vec<(&ProjectFile<'_>, (String, u32))> =
        near.filter_map(|file| Some((file, script(file.path, file.text)?))).collect();
    found.sort_by_key(|(file, _)| (file.path.matches('/').count(), file.path));
    let command = |(file, (command, line)): (&ProjectFile<'_>, (String, u32))| ProjectCommand {
        does: Does::Run,
        command,
        folder: String::new(),
        path: file.path.to_owned(),
        line,
    };
    found.into_iter().take(SCRIPTS_MAX).map(command).collect()
}

/// Whether a command typed in one folder does what it would in another below it.
fn covers(folder: &str, other: &str) -> bool {
    folder.is_empty() || folder == other
}

/// The line, from 1, of the first line that fits.
fn line_where(text: &str, fits: impl Fn(&str) -> bool) -> Option<u32> {
    text.lines().position(|line| fits(line.trim())).and_then(|place| u32::try_from(place + 1).ok())
}

fn line_of(text: &str, part: &str) -> Option<u32> {
    line_where(text, |line| line.contains(part))
}

fn cargo(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let Some(line) = line_where(text, |line| line == "[package]" || line == "[workspace]") else {
        return Vec::new();
    };
    let mut said = vec![(Does::Build, "cargo build".into(), line), (Does::Test, "cargo test".into(), line)];
    let runs = beside.has("src/main.rs") || text.contains("[[bin]]") || text.contains("default-members");
    if runs {
        said.push((Does::Run, "cargo run".into(), line));
    }
    said
}

/// What a script's name says that it does.
fn of_name(name: &str) -> Option<Does> {
    let word = |part: &str| name.split([':', '-', '_', '.']).next() == Some(part);
    if ["test", "tests", "check", "spec", "e2e"].into_iter().any(word) {
        return Some(Does::Test);
    }
    if ["build", "all", "compile", "dist", "package", "bundle"].into_iter().any(word) {
        return Some(Does::Build);
    }
    if ["start", "run", "serve", "dev", "up", "server"].into_iter().any(word) {
        return Some(Does::Run);
    }
    if ["lint", "fmt", "format", "style", "clippy"].into_iter().any(word) {
        return Some(Does::Lint);
    }
    ["install", "setup", "deps", "bootstrap", "init"].into_iter().any(word).then_some(Does::Install)
}

/// The keys of an object that stands under `"key":` in JSON text, each with its line.
fn keys_under<'a>(text: &'a str, key: &str) -> Vec<(&'a str, u32)> {
    let mut keys = Vec::new();
    let opening = format!("\"{key}\"");
    let mut depth = None;
    for (place, line) in text.lines().enumerate() {
        let trimmed = line.trim();
        if depth.is_none() && trimmed.starts_with(&opening) && trimmed.ends_with('{') {
            depth = Some(1);
            continue;
        }
        let Some(level) = &mut depth else { continue };
        let name = trimmed.strip_prefix('"').and_then(|rest| rest.split_once('"'));
        if let (1, Some((name, rest))) = (*level, name)
            && rest.trim_start().starts_with(':')
        {
            keys.push((name, u32::try_from(place + 1).unwrap_or(u32::MAX)));
        }
        *level += trimmed.matches('{').count() as i32 - trimmed.matches('}').count() as i32;
        if *level <= 0 {
            break;
        }
    }
    keys
}

fn npm(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let manager = match () {
        () if beside.has("pnpm-lock.yaml") => "pnpm",
        () if beside.has("yarn.lock") => "yarn",
        () if beside.has("bun.lockb") || beside.has("bun.lock") => "bun",
        () => "npm",
    };
    let mut said = Vec::new();
    if let Some(line) = line_of(text, "ependencies\"") {
        said.push((Does::Install, format!("{manager} install"), line));
    }
    for (name, line) in keys_under(text, "scripts") {
        if let Some(does) = of_name(name) {
            let command = match name {
                "test" | "start" => format!("{manager} {name}"),
                name => format!("{manager} run {name}"),
            };
            said.push((does, command, line));
        }
    }
    said
}

fn pyproject(text: &str, _: &Beside<'_>) -> Vec<Said> {
    let mut said = Vec::new();
    if let Some(line) = line_where(text, |line| line == "[build-system]" || line == "[project]") {
        let is_poetry = text.contains("[tool.poetry]");
        let command = if is_poetry { "poetry install" } else { "pip install ." };
        said.push((Does::Install, command.into(), line));
    }
    if let Some(line) = line_where(text, |line| line.starts_with("[tool.pytest") || line.contains("\"pytest"))
    {
        said.push((Does::Test, "pytest".into(), line));
    }
    if let Some(line) = line_where(text, |line| line.starts_with("[tool.ruff")) {
        said.push((Does::Lint, "ruff check".into(), line));
    }
    let scripts = line_where(text, |line| matches!(line, "[project.scripts]" | "[tool.poetry.scripts]"));
    if let Some(start) = scripts {
        let entries = text.lines().enumerate().skip(start as usize);
        for (place, line) in entries.take_while(|(_, line)| !line.trim_start().starts_with('[')) {
            if let Some((name, _)) = line.split_once('=') {
                let name = name.trim().trim_matches('"').to_owned();
                said.push((Does::Run, name, u32::try_from(place + 1).unwrap_or(u32::MAX)));
            }
        }
    }
    said
}

fn requirements(text: &str, _: &Beside<'_>) -> Vec<Said> {
    let mut said = vec![(Does::Install, "pip install -r requirements.txt".into(), 1)];
    if let Some(line) = line_where(text, |line| line.starts_with("pytest")) {
        said.push((Does::Test, "pytest".into(), line));
    }
    said
}

fn django(text: &str, _: &Beside<'_>) -> Vec<Said> {
    match line_of(text, "DJANGO_SETTINGS_MODULE") {
        Some(line) => vec![
            (Does::Run, "python manage.py runserver".into(), line),
            (Does::Test, "python manage.py test".into(), line),
        ],
        None => Vec::new(),
    }
}

/// Targets of a Makefile or recipes of a justfile whose name says what they do.
fn recipes(program: &str, text: &str) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    for (place, line) in text.lines().enumerate() {
        let starts = line.starts_with(|c: char| c.is_ascii_alphabetic());
        let Some((head, rest)) = line.split_once(':').filter(|_| starts) else { continue };
        let is_variable = rest.starts_with('=') || head.contains('=');
        let name = head.split_whitespace().next().unwrap_or_default();
        let does = of_name(name).filter(|_| !is_variable && !name.contains(['$', '%', '/']));
        if let Some(does) = does {
            let command = format!("{program} {name}");
            if !said.iter().any(|(_, known, _)| *known == command) {
                said.push((does, command, u32::try_from(place + 1).unwrap_or(u32::MAX)));
            }
        }
    }
    said
}

fn maven(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let Some(line) = line_of(text, "<project") else {
        return Vec::new();
    };
    let mvn = if beside.has("mvnw") { "./mvnw" } else { "mvn" };
    let mut said =
        vec![(Does::Build, format!("{mvn} package"), line), (Does::Test, format!("{mvn} test"), line)];
    if let Some(line) = line_of(text, "spring-boot-maven-plugin") {
        said.push((Does::Run, format!("{mvn} spring-boot:run"), line));
    }
    said
}

fn gradle(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let gradle = if beside.has("gradlew") { "./gradlew" } else { "gradle" };
    let mut said =
        vec![(Does::Build, format!("{gradle} build"), 1), (Does::Test, format!("{gradle} test"), 1)];
    if let Some(line) = line_of(text, "org.springframework.boot") {
        said.push((Does::Run, format!("{gradle} bootRun"), line));
    } else if let Some(line) =
        line_where(text, |line| line == "application" || line.contains("'application'"))
    {
        said.push((Does::Run, format!("{gradle} run"), line));
    }
    said
}

fn go(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let line = line_where(text, |line| line.starts_with("module ")).unwrap_or(1);
    let mut said =
        vec![(Does::Build, "go build ./...".into(), line), (Does::Test, "go test ./...".into(), line)];
    if beside.has("main.go") {
        said.push((Does::Run, "go run .".into(), line));
    }
    said
}

fn dotnet(text: &str, beside: &Beside<'_>) -> Vec<Said> {
    let mut said = vec![(Does::Build, "dotnet build".into(), 1)];
    let is_test =
        |file: &ProjectFile<'_>| file.path.ends_with("proj") && file.text.contains("Microsoft.NET.Test.Sdk");
    if text.contains("Microsoft.NET.Test.Sdk") || beside.any_below(is_test) {
        said.push((Does::Test, "dotnet test".into(), line_of(text, "Microsoft.NET.Test.Sdk").unwrap_or(1)));
    }
    let runs =
        line_where(text, |line| line.contains("<OutputType>Exe") || line.contains("Microsoft.NET.Sdk.Web"));
    if let Some(line) = runs {
        said.push((Does::Run, "dotnet run".into(), line));
    }
    said
}

fn bundler(text: &str, _: &Beside<'_>) -> Vec<Said> {
    let mut said = vec![(Does::Install, "bundle install".into(), 1)];
    if let Some(line) = line_of(text, "rspec") {
        said.push((Does::Test, "bundle exec rspec".into(), line));
    }
    if let Some(line) =
        line_where(text, |line| line.starts_with("gem \"rails\"") || line.starts_with("gem 'rails'"))
    {
        said.push((Does::Run, "bin/rails server".into(), line));
    }
    said
}

fn rake(text: &str, _: &Beside<'_>) -> Vec<Said> {
    match line_where(text, |line| {
        line.contains("TestTask") || line.contains("task :test") || line.contains("task test:")
    }) {
        Some(line) => vec![(Does::Test, "rake test".into(), line)],
        None => Vec::new(),
    }
}

fn composer(text: &str, _: &Beside<'_>) -> Vec<Said> {
    let mut said = vec![(Does::Install, "composer install".into(), 1)];
    for (name, line) in keys_under(text, "scripts") {
        if let Some(does) = of_name(name) {
            said.push((does, format!("composer {name}"), line));
        }
    }
    said
}

fn cmake(text: &str, _: &Beside<'_>) -> Vec<Said> {
    let Some(line) = line_where(text, |line| line.to_ascii_lowercase().starts_with("project(")) else {
        return Vec::new();
    };
    let mut said = vec![(Does::Build, "cmake -B build && cmake --build build".into(), line)];
    let tests = line_where(text, |line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("enable_testing(")
            || line.starts_with("add_test(")
            || line.starts_with("include(ctest")
    });
    if let Some(line) = tests {
        said.push((Does::Test, "ctest --test-dir build".into(), line));
    }
    said
}

fn mill(_: &str, beside: &Beside<'_>) -> Vec<Said> {
    let program = if beside.has("mill") { "./mill" } else { "mill" };
    let said = |does, what: &str| (does, format!("{program} __.{what}"), 1);
    vec![said(Does::Build, "compile"), said(Does::Test, "test")]
}

fn sbt(_: &str, _: &Beside<'_>) -> Vec<Said> {
    vec![(Does::Build, "sbt compile".into(), 1), (Does::Test, "sbt test".into(), 1)]
}

/// Whether a file could say how a project is built, tested or run: cheap, by its name alone.
#[must_use]
pub fn is_manifest(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    MANIFESTS.iter().any(|manifest| (manifest.is)(name))
        || language_of(path).is_some_and(|language| language.fence == "make")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Checks what files say, as `does command @ path:line`.
    fn check(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<_> = files.iter().map(|(path, text)| ProjectFile { path, text }).collect();
        let found: Vec<_> = project_commands(&files)
            .into_iter()
            .map(|said| {
                format!("{:?} {} @ {}:{}", said.does, said.command, said.path, said.line).to_lowercase()
            })
            .collect();
        assert_eq!(found, expected.iter().map(|line| line.to_lowercase()).collect::<Vec<_>>());
    }

    #[test]
    fn a_script_alone_says_how_it_runs() {
        check(
            &[("tool.py", "import os\n\nif __name__ == \"__main__\":\n    run()\n")],
            &["Run python3 tool.py @ tool.py:3"],
        );
        check(
            &[
                ("run.sh", "#!/usr/bin/env bash\nls\n"),
                ("lib/b.rb", "#!/usr/bin/ruby -w\n"),
                ("a/b/c.py", "#!/bin/python\n"),
            ],
            &["Run bash run.sh @ run.sh:1", "Run ruby lib/b.rb @ lib/b.rb:1"],
        );
        check(&[("main.go", "package main\n\nfunc main() {}\n")], &["Run go run main.go @ main.go:3"]);
        check(
            &[("One.java", "class One {\n  public static void main(String[] a) {}\n}\n")],
            &["Run java One.java @ One.java:2"],
        );
        check(
            &[("test_tool.py", "if __name__ == '__main__':\n    pass\n"), ("notes.txt", "#! no program\n")],
            &[],
        );
    }

    #[test]
    fn beside_a_manifest_only_what_stands_at_the_top_is_the_project() {
        let manifest = ("requirements.txt", "flask\n");
        check(
            &[manifest, ("app.py", "#!/usr/bin/env python3\n"), ("scripts/release.sh", "#!/bin/sh\n")],
            &[
                "Install pip install -r requirements.txt @ requirements.txt:1",
                "Run python3 app.py @ app.py:1",
            ],
        );
    }

    #[test]
    fn rust_and_make() {
        check(
            &[("Cargo.toml", "# x\n[package]\nname = \"a\"\n"), ("src/main.rs", "fn main() {}")],
            &[
                "Build cargo build @ Cargo.toml:2",
                "Test cargo test @ Cargo.toml:2",
                "Run cargo run @ Cargo.toml:2",
            ],
        );
        check(
            &[(
                "Makefile",
                "CC := gcc\nX = y\n.PHONY: test\nall: a.o\n\tcc a.o\ntest-unit: all\n\t./t\n%.o: %.c\nlint:\n",
            )],
            &[
                "Build make all @ Makefile:4",
                "Test make test-unit @ Makefile:6",
                "Lint make lint @ Makefile:9",
            ],
        );
    }

    #[test]
    fn node_reads_scripts_and_knows_the_manager_by_its_lock() {
        let manifest = "{\n  \"name\": \"a\",\n  \"scripts\": {\n    \"build\": \"tsc\",\n    \"test\": \"jest {a}\",\n    \"odd\": \"x\"\n  },\n  \"dependencies\": { \"x\": \"1\" }\n}\n";
        check(
            &[("web/package.json", manifest), ("web/yarn.lock", "")],
            &[
                "Install yarn install @ web/package.json:8",
                "Build yarn run build @ web/package.json:4",
                "Test yarn test @ web/package.json:5",
            ],
        );
    }

    #[test]
    fn python_java_go_and_net() {
        check(
            &[(
                "pyproject.toml",
                "[build-system]\n[project.scripts]\nparcel = \"p:main\"\n[tool.pytest.ini_options]\n",
            )],
            &[
                "Install pip install . @ pyproject.toml:1",
                "Test pytest @ pyproject.toml:4",
                "Run parcel @ pyproject.toml:3",
            ],
        );
        check(
            &[("pom.xml", "<?xml?>\n<project>\n"), ("mvnw", "#!"), ("core/pom.xml", "<project>\n")],
            &[
                "Build ./mvnw package @ pom.xml:2",
                "Test ./mvnw test @ pom.xml:2",
                "Build mvn package @ core/pom.xml:1",
                "Test mvn test @ core/pom.xml:1",
            ],
        );
        check(
            &[("go.mod", "module x\n"), ("main.go", "package main")],
            &["Build go build ./... @ go.mod:1", "Test go test ./... @ go.mod:1", "Run go run . @ go.mod:1"],
        );
        check(
            &[
                ("A/A.csproj", "<Project Sdk=\"Microsoft.NET.Sdk.Web\">\n"),
                ("T/T.csproj", "\n<P Include=\"Microsoft.NET.Test.Sdk\">"),
            ],
            &[
                "Build dotnet build @ A/A.csproj:1",
                "Run dotnet run @ A/A.csproj:1",
                "Build dotnet build @ T/T.csproj:1",
                "Test dotnet test @ T/T.csproj:2",
            ],
        );
    }

    #[test]
    fn the_root_counts_before_what_lies_below_and_says_it_once() {
        check(
            &[("crates/a/Cargo.toml", "[package]"), ("Cargo.toml", "[workspace]")],
            &["Build cargo build @ Cargo.toml:1", "Test cargo test @ Cargo.toml:1"],
        );
    }

    #[test]
    fn what_no_file_says_is_not_said() {
        check(&[("a.py", "print(1)"), ("b.rs", "fn main() {}")], &[]);
        check(&[("Cargo.toml", "nonsense"), ("CMakeLists.txt", "# none"), ("Rakefile", "")], &[]);
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,200}", name in prop::sample::select(vec!["Cargo.toml", "package.json", "pyproject.toml", "Makefile", "pom.xml", "build.gradle", "a.csproj", "Gemfile", "composer.json", "CMakeLists.txt"])) {
            let _ = project_commands(&[ProjectFile { path: name, text: &text }]);
        }
    }
}
