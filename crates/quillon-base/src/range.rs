//! Places in text, in the units that each type names.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Lines `first..=last`, counted from 1 as people count them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
pub struct LineRange {
    /// The first line, from 1.
    pub first: u32,
    /// The last line, included.
    pub last: u32,
}

/// A place between two characters: line from 0, offset in UTF-16 code units as the Language Server Protocol counts.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct Position {
    /// Line, from 0.
    pub line: u32,
    /// UTF-16 code units from the start of the line.
    pub character: u32,
}

/// Text from `start` up to `end`, not included.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
pub struct TextRange {
    /// Where it starts.
    pub start: Position,
    /// Where it ends; never before `start`.
    pub end: Position,
}
