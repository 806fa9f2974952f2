"""Compares every field of every event, as the parser of AWS read it, with what the ledger holds. Arguments: the events as
`Fields.java` printed them, the ledger as `audit export --format jsonl` printed it, the account, and how many
records there are. What an event must be is made here, from the record alone and by other means
than the product's. Prints a verdict; the exit status is 0 when all is the same.
"""

import datetime
import json
import sys

EVENTS, LEDGER, ACCOUNT, RECORDS = sys.argv[1:5]
OWN = "quillon.internal"
ACTIONS = {
    "session_opened": "OpenSession", "session_refused": "OpenSession", "lease_opened": "OpenLease",
    "recovered": "RecoverLedger", "unavailable": "RecoverLedger", "hold_placed": "PlaceHold",
    "hold_released": "ReleaseHold", "pruned": "PruneLedger", "closed": "EndAsk", "effect_closed": "EndEffect",
    "lease_closed": "OpenLease", "interrupted": "Interrupt", "lease_used": None,
}
DOES = {
    "call_cloud": "CallCloud", "call_tool": "CallTool", "invoke_model": "InvokeModel", "keep_index": "KeepIndex",
    "read_ledger": "ReadLedger", "read_settings": "ReadSettings", "read_store": "ReadStore",
    "read_workspace": "ReadWorkspace", "run_command": "RunCommand", "send_to_sink": "SendToSink",
    "write_ledger": "WriteLedger", "write_settings": "WriteSettings", "write_store": "WriteStore",
    "write_workspace": "WriteWorkspace",
}
ALWAYS = {
    "eventVersion", "userIdentity", "eventTime", "eventSource", "eventName", "awsRegion", "sourceIPAddress",
    "userAgent", "requestParameters", "responseElements", "additionalEventData", "eventID", "readOnly", "eventType",
    "managementEvent", "recipientAccountId", "eventCategory",
}
opened, seen, wrong, checked = {}, set(), 0, 0


def seconds(micros):
    at = datetime.datetime.fromtimestamp(micros // 1_000_000, datetime.timezone.utc)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def opening_of(record):
    """What a record ends, or is under; remembered from its opening."""
    kind = record["kind"]
    key = {"closed": "ask", "effect_closed": "effect", "lease_used": "lease", "lease_closed": "lease"}.get(kind)
    if kind == "interrupted":
        return opened.get(record["id"])
    return opened.get(record[key]) if key else None


def who(record):
    if "by" in record and isinstance(record["by"], dict):
        return record["by"]
    if record["kind"] == "effect_opened":
        return (opened.get(record["ask"]) or {}).get("by")
    return (opening_of(record) or {}).get("by")


def action(record):
    kind = record["kind"]
    if "action" in record:
        return record["action"]
    if kind == "effect_opened":
        return "quillon:" + DOES[record["does"]]
    if kind == "lease_used":
        return None
    before = opening_of(record)
    return before["action"] if before else "quillon:" + ACTIONS[kind]


def outcome_fails(record):
    kind = record["kind"]
    if kind in ("closed", "effect_closed"):
        return record["outcome"] not in ("done", "findings")
    if kind == "effect_opened":
        return not record["decided"]["allowed"]
    return kind in ("session_refused", "refused", "interrupted", "unavailable")


def error(record):
    kind = record["kind"]
    if kind == "refused" or (kind == "effect_opened" and not record["decided"]["allowed"]):
        return "AccessDenied"
    return "interrupted" if kind == "interrupted" else record.get("fault")


def remember(record):
    kind, by = record["kind"], who(record)
    name = {"opened": "ask", "effect_opened": "effect", "lease_opened": "lease"}.get(kind)
    if name and (kind != "effect_opened" or record["decided"]["allowed"]):
        resource = record.get("scope", record.get("resource"))
        opened[record[name]] = {"by": by, "action": action(record), "resource": resource}
    ended = {"closed": "ask", "effect_closed": "effect", "lease_closed": "lease", "interrupted": "id"}.get(kind)
    if ended:
        opened.pop(record[ended], None)


def expected(index, record):
    """The fields whose value follows from the record, as (path, value)."""
    kind, by, did, before = record["kind"], who(record), action(record), opening_of(record)
    yield ("eventTime",), seconds(record["at"])
    yield ("awsRegion",), record["region"]
    yield ("recipientAccountId",), ACCOUNT
    yield ("managementEvent",), True
    yield ("eventCategory",), "Management"
    yield ("eventVersion",), "1.09"
    yield ("sourceIPAddress",), OWN
    yield ("userAgent",), f"quillon/{by['surface']}" if by else "quillon"
    yield ("eventType",), "AwsApiCall" if by else "AwsServiceEvent"
    if did:
        yield ("eventSource",), "q.amazonaws.com" if did.startswith("q:") else OWN
        yield ("eventName",), did.split(":")[1]
    if by:
        creation = {"mfaAuthenticated": str(by["proof"].endswith("+mfa")).lower(), "creationDate": seconds(record["at"])}
        yield ("userIdentity",), {
            "type": "IAMUser", "principalId": by["principal"], "accountId": ACCOUNT, "userName": by["principal"],
            "arn": f"arn:quillon:iam::{record['organisation']}:user/{by['principal']}",
            "sessionContext": {"attributes": creation},
        }
    else:
        yield ("userIdentity",), {"type": "AWSService", "invokedBy": OWN}
    more = ("additionalEventData",)
    yield more + ("record",), record
    yield more + ("ledgerIndex",), index
    for field in ("surface", "session", "proof"):
        yield more + (field,), by[field] if by else None
    ends = kind in ("closed", "effect_closed", "lease_closed", "interrupted")
    began = kind in ("opened", "lease_opened") or (kind == "effect_opened" and record["decided"]["allowed"])
    yield more + ("phase",), "ended" if ends else "began" if began else "whole"
    under_way = kind == "opened" or (kind == "effect_opened" and record["decided"]["allowed"])
    yield more + ("status",), "failure" if outcome_fails(record) else "under way" if under_way else "success"
    resource = record.get("scope") if kind == "lease_opened" else record.get("resource") or (before or {}).get("resource")
    yield ("resources",), [{"ARN": resource, "accountId": ACCOUNT, "type": "Quillon::Resource"}] if resource else None
    asked = ("requestParameters",)
    if ends:
        yield asked, None
    else:
        yield asked + ("resource",), resource
        yield asked + ("decision",), record.get("decided")
        for field in ("verb", "arguments"):
            if field in record:
                yield asked + ("what",), record[field]
    head = {"v", "at", "writer", "organisation", "region", "kind", "ask", "effect"}
    rest = {name: value for name, value in record.items() if name not in head}
    yield ("responseElements",), rest if kind in ("closed", "effect_closed") else None
    ask = record.get("ask")
    yield ("sharedEventID",), ask
    yield ("requestID",), ask and ask.replace("ask_", "req_")
    yield ("errorCode",), error(record)


def at(event, path):
    for name in path:
        event = event.get(name) if isinstance(event, dict) else None
    return event


def bare(value):
    """A field that is null is one that is not there."""
    if isinstance(value, dict):
        return {name: bare(part) for name, part in value.items() if part is not None}
    return [bare(part) for part in value] if isinstance(value, list) else value


def complain(text):
    global wrong
    wrong += 1
    if wrong <= 10:
        print("     ", text[:1_000], file=sys.stderr)


with open(EVENTS) as events, open(LEDGER) as ledger:
    for line in ledger:
        entry, text = json.loads(line), events.readline()
        if not text:
            complain(f"there is no event of record {entry['index']}")
            break
        event, record, index = json.loads(text), entry["record"], entry["index"]
        for path, value in expected(index, record):
            found = at(event, path)
            if bare(found) != bare(value):
                complain(f"record {index}: {'.'.join(path)} is {found!r}, the ledger holds {value!r}")
        names = {name for name, value in event.items() if value is not None}
        # The parser adds the account of who asked under a name of its own.
        extra = names - ALWAYS - {"requestID", "sharedEventID", "errorCode", "errorMessage", "resources", "accountId"}
        if extra or not isinstance(event.get("readOnly"), bool):
            complain(f"record {index}: fields that were not compared: {extra}")
        if ("errorCode" in names) != ("errorMessage" in names) or event["eventID"] in seen:
            complain(f"record {index}: its error has no words, or its id is another's")
        seen.add(event["eventID"])
        remember(record)
        checked += 1
    if events.readline():
        complain("there are events of no record")
fine = wrong == 0 and checked == int(RECORDS)
verdict = f"the parser of AWS reads every field of {checked} events as the ledger of {RECORDS} records has it"
print("ok   " if fine else "WRONG", verdict, flush=True)
sys.exit(not fine)
