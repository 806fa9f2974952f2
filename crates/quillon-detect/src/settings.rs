//! What files of settings say: `.properties` in which code looks names up.

use rustc_hash::FxHashMap;

/// The settings that are kept; more are not known.
const SETTINGS_MAX: usize = 50_000;

/// Names and what they are set to, from all files together.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// Nothing where files differ.
    values: FxHashMap<String, Option<String>>,
}

/// Whether a file holds settings that code looks up.
#[must_use]
pub fn is_settings(path: &str) -> bool {
    path.rsplit_once('.').is_some_and(|(_, end)| end.eq_ignore_ascii_case("properties"))
}

impl Settings {
    /// Adds what a text of settings says.
    pub(crate) fn add(&mut self, text: &str) {
        for line in text.lines() {
            let line = line.trim_start();
            let parts = line.find(['=', ':']).map(|at| (line[..at].trim(), line[at + 1..].trim()));
            let Some((name, value)) = parts.filter(|(name, _)| !name.is_empty()) else { continue };
            // A line that goes on below, or holds escapes, says more than is read here.
            let is_plain = !line.starts_with(['#', '!']) && !line.contains('\\');
            if !is_plain || self.values.len() >= SETTINGS_MAX {
                continue;
            }
            let known = self.values.entry(name.to_owned()).or_insert_with(|| Some(value.to_owned()));
            if known.as_deref() != Some(value) {
                *known = None;
            }
        }
    }

    /// What a name is set to, where all files agree.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_where_all_files_agree() {
        let mut settings = Settings::default();
        settings.add("# a=1\nhash=MD5\n mode : CBC\nlong=a\\\nb\n");
        settings.add("hash = MD5\nmode=GCM\n=x\n");
        assert_eq!(settings.get("hash"), Some("MD5"));
        assert_eq!([settings.get("mode"), settings.get("long"), settings.get("# a")], [None; 3]);
        assert!(is_settings("a/B.PROPERTIES") && !is_settings("properties"));
    }
}
