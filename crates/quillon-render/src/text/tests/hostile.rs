//! Text that would command the terminal, in every place where an event has text.

use super::*;

/// Text as an attacker would have it: escapes of seven and eight bits, turned text, a lone carriage return.
const HOSTILE: &str = "\u{1b}]0;x\u{7}\u{9b}2J\u{202e}\ra";

fn hostile_patch() -> Patch {
    let edit = TextEdit { range: TextRange::default(), text: HOSTILE.into(), before: HOSTILE.into() };
    let files = BTreeMap::from([
        (format!("1{HOSTILE}"), FileChange::Edit { edits: vec![edit], before_sha256: HOSTILE.into() }),
        (format!("2{HOSTILE}"), FileChange::Create { text: HOSTILE.into() }),
    ]);
    Patch { summary: HOSTILE.into(), files }
}

fn hostile_references() -> [Reference; 3] {
    let h = || HOSTILE.to_owned();
    let place = place(HOSTILE, 1, 2);
    [
        Reference::Passage { place, heading: Some(h()), text: h(), language: Some(h()) },
        Reference::Document { title: h(), location: h(), quote: Some(h()) },
        Reference::Licence { spdx: h(), repository: h(), path: h() },
    ]
}

fn hostile_events() -> Vec<Event> {
    let h = || HOSTILE.to_owned();
    let place = || place(HOSTILE, 1, 2);
    let step = |state| Step { id: h(), title: h(), state, note: Some(h()) };
    let markdown = format!("\n```{HOSTILE}\n{HOSTILE}\n```\n|{HOSTILE}|\n|-|\n|{HOSTILE}|\n\n# {HOSTILE}\n");
    let mut events = vec![
        text(HOSTILE),
        text(&markdown),
        Event::Suggestion(Suggestion {
            id: h(),
            text: h(),
            replaces: TextRange::default(),
            version: 1,
            references: hostile_references().to_vec(),
        }),
        Event::Finding(Finding {
            rule: h(),
            severity: Severity::Low,
            headline: h(),
            explanation: h(),
            place: place(),
            range: None,
            path: vec![place()],
            cwe: vec![],
            fingerprint: h(),
            fix: Some(hostile_patch()),
            snippet: Some(Snippet { first: 1, text: h() }),
            references: vec![h()],
            apart: None,
            suppressed: None,
        }),
        Event::Skipped(Skipped { path: h(), reason: h(), partial: false }),
        Event::Patch(hostile_patch()),
        Event::Plan(Plan { title: h(), steps: vec![step(StepState::Failed)] }),
        Event::Table(Table { title: h(), columns: vec![h()], rows: vec![vec![h(), h()]] }),
        Event::Chart(Chart {
            title: h(),
            kind: ChartKind::Bar,
            unit: h(),
            labels: vec![h()],
            series: vec![Series { name: h(), values: vec![1.0] }, Series { name: h(), values: vec![] }],
        }),
        Event::Artifact(Artifact { name: h(), media_type: h(), text: h() }),
        Event::Tool(ToolActivity {
            id: h(),
            tool: h(),
            summary: h(),
            state: ToolState::Finished,
            output: Some(h()),
        }),
        Event::Progress(Progress { label: h(), done: 1, total: Some(2) }),
        Notice::warning(h()),
        question(Expected::Approval { action: h(), resource: h(), may_trust: false }),
        question(Expected::Choice { options: vec![h()] }),
        end(
            Outcome::Failed { fault: Fault::new(FaultCode::ModelFailed, h()).hint(h()) },
            Some(Answerer::Script { name: h() }),
        ),
    ];
    events.extend(hostile_references().map(Event::Reference));
    events
}

fn commands(text: &str) -> bool {
    text.chars().any(|c| (c.is_control() && c != '\n') || c == '\u{202e}')
}

#[test]
fn nothing_from_outside_commands_the_terminal() {
    let terminal = Look { out_colour: false, err_colour: false, live: false, ..TERMINAL };
    for (look, event) in
        [terminal, PIPE].iter().flat_map(|look| hostile_events().into_iter().map(move |event| (*look, event)))
    {
        assert!(!commands(&crate::json_line(&event)), "{event:?}");
        // An artifact goes to a pipe as it is, which is what an artifact is for.
        if look == PIPE && matches!(event, Event::Artifact(_)) {
            continue;
        }
        let mut renderer = TextRenderer::new(look);
        let mut pieces = renderer.event(&event);
        pieces.extend(renderer.break_off());
        for Piece::Out(text) | Piece::Err(text) in pieces {
            assert!(!commands(&text), "{event:?} gives {text:?}");
        }
    }
}
