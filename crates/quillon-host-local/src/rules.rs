//! Ignore rules, as a chain from a folder upwards.
//!
//! The matching of one file's lines is ripgrep's; which file counts when is decided here, because a walk through a held
//! folder cannot let a library open files by their path. Paths are relative to the top of the chain: the repository's
//! root, or else the workspace. Start at [`Rules::excludes`].

use std::sync::Arc;

use ignore::Match;
use ignore::gitignore::{Gitignore, GitignoreBuilder};
use quillon_base::{Fault, FaultCode};

/// A larger file of rules is not read.
pub(crate) const RULES_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// The files that hold rules, the one that counts first being first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Amazonq,
    Ignore,
    Git,
    GitExclude,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Amazonq, Self::Ignore, Self::Git, Self::GitExclude];

    /// Where the rules of this kind stand, from the folder to which they apply.
    pub(crate) const fn file(self) -> &'static str {
        match self {
            Self::Amazonq => ".amazonqignore",
            Self::Ignore => ".ignore",
            Self::Git => ".gitignore",
            Self::GitExclude => ".git/info/exclude",
        }
    }

    /// The name in that folder by which one sees that there may be rules of this kind.
    pub(crate) const fn file_or_folder(self) -> &'static str {
        match self {
            Self::GitExclude => ".git",
            _ => self.file(),
        }
    }

    /// Whether a repository inside another does not hear of the outer one's rules.
    const fn stops_at_repository(self) -> bool {
        matches!(self, Self::Git | Self::GitExclude)
    }
}

/// The rules that hold in one folder.
#[derive(Default)]
pub(crate) struct Rules {
    above: Option<Arc<Self>>,
    own: [Option<Own>; Kind::ALL.len()],
    is_repository: bool,
}

struct Own {
    /// The length of the folder's path with its `/`, which the rules do not see.
    folder_bytes: usize,
    matcher: Gitignore,
}

impl Rules {
    /// The rules of a folder under those `above`. `read` gives the content of a file of rules, if there is one.
    ///
    /// # Errors
    /// `file.unreadable` for an `.amazonqignore` that cannot be read or understood. Of the other kinds only what can be
    /// understood counts.
    pub(crate) fn below(
        above: &Arc<Self>,
        folder: &str,
        is_repository: bool,
        mut read: impl FnMut(Kind) -> Result<Option<Vec<u8>>, Fault>,
    ) -> Result<Arc<Self>, Fault> {
        let folder_bytes = if folder.is_empty() { 0 } else { folder.len() + 1 };
        let mut own = [const { None }; Kind::ALL.len()];
        for kind in Kind::ALL {
            let is_strict = kind == Kind::Amazonq;
            let text = match read(kind) {
                Err(fault) if is_strict => return Err(hides(folder, fault.message)),
                text => text.ok().flatten(),
            };
            let Some(text) = text else { continue };
            let matcher = parse(&text, is_strict).map_err(|line| hides(folder, format!("line {line}")))?;
            own[kind as usize] = Some(Own { folder_bytes, matcher }).filter(|own| !own.matcher.is_empty());
        }
        if !is_repository && own.iter().all(Option::is_none) {
            return Ok(Arc::clone(above));
        }
        Ok(Arc::new(Self { above: Some(Arc::clone(above)), own, is_repository }))
    }

    /// Whether a walk leaves `path` out. The folders above it must have been asked before.
    pub(crate) fn excludes(&self, path: &str, is_folder: bool) -> bool {
        Kind::ALL.into_iter().find_map(|kind| self.verdict(kind, path, is_folder)).unwrap_or(false)
    }

    /// What the rules of one kind say, if they say anything: the deepest that does counts.
    pub(crate) fn verdict(&self, kind: Kind, path: &str, is_folder: bool) -> Option<bool> {
        let mut next = Some(self);
        while let Some(rules) = next {
            if let Some(own) = &rules.own[kind as usize] {
                match own.matcher.matched(&path[own.folder_bytes..], is_folder) {
                    Match::None => {}
                    Match::Ignore(_) => return Some(true),
                    Match::Whitelist(_) => return Some(false),
                }
            }
            let stop = rules.is_repository && kind.stops_at_repository();
            next = rules.above.as_deref().filter(|_| !stop);
        }
        None
    }

    /// The same chain with nothing but its `.amazonqignore`s.
    pub(crate) fn only_amazonq(&self) -> Arc<Self> {
        let mut own = [const { None }; Kind::ALL.len()];
        let kept = self.own[Kind::Amazonq as usize].as_ref();
        own[Kind::Amazonq as usize] =
            kept.map(|own| Own { folder_bytes: own.folder_bytes, matcher: own.matcher.clone() });
        let above = self.above.as_deref().map(Self::only_amazonq);
        Arc::new(Self { above, own, is_repository: self.is_repository })
    }
}

/// Reads rules. When `is_strict`, the first line that means nothing is an error, with its number.
fn parse(text: &[u8], is_strict: bool) -> Result<Gitignore, usize> {
    let text = String::from_utf8_lossy(text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let mut builder = GitignoreBuilder::new("");
    for (place, line) in text.lines().enumerate() {
        if builder.add_line(None, line).is_err() && is_strict {
            return Err(place + 1);
        }
    }
    // Each line has been taken alone; together they may still be more than the matcher holds.
    builder.build().or_else(|_| if is_strict { Err(text.lines().count()) } else { Ok(Gitignore::empty()) })
}

fn hides(folder: &str, why: impl Into<String>) -> Fault {
    let file = if folder.is_empty() { String::new() } else { format!("{folder}/") } + Kind::Amazonq.file();
    Fault::new(
        FaultCode::FileUnreadable,
        format!("`{file}` cannot be understood, so its folder stays hidden"),
    )
    .hint("mend the file; its lines are as in a `.gitignore`")
    .inner(why.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn below(above: &Arc<Rules>, folder: &str, git: &str) -> Arc<Rules> {
        let read = |kind| Ok((kind == Kind::Git).then(|| git.as_bytes().to_vec()));
        Rules::below(above, folder, false, read).unwrap()
    }

    fn check(git: &str, path: &str, is_folder: bool, expected: bool) {
        let rules = below(&Arc::default(), "", git);
        assert_eq!(rules.excludes(path, is_folder), expected, "{path} under {git:?}");
    }

    #[test]
    fn lines_mean_what_they_mean_to_git() {
        check("a", "x/a", false, true);
        check("/a", "x/a", false, false);
        check("x/*.rs", "x/a.rs", false, true);
        check("x/*.rs", "x/y/a.rs", false, false);
        check("x/**/a.rs", "x/y/z/a.rs", false, true);
        check("a/", "a", true, true);
        check("a/", "a", false, false);
        check("*\n!a", "a", false, false);
        check("a\r\n# b\r\n", "a", false, true);
        check("# b", "# b", false, false);
        check("\\#b", "#b", false, true);
        check("\u{feff}a", "a", false, true);
        check("[z-a]\nb", "b", false, true);
        check(".", "a", false, false);
        check("é", "é", false, true);
    }

    #[test]
    fn rules_see_paths_from_their_own_folder() {
        let root = below(&Arc::default(), "", "/x");
        let folder = below(&root, "a/b", "/x\n!y");
        assert!(folder.excludes("a/b/x", false));
        assert!(!folder.excludes("a/b/c/x", false));
        assert!(root.excludes("x", false));
        assert!(
            Arc::ptr_eq(&below(&root, "a", "# nothing\n"), &root),
            "a folder without rules costs nothing"
        );
    }

    #[test]
    fn an_amazonqignore_that_means_nothing_is_an_error() {
        let strict = |text: &str| {
            let read = |kind| Ok((kind == Kind::Amazonq).then(|| text.as_bytes().to_vec()));
            Rules::below(&Arc::default(), "a", false, read).map(|rules| rules.excludes("a/b", false))
        };
        assert_eq!(strict("b"), Ok(true));
        assert_eq!(strict("["), Ok(false));
        let fault = strict("b\n[z-a]").unwrap_err();
        assert_eq!((fault.code, fault.detail()), (FaultCode::FileUnreadable, Some("line 2")));
        assert!(fault.message.starts_with("`a/.amazonqignore` cannot be understood"));
    }
}
