//! No text makes the reader panic, and every offset it gives lies between two characters.

use proptest::prelude::*;
use quillon_lang::{Facts, Limits, Span, borders, facts, grammar_of, grammars};

use crate::cases;

fn check(fence: &str, text: &str) {
    let grammar = grammar_of(fence).unwrap();
    let facts = facts(grammar, text, &Limits { steps_max: 5_000_000, ..Limits::default() });
    let lines = u32::try_from(text.matches('\n').count() + 1).unwrap();
    for span in spans(&facts) {
        assert!(text.get(span.start as usize..span.end as usize).is_some(), "{fence} {span:?} {text:?}");
        assert!(span.lines.first >= 1 && span.lines.first <= span.lines.last && span.lines.last <= lines);
    }
    for (place, found) in facts.definitions.iter().enumerate() {
        assert!(found.container.is_none_or(|container| (container as usize) < place));
        assert!(found.span.covers(&found.name_span), "{fence} {found:?} {text:?}");
        assert!(!found.name.is_empty());
    }
    for found in &facts.references {
        assert!(!found.name(text).is_empty(), "{fence} {found:?} {text:?}");
        assert!(found.within.is_none_or(|within| (within as usize) < facts.definitions.len()));
    }
    let _ = borders(&facts);
}

fn spans(facts: &Facts) -> Vec<Span> {
    let mut spans: Vec<_> =
        facts.definitions.iter().flat_map(|found| [found.span, found.name_span]).collect();
    spans.extend(facts.imports.iter().map(|found| found.span));
    spans.extend(facts.settings.iter().map(|found| found.span));
    spans.extend(facts.routes.iter().map(|found| found.span));
    spans.extend(facts.entry_points.iter().map(|found| found.span));
    spans
}

fn any_fence() -> impl Strategy<Value = &'static str> {
    prop::sample::select(grammars().iter().map(|grammar| grammar.fence).collect::<Vec<_>>())
}

/// A text of the pages with a piece cut out and another put in.
fn any_mutation() -> impl Strategy<Value = (String, String)> {
    let pieces = prop_oneof![
        "\\PC{0,6}",
        prop::sample::select(vec![
            "\0", "\r\n", "\u{feff}", "\"", "'''", "{", "}", "(", "/*", "<<EOF\n", "😀", "#", "${"
        ])
        .prop_map(str::to_owned),
    ];
    (prop::sample::select(cases::texts()), any::<prop::sample::Index>(), 0..40_usize, pieces).prop_map(
        |((fence, text), at, length, piece)| {
            let start = text.floor_char_boundary(at.index(text.len()));
            let end = text.floor_char_boundary((start + length).min(text.len()));
            (fence, format!("{}{piece}{}", &text[..start], &text[end..]))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read(fence in any_fence(), text in any::<String>()) {
        check(fence, &text);
    }

    #[test]
    fn any_marks_are_read(fence in any_fence(), text in "[a-c(){}\\[\\]<>\"'`$#*/:;.,=@!\\\\ \t\r\n\\-]{0,80}") {
        check(fence, &text);
    }

    #[test]
    fn mutations_are_read((fence, text) in any_mutation()) {
        check(&fence, &text);
    }
}
