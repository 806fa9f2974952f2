"""Lets the built binary export to S3 and CloudWatch Logs as moto serves them, with every signature checked by moto.
Arguments: the binary, the ledger's folder, its key, the region, how many records there are, and a folder to work
in. Prints one line a verdict, `ok` or `WRONG` first.
"""

import json
import logging
import os
import re
import subprocess
import sys

# What is needed to make a user with keys and a bucket; every call after that must be signed by those keys.
os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "4"

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
BINARY, LEDGER, KEY, REGION, RECORDS, PLACE = sys.argv[1:7]
BUCKET, PREFIX, ACCOUNT, GROUP = "audit-of-acme", "trails/one", "111122223333", "/aws/chatbot/support"
wrong = 0


def verdict(is_right, text, said=""):
    global wrong
    wrong += not is_right
    print("ok   " if is_right else "WRONG", text, "" if is_right else said, flush=True)


moto = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
moto.start()
url = "http://%s:%d" % moto.get_host_and_port()
first = dict(endpoint_url=url, region_name=REGION, aws_access_key_id="a", aws_secret_access_key="b")
iam = boto3.client("iam", **first)
iam.create_user(UserName="exporter")
everything = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]})
iam.put_user_policy(UserName="exporter", PolicyName="all", PolicyDocument=everything)
keys = iam.create_access_key(UserName="exporter")["AccessKey"]
boto3.client("s3", **first).create_bucket(
    Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION}
)
mine = dict(first, aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"])
s3, logs = boto3.client("s3", **mine), boto3.client("logs", **mine)
ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
    "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
    "AWS_REGION": REGION,
    "AWS_ENDPOINT_URL": url,
    "QUILLON_HOME": f"{PLACE}/home",
    "HOME": PLACE,
    "PATH": os.environ["PATH"],
    "USER": "ada",
}


def export(kind, to, *more, **environment):
    command = [BINARY, "audit", "export", "--format", kind, "--account", ACCOUNT, "--folder", LEDGER]
    done = subprocess.run(
        command + ["--key", KEY, "--to", to, *more], env={**ENVIRONMENT, **environment}, capture_output=True, text=True, cwd=PLACE
    )
    rows = dict(re.findall(r"^(.*?)  +(\S+)$", done.stdout, re.M))
    return done, rows


def listed():
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET)
    return {item["Key"]: item["ETag"] for page in pages for item in page.get("Contents", [])}


trail = f"s3://{BUCKET}/{PREFIX}"
done, _ = export("cloudtrail", trail, AWS_SECRET_ACCESS_KEY="another")
verdict(done.returncode == 1 and "[sink.refused]" in done.stderr, "a wrong key is refused by S3", done)
done, _ = export("cloudtrail", "s3://no-such-bucket/x")
verdict(done.returncode == 1 and "404 NoSuchBucket" in done.stderr, "a bucket that is not there is said", done)
done, _ = export("cloudtrail", trail, AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="")
verdict(done.returncode == 3 and "[credential.missing]" in done.stderr, "credentials that are not there are said", done)
done, _ = export("cloudtrail", trail, AWS_ENDPOINT_URL="http://127.0.0.1:9")
verdict(done.returncode == 3 and "[network." in done.stderr, "an endpoint that nobody serves is said", done)
done, rows = export("cloudtrail", trail)
verdict(done.returncode == 0 and rows.get("records sent") == RECORDS, f"S3 takes a day of {RECORDS} records", done)
there = listed()
done, rows = export("cloudtrail", trail)
verdict(rows.get("records sent") == "0" and listed() == there, "a second export sends nothing", done)
verdict(all(key.startswith(f"{PREFIX}/") for key in there), "everything lies below the prefix")
for key in there:
    s3.delete_object(Bucket=BUCKET, Key=key)
done, rows = export("cloudtrail", trail)
verdict(rows.get("from record") == "0" and listed().keys() == there.keys(), "a bucket that was emptied is filled again", done)
digests = [key for key in sorted(there) if "/CloudTrail-Digest/" in key and key.endswith(".gz")]
s3.delete_object(Bucket=BUCKET, Key=digests[-1])
done, _ = export("cloudtrail", trail)
verdict(done.returncode == 3 and "[sink.lost]" in done.stderr, "the last object that was lost is missed", done)
done, _ = export("cloudtrail", trail, "--from-start")
verdict(done.returncode == 0 and listed().keys() == there.keys(), "--from-start mends it", done)

stream = f"cloudwatch:{GROUP}:day"
done, rows = export("cloudwatch", stream)
verdict(done.returncode == 0 and rows.get("records sent") == RECORDS, f"CloudWatch Logs takes a day of {RECORDS} records", done)
token, indexes = None, []
while True:
    more = {"nextToken": token} if token else {}
    page = logs.get_log_events(logGroupName=GROUP, logStreamName="day", startFromHead=True, **more)
    if not page["events"]:
        break
    indexes += [json.loads(event["message"])["index"] for event in page["events"]]
    token = page["nextForwardToken"]
verdict(sorted(indexes) == list(range(int(RECORDS))), f"each of {len(indexes)} events is there once")
done, rows = export("cloudwatch", stream)
verdict(rows.get("from record") == RECORDS and rows.get("records sent") == "0", "the last event says where to go on", done)
logs.delete_log_group(logGroupName=GROUP)
done, rows = export("cloudwatch", stream)
verdict(rows.get("from record") == "0" and rows.get("records sent") == RECORDS, "a group that was deleted is made and filled again", done)
moto.stop()
sys.exit(wrong != 0)
