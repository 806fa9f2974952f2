//! What is typed while an answer is still coming: the Enter key keeps its meaning.
//!
//! Between two prompts a terminal turns the Enter key (CR) into LF, which the line editor knows as Ctrl-J, a new line
//! within a prompt. For the length of a conversation that translation is off.

#[cfg(unix)]
use rustix::termios::{InputModes, OptionalActions, Termios, tcgetattr, tcsetattr};

/// Holds the translation off. Dropping it puts the terminal back as it was.
#[derive(Default)]
pub(crate) struct EnterKept {
    #[cfg(unix)]
    before: Option<Termios>,
}

#[cfg(unix)]
impl EnterKept {
    /// Switches the translation off, where standard input is a terminal that does it.
    pub(crate) fn hold() -> Self {
        let before =
            tcgetattr(std::io::stdin()).ok().filter(|modes| modes.input_modes.contains(InputModes::ICRNL));
        if let Some(before) = &before {
            let mut kept = before.clone();
            kept.input_modes.remove(InputModes::ICRNL);
            // A terminal that does not take it only loses what this is for.
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &kept);
        }
        Self { before }
    }
}

#[cfg(not(unix))]
impl EnterKept {
    /// Nothing to switch off.
    pub(crate) fn hold() -> Self {
        Self::default()
    }
}

#[cfg(unix)]
impl Drop for EnterKept {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, &before);
        }
    }
}
