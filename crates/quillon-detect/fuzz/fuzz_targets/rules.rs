//! Reads anything as rules, and runs what can be used on a text of each language.
//!
//! Nothing panics, whatever a rule says; what cannot be used is named with a line of the file and a sentence; and a rule
//! that can be used finds nothing outside of the text.
#![no_main]

use libfuzzer_sys::fuzz_target;
use quillon_detect::{Scanner, Text, read_rules};

const TEXTS: [Text<'_>; 4] = [
    Text {
        path: "a.java",
        text: "import a.B;\nclass A extends B {\n  @Get int f(String x, int y) {\n    for (int i = 0; i < 3; i++) { y += i; }\n    try (var in = new C(x)) { return in.read(\"a\" + x, y > 1 ? 2 : 3); }\n    catch (E e) { throw new F(e.getMessage()); } finally { g(); }\n  }\n}\n",
    },
    Text {
        path: "a.py",
        text: "import os as o\nfrom a import b\n@c.route('/')\nasync def f(x, y=[], *z, **w):\n    with open(x) as h:\n        for i in h:\n            if i in y and not x == None:\n                o.system(f'a {i} {x}')\n    try:\n        return {k: v for k, v in w.items()}\n    except (A, B) as e:\n        pass\n",
    },
    Text {
        path: "a.js",
        text: "const { a, ...b } = require('c');\nimport d from 'e';\napp.get('/', async (req, res) => {\n  let x = `f ${req.query.q}`;\n  x += a?.[0] ?? 1;\n  switch (x) { case 1: eval(x); break; default: res.send(<p href={x}>{b}</p>); }\n  return function* () { yield /a+/.test(x); };\n});\n",
    },
    Text {
        path: "a.ts",
        text: "class A<T> implements B { constructor(private x: string, y?: T[]) { super(y as any); }\n  get z(): number { return this.x!.length; } }\nenum C { D = 1 << 2 }\n",
    },
];

fuzz_target!(|bytes: &[u8]| {
    let text = String::from_utf8_lossy(bytes);
    let (rules, bad) = read_rules(&text);
    for bad in bad {
        assert!(!bad.what.is_empty() && bad.line <= text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count() + 1, "{bad:?}");
    }
    let scan = Scanner::new(rules, false).scan(&TEXTS);
    for found in scan.findings {
        let text = TEXTS.iter().find(|text| text.path == found.spot.path).map_or("", |text| text.text);
        assert!(text.get(found.spot.start..found.spot.end).is_some(), "{found:?}");
    }
    assert!(scan.skipped.iter().all(|skipped| !skipped.why.contains("scanner itself")), "{:?}", scan.skipped);
});
