//! Faults: what went wrong, what to do, what to quote.

use quillon_base::Fault;

use crate::look::{Palette, paint};
use crate::width::one_line;

/// `error: sentence [code]`, then a `hint:` and a `request:` where there are any; one line each.
#[must_use]
pub fn fault_text(fault: &Fault, coloured: bool) -> String {
    let palette = Palette::new(coloured);
    let mut text = format!("{} {}\n", paint(palette.error, "error:"), one_line(&fault.to_string()));
    if let Some(hint) = &fault.hint {
        text.push_str(&format!("{} {}\n", paint(palette.strong, "hint:"), one_line(hint)));
    }
    if let Some(request) = &fault.request {
        text.push_str(&format!("{} {request}\n", paint(palette.strong, "request:")));
    }
    text
}

#[cfg(test)]
mod tests {
    use quillon_base::FaultCode;

    use super::*;
    use crate::text::visible;

    #[test]
    fn says_what_is_wrong_and_what_to_do_and_nothing_inner() {
        let fault = Fault::new(FaultCode::ModelUnknown, "there is no model `a\u{1b}[2J\nb`")
            .hint("see `quillon model list`")
            .request("req_00000000000000000000000000".parse().unwrap())
            .inner("secret");
        insta::assert_snapshot!(fault_text(&fault, false), @r"
        error: there is no model `a\u{1b}[2J b` [model.unknown]
        hint: see `quillon model list`
        request: req_00000000000000000000000000
        ");
        insta::assert_snapshot!(visible(&fault_text(&fault, true)), @r"
        ␛[1m␛[31merror:␛[0m there is no model `a\u{1b}[2J b` [model.unknown]
        ␛[1mhint:␛[0m see `quillon model list`
        ␛[1mrequest:␛[0m req_00000000000000000000000000
        ");
        insta::assert_snapshot!(fault_text(&Fault::new(FaultCode::Locked, "in use"), false), @"error: in use [locked]");
    }
}
