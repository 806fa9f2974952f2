//! Knowledge bases: folders and documents that stay searchable, sealed, wherever their owner works.
//!
//! Each agent has its own. A base is read when it is added or updated and never behind one's back; what is searched is what
//! was read then, and the list says when. Searching is by words. Start at [`change`] and [`search`]; an answer draws on
//! the bases of its agent through [`beside`].

mod document;
mod kept;
mod pdf;

use std::collections::BTreeMap;

use quillon_base::{Fault, FaultCode};
use quillon_contract::Event;
use quillon_contract::ask::{KnowledgeAct, KnowledgeAsk, KnowledgeIndex, KnowledgeSearchAsk};
use quillon_contract::event::{Notice, Progress, Reference, Table};
use quillon_host::SkipReason;
use quillon_retrieve::{Document, Hit, Index, Query};
use quillon_road::{Finished, Passage, ReadFile};
use quillon_workspace::Role;

use crate::answer::{Answer, code, counted, passages_max, place, shown};
use crate::explain::Chosen;
use crate::turn::stops;
use document::{Patterns, Read, Skipped};
use kept::{Base, Found, Text};

/// The agent that one is without choosing.
const DEFAULT_AGENT: &str = "default";
/// The most passages that are given beside an answer from elsewhere.
const BESIDE_MAX: usize = 2;
/// The longest name of a base or an agent, in bytes.
const NAME_BYTES_MAX: usize = 64;
/// The most documents that were left out that are named.
const SKIPPED_SHOWN_MAX: usize = 50;
/// The most text of all bases that one search reads, in bytes.
const LIBRARY_BYTES_MAX: usize = 128 * 1024 * 1024;
/// What is said when there is more.
const TOO_MUCH: &str = "the knowledge bases hold more than 128 MB, and not all of it was searched";

/// Changes knowledge bases.
///
/// # Errors
/// `input.invalid`, `store.missing`, `capability.unavailable`, and those of files and the store.
pub(crate) async fn change(passage: &Passage, ask: KnowledgeAsk) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let agent = agent(ask.agent.as_deref())?;
    match ask.change {
        KnowledgeAct::Add { name, path, include, exclude, index } => {
            let new = Base { include, exclude, ..Base::new(name, agent, path, passage.ask_id().to_string()) };
            add(passage, new, index).await?;
        }
        KnowledgeAct::Update { name } => update(passage, &agent, &name).await?,
        KnowledgeAct::Remove { name } => {
            let found = named(passage, &agent, &name).await?;
            kept::forget(passage, &found).await?;
            passage.text(format!("Removed {}.\n", code(&name))).await?;
        }
        KnowledgeAct::Clear => {
            let count = kept::clear(passage).await?;
            passage.text(format!("Removed {}.\n", counted(count, "knowledge base"))).await?;
        }
    }
    Ok(Finished::default())
}

/// Lists or searches knowledge bases.
///
/// # Errors
/// `input.invalid`, and those of the store.
pub(crate) async fn search(passage: &Passage, ask: KnowledgeSearchAsk) -> Result<Finished, Fault> {
    passage.answered_by_embedded();
    let agent = agent(ask.agent.as_deref())?;
    match ask.query.as_deref().map(str::trim) {
        None => list(passage, &agent).await?,
        Some("") => {
            return Err(Fault::new(FaultCode::InputInvalid, "there is nothing to look for")
                .hint("say some words: `quillon knowledge search on call`"));
        }
        Some(words) => find(passage, &agent, words).await?,
    }
    Ok(Finished::default())
}

/// Sees that an agent is there. Until agents are files of their own, one is there by the knowledge that it has.
///
/// # Errors
/// `input.invalid`, `capability.unavailable`, and those of the store.
pub(crate) async fn check_agent(passage: &Passage, name: Option<&str>) -> Result<(), Fault> {
    let name = agent(name)?;
    if name == DEFAULT_AGENT || !kept::bases(passage, &name).await?.is_empty() {
        return Ok(());
    }
    let message = format!("there is no agent `{name}`");
    let how = format!("`quillon knowledge add NAME PATH --agent {name}` makes one that knows what is there");
    Err(Fault::new(FaultCode::CapabilityUnavailable, message).hint(format!("leave out `--agent`, or {how}")))
}

fn agent(name: Option<&str>) -> Result<String, Fault> {
    let name = name.unwrap_or(DEFAULT_AGENT);
    check_name(name).map(|()| name.to_owned())
}

fn check_name(name: &str) -> Result<(), Fault> {
    let is_name =
        !name.trim().is_empty() && name.len() <= NAME_BYTES_MAX && !name.chars().any(char::is_control);
    if is_name {
        return Ok(());
    }
    Err(Fault::new(FaultCode::InputInvalid, format!("`{}` cannot be a name", name.escape_debug()))
        .hint(format!("a name is a line of up to {NAME_BYTES_MAX} bytes")))
}

async fn add(passage: &Passage, new: Base, index: KnowledgeIndex) -> Result<(), Fault> {
    check_name(&new.name)?;
    if index == KnowledgeIndex::Best {
        let message = "this build cannot search by meaning";
        return Err(Fault::new(FaultCode::CapabilityUnavailable, message)
            .hint("leave out `--index-type`; `fast` searches by words"));
    }
    let bases = kept::all(passage).await?;
    let is_taken = |found: &Found| found.base.name == new.name && found.base.agent == new.agent;
    if bases.iter().any(is_taken) {
        let name = &new.name;
        return Err(Fault::new(
            FaultCode::InputInvalid,
            format!("there is a knowledge base `{name}` already"),
        )
        .hint(format!("read it again with `quillon knowledge update {name}`, or choose another name")));
    }
    if bases.len() >= kept::BASES_MAX as usize {
        let message = format!("there are {} knowledge bases, and no room for more", kept::BASES_MAX);
        return Err(Fault::new(FaultCode::InputInvalid, message).hint("remove one first"));
    }
    store(passage, new, "Added").await
}

async fn update(passage: &Passage, agent: &str, name: &str) -> Result<(), Fault> {
    let found = named(passage, agent, name).await?;
    let added_in = &found.base.folder;
    if !added_in.is_empty() && *added_in != folder(passage) {
        let message = format!("`{name}` is of another folder, and only what is in this workspace is read");
        let how =
            format!("read it again from where it is: `cd {added_in} && quillon knowledge update {name}`");
        return Err(Fault::new(FaultCode::FileOutside, message).hint(how));
    }
    let new = Base { group: passage.ask_id().to_string(), ..found.base.clone() };
    store(passage, new, "Updated").await?;
    kept::forget(passage, &found).await
}

/// The workspace's folder.
fn folder(passage: &Passage) -> String {
    passage.workspace_folder().map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Reads what a base is of, and keeps it.
async fn store(passage: &Passage, mut base: Base, done: &str) -> Result<(), Fault> {
    let patterns = Patterns::new(&base.include, &base.exclude)?;
    let within = passage.path_within(&base.path).map_err(|fault| elsewhere(fault, &base.path))?;
    let (files, left_out) = files(passage, within.as_deref()).await?;
    base.path = within.unwrap_or_else(|| ".".to_owned());
    base.folder = folder(passage);
    let taken: Vec<ReadFile> =
        files.into_iter().filter(|file| patterns.take(&base.path, &file.path)).collect();
    let mut read = documents(passage, taken).await?;
    read.skipped.extend(left_out);
    if read.texts.is_empty() {
        let why = read.skipped.first().map(|skipped| format!(": `{}`, {}", skipped.path, skipped.why));
        let message =
            format!("`{}` holds no document that can be read{}", base.path, why.unwrap_or_default());
        return Err(Fault::new(FaultCode::InputInvalid, message)
            .hint("Markdown, text, code and PDF can be read; see `--include` and `--exclude`"));
    }
    base.documents = read.texts.len() as u64;
    base.bytes = read.texts.iter().map(|text| text.text.len() as u64).sum();
    base.skipped = read.skipped.len() as u64;
    kept::keep(passage, &base, read.texts).await?;
    let documents = counted(usize::try_from(base.documents).unwrap_or(usize::MAX), "document");
    let size = size(base.bytes);
    let (name, path) = (code(&base.name), code(&base.path));
    passage.text(format!("{done} {name}: {documents} of {path}, {size} of text.\n")).await?;
    match skipped_table(&read.skipped) {
        Some(table) => passage.say(table).await,
        None => Ok(()),
    }
}

/// The files of a document or folder, and what of it was left out.
async fn files(passage: &Passage, path: Option<&str>) -> Result<(Vec<ReadFile>, Vec<Skipped>), Fault> {
    if let Some(path) = path {
        match passage.read_file(path).await {
            Ok(file) => return Ok((vec![file], Vec::new())),
            // What is no file may be a folder.
            Err(fault) if matches!(fault.code, FaultCode::FileUnreadable | FaultCode::FileMissing) => {}
            Err(fault) => return Err(fault),
        }
    }
    let tree = passage.read_tree(path).await?;
    let why = |reason| match reason {
        SkipReason::TooLarge => "it is larger than 10 MB",
        SkipReason::LinkOutside => "it is a link that leads nowhere or outside",
        SkipReason::NameNotUtf8 => "its name is not UTF-8",
        SkipReason::NotAFile => "it is no regular file",
        SkipReason::TooMany => "it is beyond the limit of files",
        SkipReason::Unreadable => "it cannot be read",
    };
    let skipped = tree.skipped.into_iter().map(|skipped| {
        let why = why(skipped.reason).to_owned();
        Skipped { path: skipped.path, why }
    });
    Ok((tree.files, skipped.collect()))
}

/// Says how to add what lies elsewhere. A passage reads in the workspace it was opened for and nowhere beyond it, so that
/// no prompt or repository can point it at a person's other files.
fn elsewhere(fault: Fault, path: &str) -> Fault {
    if fault.code != FaultCode::FileOutside {
        return fault;
    }
    let path = path.trim_end_matches('/');
    let (folder, what) =
        path.rsplit_once('/').filter(|(folder, _)| !folder.is_empty()).unwrap_or((path, "."));
    let how = format!("`cd {folder} && quillon knowledge add NAME {what}`");
    Fault::new(
        FaultCode::FileOutside,
        format!("`{path}` is outside this workspace, and only what is in it is read"),
    )
    .hint(format!(
        "add it from where it is: {how}; a knowledge base is yours, and is found from every folder"
    ))
}

/// Reads documents on a thread of its own, and says how far it is.
async fn documents(passage: &Passage, files: Vec<ReadFile>) -> Result<Read, Fault> {
    let total = files.len() as u64;
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let reading = tokio::task::spawn_blocking(move || {
        let read = document::read(files, &mut |number| {
            // One who is still saying the last number gets a later one.
            let _ = sender.try_send(number);
            !sender.is_closed()
        });
        (!sender.is_closed()).then_some(read)
    });
    while let Some(done) = receiver.recv().await {
        let label = "reading documents".to_owned();
        passage.say(Event::Progress(Progress { label, done, total: Some(total) })).await?;
    }
    let read = reading.await.map_err(|error| Fault::internal("reading documents stopped").inner(error))?;
    read.ok_or_else(|| Fault::new(FaultCode::Cancelled, "the work was stopped"))
}

async fn named(passage: &Passage, agent: &str, name: &str) -> Result<Found, Fault> {
    let bases = kept::bases(passage, agent).await?;
    let nearest = quillon_text::nearest(name, bases.iter().map(|found| found.base.name.as_str()));
    let hint = nearest.map_or_else(
        || "`quillon knowledge list` shows what was added".to_owned(),
        |nearest| format!("did you mean `{nearest}`?"),
    );
    let missing = Fault::new(FaultCode::StoreMissing, format!("there is no knowledge base `{name}`"));
    bases.into_iter().find(|found| found.base.name == name).ok_or_else(|| missing.hint(hint))
}

async fn list(passage: &Passage, agent: &str) -> Result<(), Fault> {
    let bases = kept::bases(passage, agent).await?;
    if bases.is_empty() {
        let how = "`quillon knowledge add NAME PATH` adds a folder or a document.";
        return passage
            .text(format!("No knowledge base of agent {} is kept for you. {how}\n", code(agent)))
            .await;
    }
    let columns = ["name", "of", "documents", "text", "left out", "read"].map(str::to_owned).to_vec();
    let rows = bases.iter().map(|Found { base, read, .. }| {
        let path = [vec![base.path.clone()], said("only", &base.include), said("without", &base.exclude)];
        vec![
            base.name.clone(),
            path.concat().join(", "),
            base.documents.to_string(),
            size(base.bytes),
            base.skipped.to_string(),
            read.to_string(),
        ]
    });
    let title = format!("Knowledge of agent `{agent}`");
    passage.say(Event::Table(Table { title, columns, rows: rows.collect() })).await
}

fn said(word: &str, patterns: &[String]) -> Vec<String> {
    patterns.iter().map(|pattern| format!("{word} {pattern}")).collect()
}

async fn find(passage: &Passage, agent: &str, words: &str) -> Result<(), Fault> {
    let library = Library::open(passage, agent).await?;
    if library.is_empty() {
        return list(passage, agent).await;
    }
    let query = Query::parse(words);
    let found = library.search(&query, passages_max(passage));
    if library.is_cut {
        passage.say(Notice::warning(TOO_MUCH)).await?;
    }
    let bases = counted(library.bases, "knowledge base");
    if found.is_empty() {
        let unknown = library.index.unknown(&query);
        let lines = unknown.iter().map(|unknown| match &unknown.nearest {
            Some(near) => format!("- {} stands in none of them; {} does.\n", code(&unknown.word), code(near)),
            None => format!("- {} stands in none of them.\n", code(&unknown.word)),
        });
        let lines: String = lines.collect();
        let documents = counted(library.sources.len(), "document");
        return passage.text(format!("Not found in {bases} with {documents}.\n{lines}")).await;
    }
    passage.text(format!("Found {} in {bases}.\n\n", counted(found.len(), "passage"))).await?;
    for reference in found {
        passage.say(Event::Reference(reference)).await?;
    }
    Ok(())
}

/// What the knowledge of an agent says to a question, beside what the workspace says; it is noted as read. That it cannot
/// be read does not keep an answer from being given.
///
/// # Errors
/// Those that stop the turn, and those of saying that nothing was searched.
pub(crate) async fn beside(
    passage: &Passage,
    answer: &mut Answer<'_>,
    agent: Option<&str>,
    query: &Query,
) -> Result<Vec<Reference>, Fault> {
    let library = match Library::open(passage, agent.unwrap_or(DEFAULT_AGENT)).await {
        Ok(library) => library,
        // That a document broke the index is no reason to say nothing.
        Err(fault) if stops(&fault) && fault.code != FaultCode::Internal => return Err(fault),
        // Who may not read knowledge is answered without it.
        Err(fault) if fault.code == FaultCode::PolicyRefused => return Ok(Vec::new()),
        Err(fault) => {
            answer.aside(Notice::warning(format!("knowledge bases were not searched: {fault}"))).await?;
            return Ok(Vec::new());
        }
    };
    if library.is_cut {
        answer.aside(Notice::info(TOO_MUCH)).await?;
    }
    let mut fitting = Vec::new();
    for hit in library.index.search(query, BESIDE_MAX) {
        let Some(reference) = library.reference(&hit).filter(|found| fits(query, found)) else { continue };
        if let Some((place, quote)) = said_by(&reference) {
            answer.chose(Chosen::new("knowledge", place, "it holds the question's words", quote.len()));
        }
        // All of the document, of which only a passage may go to a model.
        if passage.model_card().is_some()
            && let Some(source) = library.sources.get(hit.path)
        {
            passage.learn_secrets(&source.text.text);
        }
        fitting.push(reference);
    }
    Ok(fitting)
}

/// Where a document says something, and what.
pub(crate) fn said_by(reference: &Reference) -> Option<(String, &str)> {
    match reference {
        Reference::Document { title, location, quote } => {
            Some((format!("{title} ({location})"), quote.as_deref().unwrap_or_default()))
        }
        _ => None,
    }
}

/// Whether a document says most of what is asked: a single word in common is no answer.
fn fits(query: &Query, reference: &Reference) -> bool {
    let Some((place, quote)) = said_by(reference) else {
        return false;
    };
    let said = format!("{place} {quote}").to_lowercase();
    let strong: Vec<_> = query.terms.iter().filter(|term| term.weight >= 1.0).collect();
    let held = strong.iter().filter(|term| said.contains(&term.stem)).count();
    held > 0 && held * 3 >= strong.len() * 2
}

/// Where a document of the index comes from.
struct Source {
    base: String,
    text: Text,
}

/// The knowledge of an agent, ready to be searched.
struct Library {
    index: Index,
    sources: BTreeMap<String, Source>,
    bases: usize,
    /// Whether there is more than was read.
    is_cut: bool,
}

impl Library {
    /// Reads the knowledge of an agent.
    ///
    /// # Errors
    /// Those of the store, and `policy.refused`.
    async fn open(passage: &Passage, agent: &str) -> Result<Self, Fault> {
        let bases = kept::bases(passage, agent).await?;
        let (mut sources, mut bytes, mut is_cut) = (BTreeMap::new(), 0, false);
        'bases: for Found { base, .. } in &bases {
            for text in kept::texts(passage, base).await? {
                bytes += text.text.len();
                if bytes > LIBRARY_BYTES_MAX {
                    is_cut = true;
                    break 'bases;
                }
                // No path begins with `/`, so that no other base has a document of this key.
                let key = format!("{}//{}", base.name, text.path);
                sources.insert(key, Source { base: base.name.clone(), text });
            }
        }
        let documents: Vec<Document> = sources.iter().map(|(key, source)| source.document(key)).collect();
        let building = tokio::task::spawn_blocking(move || Index::build(documents));
        let index = building.await.map_err(|error| Fault::internal("indexing stopped").inner(error))?;
        Ok(Self { index, sources, bases: bases.len(), is_cut })
    }

    /// Whether there is anything to look in.
    fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The passages that fit best, each with its document and its page or lines.
    fn search(&self, query: &Query, limit: usize) -> Vec<Reference> {
        self.index.search(query, limit).iter().filter_map(|hit| self.reference(hit)).collect()
    }

    fn reference(&self, hit: &Hit<'_>) -> Option<Reference> {
        let Source { base, text } = self.sources.get(hit.path)?;
        let location = match text.page(hit.lines.first) {
            Some(page) => format!("{}, page {page}", text.path),
            None => place(&text.path, hit.lines),
        };
        let heading =
            hit.heading.as_deref().map(|heading| format!(": {}", heading.trim_start_matches('#').trim()));
        let title = format!("{base}{}", heading.unwrap_or_default());
        Some(Reference::Document { title, location, quote: Some(shown(hit.text)) })
    }
}

impl Source {
    fn document(&self, key: &str) -> Document {
        let document = Document::new(key, self.text.text.clone());
        // What somebody added to be read is worth reading, whatever its name says.
        let role = if self.text.pages.is_empty() { document.role } else { Role::Documentation };
        let role = if matches!(role, Role::Data | Role::Test) { Role::Documentation } else { role };
        Document { role, ..document }
    }
}

/// What was left out, in a table; nothing when all was read.
fn skipped_table(skipped: &[Skipped]) -> Option<Event> {
    if skipped.is_empty() {
        return None;
    }
    let mut rows: Vec<Vec<String>> = skipped
        .iter()
        .take(SKIPPED_SHOWN_MAX)
        .map(|skipped| vec![skipped.path.clone(), skipped.why.clone()])
        .collect();
    let more = skipped.len().saturating_sub(SKIPPED_SHOWN_MAX);
    if more > 0 {
        rows.push(vec![format!("{more} more"), String::new()]);
    }
    let columns = ["document", "why"].map(str::to_owned).to_vec();
    Some(Event::Table(Table { title: "What was left out".into(), columns, rows }))
}

/// A number of bytes as people say it.
fn size(bytes: u64) -> String {
    match bytes {
        0..=9_999 => format!("{bytes} bytes"),
        10_000..=9_999_999 => format!("{} KB", bytes / 1_000),
        _ => format!("{} MB", bytes / 1_000_000),
    }
}
