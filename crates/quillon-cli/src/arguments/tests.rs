//! Command lines and the asks that they become.

use std::collections::BTreeSet;
use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches};

use super::*;
use crate::chat::split_words;
use crate::terminal::Terminal;

/// What a line becomes, as text: the ask as JSON, or the fault, or the first line of the usage error.
fn planned(line: &str, piped: &'static [u8]) -> String {
    let mut terminal = Terminal::for_tests(piped);
    let mut inputs = Inputs::new(&mut terminal, false);
    let words = split_words(line).unwrap();
    let parsed = Line::command().try_get_matches_from(words.iter().map(OsString::from));
    let line = match parsed.and_then(|matches| Line::from_arg_matches(&matches)) {
        Ok(line) => line,
        Err(error) => return error.to_string().lines().next().unwrap_or_default().to_owned(),
    };
    match line.command.unwrap().plan(&line.global, &mut inputs) {
        Ok(Plan::Ask(planned)) => {
            let Planned { ask, output, only_row, by_file, secret } = *planned;
            let mut text = serde_json::to_string(&ask).unwrap();
            text.extend(output.map(|output| format!(" as {output:?}")));
            text.extend(only_row.map(|row| format!(" only {row}")));
            text.push_str(if by_file { " by file" } else { "" });
            text.extend(secret.map(|secret| format!(" with {secret:?} of {} bytes", secret.expose().len())));
            text
        }
        Ok(plan) => format!("{plan:?}"),
        Err(fault) => fault.to_string(),
    }
}

fn check(lines: &[&str]) -> String {
    lines
        .iter()
        .map(|line| format!("{line}\n    {}\n", planned(&format!("quillon {line}"), b"piped\n")))
        .collect()
}

/// One line or more for every command that asks something.
const LINES: &[&str] = &[
    "accept s1 --characters 3",
    "admin audit hold case-7 --reason dispute",
    "admin audit prune",
    "admin audit release case-7 --reason settled",
    "admin audit show",
    "admin break-glass alice --reason incident --minutes 30",
    "admin channel connect slack T1 C1 --role chat --guardrail read-only --guardrail other",
    "admin channel disconnect C1",
    "admin channel list",
    "admin data classes",
    "admin data erase alice",
    "admin data export alice",
    "admin data hold alice",
    "admin data opt-out FILE",
    "admin data purge",
    "admin data release alice",
    "admin key rewrap conversation",
    "admin key rotate prompt_log",
    "admin key shred alice",
    "admin key status",
    "admin key use knowledge kms://key",
    "admin member assign alice local",
    "admin member disable alice",
    "admin member invite a@example.org local",
    "admin member issue-key bot --expires 2026-12-31 --action q:SendMessage --action quillon:*",
    "admin member list",
    "admin member revoke-key k1",
    "admin policy attach p profile/local",
    "admin policy detach p profile/local",
    "admin policy diff p FILE",
    "admin policy diff p --principal alice",
    "admin policy get p",
    "admin policy lint FILE",
    "admin policy list",
    "admin policy prove never quillon:RunCommand for alice",
    "admin policy put p FILE",
    "admin policy put p -",
    "admin policy remove p",
    "admin policy show p",
    "admin policy simulate alice q:SendMessage --context aws:SourceIp=10.0.0.1",
    "admin profile list",
    "admin profile set p references=off --data-region eu-west-2",
    "admin report",
    "admin report cost --after 2026-01-01 --before 2026-02-01T00:00:00Z",
    "admin server",
    "agent create reviewer --description reviews",
    "agent create -n reviewer --from FILE --scope workspace",
    "agent list",
    "agent remove reviewer",
    "agent set-default reviewer",
    "audit export --format cloudtrail --to s3://bucket",
    "audit prove 42",
    "audit search --refused --action 'quillon:*' -n 5",
    "audit tail",
    "audit tail -n 100 --follow",
    "audit verify",
    "audit verify --folder copy --key-file FILE --checkpoint FILE",
    "audit verify --checkpoint FILE --witness w+00000000+AA==",
    "audit witness",
    "audit witness - --log-key l+00000000+AA== --state DIR",
    "audit witness --ask https://w.example --witness-key w+00000000+AA== --since 7",
    "audit witness --since 7",
    "aws s3api list-objects-v2 --bucket b --prefix=a/b --no-paginate --region eu-west-2 --query Contents --output json",
    "aws ec2 run-instances --instance-ids i-1 i-2 --cpu-options -1",
    "chat where is it?",
    "chat --resume=cnv_00000000000000000000000000 -a --agent reviewer next",
    "chat --list",
    "chat --show cnv_00000000000000000000000000",
    "chat --delete cnv_00000000000000000000000000",
    "cloud ask how long may a function run",
    "cloud cost -",
    "cloud diagnose AccessDenied --place s3",
    "cloud reach i-1 i-2 --port 5432",
    "cloud resources untagged --regions eu-west-1,eu-west-2",
    "conversation delete cnv_00000000000000000000000000",
    "conversation list --here",
    "conversation show cnv_00000000000000000000000000",
    "dev add paging --check 'cargo test' --plan",
    "dev",
    "doc ./src --kind api --instruction 'be short'",
    "doctor",
    "edit src/a.rs:3-7 rename it",
    "editor install visual-studio",
    "evidence --control A.1 --after 2026-01-01",
    "knowledge add handbook docs/",
    "knowledge add -n rules -p docs --include '**/*.md' --exclude a --exclude b --index-type Best --agent reviewer",
    "knowledge clear",
    "knowledge list",
    "knowledge remove handbook",
    "knowledge search on call",
    "knowledge update handbook",
    "login https://quillon.example.org --use-device-flow",
    "logout",
    "mcp add files -- program --flag a,b",
    "mcp add --name files --command program --args 'a,b\\,c' --args '[\"d,e\"]' --scope workspace",
    "mcp add files --url https://tools.example.org",
    "mcp list",
    "mcp remove files",
    "mcp serve",
    "mcp status files",
    "migrate --apply",
    "model",
    "model key",
    "model key list",
    "model key remove anthropic",
    "model key set anthropic",
    "model key show anthropic",
    "model list",
    "model show sonnet",
    "model use embedded",
    "new a web service --folder web",
    "pack add FILE",
    "pack list",
    "pack remove aws-models",
    "pack update aws-models",
    "profile",
    "profile list",
    "profile set local",
    "review /srv/example/src ./a.py b --diff main --only code,secrets --fix --fail-on high --rules rules",
    "review -a --include tests,vendored --fix-only java-sql-injection --dry-run --group-by file",
    "review --staged --baseline known.json",
    "review --all --baseline ./known.json --write-baseline",
    "review explain src/a.py:3 --rules rules",
    "serve --config FILE --check",
    "settings",
    "settings --all",
    "settings all",
    "settings list --all -f json",
    "settings get a.b",
    "settings a.b",
    "settings a.b -5",
    "settings set a.b c",
    "settings unset a.b",
    "settings --delete a.b",
    "suggest src/a.rs:10:5 -n 3",
    "test src/orders.py --symbol total",
    "transform dotnet --to net8.0 --plan",
    "transform java app --to 17 --resume",
    "translate list files --shell zsh -n 3",
    "usage",
    "whoami -f json-pretty",
];

#[test]
fn every_command_becomes_its_ask() {
    insta::assert_snapshot!(check(LINES), @r#"
    accept s1 --characters 3
        {"verb":"accept","suggestion":"s1","accepted_characters":3}
    admin audit hold case-7 --reason dispute
        {"verb":"admin.audit","change":{"act":"hold","name":"case-7","reason":"dispute"}}
    admin audit prune
        {"verb":"admin.audit","change":{"act":"prune"}}
    admin audit release case-7 --reason settled
        {"verb":"admin.audit","change":{"act":"release","name":"case-7","reason":"settled"}}
    admin audit show
        {"verb":"admin.audit","change":{"act":"show"}}
    admin break-glass alice --reason incident --minutes 30
        {"verb":"admin.break_glass","subject":"alice","reason":"incident","minutes":30}
    admin channel connect slack T1 C1 --role chat --guardrail read-only --guardrail other
        {"verb":"admin.channel.write","change":{"act":"connect","app":"slack","team":"T1","channel":"C1","role":"chat","guardrails":["read-only","other"]}}
    admin channel disconnect C1
        {"verb":"admin.channel.write","change":{"act":"disconnect","configuration":"C1"}}
    admin channel list
        {"verb":"admin.channel.read"}
    admin data classes
        {"verb":"admin.data_classes"}
    admin data erase alice
        {"verb":"admin.data","change":{"act":"erase","subject":"alice"}}
    admin data export alice
        {"verb":"admin.data","change":{"act":"export","subject":"alice"}}
    admin data hold alice
        {"verb":"admin.data","change":{"act":"hold","subject":"alice"}}
    admin data opt-out FILE
        {"verb":"admin.data","change":{"act":"opt_out","policy":"{}"}}
    admin data purge
        {"verb":"admin.data","change":{"act":"purge"}}
    admin data release alice
        {"verb":"admin.data","change":{"act":"release","subject":"alice"}}
    admin key rewrap conversation
        {"verb":"admin.key.write","change":{"act":"rewrap","class":"conversation"}}
    admin key rotate prompt_log
        {"verb":"admin.key.write","change":{"act":"rotate","class":"prompt_log"}}
    admin key shred alice
        {"verb":"admin.key.write","change":{"act":"shred","subject":"alice"}}
    admin key status
        {"verb":"admin.key.read"}
    admin key use knowledge kms://key
        {"verb":"admin.key.write","change":{"act":"use","class":"knowledge","key":"kms://key"}}
    admin member assign alice local
        {"verb":"admin.member.write","change":{"act":"assign","member":"alice","profile":"local"}}
    admin member disable alice
        {"verb":"admin.member.write","change":{"act":"disable","member":"alice"}}
    admin member invite a@example.org local
        {"verb":"admin.member.write","change":{"act":"invite","address":"a@example.org","profile":"local"}}
    admin member issue-key bot --expires 2026-12-31 --action q:SendMessage --action quillon:*
        {"verb":"admin.member.write","change":{"act":"issue_key","member":"bot","expires":1798675200000000,"actions":["q:SendMessage","quillon:*"]}}
    admin member list
        {"verb":"admin.member.read"}
    admin member revoke-key k1
        {"verb":"admin.member.write","change":{"act":"revoke_key","key":"k1"}}
    admin policy attach p profile/local
        {"verb":"admin.policy.write","change":{"act":"attach","name":"p","to":"profile/local"}}
    admin policy detach p profile/local
        {"verb":"admin.policy.write","change":{"act":"detach","name":"p","from":"profile/local"}}
    admin policy diff p FILE
        {"verb":"admin.policy.diff","name":"p","document":"{}"}
    admin policy diff p --principal alice
        {"verb":"admin.policy.diff","name":"p","principal":"alice"}
    admin policy get p
        {"verb":"admin.policy.read","name":"p"}
    admin policy lint FILE
        {"verb":"admin.policy.lint","name":"FILE","document":"{}"}
    admin policy list
        {"verb":"admin.policy.read"}
    admin policy prove never quillon:RunCommand for alice
        {"verb":"admin.policy.prove","never":"quillon:RunCommand","principal":"alice"}
    admin policy put p FILE
        {"verb":"admin.policy.write","change":{"act":"put","name":"p","document":"{}"}}
    admin policy put p -
        {"verb":"admin.policy.write","change":{"act":"put","name":"p","document":"piped\n"}}
    admin policy remove p
        {"verb":"admin.policy.write","change":{"act":"remove","name":"p"}}
    admin policy show p
        {"verb":"admin.policy.read","name":"p"}
    admin policy simulate alice q:SendMessage --context aws:SourceIp=10.0.0.1
        {"verb":"admin.policy.simulate","principal":"alice","action":"q:SendMessage","resource":"*","context":[["aws:SourceIp","10.0.0.1"]]}
    admin profile list
        {"verb":"admin.profile.read"}
    admin profile set p references=off --data-region eu-west-2
        {"verb":"admin.profile.write","profile":"p","region":"eu-west-2","switches":[["references","off"]]}
    admin report
        {"verb":"admin.report","kind":"user_activity"}
    admin report cost --after 2026-01-01 --before 2026-02-01T00:00:00Z
        {"verb":"admin.report","kind":"cost","after":1767225600000000,"before":1769904000000000}
    admin server
        {"verb":"admin.server"}
    agent create reviewer --description reviews
        {"verb":"agent.write","name":"reviewer","definition":"{\n  \"allowedTools\": [],\n  \"description\": \"reviews\",\n  \"name\": \"reviewer\",\n  \"tools\": [\n    \"@builtin\"\n  ]\n}","scope":"user"}
    agent create -n reviewer --from FILE --scope workspace
        {"verb":"agent.write","name":"reviewer","definition":"{}","scope":"workspace"}
    agent list
        {"verb":"agent.list"}
    agent remove reviewer
        {"verb":"agent.write","name":"reviewer","scope":"user"}
    agent set-default reviewer
        {"verb":"settings.write","key":"chat.defaultAgent","value":"reviewer"}
    audit export --format cloudtrail --to s3://bucket
        {"verb":"audit.export","format":"cloudtrail","source":"own","to":"s3://bucket","from_start":false,"accept_gap":false}
    audit prove 42
        {"verb":"audit.prove","index":42}
    audit search --refused --action 'quillon:*' -n 5
        {"verb":"audit.search","action":"quillon:*","allowed":false,"count":5}
    audit tail
        {"verb":"audit.tail","count":20,"follow":false}
    audit tail -n 100 --follow
        {"verb":"audit.tail","count":100,"follow":true}
    audit verify
        {"verb":"audit.verify","source":"own"}
    audit verify --folder copy --key-file FILE --checkpoint FILE
        {"verb":"audit.verify","source":{"folder":{"folder":"/srv/example/copy","key":"{}"}},"checkpoint":"{}"}
    audit verify --checkpoint FILE --witness w+00000000+AA==
        {"verb":"audit.verify","source":"own","checkpoint":"{}","witnesses":["w+00000000+AA=="]}
    audit witness
        {"verb":"audit.witness","witness":{"act":"keys"}}
    audit witness - --log-key l+00000000+AA== --state DIR
        {"verb":"audit.witness","witness":{"act":"cosign","request":"piped\n","log_keys":["l+00000000+AA=="],"state":"/srv/example/DIR"}}
    audit witness --ask https://w.example --witness-key w+00000000+AA== --since 7
        {"verb":"audit.witness","witness":{"act":"ask","address":"https://w.example","keys":["w+00000000+AA=="],"since":7}}
    audit witness --since 7
        {"verb":"audit.witness","witness":{"act":"request","since":7}}
    aws s3api list-objects-v2 --bucket b --prefix=a/b --no-paginate --region eu-west-2 --query Contents --output json
        {"verb":"aws","service":"s3api","operation":"list-objects-v2","parameters":[{"name":"bucket","values":["b"]},{"name":"prefix","values":["a/b"]},{"name":"no-paginate","values":[]}],"region":"eu-west-2","query":"Contents"} as Json
    aws ec2 run-instances --instance-ids i-1 i-2 --cpu-options -1
        {"verb":"aws","service":"ec2","operation":"run-instances","parameters":[{"name":"instance-ids","values":["i-1","i-2"]},{"name":"cpu-options","values":["-1"]}]}
    chat where is it?
        Chat(Chat { prompt: ["where", "is", "it?"], no_interactive: false, resume: None, agent: None, trust_tools: [], trust_all_tools: false, explain_context: false, wrap: Auto, act: ConversationFlag { list: false, show: None, delete: None } })
    chat --resume=cnv_00000000000000000000000000 -a --agent reviewer next
        Chat(Chat { prompt: ["next"], no_interactive: false, resume: Some(Conversation(cnv_00000000000000000000000000)), agent: Some("reviewer"), trust_tools: [], trust_all_tools: true, explain_context: false, wrap: Auto, act: ConversationFlag { list: false, show: None, delete: None } })
    chat --list
        {"verb":"conversation.list","here":true}
    chat --show cnv_00000000000000000000000000
        {"verb":"conversation.show","conversation":"cnv_00000000000000000000000000"}
    chat --delete cnv_00000000000000000000000000
        {"verb":"conversation.delete","conversation":"cnv_00000000000000000000000000"}
    cloud ask how long may a function run
        {"verb":"cloud.ask","question":"how long may a function run"}
    cloud cost -
        {"verb":"cloud.cost","question":"piped\n"}
    cloud diagnose AccessDenied --place s3
        {"verb":"cloud.diagnose","error":"AccessDenied","place":"s3"}
    cloud reach i-1 i-2 --port 5432
        {"verb":"cloud.reach","from":"i-1","to":"i-2","port":5432}
    cloud resources untagged --regions eu-west-1,eu-west-2
        {"verb":"cloud.resources","question":"untagged","regions":["eu-west-1","eu-west-2"]}
    conversation delete cnv_00000000000000000000000000
        {"verb":"conversation.delete","conversation":"cnv_00000000000000000000000000"}
    conversation list --here
        {"verb":"conversation.list","here":true}
    conversation show cnv_00000000000000000000000000
        {"verb":"conversation.show","conversation":"cnv_00000000000000000000000000"}
    dev add paging --check 'cargo test' --plan
        {"verb":"dev","request":"add paging","checks":["cargo test"],"plan_only":true}
    dev
        {"verb":"dev","request":"piped\n","plan_only":false}
    doc ./src --kind api --instruction 'be short'
        {"verb":"doc","path":"src","kind":"api","instruction":"be short"}
    doctor
        {"verb":"doctor"}
    edit src/a.rs:3-7 rename it
        {"verb":"edit","instruction":"rename it","path":"src/a.rs","selection":{"start":{"line":2,"character":0},"end":{"line":7,"character":0}},"version":0}
    editor install visual-studio
        {"verb":"editor.install","editor":"visual_studio"}
    evidence --control A.1 --after 2026-01-01
        {"verb":"evidence","controls":["A.1"],"after":1767225600000000}
    knowledge add handbook docs/
        {"verb":"knowledge","change":{"act":"add","name":"handbook","path":"docs/","index":"fast"}}
    knowledge add -n rules -p docs --include '**/*.md' --exclude a --exclude b --index-type Best --agent reviewer
        {"verb":"knowledge","change":{"act":"add","name":"rules","path":"docs","include":["**/*.md"],"exclude":["a","b"],"index":"best"},"agent":"reviewer"}
    knowledge clear
        {"verb":"knowledge","change":{"act":"clear"}}
    knowledge list
        {"verb":"knowledge.search"}
    knowledge remove handbook
        {"verb":"knowledge","change":{"act":"remove","name":"handbook"}}
    knowledge search on call
        {"verb":"knowledge.search","query":"on call"}
    knowledge update handbook
        {"verb":"knowledge","change":{"act":"update","name":"handbook"}}
    login https://quillon.example.org --use-device-flow
        {"verb":"login","server":"https://quillon.example.org","device_code":true}
    logout
        {"verb":"logout"}
    mcp add files -- program --flag a,b
        {"verb":"mcp.write","name":"files","server":{"transport":"stdio","command":"program","arguments":["--flag","a,b"]},"scope":"user"}
    mcp add --name files --command program --args 'a,b\,c' --args '["d,e"]' --scope workspace
        {"verb":"mcp.write","name":"files","server":{"transport":"stdio","command":"program","arguments":["a","b,c","d,e"]},"scope":"workspace"}
    mcp add files --url https://tools.example.org
        {"verb":"mcp.write","name":"files","server":{"transport":"http","url":"https://tools.example.org"},"scope":"user"}
    mcp list
        {"verb":"mcp.list"}
    mcp remove files
        {"verb":"mcp.write","name":"files","scope":"user"}
    mcp serve
        Other(Mcp)
    mcp status files
        {"verb":"mcp.list"} only files
    migrate --apply
        {"verb":"migrate","apply":true}
    model
        {"verb":"model.list"}
    model key
        {"verb":"model.key.read"}
    model key list
        {"verb":"model.key.read"}
    model key remove anthropic
        {"verb":"model.key.write","act":"remove","name":"anthropic"}
    model key set anthropic
        {"verb":"model.key.write","act":"set","name":"anthropic"} with Secret(…) of 6 bytes
    model key show anthropic
        {"verb":"model.key.read","name":"anthropic"}
    model list
        {"verb":"model.list"}
    model show sonnet
        {"verb":"model.list","model":"sonnet"}
    model use embedded
        {"verb":"model.use","model":"embedded"}
    new a web service --folder web
        {"verb":"new","description":"a web service","folder":"web"}
    pack add FILE
        {"verb":"pack","act":"add","pack":"FILE"}
    pack list
        {"verb":"pack.list"}
    pack remove aws-models
        {"verb":"pack","act":"remove","pack":"aws-models"}
    pack update aws-models
        {"verb":"pack","act":"update","pack":"aws-models"}
    profile
        {"verb":"profile.list"}
    profile list
        {"verb":"profile.list"}
    profile set local
        {"verb":"profile.use","profile":"local"}
    review /srv/example/src ./a.py b --diff main --only code,secrets --fix --fail-on high --rules rules
        {"verb":"review","paths":["src","a.py","b"],"diff":"main","kinds":["code","secrets"],"fix":true,"fail_on":"high","rules":["rules"],"group_by":"severity"}
    review -a --include tests,vendored --fix-only java-sql-injection --dry-run --group-by file
        {"verb":"review","all":true,"include":["tests","vendored"],"fix":true,"fix_only":["java-sql-injection"],"dry_run":true,"group_by":"file"} by file
    review --staged --baseline known.json
        {"verb":"review","staged":true,"fix":false,"baseline":"known.json","group_by":"severity"}
    review --all --baseline ./known.json --write-baseline
        {"verb":"review","all":true,"fix":false,"baseline":"known.json","write_baseline":true,"group_by":"severity"}
    review explain src/a.py:3 --rules rules
        {"verb":"review.explain","name":"src/a.py:3","rules":["rules"]}
    serve --config FILE --check
        Other(Server { config: Some("FILE"), check: true })
    settings
        {"verb":"settings.read","all":false}
    settings --all
        {"verb":"settings.read","all":true}
    settings all
        {"verb":"settings.read","all":true}
    settings list --all -f json
        {"verb":"settings.read","all":true} as Json
    settings get a.b
        {"verb":"settings.read","key":"a.b","all":false}
    settings a.b
        {"verb":"settings.read","key":"a.b","all":false}
    settings a.b -5
        {"verb":"settings.write","key":"a.b","value":"-5"}
    settings set a.b c
        {"verb":"settings.write","key":"a.b","value":"c"}
    settings unset a.b
        {"verb":"settings.write","key":"a.b"}
    settings --delete a.b
        {"verb":"settings.write","key":"a.b"}
    suggest src/a.rs:10:5 -n 3
        {"verb":"suggest","path":"src/a.rs","position":{"line":9,"character":4},"version":0,"trigger":"invoked","count_max":3}
    test src/orders.py --symbol total
        {"verb":"test","path":"src/orders.py","symbol":"total"}
    transform dotnet --to net8.0 --plan
        {"verb":"transform.dotnet","to":"net8.0","plan_only":true,"resume":false}
    transform java app --to 17 --resume
        {"verb":"transform.java","path":"app","to":"17","plan_only":false,"resume":true}
    translate list files --shell zsh -n 3
        {"verb":"translate","text":"list files","shell":"zsh","count_max":3}
    usage
        {"verb":"usage"}
    whoami -f json-pretty
        {"verb":"whoami"} as Json
    "#);
}

#[test]
fn every_command_that_asks_is_tried() {
    let tried = |words: &str| {
        LINES
            .iter()
            .any(|line| *line == words || line.strip_prefix(words).is_some_and(|rest| rest.starts_with(' ')))
    };
    let words: BTreeSet<&str> = ROWS.iter().copied().flatten().map(|(words, _)| *words).collect();
    for words in words {
        assert!(tried(words), "no line tries `{words}`");
    }
}

#[test]
fn wrong_lines_are_usage_errors() {
    let lines = [
        "chat --list prompt",
        "chat --resume=nonsense x",
        "chat --trust-tools=a --trust-all-tools x",
        "settings a.b c --delete",
        "settings --delete",
        "settings list a",
        "audit prove -1",
        "audit search --allowed --refused",
        "audit search --after yesterday",
        "audit verify --key 00",
        "audit verify --checkpoint missing.txt",
        "admin data hold Alice",
        "admin key rotate nonsense",
        "admin policy put p missing.json",
        "agent create",
        "agent create a -n b",
        "mcp add files",
        "mcp add files --url u -- program",
        "aws s3api",
        "aws --bucket b list",
        "aws s3 cp a b",
        "aws s3 ls --region A --x",
        "aws s3 ls --output yaml",
        "edit a.rs rename",
        "editor install emacs",
        "review --fail-on worst",
        "review --all src",
        "review --staged --fix",
        "review --output sarif src --diff a --staged",
        "doctor --output sarif",
        "chat --output html",
        "suggest a.rs",
        "transform java --to 8",
        "transform cobol",
        "--region Europe whoami",
        "--output yaml whoami",
    ];
    insta::assert_snapshot!(check(&lines), @"
    chat --list prompt
        error: the argument '--list' cannot be used with '[PROMPT]...'
    chat --resume=nonsense x
        error: invalid value 'nonsense' for '--resume[=<ID>]': `nonsense` is not a valid cnv id
    chat --trust-tools=a --trust-all-tools x
        error: the argument '--trust-tools <TOOLS>' cannot be used with '--trust-all-tools'
    settings a.b c --delete
        error: the argument '[VALUE]' cannot be used with '--delete'
    settings --delete
        error: the following required arguments were not provided:
    settings list a
        error: unexpected argument 'a' found
    audit prove -1
        error: unexpected argument '-1' found
    audit search --allowed --refused
        error: the argument '--allowed' cannot be used with '--refused'
    audit search --after yesterday
        error: invalid value 'yesterday' for '--after <TIME>': use a day such as 2026-01-31 or an instant such as 2026-01-31T12:00:00Z
    audit verify --key 00
        error: the following required arguments were not provided:
    audit verify --checkpoint missing.txt
        there is no file `missing.txt` [file.missing]
    admin data hold Alice
        error: invalid value 'Alice' for '<SUBJECT>': `Alice` is not a valid principal name
    admin key rotate nonsense
        error: invalid value 'nonsense' for '<CLASS>'
    admin policy put p missing.json
        there is no file `missing.json` [file.missing]
    agent create
        error: the following required arguments were not provided:
    agent create a -n b
        error: the argument '[NAME]' cannot be used with '--name <NAME>'
    mcp add files
        a server needs a program or an address [input.invalid]
    mcp add files --url u -- program
        error: the argument '--url <URL>' cannot be used with '[PROGRAM]...'
    aws s3api
        `aws` needs a service and an operation [input.invalid]
    aws --bucket b list
        `--bucket` stands where a service and an operation are expected [input.invalid]
    aws s3 cp a b
        `a` is not a parameter; parameters are given as `--name value` [input.invalid]
    aws s3 ls --region A --x
        `A` is not a valid region name [input.invalid]
    aws s3 ls --output yaml
        output `yaml` is not known [input.invalid]
    edit a.rs rename
        error: invalid value 'a.rs' for '<PATH:FIRST-LAST>': use PATH:FIRST-LAST or PATH:LINE:COLUMN, all from 1
    editor install emacs
        error: invalid value 'emacs' for '<EDITOR>'
    review --fail-on worst
        error: invalid value 'worst' for '--fail-on <SEVERITY>'
    review --all src
        error: the argument '--all' cannot be used with '[PATHS]...'
    review --staged --fix
        error: the argument '--staged' cannot be used with '--fix'
    review --output sarif src --diff a --staged
        error: the argument '--diff <REVISION>' cannot be used with '--staged'
    doctor --output sarif
        `--output sarif` is a form of findings, and this command gives none [input.invalid]
    chat --output html
        `--output html` is a form of findings, and this command gives none [input.invalid]
    suggest a.rs
        error: invalid value 'a.rs' for '<PATH:LINE:COLUMN>': use PATH:LINE:COLUMN, both from 1
    transform java --to 8
        error: invalid value '8' for '--to <TO>'
    transform cobol
        error: unrecognized subcommand 'cobol'
    --region Europe whoami
        error: invalid value 'Europe' for '--region <REGION>': `Europe` is not a valid region name
    --output yaml whoami
        error: invalid value 'yaml' for '--output <text|json|jsonl|sarif|html>'
    ");
}

#[test]
fn text_comes_from_standard_input_when_it_is_not_there() {
    let asked = |line, piped| planned(line, piped);
    assert_eq!(
        asked("quillon translate", b"list files\n"),
        r#"{"verb":"translate","text":"list files\n","count_max":1}"#
    );
    assert_eq!(asked("quillon translate", b""), "what the command should do is missing [input.invalid]");
    assert_eq!(asked("quillon dev -", b"\0\x01\x02"), "standard input is not text [file.binary]");
    assert_eq!(
        asked("quillon new", &[b'a'; 400 * 1024 + 1]),
        "standard input is longer than 400 KiB [input.invalid]"
    );
    assert_eq!(asked("quillon translate x", b"not read"), r#"{"verb":"translate","text":"x","count_max":1}"#);
    let long = format!("quillon translate {}", "a".repeat(400 * 1024 + 1));
    assert_eq!(asked(&long, b""), "the text is longer than 400 KiB [input.invalid]");
}
