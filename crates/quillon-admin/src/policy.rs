//! Policies: keeping and attaching them, and questions about what they decide. The language is `quillon-policy`'s.

use quillon_base::PrincipalId;
use quillon_contract::ask::{
    AdminPolicyDiffAsk, AdminPolicyLintAsk, AdminPolicyProveAsk, AdminPolicySimulateAsk, PolicyAct,
};
use quillon_contract::event::{Artifact, Notice};
use quillon_contract::{Event, Fault, FaultCode, MANIFESTS};
use quillon_policy::{
    Asker, Context, DecidedBy, EFFECT_ACTIONS, Facts, KeptPolicy, Known, LintKnown, MANAGED_POLICIES, Policy,
    PolicySet, Principal, Proof, Questions, Request, SURFACE_KEYS, Witness, assemble, decide, diff, explain,
    lint, prove_never,
};
use quillon_road::{Finished, Kept, Passage};

use crate::table;

/// The group that policies are kept in.
const GROUP: &str = "policies";
/// The most policies that are kept.
const POLICIES_MAX: u32 = 1_000;
/// The most requests that a comparison shows of each kind.
const WITNESSES_SHOWN_MAX: usize = 50;

/// The newest record of each name.
async fn all(passage: &Passage) -> Result<Vec<Kept<KeptPolicy>>, Fault> {
    Ok(newest(passage.kept(Some(GROUP), POLICIES_MAX).await?))
}

/// Of records that come newest first, the newest of each name. A crash in the middle of a change leaves older ones.
fn newest(kept: Vec<Kept<KeptPolicy>>) -> Vec<Kept<KeptPolicy>> {
    let mut newest: Vec<Kept<KeptPolicy>> = Vec::new();
    for kept in kept {
        if !newest.iter().any(|known| known.value.name == kept.value.name) {
            newest.push(kept);
        }
    }
    newest.sort_by(|one, other| one.value.name.cmp(&other.value.name));
    newest
}

fn missing(name: &str) -> Fault {
    Fault::new(FaultCode::StoreMissing, format!("no policy `{name}` is kept"))
        .hint("`quillon admin policy list` lists those that are")
}

/// Lists policies, or prints one with what it is attached to.
pub(crate) async fn show(passage: &Passage, name: Option<&str>) -> Result<Finished, Fault> {
    let kept = all(passage).await?;
    let Some(name) = name else {
        let own = passage.own_policies().identity.iter();
        let built_in = own.map(|policy| vec![policy.name.clone(), "built in".into(), "you".into()]);
        let managed = MANAGED_POLICIES
            .iter()
            .map(|policy| vec![policy.name.into(), format!("ships, {}", policy.version), String::new()]);
        let kept = kept
            .iter()
            .map(|kept| vec![kept.value.name.clone(), "kept".into(), kept.value.attached.join(", ")]);
        let rows = built_in.chain(managed).chain(kept).collect();
        passage.say(table("Policies", &["policy", "from", "attached to"], rows)).await?;
        let keys = SURFACE_KEYS.iter().map(|row| vec![row.surface.to_owned(), shown(row.keys)]).collect();
        passage.say(table("Condition keys", &["surface", "keys that it supplies"], keys)).await?;
        let with_keys = EFFECT_ACTIONS.iter().filter(|row| !row.keys.is_empty());
        let keys = with_keys.map(|row| vec![row.action.to_owned(), shown(row.keys)]).collect();
        passage.say(table("Condition keys of actions", &["action", "keys beside those"], keys)).await?;
        return Ok(Finished::default());
    };
    let (document, attached) = match kept.iter().find(|kept| kept.value.name == name) {
        Some(kept) => (kept.value.document.clone(), kept.value.attached.join(", ")),
        None => (shipped(name).ok_or_else(|| missing(name))?.to_owned(), String::new()),
    };
    let media_type = "application/json".to_owned();
    passage
        .say(Event::Artifact(Artifact { name: format!("{name}.json"), media_type, text: document }))
        .await?;
    let attached = if attached.is_empty() { "nothing".to_owned() } else { attached };
    passage.text(format!("`{name}` is attached to {attached}.\n")).await?;
    Ok(Finished::default())
}

/// Keys as people write them: one that stands for all below it ends with what it stands for.
fn shown(keys: &[&str]) -> String {
    let shown =
        keys.iter().map(|key| if key.ends_with('/') { format!("{key}NAME") } else { (*key).to_owned() });
    shown.collect::<Vec<_>>().join(", ")
}

fn shipped(name: &str) -> Option<&'static str> {
    MANAGED_POLICIES.iter().find(|policy| policy.name == name).map(|policy| policy.document)
}

/// Puts, removes, attaches or detaches a policy. It counts for every session that opens from then on.
pub(crate) async fn change(passage: &Passage, act: PolicyAct) -> Result<Finished, Fault> {
    let before: Vec<Kept<KeptPolicy>> = passage.kept(Some(GROUP), POLICIES_MAX).await?;
    let values: Vec<KeptPolicy> = newest(before.clone()).into_iter().map(|kept| kept.value).collect();
    let mut after = values.clone();
    let (name, said) = apply(&mut after, &act)?;
    refuse_lock_out(passage, &after)?;
    if let Some(changed) = after.iter().find(|policy| policy.name == name)
        && !values.contains(changed)
    {
        passage.keep(GROUP, changed).await?;
    }
    // Only then what it replaces: a crash in between leaves both, and the newest counts.
    let is_removed = !after.iter().any(|policy| policy.name == name);
    let is_changed = is_removed || after != values;
    // All of the name, so that what a crash left behind does not come back to force.
    for kept in before.iter().filter(|kept| is_changed && kept.value.name == name) {
        passage.forget(kept.id).await?;
    }
    passage.text(format!("{said}\n")).await?;
    Ok(Finished::default())
}

/// Applies a change; gives the name of what it is about, and what to say of it.
fn apply(kept: &mut Vec<KeptPolicy>, act: &PolicyAct) -> Result<(String, String), Fault> {
    let place = |kept: &[KeptPolicy], name: &str| {
        kept.iter().position(|policy| policy.name == name).ok_or_else(|| missing(name))
    };
    match act {
        PolicyAct::Put { name, document } => {
            let mut policy = KeptPolicy::new(name, document)?;
            if let Ok(old) = place(kept, name) {
                policy.attached = kept.remove(old).attached;
            } else if kept.len() >= POLICIES_MAX as usize {
                return Err(Fault::new(FaultCode::InputInvalid, format!("{POLICIES_MAX} policies are kept"))
                    .hint("remove one first"));
            }
            kept.push(policy);
            Ok((name.clone(), format!("`{name}` is kept, and counts from the next session on.")))
        }
        PolicyAct::Remove { name } => {
            kept.remove(place(kept, name)?);
            Ok((name.clone(), format!("`{name}` is removed.")))
        }
        PolicyAct::Attach { name, to } => {
            // A policy that ships is kept when it is first attached.
            if place(kept, name).is_err()
                && let Some(document) = shipped(name)
            {
                kept.push(KeptPolicy::new(name, document)?);
            }
            let place = place(kept, name)?;
            kept[place].attach(to)?;
            Ok((name.clone(), format!("`{name}` governs `{to}` from the next session on.")))
        }
        PolicyAct::Detach { name, from } => {
            let place = place(kept, name)?;
            if !kept[place].detach(from)? {
                let message = format!("`{name}` is not attached to `{from}`");
                return Err(Fault::new(FaultCode::InputInvalid, message)
                    .hint(format!("see `quillon admin policy show {name}`")));
            }
            Ok((name.clone(), format!("`{name}` governs `{from}` no longer.")))
        }
    }
}

/// A change after which the asker could not change policies any more would be for good.
fn refuse_lock_out(passage: &Passage, after: &[KeptPolicy]) -> Result<(), Fault> {
    let set = set_of(passage, passage.principal().id.as_str(), after)?;
    let context = passage.condition_keys();
    let principal = passage.principal();
    let resource = format!("arn:quillon:q:{}:{}:policy/*", principal.region, principal.organisation);
    let decision =
        decide(&set, &Facts { action: "quillon:WritePolicies", resource: &resource, context: &context });
    if decision.allowed {
        return Ok(());
    }
    Err(Fault::new(FaultCode::PolicyRefused, "after this change you could not change policies any more")
        .hint("allow yourself `quillon:WritePolicies` in it")
        .inner(format!("{}: {}", decision.by, decision.reason)))
}

/// The set that would govern a principal. Only the asker's own groups and profile are known on this machine.
fn set_of(passage: &Passage, principal: &str, kept: &[KeptPolicy]) -> Result<PolicySet, Fault> {
    let asker = passage.principal();
    let is_asker = principal == asker.id.as_str();
    let groups = if is_asker { asker.groups.clone() } else { Vec::new() };
    let whom = Asker { principal, groups: &groups, profile: asker.profile.as_str(), channel: None };
    let none = PolicySet { revision: 1, ..PolicySet::default() };
    assemble(if is_asker { passage.own_policies() } else { &none }, kept, whom, 1)
}

/// Says of a name that is neither the asker's nor in any attachment that it may be mistyped: everything is refused to it.
async fn remark_on_strangers(
    passage: &Passage,
    principal: &PrincipalId,
    kept: &[KeptPolicy],
) -> Result<(), Fault> {
    let asker = &passage.principal().id;
    let target = format!("principal/{principal}");
    if principal == asker || kept.iter().any(|policy| policy.attached.contains(&target)) {
        return Ok(());
    }
    let text =
        format!("no policy is attached to `{target}`, and you are `{asker}`; its groups are not known here");
    passage.say(Notice::warning(text)).await
}

/// Explains how a request would be decided, and what would turn it.
pub(crate) async fn simulate(passage: &Passage, ask: AdminPolicySimulateAsk) -> Result<Finished, Fault> {
    let kept: Vec<KeptPolicy> = all(passage).await?.into_iter().map(|kept| kept.value).collect();
    let set = set_of(passage, ask.principal.as_str(), &kept)?;
    let mut context = passage.condition_keys();
    for (key, value) in &ask.context {
        context.set(key, value.as_str());
    }
    let facts = Facts { action: &ask.action, resource: &ask.resource, context: &context };
    let is_one = !ask.resource.contains('*');
    let known = Known { facts: true, resource: is_one };
    let explanation = explain(&set, &Request { known, ..Request::local(facts) });
    let decision = &explanation.decision;
    let verdict = match (decision.allowed, is_one) {
        (true, true) => "allowed",
        (true, false) => "allowed, on some resources,",
        (false, _) => "refused",
    };
    let why = match &decision.by {
        by @ DecidedBy::Statement { .. } => format!(" by {by}: {}", decision.reason),
        DecidedBy::NoAllow => format!(": {}", decision.reason),
        by => format!(": {by}; {}", decision.reason),
    };
    let (action, principal) = (&ask.action, &ask.principal);
    passage.text(format!("`{action}` would be {verdict} to `{principal}`{why}.\n")).await?;
    remark_on_strangers(passage, principal, &kept).await?;
    let decisive = explanation.decisive.iter().map(|one| {
        let place = format!("{}:{}", one.place.line, one.place.column);
        vec![one.policy.clone(), one.statement.clone(), place, format!("{:?}", one.effect).to_lowercase()]
    });
    let decisive: Vec<_> = decisive.collect();
    if !decisive.is_empty() {
        passage.say(table("What decided", &["policy", "statement", "place", "effect"], decisive)).await?;
    }
    let facts = explanation.facts.iter().map(|(key, values)| {
        vec![key.clone(), values.as_ref().map_or_else(|| "absent".into(), |values| values.join(", "))]
    });
    let facts: Vec<_> = facts.collect();
    if !facts.is_empty() {
        passage.say(table("Facts that were looked at", &["key", "value"], facts)).await?;
    }
    let changes = explanation.changes.iter().map(|change| {
        let edits: Vec<_> = change.edits.iter().map(ToString::to_string).collect();
        vec![edits.join("; ")]
    });
    let changes: Vec<_> = changes.collect();
    if !changes.is_empty() {
        passage.say(table("What would turn it", &["change"], changes)).await?;
    }
    Ok(Finished { findings: !decision.allowed, conversation: None })
}

/// Every action that this contract knows.
fn catalogue() -> Vec<&'static str> {
    let of_effects = EFFECT_ACTIONS.iter().map(|row| row.action);
    let mut actions: Vec<_> = MANIFESTS.iter().map(|manifest| manifest.action).chain(of_effects).collect();
    actions.sort_unstable();
    actions.dedup();
    actions
}

/// Reports what a policy hardly means.
pub(crate) async fn check(passage: &Passage, ask: AdminPolicyLintAsk) -> Result<Finished, Fault> {
    let policy = Policy::parse(&ask.name, &ask.document)?;
    let actions = catalogue();
    let findings = lint(&policy, &LintKnown { actions: &actions, keys: &[] });
    if findings.is_empty() {
        passage.text(format!("`{}` can be read, and nothing in it looks wrong.\n", ask.name)).await?;
        return Ok(Finished::default());
    }
    let rows = findings.iter().map(|finding| {
        let severity = format!("{:?}", finding.severity).to_lowercase();
        let place = format!("{}:{}", finding.place.line, finding.place.column);
        let (statement, rule) = (finding.statement.clone(), finding.rule.to_owned());
        vec![severity, place, statement, rule, finding.message.clone(), finding.hint.clone()]
    });
    let columns = ["severity", "place", "statement", "rule", "what", "what to do"];
    passage.say(table("What it hardly means", &columns, rows.collect())).await?;
    Ok(Finished { findings: true, conversation: None })
}

/// Lists what a change grants and takes.
pub(crate) async fn compare(passage: &Passage, ask: AdminPolicyDiffAsk) -> Result<Finished, Fault> {
    let principal = ask.principal.unwrap_or_else(|| passage.principal().id.clone());
    let old: Vec<KeptPolicy> = all(passage).await?.into_iter().map(|kept| kept.value).collect();
    let mut new = old.clone();
    let act = match ask.document {
        Some(document) => PolicyAct::Put { name: ask.name.clone(), document },
        None => PolicyAct::Remove { name: ask.name.clone() },
    };
    apply(&mut new, &act)?;
    let (old, new) = (set_of(passage, principal.as_str(), &old)?, set_of(passage, principal.as_str(), &new)?);
    let (facts, actions) = (passage.condition_keys(), catalogue());
    let scope = Questions { principal: Principal::LOCAL, resource: None, facts: &facts, catalogue: &actions };
    let difference = diff(&old, &new, &scope);
    let (grants, takes) = (difference.grants.len(), difference.takes.len());
    passage
        .text(format!(
            "It grants {grants} and takes {takes}, of {} requests that were tried.\n",
            difference.tried
        ))
        .await?;
    for (title, witnesses) in [("Allowed anew", &difference.grants), ("Refused anew", &difference.takes)] {
        if !witnesses.is_empty() {
            let rows = witnesses.iter().take(WITNESSES_SHOWN_MAX).map(witness).collect();
            passage.say(table(title, &["action", "resource", "when", "before", "after"], rows)).await?;
        }
    }
    if grants.max(takes) > WITNESSES_SHOWN_MAX {
        passage.say(Notice::info(format!("{WITNESSES_SHOWN_MAX} of each are shown"))).await?;
    }
    if !difference.complete {
        passage.say(Notice::warning("not every request could be tried; there may be more")).await?;
    }
    Ok(Finished { findings: grants + takes > 0, conversation: None })
}

fn witness(witness: &Witness) -> Vec<String> {
    vec![
        cased(&witness.action),
        witness.resource.clone(),
        said(&witness.facts),
        witness.before.to_string(),
        witness.now.to_string(),
    ]
}

/// An action as people write it: policies compare without case.
fn cased(action: &str) -> String {
    let known = catalogue().into_iter().find(|known| known.eq_ignore_ascii_case(action));
    known.unwrap_or(action).to_owned()
}

/// The facts of a request in a few words: only those that policies ask about differ between requests.
fn said(facts: &Context) -> String {
    const FACTS_BYTES_MAX: usize = 160;
    let pairs: Vec<_> = facts.iter().map(|(key, values)| format!("{key}={}", values.join(","))).collect();
    let said = pairs.join(" ");
    if said.len() > FACTS_BYTES_MAX { format!("{} facts", pairs.len()) } else { said }
}

/// Proves that an action can never be allowed, or shows the request that breaks it.
pub(crate) async fn prove(passage: &Passage, ask: AdminPolicyProveAsk) -> Result<Finished, Fault> {
    let kept: Vec<KeptPolicy> = all(passage).await?.into_iter().map(|kept| kept.value).collect();
    let set = set_of(passage, ask.principal.as_str(), &kept)?;
    remark_on_strangers(passage, &ask.principal, &kept).await?;
    let (facts, actions) = (Context::new(), catalogue());
    let scope = Questions { principal: Principal::LOCAL, resource: None, facts: &facts, catalogue: &actions };
    let (action, principal) = (&ask.never, &ask.principal);
    match prove_never(&set, action, &scope) {
        Proof::Never => {
            passage.text(format!("Proved: `{action}` can never be allowed to `{principal}`.\n")).await?;
            Ok(Finished::default())
        }
        Proof::NoneFound { tried } => {
            let text = format!(
                "Not proved: none of the {tried} requests that were tried is allowed `{action}`, and one might be.\n"
            );
            passage.text(text).await?;
            Ok(Finished { findings: true, conversation: None })
        }
        Proof::Broken(found) => {
            passage.text(format!("Broken: `{action}` can be allowed to `{principal}`.\n")).await?;
            let rows = vec![vec![
                cased(&found.action),
                found.resource.clone(),
                said(&found.facts),
                found.now.to_string(),
            ]];
            passage
                .say(table("By this request", &["action", "resource", "when", "allowed by"], rows))
                .await?;
            Ok(Finished { findings: true, conversation: None })
        }
    }
}
