//! Where a file may be cut into chunks: the lines of its definitions, outer ones before what they hold.

use quillon_base::LineRange;

use crate::{Definition, DefinitionKind, Facts};

/// The lines of every definition that spans more than one line, or stands at the top. Fields, variants and keys on one
/// line are no place to cut.
#[must_use]
pub fn borders(facts: &Facts) -> Vec<LineRange> {
    let mut lines: Vec<_> =
        facts.definitions.iter().filter(|found| is_border(found)).map(|found| found.span.lines).collect();
    lines.sort_unstable_by_key(|lines| (lines.first, std::cmp::Reverse(lines.last)));
    lines.dedup();
    lines
}

fn is_border(definition: &Definition) -> bool {
    let lines = definition.span.lines;
    let is_small = matches!(
        definition.kind,
        DefinitionKind::Field | DefinitionKind::Variant | DefinitionKind::Variable | DefinitionKind::Key
    );
    lines.last > lines.first || (definition.container.is_none() && !is_small)
}
