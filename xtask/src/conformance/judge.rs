//! Our answer to a case that is written as the peer writes its scenarios.

use quillon_policy::{
    Context, Facts, Grammar, Known, Layer, Policy, PolicySet, Principal, Request, ResourceSide, Settled,
    evaluate,
};
use serde_json::{Value, json};

use crate::failure::Failure;

/// A case, read.
pub(crate) struct Case {
    pub(crate) set: PolicySet,
    pub(crate) side: ResourceSide,
    pub(crate) context: Context,
    action: String,
    resource: String,
    principal: String,
    known: Known,
    /// Whether a policy had to be changed because Amazon, and so we, would not take it.
    pub(crate) mended: bool,
}

impl Case {
    pub(crate) fn read(case: &Value) -> Result<Self, Failure> {
        let mut mended = false;
        let mut policy = |grammar: Grammar, name: &str, document: &Value| -> Result<Policy, Failure> {
            let (document, changed) = mend(grammar, name, document);
            mended |= changed;
            Policy::parse_as(grammar, name, &document.to_string()).map_err(|fault| Failure(fault.message))
        };
        let mut all = |grammar: Grammar, name: &str, documents: &Value| -> Result<Vec<Policy>, Failure> {
            let documents = documents.as_array().map_or(&[][..], Vec::as_slice);
            documents
                .iter()
                .enumerate()
                .map(|(place, document)| policy(grammar, &format!("{name} {place}"), document))
                .collect()
        };
        let identity = all(Grammar::Identity, "identity", &case["identityPolicies"])?;
        let boundaries = all(Grammar::Identity, "boundary", &case["permissionBoundaries"])?;
        // Several boundaries of one principal are one boundary to the peer.
        let boundary = boundaries.into_iter().reduce(|one, more| one.with(&more));
        let sessions = all(
            Grammar::Identity,
            "session",
            &json!(case["sessionPolicy"].as_object().into_iter().collect::<Vec<_>>()),
        )?;
        let endpoints = all(Grammar::Resource, "endpoint", &case["endpointPolicies"])?;
        let resource = all(
            Grammar::Resource,
            "resource",
            &json!(case["resourcePolicy"].as_object().into_iter().collect::<Vec<_>>()),
        )?;
        let mut levels = |grammar: Grammar, levels: &Value| -> Result<Vec<Layer>, Failure> {
            let levels = levels.as_array().map_or(&[][..], Vec::as_slice);
            let layers = levels.iter().map(|level| {
                let name = level["orgIdentifier"].as_str().unwrap_or("level");
                let mut policies = all(grammar, name, &level["policies"])?;
                if grammar == Grammar::ResourceControl {
                    policies.push(allow_all()?);
                }
                Ok(Layer::new(name, policies))
            });
            layers.collect()
        };
        let controls = levels(Grammar::Control, &case["serviceControlPolicies"])?;
        let over_resource = levels(Grammar::ResourceControl, &case["resourceControlPolicies"])?;
        let request = &case["request"];
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Ok(Self {
            set: PolicySet {
                identity: identity.into(),
                boundaries: boundary.into_iter().collect(),
                sessions: layer("session", sessions),
                endpoints: layer("endpoint", endpoints),
                controls,
                ..PolicySet::default()
            },
            side: ResourceSide {
                account: text(&request["resource"]["accountId"]),
                policy: resource.into_iter().next(),
                controls: over_resource,
                in_management_account: false,
            },
            context: settled(context(&request["context"]), &case["simulation"]),
            action: text(&request["action"]),
            resource: text(&request["resource"]["resource"]),
            principal: text(&request["principal"]),
            known: known(case),
            mended,
        })
    }

    pub(crate) fn request(&self) -> Request<'_> {
        let principal =
            if self.principal.is_empty() { Principal::ANONYMOUS } else { Principal::named(&self.principal) };
        Request {
            facts: Facts { action: &self.action, resource: &self.resource, context: &self.context },
            principal,
            resource: Some(&self.side),
            known: self.known,
        }
    }

    /// `A`llowed, `I`mplicitly denied or `E`xplicitly denied.
    pub(crate) fn answer(&self) -> char {
        let verdict = evaluate(&self.set, &self.request());
        match (verdict.allowed, verdict.is_explicit_deny()) {
            (true, _) => 'A',
            (false, true) => 'E',
            (false, false) => 'I',
        }
    }
}

/// The peer asks about many requests at once when it discovers, and where the resource has wildcards.
fn known(case: &Value) -> Known {
    let discovers = case["simulation"]["mode"] == "Discovery";
    let wildcard_only = case["request"]["wildcardOnlyAction"] == true;
    Known { facts: !discovers, resource: wildcard_only }
}

fn layer(name: &str, policies: Vec<Policy>) -> Vec<Layer> {
    if policies.is_empty() { Vec::new() } else { vec![Layer::new(name, policies)] }
}

fn allow_all() -> Result<Policy, Failure> {
    let text = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}"#;
    Policy::parse_as(Grammar::ResourceControl, "RCPFullAWSAccess", text)
        .map_err(|fault| Failure(fault.message))
}

fn context(facts: &Value) -> Context {
    let mut context = Context::new();
    for (key, value) in facts.as_object().into_iter().flatten() {
        match value {
            Value::Array(values) => {
                context.set_all(
                    key,
                    values.iter().map(|value| value.as_str().unwrap_or_default().to_owned()).collect(),
                );
            }
            value => context.set(key, value.as_str().map_or_else(|| value.to_string(), str::to_owned)),
        }
    }
    context
}

/// What the peer knows where it discovers; its patterns of keys all have the form `/aws:PrincipalTag/.*/`.
fn settled(mut context: Context, simulation: &Value) -> Context {
    for constraint in simulation["discoveryContextKeyConstraints"].as_array().into_iter().flatten() {
        let key = constraint["keyName"].as_str().unwrap_or_default();
        let key = key.strip_prefix('/').map_or(key, |pattern| pattern.trim_end_matches(".*/"));
        let known = |name: &str| constraint[name] == true;
        match (known("presenceIsKnown"), known("valueIsKnown")) {
            (true, true) => context.settle(key, Settled::Values),
            (true, false) => context.settle(key, Settled::Presence),
            _ => {}
        }
    }
    context
}

/// A document as Amazon documents it, and whether it had to be changed for that. The peer passes over a `Principal` where
/// none belongs, a statement without one where one belongs, a principal outside of an object, and actions that are no
/// names; we refuse these documents.
fn mend(grammar: Grammar, name: &str, document: &Value) -> (Value, bool) {
    let mut document = document.clone();
    let mut changed = false;
    let statements = match document["Statement"].take() {
        Value::Array(statements) => statements,
        one => vec![one],
    };
    let wants_principal = matches!(grammar, Grammar::Resource | Grammar::ResourceControl);
    let mended = statements.into_iter().filter_map(|mut statement| {
        let object = statement.as_object_mut()?;
        let has = object.contains_key("Principal") || object.contains_key("NotPrincipal");
        if has && !wants_principal {
            changed = true;
            object.remove("Principal");
            object.remove("NotPrincipal");
        } else if !has && name.starts_with("endpoint") {
            changed = true;
            object.insert("Principal".to_owned(), json!("*"));
        } else if !has && wants_principal {
            changed = true;
            return None;
        }
        for name in ["Principal", "NotPrincipal"] {
            if let Some(bare) = object.get(name).filter(|value| value.is_string() && *value != "*").cloned() {
                changed = true;
                object.insert(name.to_owned(), json!({"AWS": bare}));
            }
        }
        for name in ["Action", "NotAction"] {
            let Some(actions) = object.get_mut(name) else { continue };
            let each: &mut [Value] = match actions {
                Value::Array(actions) => actions,
                one => std::slice::from_mut(one),
            };
            for action in each {
                let bad =
                    action.as_str().is_some_and(|text| text.ends_with(':') || text.contains([',', ' ']));
                if bad {
                    changed = true;
                    *action = json!("none:NoSuchAction");
                }
            }
        }
        Some(statement)
    });
    document["Statement"] = Value::Array(mended.collect());
    (document, changed)
}
