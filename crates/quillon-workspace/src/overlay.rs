//! Overlays: unsaved buffers that stand before the files on disk.

use std::collections::BTreeMap;
use std::sync::Arc;

use quillon_base::{Fault, FaultCode, TextRange};
use quillon_text::LineIndex;

/// The most buffers that are held.
pub const OVERLAYS_MAX: usize = 1_000;
/// The largest buffer, in bytes.
pub const OVERLAY_BYTES_MAX: usize = 10 * 1024 * 1024;

#[derive(Clone, Debug, PartialEq, Eq)]
struct Overlay {
    version: i64,
    text: Arc<str>,
}

/// Open buffers, by path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlays(BTreeMap<String, Overlay>);

fn invalid(message: String) -> Fault {
    Fault::new(FaultCode::InputInvalid, message).hint("close the buffer and open it again")
}

impl Overlays {
    /// Takes a buffer that was opened. One that is too large, or one too many, is left to the disk.
    pub fn open(&mut self, path: &str, version: i64, text: String) {
        let room = self.0.len() < OVERLAYS_MAX || self.0.contains_key(path);
        if room && text.len() <= OVERLAY_BYTES_MAX {
            self.0.insert(path.to_owned(), Overlay { version, text: text.into() });
        } else {
            self.0.remove(path);
        }
    }

    /// Applies changes in order; all of them or none.
    ///
    /// # Errors
    /// `input.invalid` for a buffer that is not open, a version that does not rise, a range that turns backwards, or a
    /// text that grows too large.
    pub fn change(
        &mut self,
        path: &str,
        version: i64,
        changes: &[(Option<TextRange>, String)],
    ) -> Result<(), Fault> {
        let overlay = self.0.get_mut(path).ok_or_else(|| invalid(format!("`{path}` is not open")))?;
        if version <= overlay.version {
            let known = overlay.version;
            return Err(invalid(format!("version {version} of `{path}` is not after version {known}")));
        }
        let mut text = overlay.text.to_string();
        for (range, new) in changes {
            let Some(range) = range else {
                text.clone_from(new);
                continue;
            };
            let index = LineIndex::new(&text);
            let (start, end) = (index.byte_of(&text, range.start), index.byte_of(&text, range.end));
            if start > end {
                return Err(invalid(format!("a change of `{path}` ends before it starts")));
            }
            text.replace_range(start..end, new);
            if text.len() > OVERLAY_BYTES_MAX {
                return Err(invalid(format!("`{path}` has grown larger than {OVERLAY_BYTES_MAX} bytes")));
            }
        }
        *overlay = Overlay { version, text: text.into() };
        Ok(())
    }

    /// Lets the disk count again.
    pub fn close(&mut self, path: &str) {
        self.0.remove(path);
    }

    /// The text of an open buffer.
    #[must_use]
    pub fn get(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(|overlay| &*overlay.text)
    }

    /// The version of an open buffer.
    #[must_use]
    pub fn version(&self, path: &str) -> Option<i64> {
        self.0.get(path).map(|overlay| overlay.version)
    }

    /// All open buffers as they are now.
    #[must_use]
    pub fn snapshot(&self) -> BTreeMap<String, Arc<str>> {
        self.0.iter().map(|(path, overlay)| (path.clone(), Arc::clone(&overlay.text))).collect()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use quillon_base::Position;

    use super::*;

    #[test]
    fn versions_rise_and_changes_are_whole() {
        let mut overlays = Overlays::default();
        overlays.open("a", 1, "one\ntwo\n".into());
        assert!(overlays.change("a", 1, &[]).is_err());
        assert!(overlays.change("b", 2, &[]).is_err());
        let at = |line, character| Position { line, character };
        let backwards = TextRange { start: at(1, 0), end: at(0, 0) };
        let good = TextRange { start: at(1, 0), end: at(1, 3) };
        assert!(overlays.change("a", 2, &[(Some(good), "2".into()), (Some(backwards), "x".into())]).is_err());
        assert_eq!(overlays.get("a"), Some("one\ntwo\n"));
        overlays.change("a", 2, &[(Some(good), "2".into())]).unwrap();
        assert_eq!(overlays.get("a"), Some("one\n2\n"));
        overlays.close("a");
        assert_eq!(overlays.get("a"), None);
    }

    proptest! {
        #[test]
        fn edits_agree_with_bytes(text in "[ab\\né😀]{0,20}", from in 0usize..20, length in 0usize..8, new in "[xy\\n]{0,4}") {
            let borders: Vec<usize> = (0..=text.len()).filter(|&byte| text.is_char_boundary(byte)).collect();
            let start = borders[from % borders.len()];
            let end = borders[(from % borders.len() + length).min(borders.len() - 1)];
            let index = LineIndex::new(&text);
            let range = TextRange { start: index.position_of(&text, start), end: index.position_of(&text, end) };
            let mut overlays = Overlays::default();
            overlays.open("a", 0, text.clone());
            overlays.change("a", 1, &[(Some(range), new.clone())]).unwrap();
            let mut expected = text;
            expected.replace_range(start..end, &new);
            prop_assert_eq!(overlays.get("a"), Some(expected.as_str()));
        }
    }
}
