"""Plays the same scenarios to two imitations of AWS through botocore, and compares what they answer.

usage: compare.py SIMULATOR_URL OTHER_URL

The scenarios are in scenarios.yaml. What is known to differ, and who is right, is in differences.yaml: a difference
that is not written there fails, and so does one that is written there and no longer met. botocore's own models check
every request and read every answer.
"""

import datetime
import fnmatch
import pathlib
import re
import sys
import time

import boto3
import botocore.config
import botocore.exceptions
import yaml

HERE = pathlib.Path(__file__).parent
# The simulator is served at 3600 seconds a second: a quarter of an hour, in which everything settles.
SETTLE = 0.25
READS = ("get_", "list_", "describe_")
# Ids, keys and times of one imitation that no other would draw.
DRAWN = re.compile(
    r"[0-9A-F]{32}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|\b(AROA|ANPA|AIDA|A)[A-Z0-9]{12,}"
    r"|\b(sg|vpc|a)-[0-9a-z]{8,20}\b|\b[0-9a-f]{16,}\b|^[0-9]{10}(\.[0-9]+)?$"
)


def client(service, url):
    config = botocore.config.Config(retries={"max_attempts": 0}, proxies={})
    return boto3.client(
        service,
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=config,
    )


def normal(value):
    """Without what differs from one imitation to the other by nature."""
    if isinstance(value, dict):
        return {key: normal(item) for key, item in value.items() if key != "ResponseMetadata"}
    if isinstance(value, list):
        items = [normal(item) for item in value]
        by_name = all(isinstance(item, dict) and "Key" in item for item in items)
        return sorted(items, key=lambda item: item["Key"]) if by_name else items
    if isinstance(value, datetime.datetime):
        return "(time)"
    if isinstance(value, str):
        value = re.sub(r"^https?://[^/]*(/[0-9]{12}/)", r"https://host\1", value)
        return DRAWN.sub("(drawn)", value)
    return value


def flat(value, path=""):
    """Every leaf by its path."""
    if isinstance(value, dict) and value:
        return {at: leaf for key, item in value.items() for at, leaf in flat(item, f"{path}.{key}" if path else key).items()}
    if isinstance(value, list) and value:
        return {at: leaf for index, item in enumerate(value) for at, leaf in flat(item, f"{path}[{index}]").items()}
    return {path: value}


def filled(value, kept):
    """A parameter with `$name` replaced by what an earlier answer had."""
    if isinstance(value, dict):
        return {key: filled(item, kept) for key, item in value.items()}
    if isinstance(value, list):
        return [filled(item, kept) for item in value]
    if isinstance(value, str) and value.startswith("$"):
        return kept.get(value[1:], value)
    return value


def kept_of(answer, path):
    for key in path.split("."):
        answer = answer[key]
    return answer


class Player:
    def __init__(self, url):
        self.clients = {name: client(name, url) for name in ("eks", "iam", "sqs", "sts")}

    def play(self, scenario):
        """What each step came to: an answer, or an error's code and status."""
        kept = {}
        outcomes = []
        for step in scenario["steps"]:
            operation = step["call"]
            service, name = operation.split(".")
            parameters = filled(step.get("with", {}), kept)
            try:
                answer = getattr(self.clients[service], name)(**parameters)
                for key, path in step.get("keep", {}).items():
                    kept[key] = kept_of(answer, path)
                outcome = {"answer": normal(answer)}
            except botocore.exceptions.ClientError as error:
                status = error.response["ResponseMetadata"]["HTTPStatusCode"]
                outcome = {"error": error.response["Error"]["Code"], "status": status}
            outcomes.append((operation, outcome))
            if not name.startswith(READS):
                time.sleep(SETTLE)
        return outcomes


def main():
    simulator, other = (Player(url) for url in sys.argv[1:3])
    scenarios = yaml.safe_load((HERE / "scenarios.yaml").read_text())
    known = yaml.safe_load((HERE / "differences.yaml").read_text()) or []
    used = set()
    steps = leaves = 0
    problems = []
    for scenario in scenarios:
        pairs = zip(simulator.play(scenario), other.play(scenario))
        for number, ((operation, ours), (_, theirs)) in enumerate(pairs, 1):
            steps += 1
            ours, theirs = flat(ours), flat(theirs)
            leaves += len(ours)
            for path in sorted(ours.keys() | theirs.keys()):
                left, right = ours.get(path, "(nothing)"), theirs.get(path, "(nothing)")
                if left == right:
                    continue
                for index, entry in enumerate(known):
                    here = entry.get("scenario", scenario["name"]) == scenario["name"]
                    if here and entry["call"] == operation and fnmatch.fnmatchcase(path, entry["at"]):
                        used.add(index)
                        break
                else:
                    problems.append(f"{scenario['name']}, step {number}, {operation}: {path}: {left!r}, and {right!r} there")
    for index, entry in enumerate(known):
        if index not in used:
            problems.append(f"differences.yaml: this is no longer met: {entry}")
    for problem in problems:
        print(problem)
    print(f"{len(scenarios)} scenarios, {steps} steps, {leaves} values compared, {len(used)} known differences met")
    sys.exit(1 if problems else 0)


main()
