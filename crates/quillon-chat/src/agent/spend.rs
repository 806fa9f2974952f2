//! What a turn may spend, and how much a request will be.
//!
//! Invariant: no model call begins when, by the estimate, it would go beyond what is left. The estimate comes from bytes
//! and learns from what the provider reports; a provider that reports nothing is charged the estimate.

use quillon_base::{Fault, FaultCode};
use quillon_contract::settings::Settings;
use quillon_model::{ModelCard, ModelRequest, Part, Price, TokenUsage};

use crate::explain::BYTES_PER_TOKEN;
use crate::kept::{Spent, Turn};

/// Bytes of a hundred tokens before anything was reported: fewer than in most texts, so that the first call fits.
const BYTES_PER_100_TOKENS: u64 = 100 * BYTES_PER_TOKEN;
/// What is believed of a report, in bytes for a hundred tokens: nothing that would make a window seem endless.
const BELIEVED: (u64, u64) = (150, 600);
/// Reports of smaller requests say more of the request's frame than of its text.
const REPORT_TOKENS_MIN: u64 = 200;
/// What a picture is taken for, in bytes of text.
const IMAGE_BYTES: u64 = 6_000;
/// Millionths of a dollar in a cent.
const MICRODOLLARS_PER_CENT: u64 = 10_000;

/// Turns bytes into tokens.
#[derive(Clone, Copy, Debug)]
pub(super) struct Gauge {
    bytes_per_100_tokens: u64,
}

impl Default for Gauge {
    fn default() -> Self {
        Self { bytes_per_100_tokens: BYTES_PER_100_TOKENS }
    }
}

impl Gauge {
    /// About how many tokens these bytes are.
    pub(super) const fn tokens(self, bytes: u64) -> u64 {
        (bytes * 100).div_ceil(self.bytes_per_100_tokens)
    }

    /// About how many bytes these tokens are.
    pub(super) fn bytes(self, tokens: u64) -> usize {
        usize::try_from(tokens.saturating_mul(self.bytes_per_100_tokens) / 100).unwrap_or(usize::MAX)
    }

    /// Learns from a report, half at a time.
    pub(super) fn learn(&mut self, bytes: u64, input_tokens: u64) {
        if input_tokens >= REPORT_TOKENS_MIN {
            let reported = (bytes * 100 / input_tokens).clamp(BELIEVED.0, BELIEVED.1);
            self.bytes_per_100_tokens = u64::midpoint(self.bytes_per_100_tokens, reported);
        }
    }
}

/// The bytes of a request, pictures as what they count for.
pub(super) fn request_bytes(request: &ModelRequest) -> u64 {
    let tools: usize = request
        .tools
        .iter()
        .map(|tool| tool.name.len() + tool.description.len() + tool.input_schema.to_string().len())
        .sum();
    let parts = request.messages.iter().flat_map(|message| &message.parts);
    let messages: u64 = parts.map(part_bytes).sum();
    (request.system.len() + tools) as u64 + messages
}

/// The bytes of a part of a message.
pub(super) fn part_bytes(part: &Part) -> u64 {
    match part {
        Part::Image { .. } => IMAGE_BYTES,
        Part::Text { text } => text.len() as u64,
        Part::ToolCall { name, arguments, .. } => (name.len() + arguments.len()) as u64,
        Part::ToolResult { text, .. } => text.len() as u64,
        Part::Reasoning { text, seal } => (text.len() + seal.as_ref().map_or(0, String::len)) as u64,
    }
}

/// What a turn may spend, and what it spent.
#[derive(Clone, Copy, Debug)]
pub(super) struct Budget {
    steps_max: u64,
    tokens_max: u64,
    cost_max_microdollars: u64,
    pub(super) price: Option<Price>,
    output_tokens_max: u64,
    spent: Spent,
}

impl Budget {
    /// What the person chose, for this model. Of a turn that was cut off, what it spent is spent: nobody gets a new budget
    /// by a crash. One that ended because the budget was used up is gone on with on the person's word, and anew.
    pub(super) fn of(
        settings: &Settings,
        card: &ModelCard,
        output_tokens_max: u32,
        before: Option<&Turn>,
    ) -> Self {
        let cut_off = |turn: &&Turn| turn.fault.is_some_and(|fault| fault != FaultCode::BudgetExceeded);
        let spent = before.filter(cut_off).map(|turn| turn.spent).unwrap_or_default();
        let number = |key| settings.number(key).unsigned_abs();
        Self {
            steps_max: number("quillon.chat.steps"),
            tokens_max: number("quillon.chat.tokens"),
            cost_max_microdollars: number("quillon.chat.cents") * MICRODOLLARS_PER_CENT,
            price: card.price,
            output_tokens_max: u64::from(output_tokens_max),
            spent,
        }
    }

    /// What was spent so far, with what a turn that was cut off had spent.
    pub(super) const fn spent(&self) -> Spent {
        self.spent
    }

    /// The same, with a call of about so many tokens that is under way.
    pub(super) fn spent_with(&self, input_tokens: u64) -> Spent {
        let mut with = *self;
        with.count(TokenUsage { input: input_tokens, ..TokenUsage::default() }, 0, 0, Gauge::default());
        with.spent
    }

    /// Counts a model call that begins; gives its number.
    pub(super) const fn begin(&mut self) -> u64 {
        self.spent.steps += 1;
        self.spent.steps
    }

    /// Whether one more call of about so many tokens may begin.
    ///
    /// # Errors
    /// `budget.exceeded` with the setting that says so.
    pub(super) fn check(&self, input_tokens: u64) -> Result<(), Fault> {
        let exceeded = |what: String, key: &str| {
            Err(Fault::new(FaultCode::BudgetExceeded, format!("this turn has used up its {what}"))
                .hint(format!("what was done is kept: go on with `--resume`, or raise `{key}`")))
        };
        if self.spent.steps >= self.steps_max {
            return exceeded(format!("{} steps", self.steps_max), "quillon.chat.steps");
        }
        if self.spent.tokens.saturating_add(input_tokens).saturating_add(self.output_tokens_max)
            > self.tokens_max
        {
            return exceeded(format!("{} tokens", self.tokens_max), "quillon.chat.tokens");
        }
        let next =
            TokenUsage { input: input_tokens, output: self.output_tokens_max, ..TokenUsage::default() };
        if self.spent.cost_microdollars.saturating_add(self.cost(next)) > self.cost_max_microdollars {
            let cents = self.cost_max_microdollars / MICRODOLLARS_PER_CENT;
            return exceeded(format!("{cents} US cents"), "quillon.chat.cents");
        }
        Ok(())
    }

    /// Counts a call: what was reported, or the estimate when nothing was.
    pub(super) fn count(&mut self, usage: TokenUsage, estimated_input: u64, output_bytes: u64, gauge: Gauge) {
        let input = if usage.input == 0 { estimated_input } else { usage.input };
        let output = if usage.output == 0 { gauge.tokens(output_bytes) } else { usage.output };
        let cost = self.cost(TokenUsage { input, output, ..usage });
        self.spent.tokens = self.spent.tokens.saturating_add(input).saturating_add(output);
        self.spent.cost_microdollars = self.spent.cost_microdollars.saturating_add(cost);
    }

    fn cost(&self, usage: TokenUsage) -> u64 {
        self.price.map_or(0, |price| price.microdollars(usage))
    }
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;
    use quillon_model::ModelId;

    use super::*;

    fn budget(changes: &[(&str, &str)], price: Option<Price>) -> Budget {
        let mut settings = Settings::default();
        changes.iter().for_each(|(key, value)| settings.set(key, Some(value)).unwrap());
        let id = ModelId::new("m").unwrap();
        let card = ModelCard { price, ..ModelCard::new(id, "p", Region::device(), 1) };
        Budget::of(&settings, &card, 1_000, None)
    }

    #[test]
    fn each_limit_stops_the_next_call() {
        let refused = |budget: &Budget, input| budget.check(input).err().map(|fault| fault.message);
        let mut steps = budget(&[("quillon.chat.steps", "2")], None);
        assert_eq!(refused(&steps, 10), None);
        steps.begin();
        steps.begin();
        assert_eq!(refused(&steps, 10).unwrap(), "this turn has used up its 2 steps");
        let mut tokens = budget(&[("quillon.chat.tokens", "10000")], None);
        tokens.count(
            TokenUsage { input: 5_000, output: 500, ..TokenUsage::default() },
            0,
            0,
            Gauge::default(),
        );
        assert_eq!(refused(&tokens, 3_500), None);
        assert!(refused(&tokens, 3_501).unwrap().contains("10000 tokens"));
        // 3 dollars for a million tokens read, 15 for a million written: 1,000 and 1,000 are 1.8 cents.
        let price = Price {
            input_microdollars_per_million: 3_000_000,
            output_microdollars_per_million: 15_000_000,
            cached_microdollars_per_million: None,
            cache_written_microdollars_per_million: None,
        };
        let mut cents = budget(&[("quillon.chat.cents", "3")], Some(price));
        assert_eq!(refused(&cents, 1_000), None);
        cents.count(
            TokenUsage { input: 1_000, output: 1_000, ..TokenUsage::default() },
            0,
            0,
            Gauge::default(),
        );
        assert!(refused(&cents, 1_000).unwrap().contains("3 US cents"));
    }

    #[test]
    fn who_reports_nothing_is_charged_the_estimate() {
        let mut tokens = budget(&[("quillon.chat.tokens", "10000")], None);
        tokens.count(TokenUsage::default(), 8_000, 3_000, Gauge::default());
        assert_eq!(tokens.spent.tokens, 9_000);
    }

    #[test]
    fn a_turn_that_was_cut_off_has_spent_what_it_spent() {
        let id = "cnv_00000000000000000000000000".parse().unwrap();
        let spent = Spent { steps: 7, tokens: 900, cost_microdollars: 5 };
        let mut turn = Turn { spent, ..Turn::new(id, 0) };
        let card = ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 1);
        let carried = |turn: &Turn| Budget::of(&Settings::default(), &card, 1_000, Some(turn)).spent();
        assert_eq!(carried(&turn), Spent::default(), "it ended well");
        for fault in [FaultCode::Cancelled, FaultCode::ModelFailed] {
            turn.fault = Some(fault);
            assert_eq!(carried(&turn), spent);
        }
        turn.fault = Some(FaultCode::BudgetExceeded);
        assert_eq!(carried(&turn), Spent::default());
    }

    #[test]
    fn the_gauge_learns_and_does_not_believe_everything() {
        let mut gauge = Gauge::default();
        assert_eq!(gauge.tokens(3_000), 1_000);
        gauge.learn(4_000, 1_000);
        assert_eq!(gauge.tokens(3_500), 1_000);
        gauge.learn(1_000_000_000, 1_000);
        assert_eq!(gauge.bytes_per_100_tokens, 475);
        gauge.learn(1, 100);
        assert_eq!(gauge.bytes_per_100_tokens, 475);
    }
}
