//! Words that programmers use for one another, as data: what is written short in code and long in a question, and what
//! one calls delete and another remove.

use std::sync::LazyLock;

use quillon_text::stem;
use rustc_hash::FxHashMap;

/// One word and its short forms: nearly the same word.
const SHORT_FORMS: &[&[&str]] = &[
    &["address", "addr"],
    &["administrator", "admin"],
    &["allocate", "alloc", "allocator"],
    &["application", "app"],
    &["architecture", "arch"],
    &["argument", "arg", "args"],
    &["asynchronous", "async"],
    &["attribute", "attr"],
    &["authenticate", "authentication", "auth", "authn"],
    &["authorize", "authorization", "authorise", "authorisation", "auth", "authz"],
    &["buffer", "buf"],
    &["calculate", "calc"],
    &["callback", "cb"],
    &["character", "char"],
    &["command", "cmd"],
    &["compare", "comparison", "cmp"],
    &["configuration", "config", "configure", "conf", "cfg"],
    &["connection", "connect", "conn"],
    &["context", "ctx"],
    &["control", "ctrl"],
    &["coordinate", "coord"],
    &["database", "db"],
    &["declaration", "decl"],
    &["definition", "def"],
    &["delimiter", "delim"],
    &["destination", "dest", "dst"],
    &["development", "dev"],
    &["dictionary", "dict"],
    &["difference", "diff"],
    &["directory", "dir"],
    &["document", "documentation", "doc"],
    &["element", "elem"],
    &["environment", "env"],
    &["error", "err"],
    &["evaluate", "eval"],
    &["execute", "exec", "executor"],
    &["expression", "expr"],
    &["extension", "ext"],
    &["filesystem", "fs"],
    &["function", "func", "fn"],
    &["generate", "generator", "gen"],
    &["global", "glob"],
    &["identifier", "ident", "id"],
    &["implementation", "impl"],
    &["index", "idx", "indices"],
    &["information", "info"],
    &["initialize", "initialise", "initialization", "init"],
    &["integer", "int"],
    &["internationalization", "i18n"],
    &["iterator", "iterate", "iter"],
    &["javascript", "js"],
    &["kubernetes", "k8s"],
    &["language", "lang"],
    &["length", "len"],
    &["library", "lib"],
    &["maximum", "max"],
    &["memory", "mem"],
    &["message", "msg"],
    &["middleware", "mw"],
    &["minimum", "min"],
    &["multiple", "multi"],
    &["number", "num"],
    &["object", "obj"],
    &["operation", "operator", "op"],
    &["package", "pkg"],
    &["parameter", "param"],
    &["password", "passwd", "pwd"],
    &["permission", "perm"],
    &["pointer", "ptr"],
    &["position", "pos"],
    &["preference", "pref"],
    &["previous", "prev"],
    &["process", "proc"],
    &["production", "prod"],
    &["property", "prop"],
    &["python", "py"],
    &["query", "qry"],
    &["random", "rand", "rng"],
    &["receive", "recv"],
    &["record", "rec"],
    &["reference", "ref"],
    &["register", "reg", "registry"],
    &["regular expression", "regex", "regexp"],
    &["repository", "repo"],
    &["request", "req"],
    &["response", "resp", "res"],
    &["resource", "res"],
    &["result", "res"],
    &["return", "ret"],
    &["sequence", "seq"],
    &["serialize", "serialise", "ser"],
    &["deserialize", "deserialise", "de"],
    &["session", "sess"],
    &["socket", "sock"],
    &["source", "src"],
    &["specification", "spec"],
    &["standard", "std"],
    &["statement", "stmt"],
    &["statistic", "stat", "stats"],
    &["string", "str"],
    &["synchronize", "synchronise", "synchronous", "sync"],
    &["system", "sys"],
    &["table", "tbl"],
    &["temporary", "tmp", "temp"],
    &["transaction", "tx", "txn"],
    &["typescript", "ts"],
    &["utility", "util"],
    &["validate", "valid"],
    &["value", "val"],
    &["variable", "var"],
    &["vector", "vec"],
    &["version", "ver"],
    &["window", "win"],
];

/// Forms of a verb that no ending explains.
const FORMS: &[&[&str]] = &[
    &["begin", "began", "begun"],
    &["bind", "bound"],
    &["break", "broke", "broken"],
    &["bring", "brought"],
    &["build", "built"],
    &["catch", "caught"],
    &["choose", "chosen", "choice"],
    &["draw", "drawn"],
    &["drive", "driven", "driver"],
    &["find", "found"],
    &["freeze", "frozen"],
    &["give", "given"],
    &["hide", "hidden"],
    &["hold", "held"],
    &["keep", "kept"],
    &["know", "known"],
    &["leave", "left"],
    &["lose", "lost", "loss"],
    &["run", "ran"],
    &["send", "sent"],
    &["show", "shown"],
    &["shrink", "shrunk"],
    &["sleep", "slept"],
    &["take", "taken"],
    &["throw", "thrown"],
    &["wake", "woken"],
    &["write", "wrote", "written"],
];

/// Endings that make a noun of a verb, beside those that a stem is without: `deletion`, `removal`, `inheritance`.
const NOUN_ENDINGS: &[&str] = &["ion", "al", "ance", "ence"];

/// Words for much the same thing.
const LIKE: &[&[&str]] = &[
    &["abort", "cancel", "interrupt"],
    &["add", "append", "insert", "push"],
    &["allow", "permit", "grant"],
    &["backoff", "retry"],
    &["build", "compile"],
    &["cache", "memoize"],
    &["change", "modify", "update"],
    &["check", "validate", "verify"],
    &["close", "shutdown"],
    &["colour", "color"],
    &["convert", "transform"],
    &["copy", "clone"],
    &["create", "make", "new"],
    &["crash", "panic"],
    &["decode", "deserialize", "parse"],
    &["default", "fallback"],
    &["delete", "remove", "erase", "drop"],
    &["deny", "forbid", "reject"],
    &["display", "print", "render"],
    &["download", "fetch"],
    &["email", "mail"],
    &["encode", "serialize"],
    &["error", "exception", "fault", "failure"],
    &["exit", "quit"],
    &["folder", "directory"],
    &["find", "search", "lookup"],
    &["limit", "max", "maximum"],
    &["listen", "bind"],
    &["load", "read"],
    &["lock", "mutex"],
    &["login", "signin", "authenticate"],
    &["option", "flag", "setting"],
    &["path", "route"],
    &["plugin", "extension"],
    &["print", "write", "output"],
    &["queue", "fifo"],
    &["save", "store", "persist", "write"],
    &["send", "transmit", "publish"],
    &["setting", "config"],
    &["size", "length"],
    &["split", "tokenize"],
    &["start", "launch", "run", "begin"],
    &["stop", "shutdown", "terminate"],
    &["task", "job"],
    &["template", "layout"],
    &["thread", "worker"],
    &["throttle", "ratelimit"],
    &["timeout", "deadline"],
    &["url", "uri"],
    &["user", "account"],
];

/// How much a short form or another form counts, beside the word itself.
const SHORT_FORM_WEIGHT: f32 = 0.8;
/// A stem shorter than this is not taken for a noun's verb.
const VERB_BYTES_MIN: usize = 4;
/// How much a word for the same thing counts.
const LIKE_WEIGHT: f32 = 0.35;

type Related = Vec<(String, f32)>;

static BY_STEM: LazyLock<FxHashMap<String, Related>> = LazyLock::new(|| {
    let mut by_stem: FxHashMap<String, Related> = FxHashMap::default();
    let rows = SHORT_FORMS.iter().chain(FORMS).map(|row| (row, SHORT_FORM_WEIGHT));
    for (row, weight) in rows.chain(LIKE.iter().map(|row| (row, LIKE_WEIGHT))) {
        let stems: Vec<String> =
            row.iter().filter(|word| !word.contains(' ')).map(|word| stem(word)).collect();
        for from in &stems {
            let related = by_stem.entry(from.clone()).or_default();
            for to in &stems {
                if to != from && related.iter().all(|(known, _)| known != to) {
                    related.push((to.clone(), weight));
                }
            }
        }
    }
    by_stem
});

/// Other stems that say much the same as `stem`, and how much each counts.
pub(crate) fn related(stem: &str) -> impl Iterator<Item = (String, f32)> {
    let listed = BY_STEM.get(stem).map_or(&[][..], Vec::as_slice).iter().cloned();
    listed.chain(derived(stem).map(|other| (other, SHORT_FORM_WEIGHT)))
}

/// The verb of a noun, and the nouns of a verb.
fn derived(stem: &str) -> impl Iterator<Item = String> {
    let verbs = NOUN_ENDINGS.iter().filter_map(|ending| stem.strip_suffix(ending)).map(str::to_owned);
    let nouns = NOUN_ENDINGS.iter().map(move |ending| format!("{stem}{ending}"));
    let is_long = stem.len() >= VERB_BYTES_MIN;
    verbs.filter(|verb| verb.len() >= VERB_BYTES_MIN).chain(nouns.filter(move |_| is_long))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(from: &str, to: &str, expected: Option<f32>) {
        let to = stem(to);
        let found = related(&stem(from)).find(|(known, _)| *known == to).map(|(_, weight)| weight);
        assert_eq!(found, expected, "{from} {to}");
    }

    #[test]
    fn short_forms_count_more_than_likeness() {
        check("configuration", "config", Some(SHORT_FORM_WEIGHT));
        check("dir", "directory", Some(SHORT_FORM_WEIGHT));
        check("deleting", "remove", Some(LIKE_WEIGHT));
        check("keep", "kept", Some(SHORT_FORM_WEIGHT));
        check("deletion", "deletes", Some(SHORT_FORM_WEIGHT));
        check("remove", "removal", Some(SHORT_FORM_WEIGHT));
        check("option", "opt", None);
        check("retry", "delete", None);
        check("banana", "fruit", None);
    }

    #[test]
    fn rows_have_no_double() {
        for row in SHORT_FORMS.iter().chain(FORMS).chain(LIKE) {
            let mut words = row.to_vec();
            words.sort_unstable();
            words.dedup();
            assert_eq!(words.len(), row.len(), "{row:?}");
        }
    }
}
