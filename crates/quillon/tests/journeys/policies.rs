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
