# Makes calls with boto3 and tells what it made of the answers.
# Standard input: {endpoint, keys: {name: {accessKeyId, secretAccessKey, sessionToken?}}, calls: [call]}; standard output: [answer].
# A call's key is one of the given ones, or the name of an earlier AssumeRole call. Secrets never go to the output.
import datetime
import json
import os
import sys
import types

# Where AWS's common runtime is installed it would sign instead, by a clock that cannot be reached.
os.environ["BOTO_DISABLE_CRT"] = "true"

import boto3
import botocore.auth
import botocore.exceptions


def shift_clock(seconds):
    """Lets the clock that signs go wrong."""
    ahead = datetime.timedelta(seconds=seconds)

    class Shifted(datetime.datetime):
        @classmethod
        def utcnow(cls):
            return datetime.datetime.now(datetime.timezone.utc).replace(tzinfo=None) + ahead

        @classmethod
        def now(cls, tz=None):
            return datetime.datetime.now(tz) + ahead

    botocore.auth.datetime = types.SimpleNamespace(datetime=Shifted)
    # Newer ones ask a function.
    botocore.auth.get_current_datetime = lambda remove_tzinfo=True: Shifted.utcnow()


def readable(result):
    rest = {}
    for name, value in result.items():
        if name in ("ResponseMetadata", "Credentials"):
            continue
        rest[name] = value.read().decode() if hasattr(value, "read") else value
    return rest


def snake(operation):
    return "".join("_" + c.lower() if c.isupper() else c for c in operation).lstrip("_")


def described(metadata):
    return {"status": metadata["HTTPStatusCode"], "attempts": metadata["RetryAttempts"] + 1}


def make(call, endpoint, keys):
    key = keys[call["key"]]
    client = boto3.client(
        call["service"],
        endpoint_url=endpoint,
        region_name=call["region"],
        aws_access_key_id=key["accessKeyId"],
        aws_secret_access_key=key["secretAccessKey"],
        aws_session_token=key.get("sessionToken"),
    )
    shift_clock(call["clockAheadSeconds"])
    try:
        result = getattr(client, snake(call["operation"]))(**call["input"])
    except botocore.exceptions.ClientError as error:
        return {
            **described(error.response["ResponseMetadata"]),
            "type": type(error).__name__,
            "code": error.response["Error"]["Code"],
            "message": error.response["Error"]["Message"],
        }
    except botocore.exceptions.BotoCoreError as error:
        return {"type": type(error).__name__, "message": str(error)}
    if "Credentials" in result:
        issued = result["Credentials"]
        keys[call["name"]] = {
            "accessKeyId": issued["AccessKeyId"],
            "secretAccessKey": issued["SecretAccessKey"],
            "sessionToken": issued["SessionToken"],
        }
    return {**described(result["ResponseMetadata"]), "result": readable(result)}


batch = json.load(sys.stdin)
answers = []
for call in batch["calls"]:
    answers.append({"name": call["name"], **make(call, batch["endpoint"], batch["keys"])})
json.dump(answers, sys.stdout)
