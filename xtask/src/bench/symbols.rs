//! Whose code fills a binary: symbol sizes, added up by the crate that wrote the symbol.
//!
//! Generic code counts for the crate that wrote it, not for the one that asked for it. What has no symbol (string
//! literals, unwind tables) is shown as one remainder, so that the rows add up to the file.

use std::collections::{BTreeMap, BTreeSet};

use object::read::elf::ElfFile64;
use object::{Object, ObjectSection, ObjectSymbol, SymbolKind};

use crate::failure::{Context, Failure};

/// What is not in a stripped binary.
const STRIPPED: &[&str] = &[".debug_", ".strtab", ".symtab"];

/// Owners of C symbols by prefix; C has no crates.
const C_PREFIXES: &[(&str, &str)] =
    &[("aws_lc", "aws-lc (C)"), ("sqlite3", "sqlite (C)"), ("ZSTD", "zstd (C)")];

/// Where the bytes of a binary go.
#[derive(Debug)]
pub(super) struct Sizes {
    /// What the file would weigh without symbols and debug information.
    pub(super) stripped_bytes: u64,
    /// Bytes by owner, the largest first.
    pub(super) by_owner: Vec<(String, u64)>,
}

/// Reads an unstripped ELF file.
pub(super) fn sizes(file: &[u8]) -> Result<Sizes, Failure> {
    let elf: ElfFile64<'_> =
        ElfFile64::parse(file).context(|| "cannot read the binary's symbols".to_owned())?;
    let is_stripped = |name: &str| STRIPPED.iter().any(|prefix| name.starts_with(prefix));
    let dropped = elf.sections().filter(|section| section.name().is_ok_and(is_stripped));
    let dropped_bytes: u64 = dropped.filter_map(|section| section.file_range()).map(|(_, size)| size).sum();
    let stripped_bytes = (file.len() as u64).saturating_sub(dropped_bytes);

    let mut by_owner: BTreeMap<String, u64> = BTreeMap::new();
    // Identical functions are folded into one, under several names.
    let mut counted = BTreeSet::new();
    for symbol in elf.symbols() {
        let has_bytes = matches!(symbol.kind(), SymbolKind::Text | SymbolKind::Data) && symbol.size() > 0;
        if has_bytes && is_in_file(&elf, &symbol) && counted.insert(symbol.address()) {
            *by_owner.entry(owner(symbol.name().unwrap_or_default())).or_default() += symbol.size();
        }
    }
    let named: u64 = by_owner.values().sum();
    by_owner.insert("literals and tables without a symbol".to_owned(), stripped_bytes.saturating_sub(named));
    let mut by_owner: Vec<_> = by_owner.into_iter().collect();
    by_owner.sort_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    Ok(Sizes { stripped_bytes, by_owner })
}

/// Whether a symbol's bytes are stored; zeroed memory is only a number.
fn is_in_file<'d>(elf: &ElfFile64<'d>, symbol: &impl ObjectSymbol<'d>) -> bool {
    let section = symbol.section_index().and_then(|index| elf.section_by_index(index).ok());
    section.is_some_and(|section| section.file_range().is_some())
}

/// The crate, or C library, that wrote the symbol.
fn owner(symbol: &str) -> String {
    if let Ok(path) = rustc_demangle::try_demangle(symbol) {
        return crate_of(&format!("{path:#}")).unwrap_or("Rust without a crate").to_owned();
    }
    let by_prefix = C_PREFIXES.iter().find(|(prefix, _)| symbol.starts_with(prefix));
    by_prefix.map_or("C without a known prefix", |(_, owner)| *owner).to_owned()
}

/// The first crate in a path such as `<dyn a::B as c::D>::e`: that of the type, or of the trait where the type is
/// built in.
fn crate_of(path: &str) -> Option<&str> {
    let first = path.split(" as ").find_map(|part| {
        let start = part.trim_start_matches(['<', '&', '*', '(', '[', ' ']);
        let start = ["mut ", "const ", "dyn "]
            .iter()
            .fold(start, |rest, word| rest.strip_prefix(word).unwrap_or(rest));
        let (name, _) = start.split_once("::")?;
        name.chars().all(|c| c.is_alphanumeric() || c == '_').then_some(name)
    });
    first.filter(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_symbol_belongs_to_the_crate_that_wrote_it() {
        let cases = [
            ("_ZN12quillon_chat4main17h0123456789abcdefE", "quillon_chat"),
            ("_RNvC7mycrate3foo", "mycrate"),
            ("sqlite3_open_v2", "sqlite (C)"),
            ("aws_lc_0_35_0_AES_encrypt", "aws-lc (C)"),
            ("memcpy", "C without a known prefix"),
        ];
        for (symbol, expected) in cases {
            assert_eq!(owner(symbol), expected, "{symbol}");
        }
    }

    #[test]
    fn paths_lead_to_the_type_or_else_the_trait() {
        let cases = [
            ("quillon::main", Some("quillon")),
            ("<quillon_chat::Turn as core::fmt::Debug>::fmt", Some("quillon_chat")),
            ("<&mut dyn tokio::io::Read as core::fmt::Debug>::fmt", Some("tokio")),
            ("<str as regex::Text>::len", Some("regex")),
            ("<[T] as alloc::slice::Join>::join", Some("alloc")),
            ("core::ptr::drop_in_place<quillon_chat::Turn>", Some("core")),
            ("main", None),
        ];
        for (path, expected) in cases {
            assert_eq!(crate_of(path), expected, "{path}");
        }
    }

    #[test]
    #[cfg(all(target_os = "linux", target_pointer_width = "64"))]
    fn the_rows_of_this_very_binary_add_up_to_it() {
        let file = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let Sizes { stripped_bytes, by_owner } = sizes(&file).unwrap();
        let bytes_of =
            |name: &str| by_owner.iter().find(|(owner, _)| owner == name).map_or(0, |(_, bytes)| *bytes);
        assert!(stripped_bytes < file.len() as u64);
        assert_eq!(by_owner.iter().map(|(_, bytes)| bytes).sum::<u64>(), stripped_bytes);
        for name in ["core", "syn", "toml_parser", "xtask"] {
            assert!(bytes_of(name) > 10_000, "{name}: {} bytes", bytes_of(name));
        }
        assert!(by_owner.is_sorted_by(|left, right| left.1 >= right.1));
    }

    #[test]
    fn a_file_that_is_no_binary_is_said_to_be_none() {
        let Failure(message) = sizes(b"#!/bin/sh\n").unwrap_err();
        assert!(message.starts_with("cannot read the binary's symbols: "), "{message}");
    }
}
