//! How bad a finding is, by a matrix of what an attacker gains and what it takes.

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Worth mending when near.
    Low,
    /// Should be mended.
    Medium,
    /// Should be mended soon.
    High,
    /// Should be mended before anything else.
    Critical,
}

/// Rows: what is at stake. Columns: how it is reached.
const MATRIX: &[(&str, [Option<Severity>; 4])] = {
    use Severity::{Critical, High, Info, Low, Medium};
    &[
        ("control", [None, Some(High), Some(Critical), Some(Critical)]),
        ("data", [None, Some(Medium), Some(High), Some(High)]),
        ("crash", [Some(Low), Some(Low), Some(Medium), Some(Medium)]),
        ("defence", [Some(Info), Some(Info), Some(Low), Some(Low)]),
        ("practice", [Some(Info), None, None, None]),
    ]
};

const COLUMNS: &[&str] = &["none", "system", "effort", "internet"];

impl Severity {
    /// Its name, or the name that other tools have for it.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "info" | "inventory" | "experiment" => Self::Info,
            "low" => Self::Low,
            "medium" | "warning" => Self::Medium,
            "high" | "error" => Self::High,
            "critical" => Self::Critical,
            _ => return None,
        })
    }

    /// The cell of the matrix: `control/internet`.
    pub(crate) fn of_risk(risk: &str) -> Option<Self> {
        let (stake, reach) = risk.split_once('/')?;
        let column = COLUMNS.iter().position(|name| *name == reach)?;
        MATRIX.iter().find(|(name, _)| *name == stake)?.1[column]
    }

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_matrix_is_read_by_row_and_column() {
        assert_eq!(Severity::of_risk("control/internet"), Some(Severity::Critical));
        assert_eq!(Severity::of_risk("data/system"), Some(Severity::Medium));
        assert_eq!(Severity::of_risk("practice/none"), Some(Severity::Info));
        assert_eq!(Severity::of_risk("practice/internet"), None);
        assert_eq!(Severity::of_risk("control"), None);
    }
}
