//! Settings: a person's choices, as a table. The keys, their values and their defaults stand here and nowhere else.
//!
//! A settings file is JSON with flat dotted keys. What it holds is checked as a whole when it is read: an unknown key or
//! a value that cannot be used is refused with its nearest relative, because a control that is misspelt must not be off
//! in silence.

use std::collections::BTreeMap;

use quillon_base::{Fault, FaultCode};
use serde_json::Value;

/// A settings file is never larger, in bytes.
pub const SETTINGS_BYTES_MAX: usize = 256 * 1024;

/// A number of days is never larger: a century.
const DAYS_MAX: i64 = 36_500;

/// What a setting's value may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// A whole number within bounds, both included.
    Number {
        /// The least.
        least: i64,
        /// The most.
        most: i64,
    },
    /// A whole number of days from this on, or `forever`.
    Days {
        /// The least.
        least: i64,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// The model that answers: `embedded`, `auto`, `script:FILE`, or the name of one that is configured.
    Model,
}

/// One setting.
#[derive(Clone, Copy, Debug)]
pub struct SettingRow {
    /// Its key.
    pub key: &'static str,
    /// What its value may be.
    pub kind: SettingKind,
    /// Its value when nobody chose one.
    pub default: &'static str,
    /// What it does, in a line.
    pub summary: &'static str,
}

/// Every setting, by key.
pub static SETTINGS: &[SettingRow] = &[
    SettingRow {
        key: "quillon.audit.keep_days",
        kind: SettingKind::Days { least: 90 },
        default: "365",
        summary: "how many days records of the audit log are kept at least, or `forever`",
    },
    SettingRow {
        key: "quillon.chat.cents",
        kind: SettingKind::Number { least: 1, most: 1_000_000 },
        default: "500",
        summary: "the most that one turn may cost, in US cents, where the model's price is known",
    },
    SettingRow {
        key: "quillon.chat.passages",
        kind: SettingKind::Number { least: 1, most: 20 },
        default: "5",
        summary: "the most passages that an answer of the embedded engine shows",
    },
    SettingRow {
        key: "quillon.chat.steps",
        kind: SettingKind::Number { least: 1, most: 1_000 },
        default: "100",
        summary: "the most model calls of one turn",
    },
    SettingRow {
        key: "quillon.chat.tokens",
        kind: SettingKind::Number { least: 1_000, most: 100_000_000 },
        default: "4000000",
        summary: "the most tokens that one turn may read and write",
    },
    SettingRow {
        key: "quillon.chat.toolOutput",
        kind: SettingKind::Number { least: 1_000, most: 409_600 },
        default: "49152",
        summary: "the most of a tool's output that a model gets at once, in bytes",
    },
    SettingRow {
        key: "quillon.index",
        kind: SettingKind::Word(&["on", "off"]),
        default: "on",
        summary: "whether an index of each workspace is kept in the cache, for the next start",
    },
    SettingRow {
        key: "quillon.keys",
        kind: SettingKind::Word(&["file", "keyring"]),
        default: "file",
        summary: "where the root key is kept: a file of yours alone, or the operating system's keyring",
    },
    SettingRow {
        key: "quillon.model",
        kind: SettingKind::Model,
        default: "embedded",
        summary: "the model that answers: `embedded` for none, `auto`, `script:FILE`, or a name of `models.json`",
    },
    SettingRow {
        key: "quillon.promptLog",
        kind: SettingKind::Word(&["on", "off"]),
        default: "off",
        summary: "whether prompts and answers are kept in the prompt log too, ephemeral ones included, for export",
    },
];

impl SettingKind {
    /// Checks a value and gives it as it is kept.
    ///
    /// # Errors
    /// What it must be, as the end of a sentence.
    fn check(self, given: &str) -> Result<Value, String> {
        match self {
            Self::Number { least, most } => {
                let number = given.parse().ok().filter(|number| (least..=most).contains(number));
                number.map(Value::from).ok_or_else(|| format!("a whole number from {least} to {most}"))
            }
            Self::Days { .. } if given == "forever" => Ok(given.into()),
            Self::Days { least } => {
                let days = given.parse().ok().filter(|days| (least..=DAYS_MAX).contains(days));
                days.map(Value::from)
                    .ok_or_else(|| format!("a whole number of days from {least} to {DAYS_MAX}, or `forever`"))
            }
            Self::Word(words) if words.contains(&given) => Ok(given.into()),
            Self::Word(words) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                Err(format!("one of {}", words.join(", ")))
            }
            Self::Model if given == "embedded" => Ok(given.into()),
            Self::Model => match given.strip_prefix("script:") {
                Some(file) if !file.is_empty() => Ok(given.into()),
                None if is_model_name(given) => Ok(given.into()),
                _ => Err("`embedded`, `auto`, `script:FILE`, or the name of a model in `models.json`".into()),
            },
        }
    }
}

/// Whether a text can be the name of a configured model; whether there is one is known when it is opened.
fn is_model_name(text: &str) -> bool {
    !text.is_empty() && text.len() <= 256 && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// The row of a key.
///
/// # Errors
/// `setting.unknown`, with the nearest key.
pub fn setting(key: &str) -> Result<&'static SettingRow, Fault> {
    SETTINGS.iter().find(|row| row.key == key).ok_or_else(|| {
        let fault = Fault::new(FaultCode::SettingUnknown, format!("there is no setting `{key}`"));
        // A key without its prefix is what people type first.
        let with_prefix = format!("quillon.{}", key.trim_start_matches("quillon."));
        match quillon_text::nearest(&with_prefix, SETTINGS.iter().map(|row| row.key)) {
            Some(near) => fault.hint(format!("did you mean `{near}`? `quillon settings --all` lists all")),
            None => fault.hint("`quillon settings --all` lists all"),
        }
    })
}

/// What a person chose, checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(BTreeMap<&'static str, Value>);

impl Settings {
    /// Reads a settings file.
    ///
    /// # Errors
    /// `settings.corrupt` when it is not JSON with flat keys, `setting.unknown`, `setting.invalid`.
    pub fn parse(bytes: &[u8]) -> Result<Self, Fault> {
        let corrupt = |detail: String| {
            Fault::new(FaultCode::SettingsCorrupt, "the settings file cannot be read")
                .hint("mend `settings.json`, or remove it to go back to the defaults; it was not changed")
                .inner(detail)
        };
        if bytes.len() > SETTINGS_BYTES_MAX {
            return Err(corrupt(format!("{} bytes", bytes.len())));
        }
        let kept: BTreeMap<String, Value> =
            serde_json::from_slice(bytes).map_err(|error| corrupt(error.to_string()))?;
        let mut settings = Self::default();
        for (key, value) in kept {
            let text = match value {
                Value::String(text) => text,
                other => other.to_string(),
            };
            settings.set(&key, Some(&text))?;
        }
        Ok(settings)
    }

    /// The file that [`Settings::parse`] reads, with a line for each key.
    #[must_use]
    pub fn print(&self) -> String {
        let text = serde_json::to_string_pretty(&self.0).unwrap_or_default();
        text + "\n"
    }

    /// Chooses a value, or with `None` goes back to the default.
    ///
    /// # Errors
    /// `setting.unknown`, `setting.invalid`.
    pub fn set(&mut self, key: &str, value: Option<&str>) -> Result<(), Fault> {
        let row = setting(key)?;
        let Some(value) = value else {
            self.0.remove(row.key);
            return Ok(());
        };
        let kept = row.kind.check(value).map_err(|must| {
            Fault::new(FaultCode::SettingInvalid, format!("`{value}` cannot be the value of `{key}`"))
                .hint(format!("it must be {must}"))
        })?;
        self.0.insert(row.key, kept);
        Ok(())
    }

    /// The value of a key in [`SETTINGS`] and whether the person chose it.
    #[must_use]
    pub fn get(&self, row: &SettingRow) -> (String, bool) {
        match self.0.get(row.key) {
            Some(Value::String(text)) => (text.clone(), true),
            Some(other) => (other.to_string(), true),
            None => (row.default.to_owned(), false),
        }
    }

    /// The value of a key in [`SETTINGS`], as text.
    #[must_use]
    pub fn text(&self, key: &str) -> String {
        setting(key).map(|row| self.get(row).0).unwrap_or_default()
    }

    /// The value of a number's key in [`SETTINGS`].
    #[must_use]
    pub fn number(&self, key: &str) -> i64 {
        self.text(key).parse().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_sorted_said_and_their_defaults_can_be_set() {
        assert!(SETTINGS.windows(2).all(|pair| pair[0].key < pair[1].key));
        for row in SETTINGS {
            assert!(row.key.starts_with("quillon.") && !row.summary.is_empty(), "{}", row.key);
            Settings::default().set(row.key, Some(row.default)).unwrap();
            assert_eq!(Settings::default().text(row.key), row.default);
        }
    }

    #[test]
    fn what_is_set_is_printed_and_read_back() {
        let mut settings = Settings::default();
        settings.set("quillon.chat.passages", Some("8")).unwrap();
        settings.set("quillon.model", Some("script:a.json")).unwrap();
        settings.set("quillon.audit.keep_days", Some("forever")).unwrap();
        let again = Settings::parse(settings.print().as_bytes()).unwrap();
        assert_eq!(again, settings);
        assert_eq!(again.number("quillon.chat.passages"), 8);
        settings.set("quillon.model", None).unwrap();
        assert_eq!(settings.text("quillon.model"), "embedded");
    }

    #[test]
    fn what_is_wrong_is_refused_with_what_would_be_right() {
        let check = |key: &str, value: &str, code, hint: &str| {
            let fault = Settings::default().set(key, Some(value)).unwrap_err();
            assert_eq!(fault.code, code, "{key}");
            assert!(fault.hint.as_deref().unwrap_or_default().contains(hint), "{key}: {:?}", fault.hint);
        };
        check("chat.passages", "8", FaultCode::SettingUnknown, "`quillon.chat.passages`");
        check("quillon.chat.pasages", "8", FaultCode::SettingUnknown, "`quillon.chat.passages`");
        check("telemetry", "on", FaultCode::SettingUnknown, "--all");
        check("quillon.chat.passages", "0", FaultCode::SettingInvalid, "from 1 to 20");
        check("quillon.chat.passages", "many", FaultCode::SettingInvalid, "whole number");
        check("quillon.audit.keep_days", "89", FaultCode::SettingInvalid, "from 90 to 36500, or `forever`");
        check("quillon.audit.keep_days", "0", FaultCode::SettingInvalid, "`forever`");
        check("quillon.keys", "cloud", FaultCode::SettingInvalid, "`file`, `keyring`");
        check("quillon.model", "script:", FaultCode::SettingInvalid, "script:FILE");
    }

    #[test]
    fn a_damaged_file_is_refused_as_a_whole() {
        let code = |text: &str| Settings::parse(text.as_bytes()).unwrap_err().code;
        assert_eq!(code("{"), FaultCode::SettingsCorrupt);
        assert_eq!(code("[]"), FaultCode::SettingsCorrupt);
        assert_eq!(code("{\"quillon.audit\": false}"), FaultCode::SettingUnknown);
        assert_eq!(code("{\"quillon.chat.passages\": [1]}"), FaultCode::SettingInvalid);
        assert_eq!(Settings::parse(b"{}").unwrap(), Settings::default());
    }
}
