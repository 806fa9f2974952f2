//! Languages, by file name.

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Language {
    /// What people call it.
    pub name: &'static str,
    /// What Markdown fences call it.
    pub fence: &'static str,
}

/// Name, fence, endings after the last dot, and whole file names.
const LANGUAGES: &[(&str, &str, &[&str], &[&str])] = &[
    ("Assembly", "asm", &["asm", "s"], &[]),
    ("Bicep", "bicep", &["bicep"], &[]),
    ("C", "c", &["c", "h"], &[]),
    ("C#", "csharp", &["cs", "csx"], &[]),
    ("C++", "cpp", &["cc", "cpp", "cxx", "hh", "hpp", "hxx", "inl"], &[]),
    ("Clojure", "clojure", &["clj", "cljs", "cljc", "edn"], &[]),
    ("CMake", "cmake", &["cmake"], &["CMakeLists.txt"]),
    ("CSS", "css", &["css", "scss", "sass", "less"], &[]),
    ("CUE", "cue", &["cue"], &[]),
    ("Dart", "dart", &["dart"], &[]),
    ("Dockerfile", "dockerfile", &["dockerfile"], &["Dockerfile", "Containerfile"]),
    ("Elixir", "elixir", &["ex", "exs"], &[]),
    ("Elm", "elm", &["elm"], &[]),
    ("Erlang", "erlang", &["erl", "hrl"], &[]),
    ("F#", "fsharp", &["fs", "fsi", "fsx"], &[]),
    ("Fortran", "fortran", &["f90", "f95", "f03", "for"], &[]),
    ("Go", "go", &["go"], &["go.mod", "go.sum"]),
    ("GraphQL", "graphql", &["graphql", "gql"], &[]),
    ("Groovy", "groovy", &["groovy", "gradle"], &["Jenkinsfile"]),
    ("Haskell", "haskell", &["hs", "lhs"], &[]),
    ("HCL", "hcl", &["tf", "tfvars", "hcl"], &[]),
    ("HTML", "html", &["html", "htm", "xhtml", "jinja", "j2", "vue", "svelte"], &[]),
    ("INI", "ini", &["ini", "cfg", "conf", "properties", "env"], &[".env", ".editorconfig"]),
    ("Java", "java", &["java"], &[]),
    ("JavaScript", "javascript", &["js", "jsx", "mjs", "cjs"], &[]),
    ("JSON", "json", &["json", "jsonc", "json5", "jsonl", "ipynb"], &[]),
    ("Julia", "julia", &["jl"], &[]),
    ("Kotlin", "kotlin", &["kt", "kts"], &[]),
    ("Lua", "lua", &["lua"], &[]),
    ("Makefile", "make", &["mk", "mak"], &["Makefile", "makefile", "GNUmakefile", "justfile"]),
    ("Markdown", "markdown", &["md", "mdx", "markdown"], &[]),
    ("Nix", "nix", &["nix"], &[]),
    ("Objective-C", "objectivec", &["m", "mm"], &[]),
    ("OCaml", "ocaml", &["ml", "mli"], &[]),
    ("Perl", "perl", &["pl", "pm"], &[]),
    ("PHP", "php", &["php", "phtml"], &[]),
    ("PowerShell", "powershell", &["ps1", "psm1", "psd1"], &[]),
    ("Protocol Buffers", "protobuf", &["proto"], &[]),
    ("Python", "python", &["py", "pyi", "pyw"], &[]),
    ("R", "r", &["r"], &[]),
    ("reStructuredText", "rst", &["rst"], &[]),
    ("Ruby", "ruby", &["rb", "rake", "gemspec"], &["Gemfile", "Rakefile", "Vagrantfile"]),
    ("Rust", "rust", &["rs"], &[]),
    ("Scala", "scala", &["scala", "sc", "sbt"], &[]),
    ("Shell", "bash", &["sh", "bash", "zsh", "fish", "ksh"], &[]),
    ("SQL", "sql", &["sql", "ddl"], &[]),
    ("Starlark", "python", &["bzl", "star"], &["BUILD", "BUILD.bazel", "WORKSPACE"]),
    ("Swift", "swift", &["swift"], &[]),
    (
        "Text",
        "text",
        &["txt", "text", "adoc", "asciidoc"],
        &["README", "LICENSE", "NOTICE", "AUTHORS", "CHANGELOG"],
    ),
    ("TOML", "toml", &["toml"], &["Cargo.lock"]),
    ("TypeScript", "typescript", &["ts", "tsx", "mts", "cts"], &[]),
    ("Visual Basic", "vbnet", &["vb", "vbs"], &[]),
    (
        "XML",
        "xml",
        &["xml", "xsd", "xsl", "svg", "csproj", "vbproj", "fsproj", "props", "targets", "config"],
        &[],
    ),
    ("YAML", "yaml", &["yaml", "yml"], &[]),
    ("Zig", "zig", &["zig"], &[]),
];

/// The language of a file, by its name alone.
#[must_use]
pub fn language_of(path: &str) -> Option<Language> {
    let name = path.rsplit('/').next().unwrap_or(path);
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    let by_name = LANGUAGES.iter().find(|(.., names)| names.contains(&name));
    let by_ending = || {
        LANGUAGES.iter().find(|(_, _, endings, _)| ending.as_deref().is_some_and(|e| endings.contains(&e)))
    };
    by_name.or_else(by_ending).map(|(name, fence, ..)| Language { name, fence })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_by_name() {
        let check = |path, expected: Option<&str>| {
            assert_eq!(language_of(path).map(|found| found.name), expected, "{path}")
        };
        check("src/main.rs", Some("Rust"));
        check("a/Dockerfile", Some("Dockerfile"));
        check("CMakeLists.txt", Some("CMake"));
        check("x.TS", Some("TypeScript"));
        check("LICENSE", Some("Text"));
        check("a.unknown", None);
        check("noending", None);
    }
}
