//! Quillon's own small files, and those that the original product left.

use quillon_base::FaultCode;

use super::{Ground, MakeGround, assert_fault, run};
use crate::{ORIGINAL_BYTES_MAX, PRIVATE_BYTES_MAX};

/// Holds the files beside the workspaces to the port.
pub fn private_files(make: MakeGround<'_>) {
    run(
        make,
        &[
            come_back_as_they_were_written,
            names_that_climb_are_refused,
            originals_are_read_as_they_are,
            a_cache_gives_back_what_was_put_in_or_nothing,
        ],
    );
}

fn come_back_as_they_were_written(ground: &dyn Ground) {
    let host = ground.host();
    let read = |name| host.read_private(name).expect("a private file");
    assert_eq!(read("settings.json"), None);
    host.write_private("settings.json", b"{}").expect("the first time");
    host.write_private("settings.json", b"{\"a\":1}").expect("a second time");
    host.write_private("empty", b"").expect("nothing is content too");
    assert_eq!(read("settings.json").as_deref(), Some(&b"{\"a\":1}"[..]));
    assert_eq!(read("empty").as_deref(), Some(&b""[..]));
    let largest = vec![b' '; usize::try_from(PRIVATE_BYTES_MAX).expect("a small number")];
    host.write_private("largest", &largest).expect("as large as the limit");
    assert_eq!(read("largest"), Some(largest.clone()));
    assert_fault(host.write_private("largest", &[&largest[..], b" "].concat()), FaultCode::FileTooLarge);
    assert_eq!(read("largest"), Some(largest));
}

fn names_that_climb_are_refused(ground: &dyn Ground) {
    let host = ground.host();
    for name in ["../settings.json", "/settings.json", "..", "a/../../settings.json"] {
        assert_fault(host.read_private(name), FaultCode::FileOutside);
        assert_fault(host.write_private(name, b"x"), FaultCode::FileOutside);
        assert_fault(host.read_original(name), FaultCode::FileOutside);
    }
    for name in ["", ".", "a\0b"] {
        assert_fault(host.read_private(name), FaultCode::InputInvalid);
        assert_fault(host.write_private(name, b"x"), FaultCode::InputInvalid);
        assert_fault(host.read_original(name), FaultCode::InputInvalid);
    }
    assert_fault(host.write_private("agents/a.json", b"x"), FaultCode::InputInvalid);
}

fn a_cache_gives_back_what_was_put_in_or_nothing(ground: &dyn Ground) {
    let host = ground.host();
    let read = |path| host.read_cache(path).expect("a file of the cache");
    assert_eq!(read("index/a/index"), None);
    host.write_cache("index/a/index", None).expect("removing what is not there");
    host.write_cache("index/a/index", Some(b"one")).expect("the first time");
    host.write_cache("index/b/index", Some(b"")).expect("nothing is content too");
    let large = vec![7; 3 * 1024 * 1024];
    host.write_cache("index/a/index", Some(&large)).expect("a second time, more than a setting may have");
    assert_eq!(read("index/a/index"), Some(large));
    assert_eq!(read("index/b/index").as_deref(), Some(&b""[..]));
    assert_eq!(host.read_private("index").expect("a private file"), None, "a cache is apart from settings");
    host.write_cache("index/a/index", None).expect("removing it");
    assert_eq!(read("index/a/index"), None);
    for path in ["../index", "/index", "..", "a/../../index"] {
        assert_fault(host.read_cache(path), FaultCode::FileOutside);
        assert_fault(host.write_cache(path, Some(b"x")), FaultCode::FileOutside);
    }
    for path in ["", "a\0b"] {
        assert_fault(host.read_cache(path), FaultCode::InputInvalid);
        assert_fault(host.write_cache(path, Some(b"x")), FaultCode::InputInvalid);
    }
}

fn originals_are_read_as_they_are(ground: &dyn Ground) {
    let host = ground.host();
    let read = |path| host.read_original(path).expect("an original file");
    assert_eq!(read("mcp.json"), None);
    assert_eq!(read("cli-agents/a.json"), None);
    ground.put_original("mcp.json", b"{}");
    ground.put_original("cli-agents/a.json", b"\xff");
    assert_eq!(read("mcp.json").as_deref(), Some(&b"{}"[..]));
    assert_eq!(read("./cli-agents//a.json").as_deref(), Some(&b"\xff"[..]));
    assert_eq!(read("mcp.json/b"), None);
    let too_large = usize::try_from(ORIGINAL_BYTES_MAX).expect("a small number") + 1;
    ground.put_original("history.json", &vec![b' '; too_large]);
    assert_fault(host.read_original("history.json"), FaultCode::FileTooLarge);
}
