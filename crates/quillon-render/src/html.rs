//! Findings as a page of their own: one file that needs nothing from anywhere, no script, and no colour to be understood.
//!
//! It is read from the top: what was found, counted by severity; then each finding under its file, folded where it is
//! long. Everything can be reached with the keyboard and has a name for those who hear it; it prints, and follows the
//! reader's choice of dark or light. Invariant: every text from outside passes [`escaped`].

use std::collections::BTreeMap;

use quillon_contract::Event;
use quillon_contract::ask::Severity;
use quillon_contract::event::{Finding, Notice, Patch, Skipped, SuppressedBy};

use crate::blocks::{apart_words, severity_word};
use crate::look::Palette;
use crate::notes;
use crate::patch::patch;
use crate::reference::place_text;

/// How the page looks. Both schemes keep a contrast of at least 4.5 to 1.
const STYLE: &str = "\
:root{color-scheme:light dark;--ground:#fff;--text:#1b1f24;--quiet:#57606a;--line:#d0d7de;--code:#f6f8fa;\
--bad:#a40e26;--warn:#7a4d05;--calm:#0b5394;--add:#116329;--focus:#0b5394}\
@media(prefers-color-scheme:dark){:root{--ground:#0d1117;--text:#e6edf3;--quiet:#9da7b3;--line:#30363d;\
--code:#161b22;--bad:#ff9492;--warn:#f0b72f;--calm:#91cbff;--add:#7ee787;--focus:#91cbff}}\
*{box-sizing:border-box}body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--ground);color:var(--text);\
font:1rem/1.5 system-ui,sans-serif}h1{font-size:1.5rem}h2{font-size:1.15rem;overflow-wrap:anywhere;\
border-bottom:1px solid var(--line);padding-bottom:.25rem;margin-top:2rem}h3{font-size:1rem;margin:.25rem 0}\
a{color:var(--calm)}:focus-visible{outline:3px solid var(--focus);outline-offset:2px}\
.skip{position:absolute;left:-999px}.skip:focus{left:1rem;top:1rem;background:var(--ground);padding:.5rem}\
table{border-collapse:collapse}th,td{border:1px solid var(--line);padding:.25rem .75rem;text-align:left}\
td.count{text-align:right;font-variant-numeric:tabular-nums}article{border:1px solid var(--line);border-radius:6px;\
padding:.75rem 1rem;margin:1rem 0}pre{overflow-x:auto;background:var(--code);padding:.75rem;border-radius:6px;\
font:.875rem/1.45 ui-monospace,monospace;tab-size:4}code{font-family:ui-monospace,monospace}\
.quiet{color:var(--quiet)}.critical,.high{color:var(--bad)}.medium{color:var(--warn)}.low,.info{color:var(--calm)}\
.word{font-weight:700;text-transform:uppercase;font-size:.8rem;letter-spacing:.04em}.gone{color:var(--bad)}\
.come{color:var(--add)}mark{background:none;color:inherit;font-weight:700;text-decoration:underline}\
summary{cursor:pointer}@media print{details{display:block}article{break-inside:avoid}}";

const SEVERITIES: [Severity; 5] =
    [Severity::Critical, Severity::High, Severity::Medium, Severity::Low, Severity::Info];

/// An answer as one page.
#[derive(Clone, Debug, Default)]
pub struct Html {
    findings: Vec<Finding>,
    skipped: Vec<Skipped>,
    notices: Vec<Notice>,
    summary: String,
    failure: Option<String>,
}

impl Html {
    /// Sorts an event in; what is said while the work goes on has no place in a page.
    pub fn add(&mut self, event: Event) {
        match event {
            Event::Finding(found) => self.findings.push(found),
            Event::Skipped(skipped) => self.skipped.push(skipped),
            Event::Notice(notice) => self.notices.push(notice),
            Event::Text { text } => self.summary.push_str(&text),
            Event::End(end) => self.failure = notes::failure(&end.outcome),
            _ => {}
        }
    }

    /// The page.
    #[must_use]
    pub fn text(&self) -> String {
        let (counted, taken): (Vec<&Finding>, Vec<&Finding>) =
            self.findings.iter().partition(|found| found.suppressed.is_none());
        let mut page = format!(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n\
             <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
             <title>Review: {}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n\
             <a class=\"skip\" href=\"#findings\">Skip to the findings</a>\n<header>\n<h1>Review</h1>\n",
            escaped(self.summary.trim())
        );
        page.push_str(&format!("<p>{}</p>\n", escaped(self.summary.trim())));
        if let Some(failure) = &self.failure {
            page.push_str(&format!("<p role=\"alert\" class=\"critical\">{}</p>\n", escaped(failure)));
        }
        page.push_str(&counts(&counted));
        page.push_str("</header>\n<main id=\"findings\" tabindex=\"-1\">\n");
        if counted.is_empty() && self.failure.is_none() {
            page.push_str("<p>Nothing was found.</p>\n");
        }
        page.push_str(&by_file(&counted));
        page.push_str(&folded(
            "Taken back",
            &taken.iter().map(|found| article(found)).collect::<String>(),
            taken.len(),
        ));
        page.push_str(&folded("Left out", &self.left_out(), self.skipped.len()));
        page.push_str(&folded("Notes", &self.notes(), self.notices.len()));
        page.push_str("</main>\n</body>\n</html>\n");
        page
    }

    fn left_out(&self) -> String {
        let row = |skipped: &Skipped| {
            let how = if skipped.partial { "in part" } else { "not at all" };
            format!(
                "<tr><td><code>{}</code></td><td>{how}</td><td>{}</td></tr>\n",
                escaped(&skipped.path),
                escaped(&skipped.reason)
            )
        };
        let rows: String = self.skipped.iter().map(row).collect();
        format!(
            "<table>\n<thead><tr><th scope=\"col\">File</th><th scope=\"col\">Reviewed</th><th scope=\"col\">Why</th></tr></thead>\n\
             <tbody>\n{rows}</tbody>\n</table>\n"
        )
    }

    fn notes(&self) -> String {
        let item = |notice: &Notice| format!("<li>{}</li>\n", escaped(&notice.text));
        format!("<ul>\n{}</ul>\n", self.notices.iter().map(item).collect::<String>())
    }
}

/// How many findings there are of each severity.
fn counts(findings: &[&Finding]) -> String {
    let row = |severity: Severity| {
        let count = findings.iter().filter(|found| found.severity == severity).count();
        let word = severity_word(severity);
        format!("<tr><th scope=\"row\" class=\"{word}\">{word}</th><td class=\"count\">{count}</td></tr>\n")
    };
    format!(
        "<table>\n<caption>Findings by severity</caption>\n<tbody>\n{}</tbody>\n</table>\n",
        SEVERITIES.map(row).concat()
    )
}

/// A section for each file, in the order in which the findings came.
fn by_file(findings: &[&Finding]) -> String {
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut files: Vec<(&str, Vec<&Finding>)> = Vec::new();
    for found in findings {
        let path = found.place.path.as_str();
        let place = *places.entry(path).or_insert_with(|| {
            files.push((path, Vec::new()));
            files.len() - 1
        });
        files[place].1.push(found);
    }
    let section = |(nth, (path, findings)): (usize, &(&str, Vec<&Finding>))| {
        let articles: String = findings.iter().map(|found| article(found)).collect();
        let apart = findings.first().and_then(|found| found.apart);
        let apart = apart.map_or_else(String::new, |apart| {
            format!(" <span class=\"quiet\">({})</span>", apart_words(apart))
        });
        format!(
            "<section aria-labelledby=\"file-{nth}\">\n<h2 id=\"file-{nth}\"><code>{}</code>{apart}</h2>\n{articles}</section>\n",
            escaped(path)
        )
    };
    files.iter().enumerate().map(section).collect()
}

fn article(found: &Finding) -> String {
    let word = severity_word(found.severity);
    let classes: Vec<String> = found
        .cwe
        .iter()
        .map(|number| {
            format!("<a href=\"https://cwe.mitre.org/data/definitions/{number}.html\">CWE-{number}</a>")
        })
        .collect();
    let mut text = format!(
        "<article>\n<h3><span class=\"word {word}\">{word}</span> {}</h3>\n<p class=\"quiet\"><code>{}</code> \
         <code>{}</code> {}</p>\n",
        escaped(&found.headline),
        escaped(&place_text(&found.place)),
        escaped(&found.rule),
        classes.join(" ")
    );
    if let Some(suppressed) = &found.suppressed {
        let by = match suppressed.by {
            SuppressedBy::Comment => "A comment takes it back",
            SuppressedBy::Baseline => "The baseline has it",
        };
        text.push_str(&format!("<p>{by}: {}</p>\n", escaped(&suppressed.reason)));
    }
    text.push_str(&code(found));
    text.push_str(&paragraphs(&found.explanation));
    if !found.path.is_empty() {
        let step = |place| format!("<li><code>{}</code></li>\n", escaped(&place_text(place)));
        let steps: String = found.path.iter().map(step).collect();
        text.push_str(&format!(
            "<details open><summary>How the data came</summary>\n<ol>\n{steps}</ol>\n</details>\n"
        ));
    }
    if let Some(fix) = &found.fix {
        text.push_str(&format!("<details><summary>Fix</summary>\n{}</details>\n", difference(fix)));
    }
    let links: String = found.references.iter().filter_map(|link| anchor(link)).collect();
    if !links.is_empty() {
        text.push_str(&format!("<ul>\n{links}</ul>\n"));
    }
    text.push_str("</article>\n");
    text
}

/// A link to elsewhere; the page itself asks for nothing from there.
fn anchor(link: &str) -> Option<String> {
    let is_link = link.starts_with("https://") || link.starts_with("http://");
    let link = escaped(link);
    is_link.then(|| format!("<li><a href=\"{link}\" rel=\"noreferrer\">{link}</a></li>\n"))
}

/// The lines of code, the ones that are meant set off.
fn code(found: &Finding) -> String {
    let Some(snippet) = &found.snippet else { return String::new() };
    let digits = (u64::from(snippet.first) + snippet.text.lines().count() as u64).to_string().len();
    let line = |(text, number): (&str, u32)| {
        let is_meant = (found.place.lines.first..=found.place.lines.last).contains(&number);
        let text = escaped(text);
        let text = if is_meant { format!("<mark>{text}</mark>") } else { text };
        format!("<span class=\"quiet\">{number:>digits$} </span>{text}\n")
    };
    let lines: String = snippet.text.lines().zip(snippet.first..).map(line).collect();
    format!(
        "<pre tabindex=\"0\" role=\"region\" aria-label=\"Code at {}\">{lines}</pre>\n",
        escaped(&place_text(&found.place))
    )
}

fn difference(fix: &Patch) -> String {
    let line = |line: &str| {
        let text = escaped(line);
        match line.as_bytes().first() {
            Some(b'+') => format!("<span class=\"come\">{text}</span>\n"),
            Some(b'-') => format!("<span class=\"gone\">{text}</span>\n"),
            _ => format!("{text}\n"),
        }
    };
    let lines: String = patch(fix, &Palette::default()).lines().map(line).collect();
    format!("<pre tabindex=\"0\" role=\"region\" aria-label=\"Difference\">{lines}</pre>\n")
}

/// Prose in paragraphs, with code between backticks set as code.
fn paragraphs(markdown: &str) -> String {
    let paragraph = |text: &str| {
        let parts: String = text
            .split('`')
            .enumerate()
            .map(|(nth, part)| {
                let part = escaped(part);
                if nth % 2 == 1 { format!("<code>{part}</code>") } else { part }
            })
            .collect();
        format!("<p>{parts}</p>\n")
    };
    markdown.split("\n\n").filter(|text| !text.trim().is_empty()).map(paragraph).collect()
}

fn folded(title: &str, content: &str, count: usize) -> String {
    if count == 0 {
        return String::new();
    }
    format!("<details>\n<summary><strong>{title}</strong> ({count})</summary>\n{content}</details>\n")
}

/// A text for markup: nothing in it is markup, and nothing turns the direction of what stands around it.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in quillon_text::terminal_safe(text).chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use quillon_base::LineRange;
    use quillon_contract::event::{Place, Snippet};

    use super::*;

    #[test]
    fn text_from_outside_is_never_markup_and_nothing_is_asked_of_elsewhere() {
        let hostile = "<script>alert('x')</script>\"&\u{202e}";
        let found = Finding {
            rule: hostile.into(),
            severity: Severity::High,
            headline: hostile.into(),
            explanation: format!("`{hostile}` and {hostile}"),
            place: Place { path: hostile.into(), lines: LineRange { first: 1, last: 1 } },
            range: None,
            path: vec![Place { path: hostile.into(), lines: LineRange { first: 1, last: 1 } }],
            cwe: vec![79],
            fingerprint: hostile.into(),
            fix: None,
            snippet: Some(Snippet { first: 1, text: hostile.into() }),
            references: vec![format!("javascript:{hostile}"), format!("https://example.com/{hostile}")],
            apart: None,
            suppressed: None,
        };
        let mut page = Html::default();
        page.add(Event::Finding(found));
        page.add(Event::Skipped(Skipped { path: hostile.into(), reason: hostile.into(), partial: true }));
        page.add(Notice::warning(hostile));
        page.add(Event::Text { text: hostile.into() });
        let text = page.text();
        assert!(!text.contains("<script") && !text.contains("javascript:") && !text.contains('\u{202e}'));
        assert!(!text.contains("src=") && !text.contains("@import") && !text.contains("url("), "{text}");
        assert_eq!(text.matches("<article>").count(), text.matches("</article>").count());
        assert!(
            text.contains("<html lang=\"en\">")
                && text.contains("<caption>")
                && text.contains("scope=\"row\"")
        );
    }

    #[test]
    fn nothing_found_is_said() {
        let text = Html::default().text();
        assert!(text.contains("<p>Nothing was found.</p>"), "{text}");
    }
}
