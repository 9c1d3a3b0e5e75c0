"""Prints the tokens that the AWS command line would give, at the times and with the credentials read from stdin."""

import contextlib
import datetime
import io
import json
import os
import sys

import awscli.clidriver
import botocore.auth

tokens = []
for case in json.load(sys.stdin):
    now = datetime.datetime.fromtimestamp(case["time"], datetime.timezone.utc).replace(tzinfo=None)
    botocore.auth.get_current_datetime = lambda *_, **__: now
    os.environ["AWS_ACCESS_KEY_ID"] = case["access_key_id"]
    os.environ["AWS_SECRET_ACCESS_KEY"] = case["secret_access_key"]
    os.environ.pop("AWS_SESSION_TOKEN", None)
    if case["session_token"] is not None:
        os.environ["AWS_SESSION_TOKEN"] = case["session_token"]
    arguments = ["eks", "get-token", "--output", "json", "--region", case["region"]]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        status = awscli.clidriver.create_clidriver().main(arguments + ["--cluster-name", case["cluster"]])
    if status != 0:
        sys.exit(f"{case['cluster']}: the command ended with {status}")
    tokens.append(json.loads(printed.getvalue())["status"]["token"])
json.dump(tokens, sys.stdout)
