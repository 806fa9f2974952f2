//! Replacing secrets, and putting them back.

use quillon_model::ModelRequest;

use crate::shape::find;

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

/// Redacts the texts of one ask; the same secret gets the same placeholder.
///
/// A placeholder carries a mark that is random for each ask, so that text which merely looks like a placeholder is not
/// put back as somebody's secret.
#[derive(Debug)]
pub struct Redactor {
    mark: String,
    /// Secret and placeholder.
    known: Vec<(String, String)>,
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

    /// Redacts every text of a request.
    pub fn request(&mut self, mut request: ModelRequest) -> Redacted<ModelRequest> {
        request.each_text(|text| *text = self.replace(text));
        Redacted(request)
    }

    /// How many different secrets were found.
    #[must_use]
    pub fn count(&self) -> usize {
        self.known.len()
    }

    /// Puts back what this redactor took out.
    #[must_use]
    pub fn restorer(&self) -> Restorer {
        Restorer { known: self.known.clone(), held: String::new() }
    }

    fn replace(&mut self, text: &str) -> String {
        let spots = find(text);
        let mut out = String::with_capacity(text.len());
        let mut end = 0;
        for spot in spots {
            out.push_str(&text[end..spot.start]);
            let placeholder = self.placeholder(spot.shape, &text[spot.start..spot.end]);
            out.push_str(&placeholder);
            end = spot.end;
        }
        out.push_str(&text[end..]);
        out
    }

    fn placeholder(&mut self, shape: &str, secret: &str) -> String {
        if let Some((_, placeholder)) = self.known.iter().find(|(known, _)| known == secret) {
            return placeholder.clone();
        }
        let placeholder = format!("[[{}:{shape}:{}]]", self.mark, self.known.len() + 1);
        self.known.push((secret.to_owned(), placeholder.clone()));
        placeholder
    }
}

/// Puts secrets back into an answer that comes in pieces. A placeholder that is cut between pieces is held back until
/// the rest of it has come.
#[derive(Debug)]
pub struct Restorer {
    known: Vec<(String, String)>,
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
        self.restore(&sure)
    }

    /// Gives what was held back, at the end.
    pub fn finish(&mut self) -> String {
        let held = std::mem::take(&mut self.held);
        self.restore(&held)
    }

    fn restore(&self, text: &str) -> String {
        self.known
            .iter()
            .fold(text.to_owned(), |text, (secret, placeholder)| text.replace(placeholder, secret))
    }

    /// Where a placeholder begins that may still be going on.
    fn unfinished(&self) -> usize {
        let longest = self.known.iter().map(|(_, placeholder)| placeholder.len()).max().unwrap_or(0);
        let from = self.held.floor_char_boundary(self.held.len().saturating_sub(longest));
        let tail = &self.held[from..];
        let starts = tail.char_indices().map(|(place, _)| place);
        let open = |place: &usize| {
            let rest = &tail[*place..];
            self.known
                .iter()
                .any(|(_, placeholder)| placeholder.len() > rest.len() && placeholder.starts_with(rest))
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
        fn never_panics(text in "\\PC{0,300}") {
            let mut redactor = Redactor::new([0; 16]);
            let _ = redactor.text(&text);
            let _ = redact_for_record(&text);
        }
    }
}
