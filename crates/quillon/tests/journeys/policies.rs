//! Policies on a person's own machine: kept, attached, in force, explained.

use crate::person::Person;

const NO_USAGE: &str = r#"{"Version":"2012-10-17","Statement":[
    {"Sid":"NoUsage","Effect":"Deny","Action":"quillon:ReadUsage","Resource":"*"}]}"#;

#[test]
fn a_policy_is_put_attached_in_force_explained_and_taken_away() {
    let person = Person::with_parcels();
    person.write("no-usage.json", NO_USAGE);
    let policy = |words: &[&str]| person.run(&[&["admin", "policy"], words].concat());
    policy(&["lint", "no-usage.json"]).well();
    policy(&["put", "no-usage", "no-usage.json"]).well();
    person.run(&["usage"]).well();
    policy(&["attach", "no-usage", "principal/ada"]).well();
    person.run(&["usage"]).with_fault(1, "policy.refused");
    person.run(&["audit", "search", "--refused"]).well().says("no-usage#NoUsage");
    let said = policy(&["simulate", "ada", "quillon:ReadUsage"]);
    assert!(said.code == Some(1) && said.out.contains("What would turn it"), "{said:?}");
    policy(&["prove", "never", "quillon:ReadUsage", "for", "ada"]).well().says("Proved");
    assert_eq!(policy(&["prove", "never", "q:SendMessage", "for", "ada"]).code, Some(1));
    let said = policy(&["diff", "no-usage"]);
    assert!(said.code == Some(1) && said.out.contains("quillon:ReadUsage"), "{said:?}");
    policy(&["list"]).well().says("no-usage").says("AmazonQDeveloperAccess");
    policy(&["detach", "no-usage", "principal/ada"]).well();
    person.run(&["usage"]).well();
}

#[test]
fn a_broken_policy_is_refused_with_the_place() {
    let person = Person::new();
    person.write("broken.json", "{\n  \"Statement\": [{\"Effect\": \"Alow\"}]\n}");
    person.run(&["admin", "policy", "put", "p", "broken.json"]).with_fault(2, "policy.invalid");
    person.write("all.json", r#"{"Statement":[{"Effect":"Deny","Action":"*","Resource":"*"}]}"#);
    person.run(&["admin", "policy", "put", "all", "all.json"]).well();
    person.run(&["admin", "policy", "attach", "all", "organisation"]).with_fault(1, "policy.refused");
}

#[test]
fn hostile_policies_are_answered_with_a_place_and_a_reason() {
    let person = Person::new();
    let lint = |text: &[u8]| {
        person.write("p.json", text);
        person.run(&["admin", "policy", "lint", "p.json"])
    };
    let refused = |text: &str, place: &str, reason: &str| {
        let said = lint(text.as_bytes()).with_fault(2, "policy.invalid");
        assert!(said.err.contains(place) && said.err.contains(reason), "{said:?}");
    };
    let with = |more: &str| {
        format!("{{\n\"Statement\": [{{\"Effect\":\"Allow\",\"Action\":\"q:*\",\"Resource\":\"*\"{more}}}]}}")
    };
    refused("{\n \"Statement\": [{]}", "line 2, column 17", "a name in double quotes");
    refused(&with(",\"Resource\":\"a\""), "line 2", "`Resource` stands there twice");
    refused(&with(",\"Condtion\":{}"), "line 2", "did you mean `Condition`?");
    refused(&with("").replace("q:*", "q:S\u{435}nd"), "line 2", "U+0435");
    refused(&format!("{{\"Statement\":{}", "[".repeat(100_000)), "line 1", "more than 32 deep");
    let mut large = with("");
    large.push_str(&" ".repeat(10 * 1024 * 1024));
    refused(&large, "p.json", "larger than 10485760 bytes");
    let wild = with("").replace("q:*", &format!("q:{}b", "*a".repeat(500)));
    let said = lint(wild.as_bytes());
    assert!(said.code == Some(1) && said.out.contains("unknown-action"), "{said:?}");
    // Two megabytes, as many statements as fit: read, kept and attached like any other.
    let statement = r#"{"Effect":"Deny","Action":"q:Never","Resource":"*"}"#;
    let many = format!("{{\"Statement\":[{}]}}", vec![statement; 40_000].join(","));
    person.write("many.json", &many);
    person.run(&["admin", "policy", "put", "many", "many.json"]).well();
    person.run(&["admin", "policy", "attach", "many", "group/owner"]).well();
    person.run(&["whoami"]).well();
}
