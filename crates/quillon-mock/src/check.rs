//! What all formats have in common: which fields an object may have, and that calls and results belong together.

use serde_json::Value;

/// The fields of an object.
pub(crate) struct Shape {
    pub(crate) required: &'static [&'static str],
    pub(crate) optional: &'static [&'static str],
}

/// Every required field is there, and none that is not known.
pub(crate) fn fields(what: &str, value: &Value, shape: &Shape) -> Result<(), String> {
    let object = value.as_object().ok_or_else(|| format!("{what} is no object"))?;
    if let Some(missing) = shape.required.iter().find(|name| !object.contains_key(**name)) {
        return Err(format!("{what} has no `{missing}`"));
    }
    let is_known = |name: &str| shape.required.contains(&name) || shape.optional.contains(&name);
    match object.keys().find(|name| !is_known(name)) {
        Some(unknown) => Err(format!("{what} has a field `{unknown}` that is not known")),
        None => Ok(()),
    }
}

/// A text, or an empty one.
pub(crate) fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

/// Each call (`true`) has its result (`false`) after it, once.
pub(crate) fn calls_and_results(steps: Vec<(bool, String)>) -> Result<(), String> {
    let mut open: Vec<String> = Vec::new();
    for (is_call, id) in steps {
        let known = open.iter().position(|other| *other == id);
        match (is_call, known) {
            (true, None) => open.push(id),
            (true, Some(_)) => return Err(format!("call `{id}` is made twice")),
            (false, Some(at)) => drop(open.remove(at)),
            (false, None) => return Err(format!("a result answers call `{id}`, which was not made")),
        }
    }
    open.first().map_or(Ok(()), |id| Err(format!("call `{id}` has no result")))
}
