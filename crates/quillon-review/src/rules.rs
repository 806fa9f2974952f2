//! The user's own rules; one that cannot be used is said and left out.

use quillon_base::FaultCode;
use quillon_contract::event::Notice;
use quillon_contract::{Event, Fault};
use quillon_detect::{Rule, read_rules};
use quillon_host::SkipReason;
use quillon_road::Passage;

use crate::scope;

/// The rules of some folders.
///
/// # Errors
/// `input.invalid` for a folder without a rule that can be used, and those of files.
pub(crate) async fn own(passage: &Passage, folders: &[String]) -> Result<Vec<Rule>, Fault> {
    let mut rules = Vec::new();
    for folder in folders {
        let before = rules.len();
        for (path, bytes) in texts(passage, folder).await? {
            let Some(decoded) = quillon_text::decode(&bytes) else {
                passage.say(left_out(&path, "it is not text")).await?;
                continue;
            };
            let (good, bad) = read_rules(&decoded.text);
            rules.extend(good);
            for bad in bad {
                let rule = bad.id.map_or_else(String::new, |id| format!(" `{id}`"));
                let what = format!("the rule{rule} at {path}:{} is not used: {}", bad.line, bad.what);
                passage.say(Notice::warning(what)).await?;
            }
        }
        if rules.len() == before {
            return Err(Fault::new(FaultCode::InputInvalid, format!("no rule in `{folder}` can be used"))
                .hint("a folder of rules holds `.yaml` files with the key `rules`"));
        }
    }
    Ok(rules)
}

/// The files of rules in a folder, or the one that was named.
async fn texts(passage: &Passage, named: &str) -> Result<Vec<(String, Vec<u8>)>, Fault> {
    let below = passage.path_within(named)?;
    if let Some(path) = below.as_deref().filter(|path| is_rules(path)) {
        let file = passage.read_file(path).await?;
        return Ok(vec![(file.path, file.bytes)]);
    }
    let tree = passage.read_tree_of(below.as_deref(), is_rules).await?;
    for skipped in
        tree.skipped.iter().filter(|skipped| is_rules(&skipped.path) || skipped.reason == SkipReason::TooMany)
    {
        passage.say(left_out(&skipped.path, scope::reason(skipped.reason))).await?;
    }
    Ok(tree.files.into_iter().map(|file| (file.path, file.bytes)).collect())
}

fn left_out(path: &str, why: &str) -> Event {
    Notice::warning(format!("the rules in {path} are not used: {why}"))
}

fn is_rules(path: &str) -> bool {
    path.ends_with(".yml") || path.ends_with(".yaml")
}
