//! Reads anything as code in each language, with every rule that comes with Quillon.
//!
//! Nothing panics; every finding lies in the text, on whole letters, on the lines that it names; what was not read is said
//! with a reason that is not a fault of the scanner; and the same text gives the same findings again.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use quillon_detect::{Language, Scanner, Text, Watch};

static SCANNER: LazyLock<Scanner> = LazyLock::new(|| {
    let mut scanner = Scanner::default().thorough();
    Language::ALL.into_iter().for_each(|language| scanner.prepare(language));
    scanner
});

fuzz_target!(|bytes: &[u8]| {
    let Some((choice, bytes)) = bytes.split_first() else { return };
    let path = ["a.java", "a.py", "a.js", "a.tsx", "a.ts", "a.jsx"][usize::from(*choice) % 6];
    let text = String::from_utf8_lossy(bytes);
    let texts = [Text { path, text: &text }];
    let scan = SCANNER.scan_prepared(&texts, &Watch::default());
    for found in &scan.findings {
        let spot = &found.spot;
        assert!(text.get(spot.start..spot.end).is_some(), "{found:?}");
        assert!(1 <= spot.line && spot.line <= spot.last_line, "{found:?}");
        let before = text[..spot.start].matches('\n').count() as u32 + 1;
        assert!(before >= spot.line, "{found:?}");
        assert!(found.flow.iter().all(|step| text.get(step.start..step.end).is_some()), "{found:?}");
    }
    assert!(scan.skipped.iter().all(|skipped| !skipped.why.contains("scanner itself")), "{:?}", scan.skipped);
    assert_eq!(scan, SCANNER.scan_prepared(&texts, &Watch::default()));
});
