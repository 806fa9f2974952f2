//! What was said in this turn, as it is said: the text and references that are kept with it.

use quillon_base::Fault;
use quillon_contract::Event;
use quillon_contract::event::{Place, Reference};
use quillon_retrieve::Hit;
use quillon_road::Passage;

/// An answer under way.
pub(crate) struct Answer<'a> {
    passage: &'a Passage,
    pub(crate) text: String,
    pub(crate) references: Vec<Reference>,
}

impl<'a> Answer<'a> {
    pub(crate) const fn new(passage: &'a Passage) -> Self {
        Self { passage, text: String::new(), references: Vec::new() }
    }

    /// Says text.
    pub(crate) async fn text(&mut self, text: impl Into<String>) -> Result<(), Fault> {
        let text = text.into();
        self.text.push_str(&text);
        self.passage.text(text).await
    }

    /// Says where a statement comes from.
    pub(crate) async fn reference(&mut self, reference: Reference) -> Result<(), Fault> {
        self.references.push(reference.clone());
        self.passage.say(Event::Reference(reference)).await
    }

    /// Says something that is not part of the answer.
    pub(crate) async fn aside(&self, event: Event) -> Result<(), Fault> {
        self.passage.say(event).await
    }
}

/// The reference to what was found.
pub(crate) fn reference(hit: &Hit<'_>) -> Reference {
    Reference::Passage {
        place: Place { path: hit.path.to_owned(), lines: hit.lines },
        heading: hit.heading.clone(),
        text: hit.text.to_owned(),
        language: hit.language.map(str::to_owned),
    }
}
