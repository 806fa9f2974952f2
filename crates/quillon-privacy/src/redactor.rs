//! Replacing secrets, and putting them back.
//!
//! What was once seen to be a secret is known for the rest of the ask, also where nothing around it says so: as a whole,
//! line by line, as JSON escapes it, and by either end where something cut it. Invariant: a redactor that has come across
//! more than it can remember says so ([`Redactor::is_full`]), and its road sends nothing any more. Start at
//! [`Redactor::request`].

use std::collections::HashMap;
use std::sync::OnceLock;

use quillon_model::{ModelRequest, Part};
use serde_json::Value;

use crate::finder::Finder;
use crate::shape::find;

/// A line of a longer secret is a secret of its own from this length, in bytes.
const LINE_BYTES_MIN: usize = 24;
/// The most secrets, and parts of them, that one ask remembers. Beyond it nothing is sent any more: what is not remembered
/// could not be told from other text where only a part of it comes by.
pub const KNOWN_MAX: usize = 4_096;
/// What marks the first and last line of a key, which are no secrets.
pub(crate) const FENCE: &str = "-----";

/// Something that has been through redaction. Only this module makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Redacted<T>(T);

impl<T> Redacted<T> {
    /// What is left.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// What is left, taken out.
    pub fn into_inner(self) -> T {
        self.0
    }
}

/// Stands where a part of a secret was, for good.
const PART_OF_A_SECRET: &str = "[part of a secret]";
/// Stands for a text that may hold parts of secrets which nobody remembers.
const LEFT_OUT: &str = "[left out: there were more secrets than can be remembered]";

/// A secret and what stands for it.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Known {
    secret: String,
    placeholder: String,
}

/// Redacts the texts of one ask; the same secret gets the same placeholder, also where nothing around it says what it is.
///
/// A placeholder carries a mark that is random for each ask, so that text which merely looks like a placeholder is not
/// put back as somebody's secret.
#[derive(Debug)]
pub struct Redactor {
    mark: String,
    known: Vec<Known>,
    /// Places in `known`.
    by_secret: HashMap<String, usize>,
    /// Made anew when more is known.
    finder: OnceLock<Finder>,
    is_full: bool,
}

impl Redactor {
    /// A redactor for one ask, from random bytes.
    #[must_use]
    pub fn new(seed: [u8; 16]) -> Self {
        let mark = seed[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { mark, known: Vec::new(), by_secret: HashMap::new(), finder: OnceLock::new(), is_full: false }
    }

    /// Redacts a text.
    pub fn text(&mut self, text: &str) -> Redacted<String> {
        Redacted(self.replace(text))
    }

    /// Redacts every text of a request. What a tool was called with stays JSON when it was.
    pub fn request(&mut self, mut request: ModelRequest) -> Redacted<ModelRequest> {
        for part in request.messages.iter_mut().flat_map(|message| &mut message.parts) {
            if let Part::ToolCall { arguments, .. } = part {
                *arguments = self.arguments(arguments);
            }
        }
        request.each_text(|text| *text = self.replace(text));
        Redacted(request)
    }

    /// Notes the secrets of a text of which only parts may come by later, such as the middle of a key.
    pub fn learn(&mut self, text: &str) {
        for spot in find(text) {
            self.placeholder(spot.shape, &text[spot.start..spot.end]);
        }
    }

    /// The text as another ask may read it: what is known here as part of a secret, and what nobody could see to be one
    /// without the rest, is cut out for good. What has the shape of a secret stays; every ask finds that by itself.
    #[must_use]
    pub fn without_parts(&self, text: &str) -> String {
        if self.is_full {
            return LEFT_OUT.to_owned();
        }
        let shaped = find(text);
        let is_shaped = |from, to| shaped.iter().any(|spot| spot.start <= from && to <= spot.end);
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (_, from, to) in self.spots(text).into_iter().filter(|(_, from, to)| !is_shaped(*from, *to)) {
            out.push_str(&text[end..from]);
            out.push_str(PART_OF_A_SECRET);
            end = to;
        }
        out + &text[end..]
    }

    /// Whether there were more secrets than are remembered. Nothing that was redacted here may be sent then.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.is_full
    }

    /// How many different secrets were found.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether a text holds a secret that was found, a part of one, or what stands for one.
    #[must_use]
    pub fn is_known_in(&self, text: &str) -> bool {
        self.is_full || self.holds_placeholder(text) || !self.known_spots(text).is_empty()
    }

    /// Whether a text holds what stands for a secret, or what looks like it: its mark is nowhere but in this ask.
    #[must_use]
    pub fn holds_placeholder(&self, text: &str) -> bool {
        text.contains(&self.opening())
    }

    /// Puts back what this redactor took out, as an answer comes.
    #[must_use]
    pub fn restorer(&self) -> Restorer {
        Restorer { opening: self.opening(), known: self.known.clone(), held: String::new() }
    }

    /// Puts back what this redactor took out of a whole text.
    #[must_use]
    pub fn restored(&self, text: &str) -> String {
        restore(&self.opening(), &self.known, text)
    }

    /// Puts back what this redactor took out of the texts of a JSON document; what is not JSON is taken as text.
    #[must_use]
    pub fn restored_json(&self, json: &str) -> String {
        // Any character may be written as an escape.
        if !json.contains(&self.mark) && !json.contains("\\u") {
            return json.to_owned();
        }
        match serde_json::from_str::<Value>(json) {
            Ok(mut value) => {
                let before = value.clone();
                each_string(&mut value, &mut |text| *text = self.restored(text));
                if value == before { json.to_owned() } else { value.to_string() }
            }
            Err(_) => self.restored(json),
        }
    }

    /// What every placeholder of this ask begins with.
    fn opening(&self) -> String {
        format!("[[{}:", self.mark)
    }

    fn replace(&mut self, text: &str) -> String {
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for (shape, from, to) in self.spots(text) {
            out.push_str(&text[end..from]);
            let placeholder = self.placeholder(shape, &text[from..to]);
            out.push_str(&placeholder);
            end = to;
        }
        out.push_str(&text[end..]);
        out
    }

    /// Where secrets are, by shape or because they are known; what overlaps is one.
    fn spots(&self, text: &str) -> Vec<(&'static str, usize, usize)> {
        let mut spots: Vec<_> = find(text).iter().map(|spot| (spot.shape, spot.start, spot.end)).collect();
        spots.extend(self.known_spots(text).into_iter().map(|(start, end)| ("known", start, end)));
        spots.sort_unstable_by_key(|(_, start, end)| (*start, std::cmp::Reverse(*end)));
        let mut apart: Vec<(&'static str, usize, usize)> = Vec::with_capacity(spots.len());
        for spot in spots {
            match apart.last_mut() {
                Some(last) if spot.1 < last.2 => last.2 = last.2.max(spot.2),
                _ => apart.push(spot),
            }
        }
        apart
    }

    /// Where known secrets are, and the ends of those that were cut.
    fn known_spots(&self, text: &str) -> Vec<(usize, usize)> {
        if self.known.is_empty() {
            return Vec::new();
        }
        let secrets = || self.known.iter().map(|known| known.secret.as_str());
        self.finder.get_or_init(|| Finder::of(secrets())).spots(text)
    }

    fn arguments(&mut self, arguments: &str) -> String {
        let Ok(mut value) = serde_json::from_str::<Value>(arguments) else {
            return arguments.to_owned();
        };
        let before = value.clone();
        each_string(&mut value, &mut |text| *text = self.replace(text));
        // What holds nothing stays as the model wrote it, to the letter.
        let inside = if value == before { arguments.to_owned() } else { value.to_string() };
        // A shape may need the name beside the value. Where that breaks the JSON, all of it becomes one text.
        let whole = self.replace(&inside);
        match serde_json::from_str::<Value>(&whole) {
            Ok(_) => whole,
            Err(_) => Value::from_iter([("redacted", whole)]).to_string(),
        }
    }

    fn placeholder(&mut self, shape: &str, secret: &str) -> String {
        if let Some(&place) = self.by_secret.get(secret) {
            return self.known[place].placeholder.clone();
        }
        if self.known.len() >= KNOWN_MAX {
            self.is_full = true;
            return format!("[[{}:{shape}:0]]", self.mark);
        }
        let placeholder = format!("[[{}:{shape}:{}]]", self.mark, self.known.len() + 1);
        self.by_secret.insert(secret.to_owned(), self.known.len());
        self.finder = OnceLock::new();
        self.known.push(Known { secret: secret.to_owned(), placeholder: placeholder.clone() });
        // Text within JSON, or a string of a program, has its line ends as two characters.
        let lines = secret.split('\n').flat_map(|line| line.split("\\n")).map(str::trim);
        let is_secret = |line: &&str| {
            line.len() >= LINE_BYTES_MIN && line.len() < secret.len() && !line.starts_with(FENCE)
        };
        for line in lines.filter(is_secret) {
            self.placeholder(shape, line);
        }
        let escaped = Value::from(secret).to_string();
        let escaped = &escaped[1..escaped.len() - 1];
        if escaped.len() != secret.len() && !is_escaped(secret) {
            self.placeholder(shape, escaped);
        }
        placeholder
    }
}

/// Whether a text already is as JSON writes it; escaping it once more would go on for ever.
fn is_escaped(text: &str) -> bool {
    text.contains('\\')
}

/// Applies `change` to every text of a JSON document, names as well.
fn each_string(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_string(value, change)),
        Value::Object(fields) => {
            let before = std::mem::take(fields);
            fields.extend(before.into_iter().map(|(mut name, mut value)| {
                change(&mut name);
                each_string(&mut value, change);
                (name, value)
            }));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Puts secrets back, in one pass, so that what comes out is never taken for a placeholder again.
fn restore(opening: &str, known: &[Known], text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(place) = rest.find(opening) {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        match known.iter().find(|known| rest.starts_with(&known.placeholder)) {
            Some(known) => {
                out.push_str(&known.secret);
                rest = &rest[known.placeholder.len()..];
            }
            None => {
                out.push_str(opening);
                rest = &rest[opening.len()..];
            }
        }
    }
    out + rest
}

/// Puts secrets back into an answer that comes in pieces. A placeholder that is cut between pieces is held back until
/// the rest of it has come.
#[derive(Debug)]
pub struct Restorer {
    opening: String,
    known: Vec<Known>,
    held: String,
}

impl Restorer {
    /// Takes a piece; gives what is sure by now.
    pub fn feed(&mut self, piece: &str) -> String {
        if self.known.is_empty() {
            return piece.to_owned();
        }
        self.held.push_str(piece);
        let hold_from = self.unfinished();
        let rest = self.held.split_off(hold_from);
        let sure = std::mem::replace(&mut self.held, rest);
        restore(&self.opening, &self.known, &sure)
    }

    /// Gives what was held back, at the end.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        restore(&self.opening, &self.known, &held)
    }

    /// Where a placeholder begins that may still be going on.
    fn unfinished(&self) -> usize {
        let longest = self.known.iter().map(|known| known.placeholder.len()).max().unwrap_or(0);
        let from = self.held.floor_char_boundary(self.held.len().saturating_sub(longest));
        let tail = &self.held[from..];
        let starts = tail.char_indices().map(|(place, _)| place);
        let open = |place: &usize| {
            let rest = &tail[*place..];
            let goes_on =
                |known: &Known| known.placeholder.len() > rest.len() && known.placeholder.starts_with(rest);
            self.known.iter().any(goes_on)
        };
        starts.into_iter().find(open).map_or(self.held.len(), |place| from + place)
    }
}

/// Redacts for a record, for good.
#[must_use]
pub fn redact_for_record(text: &str) -> Redacted<String> {
    let mut out = String::with_capacity(text.len());
    let mut end = 0;
    for spot in find(text) {
        out.push_str(&text[end..spot.start]);
        out.push_str("[redacted ");
        out.push_str(spot.shape);
        out.push(']');
        end = spot.end;
    }
    out.push_str(&text[end..]);
    Redacted(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: &str = "AKIAIOSFODNN7EXAMPLE";

    #[test]
    fn the_same_secret_gets_the_same_placeholder_and_comes_back() {
        let mut redactor = Redactor::new([0xab; 16]);
        let text = format!("id {KEY}, again {KEY}");
        let redacted = redactor.text(&text);
        assert_eq!(redacted.get(), "id [[abababab:aws_access_key:1]], again [[abababab:aws_access_key:1]]");
        assert_eq!(redactor.count(), 1);
        let mut restorer = redactor.restorer();
        assert_eq!(restorer.feed(redacted.get()) + &restorer.finish(), text);
    }

    #[test]
    fn what_only_looks_like_a_placeholder_stays() {
        let mut redactor = Redactor::new([1; 16]);
        redactor.text(KEY);
        let mut restorer = redactor.restorer();
        let forged = "[[abababab:aws_access_key:1]]";
        assert_eq!(restorer.feed(forged) + &restorer.finish(), forged);
    }

    #[test]
    fn a_record_keeps_no_way_back() {
        assert_eq!(
            redact_for_record(&format!("run --key {KEY}")).get(),
            "run --key [redacted aws_access_key]"
        );
    }

    #[test]
    fn what_is_known_is_found_without_what_is_around_it() {
        let body = "MIIEpAIBAAKCAQEA0Zr8hQ2k4vXw9sTnLmPq";
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----");
        let mut redactor = Redactor::new([0xab; 16]);
        assert_eq!(redactor.text(body).get(), body, "alone it looks like nothing");
        redactor.learn(&key);
        assert_eq!(redactor.text(&format!("3: {body}")).get(), "3: [[abababab:private_key:2]]");
        assert!(redactor.is_known_in(&format!("echo {body}")) && redactor.is_known_in("x [[abababab:y:9]]"));
        assert!(!redactor.is_known_in("echo [[cdcdcdcd:y:9]]"));
    }

    #[test]
    fn what_a_later_ask_could_not_tell_is_cut_out_for_good() {
        let body = "MIIEpAIBAAKCAQEA0Zr8hQ2k4vXw9sTnLmPq";
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\n{body}\n-----END RSA PRIVATE KEY-----");
        let mut redactor = Redactor::new([0xab; 16]);
        redactor.learn(&key);
        let check = |text: &str, expected: &str| assert_eq!(redactor.without_parts(text), expected);
        check(&format!("3: {body}."), "3: [part of a secret].");
        check(&format!("{key} {body}"), &format!("{key} [part of a secret]"));
        check("nothing here", "nothing here");
    }

    #[test]
    fn arguments_stay_json() {
        let mut redactor = Redactor::new([0xab; 16]);
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0\n-----END RSA PRIVATE KEY-----";
        let arguments =
            serde_json::json!({ "path": "k.pem", "file_text": key, "n": [KEY, 1, null] }).to_string();
        let redacted = redactor.arguments(&arguments);
        assert!(!redacted.contains("MIIE") && !redacted.contains(KEY), "{redacted}");
        let back: Value = serde_json::from_str(&redactor.restored_json(&redacted)).unwrap();
        assert_eq!(back["file_text"], key);
        assert_eq!(redactor.arguments("{half"), "{half");
    }

    #[test]
    fn what_comes_back_is_not_read_again() {
        let mut redactor = Redactor::new([0xab; 16]);
        redactor.text(KEY);
        let nested = "[[abababab:[[abababab:aws_access_key:1]]";
        assert_eq!(redactor.restored(nested), format!("[[abababab:{KEY}"));
    }

    #[test]
    fn half_a_secret_is_known_by_either_end() {
        let secret = "ghp_abcdefghijklmnopqrstuvwxyz0123456789";
        let mut redactor = Redactor::new([0xab; 16]);
        redactor.learn(&format!("token {secret}"));
        for half in [&secret[..20], &secret[20..]] {
            let text = format!("x {half}… y");
            let redacted = redactor.text(&text).into_inner();
            assert!(!redacted.contains(half) && redacted.starts_with("x [["), "{redacted}");
            assert_eq!(redactor.restored(&redacted), text);
            assert!(redactor.is_known_in(half));
        }
        assert_eq!(redactor.text("ghp_abcdef").get(), "ghp_abcdef", "so little may be anything");
    }

    #[test]
    fn a_key_within_json_is_known_line_by_line() {
        let body = "MIIEpAIBAAKCAQEA0Zr8hQ2k4vXw9sTnLmPq";
        let key = format!("-----BEGIN RSA PRIVATE KEY-----\\n{body}\\n-----END RSA PRIVATE KEY-----");
        let mut redactor = Redactor::new([0xab; 16]);
        redactor.learn(&format!("{{\"key\": \"{key}\"}}"));
        assert!(redactor.is_known_in(body));
        let mut redactor = Redactor::new([0xab; 16]);
        redactor.learn(&key.replace("\\n", "\n"));
        assert!(!redactor.text(&format!("as JSON: {key}.")).get().contains("MIIE"));
    }

    #[test]
    fn a_full_redactor_says_so_and_lets_nothing_by() {
        let mut redactor = Redactor::new([0xab; 16]);
        let key = |number: usize| {
            let letter =
                |place: u32| char::from(b'A' + u8::try_from(number / 26usize.pow(place) % 26).unwrap());
            format!("AKIA{}{}", "Q".repeat(12), (0..4).map(letter).collect::<String>())
        };
        (0..KNOWN_MAX).for_each(|number| redactor.learn(&key(number)));
        assert!(!redactor.is_full() && !redactor.is_known_in("ls"));
        redactor.learn(&key(KNOWN_MAX - 1));
        assert!(!redactor.is_full(), "what is known already takes no room");
        redactor.learn(&key(KNOWN_MAX));
        assert!(redactor.is_full() && redactor.is_known_in("ls"));
        assert_eq!(redactor.without_parts("anything"), LEFT_OUT);
        assert!(!redactor.text(&key(KNOWN_MAX + 1)).get().contains("AKIA"));
    }

    /// A JSON document in which secrets stand among other text, at any depth, as values and as names.
    fn documents() -> impl Strategy<Value = Value> {
        let text = prop::collection::vec(
            prop::sample::select(vec![
                KEY,
                "ghp_abcdefghijklmnopqrstuvwxyz0123456789",
                " ",
                "é",
                "\"",
                "\\",
                "\n",
                "a",
                "日本",
                "[[",
                "]]",
                "\u{1f511}",
                "[[abababab:",
                "-----BEGIN PRIVATE KEY-----\nMIIEpAIBAAKCAQEA0Zr8hQ2k4vXw\n-----END PRIVATE KEY-----",
            ]),
            0..6,
        );
        let text = text.prop_map(|parts| parts.join(" "));
        let leaf = prop_oneof![
            text.clone().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            Just(Value::Null)
        ];
        leaf.prop_recursive(4, 24, 4, move |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(text.clone(), inner, 0..4)
                    .prop_map(|fields| fields.into_iter().collect()),
            ]
        })
    }

    /// The document with every character of its texts as an escape, as JSON allows.
    fn escaped(value: &Value) -> String {
        let text = |text: &str| {
            let units = text.encode_utf16().map(|unit| format!("\\u{unit:04x}"));
            format!("\"{}\"", units.collect::<String>())
        };
        match value {
            Value::String(inner) => text(inner),
            Value::Array(values) => {
                format!("[{}]", values.iter().map(escaped).collect::<Vec<_>>().join(","))
            }
            Value::Object(fields) => {
                let field = |(name, value): (&String, &Value)| format!("{}:{}", text(name), escaped(value));
                format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
            }
            other => other.to_string(),
        }
    }

    proptest! {
        #[test]
        fn arguments_of_any_depth_hold_no_secret_and_come_back(document in documents(), is_escaped: bool) {
            let mut redactor = Redactor::new([0xab; 16]);
            let written = if is_escaped { escaped(&document) } else { document.to_string() };
            let redacted = redactor.arguments(&written);
            let read: Value = serde_json::from_str(&redacted).unwrap();
            for secret in [KEY, "ghp_abcdef", "MIIEpAIB"] {
                prop_assert!(!redacted.contains(secret) && !read.to_string().contains(secret), "{}", redacted);
            }
            // A name beside a value can make it a secret; then all of it is one text, and comes back as that.
            let back: Value = serde_json::from_str(&redactor.restored_json(&redacted)).unwrap();
            if read.get("redacted").is_none() {
                prop_assert_eq!(back, document);
            }
        }

        #[test]
        fn a_line_with_a_secret_or_its_placeholder_is_always_known(
            before in "\\PC{0,20}", after in "\\PC{0,20}", has_placeholder: bool,
        ) {
            let mut redactor = Redactor::new([0xab; 16]);
            let placeholder = redactor.text(KEY).into_inner();
            let inside = if has_placeholder { placeholder.as_str() } else { KEY };
            let line = format!("{before}{inside}{after}");
            prop_assert!(redactor.is_known_in(&line));
        }

        #[test]
        fn comes_back_in_pieces_of_any_size(before in "[a-z\\[é: ]{0,20}", after in "[a-z\\] ]{0,20}", cuts in prop::collection::vec(1usize..9, 1..40)) {
            let mut redactor = Redactor::new([0xab; 16]);
            let text = format!("{before} {KEY} {after}");
            let redacted = redactor.text(&text).into_inner();
            prop_assert!(!redacted.contains(KEY));
            let mut restorer = redactor.restorer();
            let chars: Vec<char> = redacted.chars().collect();
            let (mut place, mut out) = (0, String::new());
            for cut in cuts.iter().cycle() {
                if place >= chars.len() { break; }
                let end = (place + cut).min(chars.len());
                out += &restorer.feed(&chars[place..end].iter().collect::<String>());
                place = end;
            }
            out += &restorer.finish();
            prop_assert_eq!(out, text);
        }

        #[test]
        fn any_chunking_gives_the_same_text(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "[[abababab:aws_access_key:1]]", "[[abababab:aws_access_key:2]]", "[[abababab:", "[[", "]", "a",
                    "[[abababab:aws_access_key:12]]", "[[cdcdcdcd:aws_access_key:1]]", "é", "\n", "aws_access_key:1]]",
                ]),
                0..20,
            ),
            cuts in prop::collection::vec(1usize..40, 1..20),
        ) {
            let mut redactor = Redactor::new([0xab; 16]);
            redactor.text("AKIAIOSFODNN7EXAMPLE ASIAQWERTYUIOPASDFGH");
            let text = pieces.concat();
            let mut restorer = redactor.restorer();
            let (mut rest, mut out) = (text.as_str(), String::new());
            for cut in cuts.iter().cycle() {
                if rest.is_empty() { break; }
                let (piece, after) = rest.split_at(rest.ceil_char_boundary((*cut).min(rest.len())));
                out += &restorer.feed(piece);
                rest = after;
            }
            out += &restorer.finish();
            prop_assert_eq!(out, redactor.restored(&text));
        }

        #[test]
        fn nothing_known_is_left(before in "[a-z \n]{0,20}", after in "[a-z \n]{0,20}") {
            let mut redactor = Redactor::new([0xab; 16]);
            redactor.learn(KEY);
            let text = format!("{before}{KEY}{after}");
            prop_assert!(!redactor.text(&text).get().contains(KEY));
        }

        #[test]
        fn never_panics(text in "\\PC{0,300}") {
            let mut redactor = Redactor::new([0; 16]);
            let _ = redactor.text(&text);
            let _ = redact_for_record(&text);
        }
    }
}
