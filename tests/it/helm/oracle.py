"""Helm's own library, asked line by line: a request in JSON on each line of the input, its answer on each of the output.

    {"values": CHART}                       the default values of the chart at a path
    {"capabilities": true}                  what it takes a cluster to be where there is none, and the time
    {"render": CHART, "with": VALUES, ...}  {"files": {path: text}} or {"error": text}
    {"each": [TEXT], "render": CHART, ...}  a list of such: the same chart with each text as the value `call`

CHART is the path of an archive or a folder. The other members of a rendering are those of `Chart.render`.
"""

import json
import os
import pathlib
import sys
import tempfile
import time

from helm_python import Chart

loaded = {}


def load(path):
    """Archives are kept; what is rendered of a folder may have been changed by processing its dependencies."""
    if not path.endswith(".tgz"):
        return Chart.load(path)
    if path not in loaded:
        loaded[path] = Chart.load(path)
    return loaded[path]


def capabilities():
    with tempfile.TemporaryDirectory() as folder:
        chart = pathlib.Path(folder, "c")
        (chart / "templates").mkdir(parents=True)
        (chart / "Chart.yaml").write_text("{ apiVersion: v2, name: c, version: 0.1.0 }")
        (chart / "templates/all.yaml").write_text("{{ toJson .Capabilities }}")
        return json.loads(Chart.load(os.fspath(chart)).render({})["c/templates/all.yaml"])


def attempt(chart, values, release):
    try:
        return {"files": chart.render(values, **release)}
    except Exception as error:
        return {"error": str(error)}


def answer(request):
    try:
        if "values" in request:
            return {"values": load(request["values"]).values}
        if "capabilities" in request:
            return {"capabilities": capabilities(), "now": int(time.time())}
        path, values, texts = request.pop("render"), request.pop("with"), request.pop("each", None)
        chart = load(path)
        if texts is not None:
            return {"each": [attempt(chart, values | {"call": text}, request) for text in texts]}
        return {"files": chart.render(values, **request)}
    except Exception as error:
        return {"error": str(error)}


def main():
    # Helm's library may warn on the standard output, which is for answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), file=answers, flush=True)


main()
