//! Settings, checks, help: what a person looks at when something is not as they expect.

use std::os::unix::fs::PermissionsExt;

use crate::person::Person;

#[test]
fn a_setting_is_set_shown_and_unset() {
    let person = Person::with_parcels();
    person.run(&["settings", "quillon.chat.passages", "1"]).well();
    person.run(&["settings", "quillon.chat.passages"]).well().says("1");
    person.run(&["settings"]).well().says("quillon.chat.passages").says_not("quillon.keys");
    person.run(&["settings", "--all"]).well().says("quillon.keys").says("quillon.model");
    person.run(&["settings", "--delete", "quillon.chat.passages"]).well();
    person.run(&["settings", "quillon.chat.passages"]).well().says("5");
    let mode = std::fs::metadata(person.home().join("settings.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn nothing_switches_the_record_off() {
    let person = Person::new();
    for key in ["audit", "quillon.audit", "quillon.audit.enabled", "quillon.ledger", "telemetry.enabled"] {
        person.run(&["settings", key, "false"]).with_fault(2, "setting.unknown");
    }
    for flag in ["--no-audit", "--audit=false", "--no-record"] {
        assert_eq!(person.run(&[flag, "whoami"]).code, Some(2), "{flag}");
    }
}

#[test]
fn the_doctor_finds_everything_well_and_says_what_is_not() {
    let person = Person::with_parcels();
    person.run(&["doctor"]).well().says("Everything works");
    person.run(&["whoami"]).well().says("ada").says("local");
    person.run(&["usage"]).well().says("agent requests");
    person.run(&["admin", "data", "classes"]).well().says("conversation").says("30 days");
}

#[test]
fn help_version_schema_completions_and_man_page_need_no_home() {
    let person = Person::new();
    let run = |arguments: &[&str]| {
        let mut command = person.command(arguments);
        command.env_remove("QUILLON_HOME").env_remove("HOME");
        crate::person::Said::of(command.output().unwrap()).well().out
    };
    assert!(run(&["--version"]).starts_with("quillon "));
    assert!(run(&["--help"]).contains("chat"));
    assert!(run(&["chat", "--help"]).contains("where is the retry policy?"));
    assert!(serde_json::from_str::<serde_json::Value>(&run(&["schema"])).is_ok());
    for shell in ["bash", "zsh", "fish"] {
        assert!(run(&["completion", shell]).contains("quillon"), "{shell}");
    }
    assert!(run(&["man"]).contains(".TH"));
}
