//! Which files a rule speaks of: `paths` with globs of what is meant and what is not.

use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// The globs of one rule.
const GLOBS_MAX: usize = 256;

/// The letters of one glob.
const LETTERS_MAX: usize = 1_000;

/// The files that a rule speaks of.
#[derive(Debug)]
pub(crate) struct Paths {
    include: Option<GlobSet>,
    exclude: GlobSet,
}

impl Paths {
    /// Globs that match whole names at any depth, files as well as folders; one that starts with `/`, from the top.
    pub(crate) fn read(include: Option<&[&str]>, exclude: &[&str]) -> Result<Self, String> {
        Ok(Self { include: include.map(globs).transpose()?, exclude: globs(exclude)? })
    }

    /// Whether a file is one of those.
    pub(crate) fn allow(&self, path: &str) -> bool {
        self.include.as_ref().is_none_or(|include| include.is_match(path)) && !self.exclude.is_match(path)
    }
}

fn globs(patterns: &[&str]) -> Result<GlobSet, String> {
    if patterns.len() > GLOBS_MAX {
        return Err(format!("there are more than {GLOBS_MAX} globs"));
    }
    let mut set = GlobSetBuilder::new();
    for pattern in patterns {
        set.add(glob(pattern, "")?).add(glob(pattern, "/**")?);
    }
    set.build().map_err(|fault| fault.to_string())
}

fn glob(pattern: &str, end: &str) -> Result<Glob, String> {
    if pattern.len() > LETTERS_MAX {
        return Err(format!("a glob has more than {LETTERS_MAX} letters"));
    }
    let start = if pattern.starts_with('/') { "" } else { "**/" };
    let whole = format!("{start}{}{end}", pattern.trim_matches('/'));
    let built = GlobBuilder::new(&whole).literal_separator(true).build();
    built.map_err(|fault| format!("the glob `{pattern}` cannot be read: {}", fault.kind()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(include: &[&str], exclude: &[&str], allowed: &[&str], others: &[&str]) {
        let include = (!include.is_empty()).then_some(include);
        let paths = Paths::read(include, exclude).unwrap();
        for path in allowed {
            assert!(paths.allow(path), "{path}");
        }
        for path in others {
            assert!(!paths.allow(path), "{path}");
        }
    }

    #[test]
    fn globs_match_whole_names_at_any_depth() {
        check(&["*.js"], &[], &["a.js", "x/y/a.js"], &["a.jsx", "a.js.py"]);
        check(&["src/a"], &[], &["src/a", "x/src/a/b.py"], &["src/ab", "xsrc/a"]);
        check(&["/src"], &[], &["src/a.py"], &["x/src/a.py"]);
        check(&["**/test_*.py"], &["old/"], &["test_a.py", "x/test_a.py"], &["x/old/test_a.py", "a.py"]);
        check(&[], &["tests"], &["a.py", "tests.py"], &["tests/a.py", "x/tests/y/a.py"]);
    }

    #[test]
    fn what_is_no_glob_is_said() {
        let wrong = Paths::read(None, &["a[b"]).unwrap_err();
        assert_eq!(wrong, "the glob `a[b` cannot be read: unclosed character class; missing ']'");
        assert!(Paths::read(Some(&["a"; GLOBS_MAX + 1]), &[]).is_err());
    }
}
