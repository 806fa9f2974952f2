//! Where a statement comes from: lines of a file with their numbers, a document, a licence.

use quillon_contract::event::{Place, Reference};
use quillon_text::terminal_safe;

use crate::look::{Palette, paint};
use crate::markdown::code_line;
use crate::width::one_line;

/// `path:first-last`, or `path:line` for one line.
pub(crate) fn place_text(place: &Place) -> String {
    let (path, first, last) = (one_line(&place.path), place.lines.first, place.lines.last);
    if first == last { format!("{path}:{first}") } else { format!("{path}:{first}-{last}") }
}

/// A reference as a block of lines.
pub(crate) fn reference(reference: &Reference, palette: &Palette) -> String {
    match reference {
        Reference::Passage { place, heading, text, language } => {
            let language = language.as_deref().map(one_line);
            let about: Vec<String> =
                [heading.as_deref().map(one_line), language.clone()].into_iter().flatten().collect();
            let about = if about.is_empty() { String::new() } else { format!("  ({})", about.join(", ")) };
            let head = format!("{}{}", paint(palette.strong, place_text(place)), paint(palette.quiet, about));
            let code = numbered(text, place.lines.first, language.as_deref().unwrap_or_default(), palette);
            format!("{head}\n{code}")
        }
        Reference::Document { title, location, quote } => {
            let head = format!("{}  {}", paint(palette.strong, one_line(title)), one_line(location));
            let quote = quote.as_deref().map(terminal_safe).unwrap_or_default();
            let lines = quote.lines().map(|line| format!("{} {line}\n", paint(palette.quiet, ">")));
            format!("{head}\n{}", lines.collect::<String>())
        }
        Reference::Licence { spdx, repository, path } => {
            let [spdx, repository, path] = [spdx, repository, path].map(|text| one_line(text));
            format!("matches public code under {}: {repository} {path}\n", paint(palette.strong, spdx))
        }
    }
}

/// Lines of code with their numbers, never wrapped.
fn numbered(text: &str, first: u32, language: &str, palette: &Palette) -> String {
    let safe = terminal_safe(text);
    let lines: Vec<&str> = safe.lines().collect();
    let last = u64::from(first) + lines.len().saturating_sub(1) as u64;
    let digits = last.to_string().len();
    let line = |(at, line): (usize, &&str)| {
        let number = format!("{:>digits$} |", u64::from(first) + at as u64);
        let line = format!("{} {}", paint(palette.quiet, number), code_line(line, language, palette));
        format!("{}\n", line.trim_end())
    };
    lines.iter().enumerate().map(line).collect()
}
