//! `@path`, `@path:first-last`, `@folder/`, `@symbol`, `@prompt` and `@git` in a prompt.
//!
//! Whether a word names something is not guessed: the gateway is asked. What names nothing stays text, because prompts
//! about code are full of `@decorators`.

use quillon_base::{Fault, FaultCode, LineRange};
use quillon_contract::ask::ContextItem;
use quillon_contract::event::Notice;
use quillon_contract::{Event, Item, Query};

use crate::arguments::lines_of;
use crate::session::Session;

/// The most mentions of a prompt that are looked up.
const MENTIONS_MAX: usize = 32;

/// What a prompt hands over, and what is worth knowing about what it does not.
pub(crate) async fn resolve(session: &Session, prompt: &str) -> (Vec<ContextItem>, Vec<Event>) {
    let mentions = mentions(prompt);
    let (mut items, mut notices) = (Vec::new(), Vec::new());
    if mentions.len() > MENTIONS_MAX {
        let text = format!("only the first {MENTIONS_MAX} of the names after `@` were looked up");
        notices.push(Notice::warning(text));
    }
    for mention in mentions.iter().take(MENTIONS_MAX) {
        match look_up(session, mention).await {
            Err(fault) => {
                notices.push(Notice::warning(format!("`@{}` cannot be looked up: {fault}", mention.name)));
            }
            Ok(Some(item)) if items.contains(&item) => {}
            Ok(Some(item)) => items.push(item),
            Ok(None) if mention.is_path() => {
                notices.push(Notice::info(format!(
                    "`@{}` names no file here; it is read as text",
                    mention.name
                )));
            }
            Ok(None) => {}
        }
    }
    (items, notices)
}

/// The name of a context item, as it is written after `@`.
pub(crate) fn name(item: &ContextItem) -> String {
    match item {
        ContextItem::File { path, lines: Some(LineRange { first, last }) } => {
            format!("{path}:{first}-{last}")
        }
        ContextItem::File { path, lines: None } => path.clone(),
        ContextItem::Folder { path } => format!("{path}/"),
        ContextItem::Symbol { name } | ContextItem::Prompt { name } => name.clone(),
        ContextItem::Text { label, .. } => label.clone(),
        ContextItem::Git => "git".to_owned(),
    }
}

/// A word after `@`.
#[derive(Debug, PartialEq, Eq)]
struct Mention {
    name: String,
    path: String,
    lines: Option<LineRange>,
    /// Whether the prompt begins with it, where a saved prompt is called.
    leads: bool,
}

impl Mention {
    fn is_path(&self) -> bool {
        self.path.contains(['/', '.'])
    }
}

/// The words after `@` in a prompt, each once.
fn mentions(prompt: &str) -> Vec<Mention> {
    let mut found: Vec<Mention> = Vec::new();
    for (place, word) in prompt.split_whitespace().enumerate() {
        let Some(name) = word.trim_start_matches(['(', '[', '"', '\'', '`']).strip_prefix('@') else {
            continue;
        };
        let name = name.trim_end_matches([',', '.', ';', ':', '!', '?', ')', ']', '"', '\'', '`']);
        if name.is_empty() || found.iter().any(|known| known.name == name) {
            continue;
        }
        let (path, lines) = lines_of(name).map_or((name, None), |(path, lines)| (path, Some(lines)));
        found.push(Mention { name: name.to_owned(), path: path.to_owned(), lines, leads: place == 0 });
    }
    found
}

async fn look_up(session: &Session, mention: &Mention) -> Result<Option<ContextItem>, Fault> {
    if mention.name == "git" {
        return Ok(Some(ContextItem::Git));
    }
    let folder = mention.path.trim_end_matches('/');
    let files = list(session, Query::Files { prefix: mention.path.clone() }).await?;
    if files.iter().any(|item| item.id == mention.path) {
        return Ok(Some(ContextItem::File { path: mention.path.clone(), lines: mention.lines }));
    }
    let within = format!("{folder}/");
    if files.iter().any(|item| item.id.starts_with(&within)) {
        return Ok(Some(ContextItem::Folder { path: folder.to_owned() }));
    }
    if mention.is_path() {
        return Ok(None);
    }
    let name = mention.name.clone();
    let named = |items: Vec<Item>| items.iter().any(|item| item.id == name || item.label == name);
    if mention.leads && named(list(session, Query::Prompts { prefix: name.clone() }).await?) {
        return Ok(Some(ContextItem::Prompt { name }));
    }
    let is_symbol = named(list(session, Query::Symbols { prefix: name.clone() }).await?);
    Ok(is_symbol.then_some(ContextItem::Symbol { name }))
}

/// A list that this build does not have names nothing.
async fn list(session: &Session, query: Query) -> Result<Vec<Item>, Fault> {
    match session.gateway.query(session.id, query).await {
        Ok(listing) => Ok(listing.items),
        Err(fault) if fault.code == FaultCode::CapabilityUnavailable => Ok(Vec::new()),
        Err(fault) => Err(fault),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_words_after_an_at_sign() {
        let check = |prompt: &str, expected: &[&str]| {
            let names: Vec<String> = mentions(prompt).into_iter().map(|mention| mention.name).collect();
            assert_eq!(names, expected, "{prompt}");
        };
        check("explain @src/a.rs, please", &["src/a.rs"]);
        check("@review (@src/a.rs:3-7) and `@src/`?", &["review", "src/a.rs:3-7", "src/"]);
        check("@a @a @b", &["a", "b"]);
        check("mail me@example.com, @ @", &[]);
        let found = mentions("@a.rs:3-7");
        assert_eq!(found[0].path, "a.rs");
        assert_eq!(found[0].lines, Some(LineRange { first: 3, last: 7 }));
        assert!(found[0].leads);
    }
}
