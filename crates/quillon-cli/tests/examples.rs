//! Every example of every manifest is a line that works.

use quillon_cli::{OtherSurface, Typed};
use quillon_contract::{MANIFESTS, Manifest, Verb};

use crate::support::{Case, Step, verb_of};

/// Words in capitals stand for something of the reader's.
const PLACEHOLDERS: &[(&str, &str)] = &[
    ("FILE", "file.json"),
    ("ID", "cnv_00000000000000000000000000"),
    ("NAME", "name"),
    ("PROGRAM", "program"),
    ("TEXT", "text"),
];

#[test]
fn every_example_asks_its_verb() {
    for manifest in MANIFESTS {
        for example in manifest.examples {
            check(manifest, example.line);
        }
    }
}

fn check(manifest: &Manifest, line: &str) {
    let (piped, line) = match line.split_once(" | ") {
        Some((before, line)) => (Some(before.as_bytes().to_vec()), line),
        None => (None, line),
    };
    let word = |word: &str| {
        PLACEHOLDERS
            .iter()
            .find(|(name, _)| *name == word)
            .map_or(word.to_owned(), |(_, value)| (*value).to_owned())
    };
    let line = line.split(' ').map(word).collect::<Vec<_>>().join(" ");
    let mut case = Case { piped, files: [("file.json", b"{}".as_slice())].into(), ..Case::default() };
    let serves = serves_an_editor(manifest.verb) || line.contains(" --listen ");
    if !serves {
        case.steps = vec![Step::AnyAsk];
    }
    if line == "quillon chat" {
        case.terminal = true;
        case.typed = vec![Typed::Text("hello".into()), Typed::End];
    }
    let ran = case.run(&line);
    if serves {
        let served = ran.served.first().unwrap_or_else(|| panic!("{line} serves nothing: {}", ran.seen()));
        let is_witness = matches!(served, OtherSurface::Witness { .. });
        assert_eq!(is_witness, manifest.verb == Verb::AuditWitness, "{line}: {served:?}");
        assert!(is_witness || *served == OtherSurface::Lsp, "{line}: {served:?}");
        return;
    }
    let asked = ran.said.first().unwrap_or_else(|| panic!("{line} asks nothing: {}", ran.seen()));
    assert_eq!(verb_of(asked), manifest.verb, "{line}: {asked}");
}

/// Verbs whose example starts an editor's surface; they have a command of their own all the same.
fn serves_an_editor(verb: Verb) -> bool {
    matches!(verb, Verb::Suggest | Verb::Accept | Verb::Edit)
}
