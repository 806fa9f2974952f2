//! Comments that take a finding back: `amazonq-ignore-next-line` on the line above, `quillon-ignore[rule]: reason` on the
//! line or above it. A suppressed finding is kept and says why, so that it can be counted.

use crate::source::Source;

/// Why a comment suppresses a rule on a line, where one does.
pub(crate) fn suppression(source: &Source, rule: &str, line: u32) -> Option<String> {
    let above = line.checked_sub(1).filter(|above| *above > 0).map_or("", |above| source.line_text(above));
    if let Some(comment) = comment(above)
        && comment.contains("amazonq-ignore-next-line")
    {
        return Some("amazonq-ignore-next-line".to_owned());
    }
    let here = source.line_text(line);
    // A comment after code speaks of its own line only.
    let is_alone = above.trim_start().starts_with(['#', '/', '*', '{']);
    let lines = [Some(here), is_alone.then_some(above)];
    lines.into_iter().flatten().filter_map(comment).find_map(|comment| named(comment, rule))
}

fn comment(line: &str) -> Option<&str> {
    let starts = ["//", "#", "/*"].iter().filter_map(|mark| line.find(mark)).min()?;
    line.get(starts..)
}

fn named(comment: &str, rule: &str) -> Option<String> {
    let rest = comment.split_once("quillon-ignore[")?.1;
    let (rules, rest) = rest.split_once(']')?;
    let is_meant = rules.split(',').any(|name| name.trim() == rule);
    let reason = rest.trim_start_matches(':').trim().trim_end_matches("*/").trim();
    // Without a reason nothing is taken back.
    (is_meant && !reason.is_empty()).then(|| reason.to_owned())
}
