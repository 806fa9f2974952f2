//! Finds defects in source text with rules: text in, findings out, and no model.
//!
//! A rule is a page in `rules/<language>`: why, code that shows it, and a pattern in a subset of what other tools read too.
//! Texts become one small tree for all languages ([`Language`]); patterns are read by the same grammars. Nothing here
//! touches a file, and broken text gives what could be read and a list of what could not. Start at [`Scanner`].

mod fingerprint;
mod fix;
mod flow;
mod lower;
mod pattern;
mod rule;
mod scan;
mod settings;
mod source;
mod suppress;
mod tree;
mod words;
mod yaml;

pub use fix::{Counts, Unfit};
pub use lower::Language;
pub use rule::{BadRule, Category, Confidence, Page, Rule, Sample, Severity, pages, read_rules};
pub use scan::{Edit, Finding, Scan, Scanner, Skipped, Spot, TEXT_BYTES_MAX, Text, Watch};
pub use settings::is_settings;
pub use suppress::{Suppression, Taken};
pub use yaml::YAML_BYTES_MAX;
