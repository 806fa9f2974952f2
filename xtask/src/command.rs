//! Running other programs, and finding out whether they are there.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::failure::{Context, Failure};

/// The cargo that runs this task, so that a pinned toolchain stays pinned.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root);
    command
}

/// The folder that cargo builds into.
pub(crate) fn target(root: &Path) -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from)
}

/// Builds the binary, for speed or to be quick about it, and says where it is.
pub(crate) fn quillon(root: &Path, is_release: bool) -> Result<PathBuf, Failure> {
    let (profile, option) = if is_release { ("release", Some("--release")) } else { ("debug", None) };
    run(cargo(root).args(["build", "--locked", "--package", "quillon"]).args(option))?;
    Ok(target(root).join(profile).join("quillon"))
}

/// The command as a person would type it.
pub(crate) fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| quoted(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quoted(word: &str) -> String {
    let plain =
        !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,+@".contains(c));
    if plain { word.to_owned() } else { format!("'{}'", word.replace('\'', r"'\''")) }
}

/// Runs `command` with this terminal and fails when it does.
pub(crate) fn run(command: &mut Command) -> Result<(), Failure> {
    let status = command.status().context(|| format!("cannot start `{}`", shown(command)))?;
    if status.success() { Ok(()) } else { Err(Failure(format!("`{}` ended with {status}", shown(command)))) }
}

/// Runs `command` silently: whether it succeeded, and what it wrote to either stream.
pub(crate) fn capture(command: &mut Command) -> Result<(bool, String), Failure> {
    let output = command.output().context(|| format!("cannot start `{}`", shown(command)))?;
    let both = [output.stdout, output.stderr].concat();
    Ok((output.status.success(), String::from_utf8_lossy(&both).into_owned()))
}

/// Where `program` is, if it is on the search path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    find_in(program, &env::var_os("PATH")?)
}

fn find_in(program: &str, search: &OsStr) -> Option<PathBuf> {
    env::split_paths(search).map(|folder| folder.join(program)).find(|file| file.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shows_a_command_that_can_be_pasted() {
        let mut command = Command::new("/usr/bin/grep");
        command.args(["-rn", "it's here", "", "src/"]);
        assert_eq!(shown(&command), r"grep -rn 'it'\''s here' '' src/");
    }

    #[test]
    fn finds_programs_on_the_search_path_only() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("tool"), "").unwrap();
        std::fs::create_dir(folder.path().join("folder")).unwrap();
        let search = env::join_paths([Path::new("/nowhere"), folder.path()]).unwrap();
        assert_eq!(find_in("tool", &search), Some(folder.path().join("tool")));
        assert_eq!(find_in("folder", &search), None);
        assert_eq!(find_in("other", &search), None);
    }
}
