//! Replacing secrets, and putting them back.

use quillon_model::{ModelRequest, Part};
use serde_json::Value;

use crate::shape::find;

/// A secret is recognised outside its shape only if it has at least so many bytes; less would be found in other words.
const KNOWN_BYTES_MIN: usize = 8;
/// A line of a longer secret is a secret of its own from this length, in bytes.
const LINE_BYTES_MIN: usize = 24;
/// The most secrets that one ask remembers. What comes after is redacted too and cannot be put back.
const KNOWN_MAX: usize = 4_096;
/// What marks the first and last line of a key, which are no secrets.
const FENCE: &str = "-----";

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
}

impl Redactor {
    /// A redactor for one ask, from random bytes.
    #[must_use]
    pub fn new(seed: [u8; 16]) -> Self {
        let mark = seed[..4].iter().map(|byte| format!("{byte:02x}")).collect();
        Self { mark, known: Vec::new() }
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

    /// How many different secrets were found.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Whether a text holds a secret that was found, or what stands for one.
    #[must_use]
    pub fn is_known_in(&self, text: &str) -> bool {
        let holds = |known: &Known| {
            text.contains(&known.placeholder)
                || (known.secret.len() >= KNOWN_BYTES_MIN && text.contains(&known.secret))
        };
        text.contains(&self.opening()) || self.known.iter().any(holds)
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
        if !json.contains(&self.opening()) {
            return json.to_owned();
        }
        match serde_json::from_str(json) {
            Ok(mut value) => {
                each_string(&mut value, &mut |text| *text = self.restored(text));
                value.to_string()
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
        for known in self.known.iter().filter(|known| known.secret.len() >= KNOWN_BYTES_MIN) {
            let places = text.match_indices(&known.secret);
            spots.extend(places.map(|(place, secret)| ("known", place, place + secret.len())));
        }
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
        if let Some(known) = self.known.iter().find(|known| known.secret == secret) {
            return known.placeholder.clone();
        }
        if self.known.len() >= KNOWN_MAX {
            return format!("[[{}:{shape}:0]]", self.mark);
        }
        let placeholder = format!("[[{}:{shape}:{}]]", self.mark, self.known.len() + 1);
        self.known.push(Known { secret: secret.to_owned(), placeholder: placeholder.clone() });
        if secret.contains('\n') {
            let is_secret = |line: &&str| line.len() >= LINE_BYTES_MIN && !line.starts_with(FENCE);
            for line in secret.lines().map(str::trim).filter(is_secret) {
                self.placeholder(shape, line);
            }
        }
        placeholder
    }
}

/// Applies `change` to every text of a JSON document but the names.
fn each_string(value: &mut Value, change: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => change(text),
        Value::Array(values) => values.iter_mut().for_each(|value| each_string(value, change)),
        Value::Object(fields) => fields.values_mut().for_each(|value| each_string(value, change)),
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

    proptest! {
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
