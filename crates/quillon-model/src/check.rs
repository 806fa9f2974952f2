//! What must hold of a request before any provider sees it.
//!
//! Providers answer a request that is not whole with a number and a sentence of their own, after it has left the machine.
//! What can be known here is said here.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use quillon_base::{Fault, FaultCode};

use crate::{IMAGE_BYTES_MAX, Message, ModelCard, ModelRequest, Part, REQUEST_BYTES_MAX, Role};

pub(crate) fn request(request: &ModelRequest, card: &ModelCard) -> Result<(), Fault> {
    if request.region != card.region {
        let (asked, here) = (&request.region, &card.region);
        return Err(Fault::new(
            FaultCode::RegionRefused,
            format!("model `{}` answers in `{here}`, not in `{asked}`", card.id),
        )
        .hint("nothing was sent; choose a model of that region"));
    }
    if request.model != card.id {
        return Err(Fault::new(
            FaultCode::ModelUnknown,
            format!("`{}` does not speak for model `{}`", card.id, request.model),
        )
        .hint("see `quillon model list`"));
    }
    if request.messages.is_empty() {
        return Err(invalid("a model request without a message", "say something"));
    }
    if request.text_bytes() > REQUEST_BYTES_MAX {
        let bytes = request.text_bytes();
        return Err(invalid(
            format!("a model request of {bytes} bytes is too large"),
            format!("it may hold up to {REQUEST_BYTES_MAX} bytes"),
        ));
    }
    if !request.tools.is_empty() && !card.features.tools {
        return Err(invalid(
            format!("model `{}` is configured as one that calls no tools", card.id),
            "choose another model, or say `\"tools\": true` where it is configured",
        ));
    }
    pictures(request, card)?;
    calls_and_results(&request.messages)
}

fn invalid(message: impl Into<String>, hint: impl Into<String>) -> Fault {
    Fault::new(FaultCode::InputInvalid, message).hint(hint)
}

fn pictures(request: &ModelRequest, card: &ModelCard) -> Result<(), Fault> {
    for part in request.messages.iter().flat_map(|message| &message.parts) {
        let Part::Image { media_type, base64 } = part else { continue };
        if !card.features.images {
            return Err(invalid(
                format!("model `{}` is configured as one that reads no pictures", card.id),
                "leave the picture out, or choose another model",
            ));
        }
        picture(media_type, base64)
            .map_err(|wrong| invalid(wrong, "give a whole PNG, JPEG, GIF or WebP picture of up to 5 MiB"))?;
    }
    Ok(())
}

/// Whether a picture is of the type that it claims, and whole.
fn picture(media_type: &str, base64: &str) -> Result<(), String> {
    if base64.len() > IMAGE_BYTES_MAX.div_ceil(3) * 4 {
        return Err("a picture is larger than a model takes".into());
    }
    let bytes = STANDARD
        .decode(base64)
        .map_err(|_| "a picture is not in base 64, or its length is not that of base 64".to_owned())?;
    let is_one = match media_type {
        "image/png" => bytes.starts_with(b"\x89PNG\r\n\x1a\n"),
        "image/jpeg" => bytes.starts_with(b"\xff\xd8\xff"),
        "image/gif" => bytes.starts_with(b"GIF8"),
        "image/webp" => bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP"),
        _ => {
            return Err(format!(
                "a picture of type `{}` is not one that models read",
                media_type.escape_debug()
            ));
        }
    };
    if !is_one {
        return Err(format!("a picture is not of its type `{media_type}`"));
    }
    let is_whole = match media_type {
        "image/png" => bytes.ends_with(b"IEND\xae\x42\x60\x82"),
        "image/jpeg" => bytes.windows(2).any(|pair| pair == b"\xff\xd9"),
        "image/gif" => bytes.ends_with(b";"),
        _ => riff_length(&bytes) == Some(bytes.len()),
    };
    if is_whole { Ok(()) } else { Err("a picture has the wrong length: its end is missing".into()) }
}

fn riff_length(bytes: &[u8]) -> Option<usize> {
    let length = bytes.get(4..8)?.try_into().ok().map(u32::from_le_bytes)?;
    usize::try_from(length).ok()?.checked_add(8)
}

/// Every call is answered in the next message, and every answer has its call.
fn calls_and_results(messages: &[Message]) -> Result<(), Fault> {
    let mut open: HashSet<&str> = HashSet::new();
    for message in messages {
        if message.role == Role::Assistant && !open.is_empty() {
            return Err(unanswered(&open));
        }
        for part in &message.parts {
            call_or_result(&mut open, message.role, part)?;
        }
        if message.role == Role::User && !open.is_empty() {
            return Err(unanswered(&open));
        }
    }
    if open.is_empty() { Ok(()) } else { Err(unanswered(&open)) }
}

/// Notes a call as open, or a result as given.
fn call_or_result<'a>(open: &mut HashSet<&'a str>, role: Role, part: &'a Part) -> Result<(), Fault> {
    let is_from_user = role == Role::User;
    let (fits, message) = match part {
        Part::Text { .. } => return Ok(()),
        Part::Image { .. } | Part::ToolResult { .. } if !is_from_user => (false, None),
        Part::ToolCall { .. } | Part::Reasoning { .. } if is_from_user => (false, None),
        Part::Image { .. } | Part::Reasoning { .. } => return Ok(()),
        Part::ToolCall { id, .. } => (!id.is_empty() && open.insert(id), Some(("has no id of its own", id))),
        Part::ToolResult { id, .. } => {
            (open.remove(id.as_str()), Some(("has a result but was not made", id)))
        }
    };
    match (fits, message) {
        (true, _) => Ok(()),
        (false, Some((wrong, id))) => Err(invalid(
            format!("tool call `{}` {wrong}", id.escape_debug()),
            "give each call an id of its own, and answer it once, in the message after it",
        )),
        (false, None) => Err(invalid(
            "a part of a message is of the wrong side",
            "calls and reasoning are the model's; pictures and results are not",
        )),
    }
}

fn unanswered(open: &HashSet<&str>) -> Fault {
    let mut ids: Vec<_> = open.iter().map(|id| id.escape_debug().to_string()).collect();
    ids.sort_unstable();
    let first = ids.first().cloned().unwrap_or_default();
    invalid(
        format!("tool call `{first}` has no result"),
        "answer every call in the message after it, if only with a failure",
    )
}

#[cfg(test)]
mod tests {
    use quillon_base::Region;

    use super::*;
    use crate::{Features, ModelId};

    const PNG: &str =
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII=";

    fn card() -> ModelCard {
        ModelCard::new(ModelId::new("m").unwrap(), "p", Region::device(), 1_000)
    }

    fn says(role: Role, parts: Vec<Part>) -> Message {
        Message { role, parts }
    }

    fn call(id: &str) -> Part {
        Part::ToolCall { id: id.into(), name: "t".into(), arguments: "{}".into() }
    }

    fn result(id: &str) -> Part {
        Part::ToolResult { id: id.into(), text: "x".into(), failed: false }
    }

    fn image(media_type: &str, base64: &str) -> Part {
        Part::Image { media_type: media_type.into(), base64: base64.into() }
    }

    #[track_caller]
    fn check(messages: Vec<Message>, expected: Result<(), &str>) {
        let found = ModelRequest::new(&card(), "", messages, 10).check(&card());
        match (found, expected) {
            (Ok(()), Ok(())) => {}
            (Err(fault), Err(part)) => assert!(fault.message.contains(part), "{}", fault.message),
            (found, expected) => panic!("{found:?}, expected {expected:?}"),
        }
    }

    #[test]
    fn calls_and_results_belong_together() {
        use Role::{Assistant, User};
        let asks = || says(User, vec![Part::Text { text: "x".into() }]);
        check(vec![], Err("without a message"));
        check(vec![asks()], Ok(()));
        let calls = |ids: &[&str]| says(Assistant, ids.iter().map(|id| call(id)).collect());
        let results = |ids: &[&str]| says(User, ids.iter().map(|id| result(id)).collect());
        check(vec![asks(), calls(&["a", "b"]), results(&["b", "a"])], Ok(()));
        check(vec![asks(), calls(&["a"]), results(&["a"]), calls(&["a"]), results(&["a"])], Ok(()));
        check(vec![asks(), calls(&["a", "b"]), results(&["a"])], Err("`b` has no result"));
        check(vec![asks(), calls(&["a"])], Err("`a` has no result"));
        check(vec![asks(), calls(&["a"]), calls(&["b"])], Err("`a` has no result"));
        check(vec![asks(), calls(&["a", "a"])], Err("no id of its own"));
        check(vec![asks(), calls(&[""])], Err("no id of its own"));
        check(vec![results(&["a"])], Err("`a` has a result but was not made"));
        check(vec![asks(), calls(&["a"]), results(&["a", "a"])], Err("was not made"));
        check(vec![says(User, vec![call("a")])], Err("wrong side"));
        check(vec![says(Assistant, vec![result("a")])], Err("wrong side"));
        check(vec![says(User, vec![Part::Reasoning { text: "x".into(), seal: None }])], Err("wrong side"));
    }

    #[test]
    fn a_picture_is_whole_and_of_its_type() {
        let shows = |media_type: &str, base64: &str| vec![says(Role::User, vec![image(media_type, base64)])];
        check(shows("image/png", PNG), Ok(()));
        check(shows("image/jpeg", PNG), Err("not of its type"));
        check(shows("image/tiff", PNG), Err("not one that models read"));
        check(shows("image/png", &PNG[..PNG.len() - 1]), Err("not in base 64"));
        check(shows("image/png", &PNG[..PNG.len() - 4]), Err("wrong length"));
        check(shows("image/png", "no base 64"), Err("not in base 64"));
        check(shows("image/gif", &STANDARD.encode(b"GIF89a;")), Ok(()));
        check(shows("image/webp", &STANDARD.encode(b"RIFF\x04\0\0\0WEBP")), Ok(()));
        check(shows("image/webp", &STANDARD.encode(b"RIFF\x05\0\0\0WEBP")), Err("wrong length"));
        check(shows("image/jpeg", &STANDARD.encode(b"\xff\xd8\xff\xe0 \xff\xd9")), Ok(()));
        check(shows("image/jpeg", &STANDARD.encode(b"\xff\xd8\xff\xe0")), Err("wrong length"));
        check(shows("image/png", &"A".repeat(7 * 1024 * 1024)), Err("larger than"));
        let blind = ModelCard { features: Features { images: false, ..Features::default() }, ..card() };
        let request = ModelRequest::new(&blind, "", shows("image/png", PNG), 10);
        assert!(request.check(&blind).unwrap_err().message.contains("reads no pictures"));
    }

    #[test]
    fn another_model_or_region_is_refused() {
        let request = ModelRequest::new(&card(), "", vec![says(Role::User, vec![])], 10);
        let other = ModelCard { id: ModelId::new("n").unwrap(), ..card() };
        assert_eq!(request.check(&other).unwrap_err().code, FaultCode::ModelUnknown);
        let abroad = ModelCard { region: Region::new("us-east-1").unwrap(), ..card() };
        assert_eq!(request.check(&abroad).unwrap_err().code, FaultCode::RegionRefused);
    }
}
