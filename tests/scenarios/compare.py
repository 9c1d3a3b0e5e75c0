"""Plays the same scenarios to two imitations of AWS through botocore, and compares what they answer.

usage: compare.py SIMULATOR_URL OTHER_URL [NAME]

The simulator has to be served 3600 times as fast as real time, and both need a new world. The scenarios are in
scenarios.yaml, or those of them whose names contain NAME. What is known to differ, and who is right, is in
differences.yaml: a difference that is not written there fails, and so does one that is written there and no longer
met. botocore's own models check every request and read every answer.

A scenario has a `name` and `steps`. What a step may say:

  call    the operation, as boto3 names it with its service
  wait    in place of `call`: a waiter of boto3
  with    the parameters; `$name` stands for what an earlier step kept
  keep    what later steps need of the answer: a name and a path
  only    the patterns of the paths that are compared, where the other imitation makes up the rest
  settle  false: the next step follows at once, while the change is still under way
  expect  in a scenario that is `simulator_only`: an error's code and status, or paths of the answer and their values

A known difference has a `call`, `at` which paths it is met, and what `simulator` and `moto` answer there, all three as
patterns; a `scenario` if it is met in one only, and in `of` one of the parameters if it is met with that only; then who
is `right` (simulator, moto, both), and `why`, with the source.
"""

import concurrent.futures
import datetime
import fnmatch
import json
import pathlib
import re
import sys
import time

import boto3
import botocore.config
import botocore.exceptions
import botocore.parsers
import yaml

HERE = pathlib.Path(__file__).parent
# Seconds in which everything settles: a quarter of an hour for EKS, and two minutes for the others.
SETTLE = {"eks": 0.25, "iam": 0.035, "sqs": 0.035}
READS = ("get_", "list_", "describe_")
NOTHING = "(nothing)"
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
        # A document, such as a queue's policy: its white space and the order of its keys mean nothing.
        if value.startswith("{"):
            try:
                return normal(json.loads(value))
            except ValueError:
                pass
        value = re.sub(r"^https?://[^/]*(/[0-9]{12}/)", r"https://host\1", value)
        return DRAWN.sub("(drawn)", value)
    return value


def flat(value, path=""):
    """Every leaf by its path."""
    if isinstance(value, dict) and value:
        parts = [(f"{path}.{key}" if path else key, item) for key, item in value.items()]
    elif isinstance(value, list) and value:
        parts = [(f"{path}[{index}]", item) for index, item in enumerate(value)]
    else:
        return {path: value}
    return {at: leaf for part, item in parts for at, leaf in flat(item, part).items()}


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
        answer = answer.get(key, NOTHING)
    return answer


def name_of(step):
    return step.get("call") or f"wait for {step['wait']}"


class Player:
    def __init__(self, url, settle):
        self.clients = {name: client(name, url) for name in ("eks", "iam", "sqs", "sts")}
        self.settle = settle

    def play(self, scenario):
        """What each step came to: an answer, or an error's code and status."""
        kept = {}
        return [self.step(step, kept) for step in scenario["steps"]]

    def step(self, step, kept):
        service, name = (step.get("call") or step["wait"]).split(".")
        parameters = filled(step.get("with", {}), kept)
        try:
            if "wait" in step:
                waiting = {"Delay": 0.02, "MaxAttempts": 500}
                self.clients[service].get_waiter(name).wait(**parameters, WaiterConfig=waiting)
                return {"answer": {}}
            answer = getattr(self.clients[service], name)(**parameters)
        except botocore.exceptions.ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return {"error": error.response["Error"]["Code"], "status": status}
        except botocore.exceptions.WaiterError as error:
            return {"error": str(error), "status": 0}
        except botocore.parsers.ResponseParserError:
            return {"error": "(no answer that botocore reads)", "status": 500}
        for key, path in step.get("keep", {}).items():
            kept[key] = kept_of(answer, path)
        if self.settle and step.get("settle", True) and not name.startswith(READS):
            time.sleep(SETTLE[service])
        return {"answer": normal(answer)}


def is_compared(step, path):
    return any(fnmatch.fnmatchcase(path, pattern) for pattern in step.get("only", ["*"]))


def said(outcome):
    return f"{outcome['error']} ({outcome['status']})" if "error" in outcome else "(an answer)"


def differences(step, ours, theirs):
    """Where two outcomes differ, and how many values were compared."""
    # With an error it is one value, whatever is in the other's answer.
    if "error" in ours or "error" in theirs:
        pairs = [("error", said(ours), said(theirs))]
    else:
        ours, theirs = flat(ours["answer"]), flat(theirs["answer"])
        paths = [path for path in sorted(ours.keys() | theirs.keys()) if is_compared(step, path)]
        pairs = [(path, ours.get(path, NOTHING), theirs.get(path, NOTHING)) for path in paths]
    return [pair for pair in pairs if pair[1] != pair[2]], len(pairs)


def unexpected(step, outcome):
    """Where an outcome is not what its step expects, and how many values were looked at."""
    found = flat(outcome.get("answer", outcome))
    expected = step.get("expect", {})
    if "error" in outcome and "error" not in expected:
        return [("error", outcome["error"], "an answer")], 1
    pairs = [(path, found.get(path, NOTHING), value) for path, value in expected.items()]
    return [pair for pair in pairs if pair[1] != pair[2]], len(pairs)


def is_known(entry, scenario, step, difference):
    is_here = entry.get("scenario", scenario["name"]) == scenario["name"] and entry["call"] == name_of(step)
    is_of = "of" not in entry or entry["of"] in step.get("with", {}).values()
    pairs = zip(difference, (entry["at"], entry["simulator"], entry["moto"]))
    return is_here and is_of and all(fnmatch.fnmatchcase(str(found), str(pattern)) for found, pattern in pairs)


def main():
    simulator, other = Player(sys.argv[1], settle=True), Player(sys.argv[2], settle=False)
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    scenarios = yaml.safe_load((HERE / "scenarios.yaml").read_text())["scenarios"]
    scenarios = [scenario for scenario in scenarios if wanted in scenario["name"]]
    known = yaml.safe_load((HERE / "differences.yaml").read_text()) or []
    used = set()
    steps = values = 0
    problems = []
    pool = concurrent.futures.ThreadPoolExecutor(2)
    for scenario in scenarios:
        alone = scenario.get("simulator_only", False)
        players = [simulator] if alone else [simulator, other]
        outcomes = list(pool.map(lambda player: player.play(scenario), players))
        for number, (step, *each) in enumerate(zip(scenario["steps"], *outcomes), 1):
            differing, count = unexpected(step, *each) if alone else differences(step, *each)
            steps += 1
            values += count
            for path, left, right in differing:
                difference = (path, left, right)
                met = [index for index, entry in enumerate(known) if is_known(entry, scenario, step, difference)]
                if met and not alone:
                    used.add(met[0])
                    continue
                what = f"{left!r} in place of {right!r}" if alone else f"{left!r}, and {right!r} there"
                problems.append(f"{scenario['name']}, step {number}, {name_of(step)}: {path}: {what}")
    for index, entry in enumerate(known):
        if index not in used and not wanted:
            problems.append(f"differences.yaml: this is no longer met: {entry}")
    for problem in problems:
        print(problem)
    print(f"{len(scenarios)} scenarios, {steps} steps, {values} values compared, {len(used)} known differences met")
    sys.exit(1 if problems else 0)


main()
