//! What policies are asked about: the resource's name and the condition keys, made from a session and an ask.

use quillon_base::Timestamp;
use quillon_contract::ResourceForm;
use quillon_policy::Context;

use crate::session::Session;

/// The resource of an action: `arn:quillon:SERVICE:REGION:ORGANISATION:TYPE/ID`.
pub(crate) fn resource(session: &Session, form: ResourceForm, id: Option<&str>) -> String {
    let principal = &session.principal;
    let default = match form {
        ResourceForm::Organisation => principal.organisation.as_str(),
        ResourceForm::Profile => principal.profile.as_str(),
        ResourceForm::Ledger => principal.region.as_str(),
        ResourceForm::Settings => principal.id.as_str(),
        ResourceForm::Installation => "local",
        ResourceForm::Workspace => session.workspace_id.as_deref().unwrap_or("none"),
        _ => "*",
    };
    name(session, form.noun(), id.unwrap_or(default))
}

fn name(session: &Session, noun: &str, id: &str) -> String {
    let principal = &session.principal;
    let (region, organisation) = (principal.region.as_str(), principal.organisation.as_str());
    quillon_policy::ResourceName { service: "q", region, organisation, noun, id }.to_string()
}

/// The condition keys that every request supplies.
pub(crate) fn context(session: &Session, now: Timestamp) -> Context {
    let principal = &session.principal;
    let mut context = Context::new();
    context.set("aws:CurrentTime", now.to_string());
    context.set("aws:EpochTime", (now.as_millis() / 1_000).to_string());
    context.set("aws:MultiFactorAuthPresent", principal.proof.mfa.to_string());
    if principal.proof.mfa {
        let age = (now.as_millis() - principal.proof.proved_at.as_millis()).max(0) / 1_000;
        context.set("aws:MultiFactorAuthAge", age.to_string());
    }
    context.set("aws:PrincipalArn", principal.arn());
    context.set("aws:RequestedRegion", principal.region.as_str());
    context.set("quillon:Profile", principal.profile.as_str());
    context.set("quillon:Surface", session.hello.surface.name());
    context.set("quillon:Tier", format!("{:?}", principal.tier).to_lowercase());
    if let Some(channel) = session.channel().filter(|channel| !channel.is_empty()) {
        context.set("aws:ChatbotSourceArn", name(session, "channel", channel));
    }
    for (key, value) in &principal.tags {
        context.set(format!("aws:PrincipalTag/{key}"), value.as_str());
    }
    context
}
