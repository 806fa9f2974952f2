//! A model that answers from a file: for tests, demonstrations and measurements of everything around a model.
//!
//! It is named `script` in answers and records, so that nobody takes it for a model. It is strict: a request that the
//! script does not expect, and one after its last reply, is a `model.failed`. A script is JSON:
//!
//! ```json
//! {
//!   "version": 1,
//!   "name": "greeting",
//!   "replies": [
//!     {
//!       "expects": ["words that the request must hold"],
//!       "delay_ms": 5,
//!       "events": [
//!         { "type": "text", "text": "hello" },
//!         { "type": "usage", "input": 7, "output": 1 },
//!         { "type": "stop", "reason": "finished" }
//!       ]
//!     },
//!     { "fault": { "code": "model.failed", "message": "the model is overloaded" } }
//!   ],
//!   "repeat": false
//! }
//! ```
//!
//! `delay_ms` passes before each piece; `repeat` starts over after the last reply. Start at [`ScriptedModel::open`].

mod model;
mod script;

pub use model::ScriptedModel;
