//! Fifty policies in Cedar, and the nanoseconds of each decision, one a line.

use std::time::Instant;

use cedar_policy::{Authorizer, Context, Entities, EntityUid, PolicySet, Request};

fn main() {
    let runs: usize = std::env::args().nth(1).and_then(|runs| runs.parse().ok()).unwrap_or(10_000);
    let mut text = String::new();
    for place in 0..50 {
        let (effect, team) = if place % 7 == 6 { ("forbid", "other") } else { ("permit", "red") };
        text += &format!(
            "{effect}(principal, action == Action::\"Act{}\", resource) when {{ context.team == \"{team}\" && context.path like \"src/*{place}.rs\" }};\n",
            place % 10,
        );
    }
    text += "permit(principal, action == Action::\"Act3\", resource) when { context.mfa };";
    let policies: PolicySet = text.parse().expect("the policies are valid");
    let uid = |text: &str| text.parse::<EntityUid>().expect("a uid");
    let context = Context::from_pairs([
        ("team".to_owned(), "\"red\"".parse().expect("a text")),
        ("path".to_owned(), "\"src/main.rs\"".parse().expect("a text")),
        ("mfa".to_owned(), "true".parse().expect("a flag")),
    ])
    .expect("a context");
    let request = Request::new(uid("User::\"ana\""), uid("Action::\"Act3\""), uid("Doc::\"d\""), context, None).expect("a request");
    let (authorizer, entities) = (Authorizer::new(), Entities::empty());
    for _ in 0..runs {
        let start = Instant::now();
        let response = authorizer.is_authorized(&request, &policies, &entities);
        let nanos = start.elapsed().as_nanos();
        assert_eq!(response.decision(), cedar_policy::Decision::Allow);
        println!("{nanos}");
    }
}
