//! Disks that are full, read-only or not ours: nothing is answered, and that is said and recorded as soon as it can be.

use std::process::Command;

use crate::person::{Person, Said, binary};

/// Runs a script in a mount namespace of its own, with the binary as `$Q` and a small disk at `$D`.
fn on_a_small_disk(person: &Person, script: &str) -> Said {
    let disk = person.home().join("disk");
    std::fs::create_dir_all(&disk).unwrap();
    let prepare = "mount -t tmpfs -o size=2m small \"$D\" && export QUILLON_HOME=\"$D/q\" && ";
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "sh", "-c"]);
    command.arg(format!("{prepare}{script}"));
    person.settle(&mut command);
    command.env("D", &disk).env("Q", binary());
    Said::of(command.output().unwrap())
}

#[test]
fn a_full_disk_answers_nothing_and_its_record_is_made_up_for() {
    let person = Person::new();
    let said = on_a_small_disk(
        &person,
        r#"
        "$Q" whoami >/dev/null || exit 9
        # The last bytes too: what is left of a block takes small records.
        head -c 3000000 /dev/zero > "$D/ballast" 2>/dev/null
        code=0; round=0
        while [ $code -eq 0 ] && [ $round -lt 200 ]; do
            round=$((round + 1)); "$Q" whoami > "$D/../answer" 2> "$D/../fault"; code=$?
        done
        echo "exit $code"; cat "$D/../fault"; echo "answer $(wc -c < "$D/../answer")"
        rm "$D/ballast"
        "$Q" whoami >/dev/null || exit 7
        "$Q" audit tail --count 50
        "$Q" audit verify
        "#,
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    let said = said.says("exit 3").says("the disk is full").says("answer 0");
    said.says("the audit log could not be written from").says("The ledger is what was written");
}

#[test]
fn a_disk_that_became_read_only_answers_nothing() {
    let person = Person::new();
    let said = on_a_small_disk(
        &person,
        r#"
        "$Q" whoami >/dev/null || exit 9
        mount -o remount,ro "$D" || exit 8
        "$Q" whoami > "$D/../answer" 2> "$D/../fault"; echo "exit $?"; cat "$D/../fault"
        echo "answer $(wc -c < "$D/../answer")"
        mount -o remount,rw "$D"
        "$Q" audit verify
        "#,
    );
    assert_eq!(said.code, Some(0), "{said:?}");
    said.says("exit 3").says("answer 0").says("The ledger is what was written");
}
