"""Holds an export against programs that others wrote. Arguments: the folder of the export, which is named like its
bucket, the trail's region, the first and the last moment of the day, how many records there are, and a folder of OCSF
events. Prints one line a verdict, `ok` or `WRONG` first; the exit status is 0 when all are `ok`.

Peers: `aws cloudtrail validate-logs` (awscli, unmodified) against S3 as moto serves it, the parser of trailscraper, and
the schemas of OCSF as ocsf-json-schema has them. The only stub is the answer of ListPublicKeys, which moto lacks; it is
the file that the export wrote.
"""

import glob
import gzip
import http.server
import json
import logging
import os
import re
import subprocess
import sys
import threading

import boto3
import jsonschema
from moto.server import ThreadedMotoServer
from ocsf_json_schema import OcsfJsonSchemaEmbedded, get_ocsf_schema
from trailscraper.cloudtrail import LogFile

logging.getLogger("werkzeug").setLevel(logging.ERROR)
FOLDER, REGION, START, END, RECORDS, OCSF = sys.argv[1:7]
BUCKET = os.path.basename(FOLDER)
ACCOUNT = "111122223333"
wrong = 0


def verdict(is_right, text):
    global wrong
    wrong += not is_right
    print("ok   " if is_right else "WRONG", text, flush=True)


def serve_keys():
    answer = open(f"{FOLDER}/AWSLogs/{ACCOUNT}/CloudTrail-Digest/public-keys.json", "rb").read()

    class Keys(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.rfile.read(int(self.headers["Content-Length"]))
            is_list = self.headers["X-Amz-Target"].endswith(".ListPublicKeys")
            self.send_response(200 if is_list else 400)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.end_headers()
            self.wfile.write(answer if is_list else b"{}")

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}"


def files():
    for path in sorted(glob.glob(f"{FOLDER}/AWSLogs/**/*.gz", recursive=True)):
        metadata = path + ".metadata.json"
        yield path[len(FOLDER) + 1 :], open(path, "rb").read(), (
            json.load(open(metadata)) if os.path.exists(metadata) else {}
        )


def validate():
    command = [os.path.join(os.path.dirname(sys.executable), "aws"), "cloudtrail", "validate-logs"]
    command += ["--trail-arn", f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/quillon", "--s3-bucket", BUCKET]
    command += ["--start-time", START, "--end-time", END, "--region", REGION]
    done = subprocess.run(command, env=ENVIRONMENT, capture_output=True, text=True)
    counts = {kind: (int(valid), int(total)) for valid, total, kind in re.findall(r"(\d+)/(\d+) (\w+) files valid", done.stdout)}
    return done.returncode, counts, done.stdout + done.stderr


moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
moto.start()
s3_url = "http://%s:%d" % moto.get_host_and_port()
os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test")
ENVIRONMENT = dict(os.environ, AWS_ENDPOINT_URL_S3=s3_url, AWS_ENDPOINT_URL_CLOUDTRAIL=serve_keys())
s3 = boto3.client("s3", endpoint_url=s3_url, region_name="us-east-1")
s3.create_bucket(Bucket=BUCKET)
content = {key: (body, metadata) for key, body, metadata in files()}


def put(key, body=None, metadata=None):
    s3.put_object(Bucket=BUCKET, Key=key, Body=body or content[key][0], Metadata=metadata or content[key][1])


for key in content:
    put(key)
logs = [key for key in content if "/CloudTrail/" in key]
digests = [key for key in content if "/CloudTrail-Digest/" in key]

code, counts, said = validate()
expected = {"digest": (len(digests),) * 2, "log": (len(logs),) * 2}
verdict(code == 0 and counts == expected, f"validate-logs accepts the day: {counts}")
if code != 0:
    print(said)


def tampered(text, change, keys, finds):
    """Changes the bucket, validates, and puts back what was there."""
    change()
    code, counts, said = validate()
    verdict(code == 1 and finds in said, f"validate-logs finds {text}")
    if code != 1 or finds not in said:
        print(said)
    for key in keys:
        put(key)


def reencoded(key, change):
    return gzip.compress(change(gzip.decompress(content[key][0])))


def delete(key):
    s3.delete_object(Bucket=BUCKET, Key=key)


log, digest = logs[len(logs) // 2], digests[len(digests) // 2]
event = json.loads(gzip.decompress(content[log][0]))
event["Records"][0]["userIdentity"]["userName"] = "mallory"
tampered("an altered record", lambda: put(log, gzip.compress(json.dumps(event).encode())), [log], "hash value doesn't match")
event["Records"].pop()
tampered("a removed record", lambda: put(log, gzip.compress(json.dumps(event).encode())), [log], "hash value doesn't match")
tampered("a flipped byte", lambda: put(log, reencoded(log, lambda text: text[:100] + bytes([text[100] ^ 1]) + text[101:])), [log], "hash value doesn't match")
tampered("a deleted log file", lambda: delete(log), [log], "INVALID: not found")
tampered("a truncated log file", lambda: put(log, content[log][0][:-20]), [log], "INVALID")
tampered("an appended log file", lambda: put(log, content[log][0] + b"x"), [log], "INVALID")
tampered("swapped log files", lambda: (put(logs[0], content[logs[1]][0]), put(logs[1], content[logs[0]][0])), logs[:2], "hash value doesn't match")
tampered("a deleted digest", lambda: delete(digest), [digest], "INVALID: not found")
altered = lambda text: text.replace(b'"hashValue":"', b'"hashValue":"0', 1)
tampered("an altered digest", lambda: put(digest, reencoded(digest, altered)), [digest], "signature verification failed")
tampered("a truncated digest", lambda: put(digest, content[digest][0][:-20]), [digest], "INVALID")
tampered("an altered signature", lambda: put(digest, None, dict(content[digest][1], signature="00" * 256)), [digest], "INVALID")
one, two = digests[len(digests) // 2 - 1], digest
tampered("swapped digests", lambda: (put(one, *content[two]), put(two, *content[one])), [one, two], "INVALID: has been moved")
forged = json.loads(gzip.decompress(content[digest][0]))
forged["logFiles"] = []
tampered("a digest without its log files", lambda: put(digest, gzip.compress(json.dumps(forged).encode())), [digest], "signature verification failed")
code, counts, _ = validate()
verdict(code == 0 and counts == expected, "validate-logs accepts the day again once everything is back")
moto.stop()

records, read = 0, 0
for key in logs:
    path = f"{FOLDER}/{key}"
    parsed = LogFile(path).records()
    raw = json.load(gzip.open(path))["Records"]
    records, read = records + len(raw), read + len(parsed)
    for ours, theirs in zip(raw, parsed):
        same = theirs.event_source == ours["eventSource"] and theirs.event_name == ours["eventName"]
        same = same and theirs.event_time.strftime("%Y-%m-%dT%H:%M:%SZ") == ours["eventTime"]
        arns = [resource["ARN"] for resource in ours.get("resources", [])] or ["*"]
        if not same or theirs.resource_arns != arns:
            verdict(False, f"trailscraper reads another record: {theirs} of {ours}")
            break
verdict(records == read == int(RECORDS), f"trailscraper reads {read} of {records} records; the ledger has {RECORDS}")

schema = OcsfJsonSchemaEmbedded(get_ocsf_schema("1.7.0"))
validators, seen, bad = {}, {}, 0
for path in glob.glob(f"{OCSF}/**/*.jsonl", recursive=True):
    for line in open(path):
        event = json.loads(line)
        uid = event["class_uid"]
        if uid not in validators:
            name = schema.lookup_class_name_from_uid(uid)
            validators[uid] = jsonschema.Draft202012Validator(schema.get_class_schema(name, []))
        seen[uid] = seen.get(uid, 0) + 1
        for error in list(validators[uid].iter_errors(event))[:3]:
            bad += 1
            if bad < 10:
                print("     ", uid, error.json_path, error.message[:200])
verdict(bad == 0 and set(seen) == {3001, 3002, 6003}, f"the schemas of OCSF 1.7.0 hold for {seen}")
sys.exit(wrong != 0)
