//! Comments that take findings back, in every style of comment, and what is said of each.

use quillon_detect::{Language, Scanner, Taken, Text, read_rules};

/// Lines of findings that stay, and each comment with what it did.
fn check(path: &str, text: &str, stay: &[u32], said: &[(u32, Taken)]) {
    let rules = "rules:\n  - {id: no-f, languages: [python, java, javascript, typescript], message: m, severity: LOW, pattern: f(...)}\n";
    let (rules, bad) = read_rules(rules);
    assert!(bad.is_empty(), "{bad:?}");
    let scan = Scanner::new(rules, false).scan(&[Text { path, text }]);
    let kept = scan.findings.iter().filter(|found| found.suppressed.is_none());
    assert_eq!(kept.map(|found| found.spot.line).collect::<Vec<_>>(), stay, "{text}");
    let did: Vec<_> = scan.suppressions.iter().map(|found| (found.line, found.taken)).collect();
    assert_eq!(did, said, "{text}");
}

#[test]
fn after_code_a_comment_speaks_of_its_line_and_alone_of_the_next() {
    check("a.py", "f()  # quillon-ignore[no-f]: why\nf()\n", &[2], &[(1, Taken::Used)]);
    check("a.py", "# quillon-ignore[no-f]: why\nf()\nf()\n", &[3], &[(1, Taken::Used)]);
    check("a.py", "# amazonq-ignore-next-line\nf()\nf()\n", &[3], &[(1, Taken::Used)]);
    // Comments in a row speak of the code after them.
    check("a.py", "# quillon-ignore[no-f]: why\n# more about it\nf()\n", &[], &[(1, Taken::Used)]);
}

#[test]
fn every_style_of_comment_counts() {
    let java = |text: &str| format!("class A {{ void a() {{\n{text}\nf();\n}} }}\n");
    for text in ["// quillon-ignore[no-f]: why", "/* quillon-ignore[no-f]: why */"] {
        check("A.java", &java(text), &[], &[(2, Taken::Used)]);
        check("a.js", &format!("{text}\nf();\n"), &[], &[(1, Taken::Used)]);
        check("a.ts", &format!("{text}\nf();\n"), &[], &[(1, Taken::Used)]);
    }
    check("A.java", &java("/*\n * quillon-ignore[no-f]: why\n */"), &[], &[(3, Taken::Used)]);
    check(
        "a.jsx",
        "const a = (\n<b>\n{/* quillon-ignore[no-f]: why */}\n{f()}\n</b>);\n",
        &[],
        &[(3, Taken::Used)],
    );
    check("a.js", "f(); // amazonq-ignore-next-line\nf();\n", &[1], &[(1, Taken::Used)]);
}

#[test]
fn words_in_strings_are_no_comments() {
    check("a.py", "a = '# quillon-ignore[no-f]: why'; f()\n", &[1], &[]);
    check("a.js", "f(`// amazonq-ignore-next-line`);\nf();\n", &[1, 2], &[]);
}

#[test]
fn a_comment_that_does_nothing_is_said() {
    check("a.py", "f()  # quillon-ignore[no-f]\n", &[1], &[(1, Taken::NoReason)]);
    check("a.py", "f()  # quillon-ignore[no-f]: \n", &[1], &[(1, Taken::NoReason)]);
    check("a.py", "g()  # quillon-ignore[no-f]: why\n", &[], &[(1, Taken::Unused)]);
    check("a.py", "f()  # quillon-ignore[no-g]: why\n", &[1], &[(1, Taken::UnknownRule)]);
    check("a.py", "# amazonq-ignore-next-line\ng()\n", &[], &[(1, Taken::Unused)]);
    check(
        "a.py",
        "f()  # quillon-ignore[no-f, no-g]: why\n",
        &[],
        &[(1, Taken::Used), (1, Taken::UnknownRule)],
    );
    assert_eq!(Language::ALL.len(), 4);
}

#[test]
fn many_comments_in_a_row_are_gone_through_once() {
    const COMMENTS: u32 = 20_000;
    let text = format!("{}f()\n", "# quillon-ignore[no-f]: why\n".repeat(COMMENTS as usize));
    let said: Vec<_> = (1..=COMMENTS).map(|line| (line, Taken::Used)).collect();
    check("a.py", &text, &[], &said);
}
