//! Usage that can be believed: what a provider reports, held between what the bytes allow.
//!
//! Budgets hang on these numbers. A server that reports nothing, or next to nothing, would make them endless; one that
//! reports billions would end them at once. A token is at least one byte, and in no text of length more than 32 on
//! average.

use crate::{ModelCard, TokenUsage};

/// No tokeniser makes fewer tokens than one for so many bytes.
const BYTES_PER_TOKEN_MAX: u64 = 32;
/// Used where nothing is reported.
const BYTES_PER_TOKEN_USUAL: u64 = 4;

/// Holds what one call is reported to have used against the bytes that went and came.
pub(crate) fn believable(
    reported: Option<TokenUsage>,
    card: &ModelCard,
    request_bytes: usize,
    answer_bytes: usize,
    output_tokens_max: u32,
) -> TokenUsage {
    let (request, answer) = (request_bytes as u64, answer_bytes as u64);
    let Some(reported) = reported.filter(|usage| usage.input > 0 || usage.output > 0) else {
        let of = |bytes: u64| bytes.div_ceil(BYTES_PER_TOKEN_USUAL);
        return TokenUsage { input: of(request), output: of(answer), ..TokenUsage::default() };
    };
    // Reasoning that is not shown counts too, so the answer's bytes are no upper bound; what was allowed is.
    let output_most = u64::from(output_tokens_max).max(answer).max(card.window_tokens);
    let input_most = card.window_tokens.max(request);
    let input = reported.input.clamp((request / BYTES_PER_TOKEN_MAX).min(input_most), input_most);
    let output = reported.output.clamp((answer / BYTES_PER_TOKEN_MAX).min(output_most), output_most);
    let cached = reported.cached.min(input);
    TokenUsage { input, output, cached, cache_written: reported.cache_written.min(input - cached) }
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;

    use super::*;
    use crate::ModelId;

    #[track_caller]
    fn check(reported: Option<(u64, u64, u64)>, expected: (u64, u64, u64)) {
        let card = ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 100_000);
        let reported =
            reported.map(|(input, output, cached)| TokenUsage { input, output, cached, cache_written: 0 });
        let found = believable(reported, &card, 3_200, 640, 500);
        assert_eq!((found.input, found.output, found.cached), expected, "{reported:?}");
    }

    #[test]
    fn a_report_is_held_to_what_the_bytes_allow() {
        check(Some((800, 160, 600)), (800, 160, 600));
        check(None, (800, 160, 0));
        check(Some((0, 0, 0)), (800, 160, 0));
        check(Some((1, 1, 0)), (100, 20, 0));
        check(Some((u64::MAX, u64::MAX, u64::MAX)), (100_000, 100_000, 100_000));
        check(Some((800, 160, 900)), (800, 160, 800));
    }
}
