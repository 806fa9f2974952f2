//! From texts to findings. Start at [`Scanner::new`], then [`Scanner::scan`].
//!
//! A word that every match must have is looked for first, for all rules in one pass over the text; only rules whose words
//! are there are tried. A text of no rule is read all the same: data may come by there on its way between others.

use std::sync::Arc;
use std::thread;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::flow;
use crate::rule::{Category, Confidence, Matcher, Place, Rule, Severity, evaluate, filled, pages};
use crate::settings::{Settings, is_settings};
use crate::source::Source;
use crate::suppress::{self, Suppression};
use crate::words::Words;
use crate::{Language, fingerprint};

/// The bytes of one text that are read.
pub const TEXT_BYTES_MAX: usize = 5 * 1024 * 1024;

/// The bytes of one line, from which on a text counts as made by a machine.
const LINE_BYTES_MAX: usize = 20_000;

/// Findings of one rule in one text that are kept.
const FINDINGS_PER_RULE_MAX: usize = 500;

/// The stack of a thread that reads code: trees are as deep as code is nested.
const STACK_BYTES: usize = 128 * 1024 * 1024;

/// How a scan is watched.
#[derive(Clone, Copy)]
pub struct Watch<'a> {
    /// How many texts are read at the same time.
    pub threads: usize,
    /// Told after each text.
    pub done: &'a (dyn Fn() + Sync),
    /// Asked before each text whether to go on.
    pub is_cancelled: &'a (dyn Fn() -> bool + Sync),
}

impl Default for Watch<'_> {
    fn default() -> Self {
        Self { threads: 1, done: &|| (), is_cancelled: &|| false }
    }
}

/// A text to look at.
#[derive(Clone, Copy, Debug)]
pub struct Text<'a> {
    /// The file, as findings name it.
    pub path: &'a str,
    /// What is in it.
    pub text: &'a str,
}

/// A place in a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Spot {
    /// The file.
    pub path: String,
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The first line, from 1.
    pub line: u32,
    /// The last line.
    pub last_line: u32,
}

/// A change of a text: some bytes of it, and what comes in their place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What comes instead.
    pub text: String,
}

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// How bad it is.
    pub severity: Severity,
    /// The part of a review that it belongs to.
    pub category: Category,
    /// What it is, in a line.
    pub title: String,
    /// What is said about it.
    pub message: String,
    /// Why that matters, in Markdown.
    pub help: String,
    /// Weakness classes, as CWE numbers.
    pub cwe: Vec<u32>,
    /// Where to read more.
    pub references: Vec<String>,
    /// Where it is.
    pub spot: Spot,
    /// How the data came there, from source to sink.
    pub flow: Vec<Spot>,
    /// Stays the same while lines move.
    pub fingerprint: String,
    /// What its rule would change to mend it; see [`Scanner::mended`] for whether that is worth offering.
    pub fix: Vec<Edit>,
    /// Why it is suppressed, where a comment does that.
    pub suppressed: Option<String>,
}

/// Why a file was not read, or not all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skipped {
    /// The file.
    pub path: String,
    /// Why, as a lower-case sentence.
    pub why: String,
    /// Whether part of it was read all the same.
    pub is_partial: bool,
}

/// What a scan gives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scan {
    /// What was found, by file and line.
    pub findings: Vec<Finding>,
    /// What was not read.
    pub skipped: Vec<Skipped>,
    /// The comments that take findings back, and what each did.
    pub suppressions: Vec<Suppression>,
}

/// The rules of some languages, ready for use.
#[derive(Debug)]
pub struct Scanner {
    own: Vec<Rule>,
    /// Whether the rules that come with Quillon are used.
    has_pages: bool,
    /// Whether rules are used that are often wrong about what matters.
    is_thorough: bool,
    /// The words of the rules of each language that was made ready.
    words: FxHashMap<Language, Words>,
}

impl Default for Scanner {
    fn default() -> Self {
        Self::new(Vec::new(), true)
    }
}

impl Scanner {
    /// A scanner with some rules of one's own, beside or in the place of those that come with Quillon.
    #[must_use]
    pub fn new(own: Vec<Rule>, has_pages: bool) -> Self {
        Self { own, has_pages, is_thorough: false, words: FxHashMap::default() }
    }

    /// The same scanner with the rules of low confidence too, which otherwise are left out.
    #[must_use]
    pub fn thorough(self) -> Self {
        Self { is_thorough: true, words: FxHashMap::default(), ..self }
    }

    /// Makes the rules of a language ready; [`Scanner::scan`] does so for what it needs.
    pub fn prepare(&mut self, language: Language) {
        if !self.words.contains_key(&language) {
            let words = Words::new(self.rules(language).into_iter().map(|rule| rule.needs.as_slice()));
            self.words.insert(language, words);
        }
    }

    /// The rules for a language.
    #[must_use]
    pub fn rules(&self, language: Language) -> Vec<&Rule> {
        let reads = |rule: &&Rule| rule.languages.contains(&language);
        let folders = Language::ALL.iter().filter(|folder| self.has_pages && may_share(**folder, language));
        let is_meant = |rule: &&Rule| self.is_thorough || rule.confidence > Confidence::Low;
        let pages = folders.flat_map(|folder| pages(*folder)).map(|page| &page.rule).filter(is_meant);
        pages.chain(&self.own).filter(reads).collect()
    }

    /// Looks at some texts together: flows of data are followed between them.
    pub fn scan(&mut self, texts: &[Text<'_>]) -> Scan {
        for text in texts {
            if let Some(language) = Language::of_path(text.path) {
                self.prepare(language);
            }
        }
        self.scan_prepared(texts, &Watch::default())
    }

    /// Looks at some texts with what was made ready before; texts in other languages are skipped in silence.
    #[must_use]
    pub fn scan_prepared(&self, texts: &[Text<'_>], watch: &Watch<'_>) -> Scan {
        let mut settings = Settings::default();
        let is_short = |text: &&Text<'_>| is_settings(text.path) && text.text.len() <= TEXT_BYTES_MAX;
        texts.iter().filter(is_short).for_each(|text| settings.add(text.text));
        let settings = Arc::new(settings);
        let looked = thread::scope(|scope| {
            let share = texts.len().div_ceil(watch.threads.max(1)).max(1);
            let work = texts.chunks(share).map(|texts| {
                let settings = &settings;
                let look =
                    move || texts.iter().map(|text| self.look(text, settings, watch)).collect::<Vec<_>>();
                (texts, thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, look))
            });
            let work: Vec<_> = work.collect();
            let ended = work.into_iter().flat_map(|(texts, work)| {
                let looked = work.ok().and_then(|work| work.join().ok());
                looked.unwrap_or_else(|| texts.iter().filter_map(fell_over).map(Err).collect())
            });
            ended.collect::<Vec<_>>()
        });
        let mut scan = Scan::default();
        let mut units = Vec::new();
        for one in looked {
            match one {
                Ok((unit, findings)) => {
                    scan.skipped.extend(unit.skipped());
                    scan.findings.extend(findings);
                    units.push(unit);
                }
                Err(skipped) => scan.skipped.extend(skipped),
            }
        }
        if !(watch.is_cancelled)() {
            match on_large_stack(|| flow::follow(&units, watch.is_cancelled)) {
                Some(followed) => {
                    scan.findings.extend(followed.findings);
                    scan.skipped.extend(followed.skipped);
                }
                None => scan.skipped.extend(units.iter().map(Unit::not_followed)),
            }
        }
        scan.findings.sort_by(|a, b| (&a.spot, &a.rule).cmp(&(&b.spot, &b.rule)));
        let mut seen = FxHashSet::default();
        scan.findings
            .retain(|found| seen.insert((found.rule.clone(), found.spot.path.clone(), found.spot.line)));
        fingerprint::distinguish(&mut scan.findings);
        scan.suppressions = suppress::apply(&units, &mut scan.findings, |language| self.rules(language));
        scan
    }

    fn look<'a>(
        &'a self,
        text: &Text<'a>,
        settings: &Arc<Settings>,
        watch: &Watch<'_>,
    ) -> Result<(Unit<'a>, Vec<Finding>), Option<Skipped>> {
        let skipped = |why| Skipped { path: text.path.to_owned(), why, is_partial: false };
        if (watch.is_cancelled)() {
            return Err(Some(skipped("the review was stopped before".to_owned())));
        }
        let unit = self.unit(text).map_err(|why| why.map(skipped));
        (watch.done)();
        let mut unit = unit?;
        unit.source.settings = Arc::clone(settings);
        let findings = self.search(&unit);
        Ok((unit, findings))
    }

    /// A text as rules see it, with the rules to try; `None` where its language is not one of ours.
    fn unit<'a>(&'a self, text: &Text<'a>) -> Result<Unit<'a>, Option<String>> {
        let language = Language::of_path(text.path).ok_or(None)?;
        let words =
            self.words.get(&language).ok_or_else(|| Some("its language was not made ready".to_owned()))?;
        if text.text.len() > TEXT_BYTES_MAX {
            return Err(Some(format!("it has more than {TEXT_BYTES_MAX} bytes")));
        }
        if text.text.lines().any(|line| line.len() > LINE_BYTES_MAX) {
            return Err(Some("it looks as if a machine made it: a line is very long".to_owned()));
        }
        let rules = self.rules(language);
        let possible = words.possible(text.text).into_iter().map(|place| rules[place]);
        let rules: Vec<&Rule> = possible.filter(|rule| rule.is_about(text.path)).collect();
        let source = Source::read(language, text.text).map_err(|cut| {
            Some(match cut {
                quillon_lang::Cut::Cancelled => "the review was cancelled".to_owned(),
                quillon_lang::Cut::TooLarge => "it is too large".to_owned(),
                quillon_lang::Cut::TooManySteps | quillon_lang::Cut::TooManyFacts => {
                    "it takes too many steps to read".to_owned()
                }
            })
        })?;
        Ok(Unit { path: text.path, source, rules })
    }

    fn search(&self, unit: &Unit<'_>) -> Vec<Finding> {
        let mut findings = Vec::new();
        for rule in &unit.rules {
            if let Matcher::Search(formula) = &rule.matcher {
                let places = evaluate(formula, &unit.source);
                findings
                    .extend(places.iter().take(FINDINGS_PER_RULE_MAX).map(|place| unit.finding(rule, place)));
            }
        }
        findings
    }
}

/// What is said of a text in a language of ours whose thread could not start or ended early.
fn fell_over(text: &Text<'_>) -> Option<Option<Skipped>> {
    Language::of_path(text.path)?;
    let why = "an error of the scanner itself stopped it".to_owned();
    Some(Some(Skipped { path: text.path.to_owned(), why, is_partial: false }))
}

/// TypeScript takes the rules of JavaScript too.
fn may_share(folder: Language, language: Language) -> bool {
    folder == language || (folder == Language::JavaScript && language == Language::TypeScript)
}

/// A text as rules see it.
#[derive(Debug)]
pub(crate) struct Unit<'a> {
    pub(crate) path: &'a str,
    pub(crate) source: Source,
    /// The rules whose words it has.
    pub(crate) rules: Vec<&'a Rule>,
}

/// Runs something on a thread with a stack that holds deep trees; `None` where there is no thread or it fell over.
fn on_large_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    thread::scope(|scope| {
        let work = thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work);
        work.ok().and_then(|work| work.join().ok())
    })
}

impl Unit<'_> {
    fn skipped(&self) -> Option<Skipped> {
        let is_partial = self.source.has_errors || self.source.tree.is_cut;
        let why = "parts of it are not code that can be read".to_owned();
        is_partial.then(|| Skipped { path: self.path.to_owned(), why, is_partial })
    }

    pub(crate) fn not_followed(&self) -> Skipped {
        let why = "the flow of its data could not be followed to the end".to_owned();
        Skipped { path: self.path.to_owned(), why, is_partial: true }
    }

    pub(crate) fn spot(&self, span: std::ops::Range<usize>) -> Spot {
        let last = span.end.saturating_sub(1).max(span.start);
        Spot {
            path: self.path.to_owned(),
            line: self.source.line(span.start),
            last_line: self.source.line(last),
            start: span.start,
            end: span.end,
        }
    }

    pub(crate) fn finding(&self, rule: &Rule, place: &Place) -> Finding {
        let spot = self.spot(place.span.clone());
        Finding {
            rule: rule.id.clone(),
            severity: rule.severity,
            category: rule.category,
            title: rule.title.clone(),
            message: filled(&rule.message, place, &self.source).0,
            help: rule.help.clone(),
            cwe: rule.cwe.clone(),
            references: rule.references.clone(),
            fingerprint: fingerprint::of(rule, self.path, self.source.line_text(spot.line)),
            flow: Vec::new(),
            fix: rule.fix.as_ref().map_or_else(Vec::new, |fix| fix.edits(place, &self.source)),
            suppressed: None,
            spot,
        }
    }
}
