#!/usr/bin/env python3
"""How long a thousand objects of a simulated cluster take, and how much memory.

    just bench-objects               1,000 objects
    just bench-objects 3000          another number

A stack of an EKS cluster and so many ConfigMaps is applied in simulated clouds. The cluster is there before the
clock starts. Simulated time is what a real run would wait for the network and the API's rate limits; wall-clock
time is what tidegate itself takes, the simulated API server included, since it runs in the same process.
Memory is the peak resident set of that process.
"""

import os
import pathlib
import subprocess
import sys
import tempfile

from engine import built, measure

CLUSTER = pathlib.Path(__file__).parent.parent / "tests/it/support/cluster.yaml"

OBJECTS = """
  home: {{ type: kubernetes.namespace, spec: {{ cluster: "${{cluster.connection}}", name: home }} }}
  settings:
    type: kubernetes.object
    for_each: [{names}]
    spec:
      cluster: ${{cluster.connection}}
      manifest:
        apiVersion: v1
        kind: ConfigMap
        metadata: {{ name: "${{each.key}}", namespace: home, labels: {{ app: bench }} }}
        data: {{ number: "${{each.key}}", change: "{change}", text: "{text}" }}
"""


def stack(count, change):
    names = ", ".join(f"n{number}" for number in range(count))
    return CLUSTER.read_text() + OBJECTS.format(names=names, change=change, text="x" * 400)


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    tidegate = built()
    environment = {"HOME": os.environ.get("HOME", "/"), "PATH": os.environ["PATH"]}
    with tempfile.TemporaryDirectory() as folder:
        def run(arguments):
            return measure([tidegate, *arguments, "--simulate", "--no-color"], folder, environment)

        file = pathlib.Path(folder) / "bench.yaml"
        file.write_text(CLUSTER.read_text())
        run(["apply", file, "--auto-approve"])
        print(f"{count:,} ConfigMaps      seconds   peak MB")
        for title, change, command in [
            ("apply all", "a", ["apply", file, "--auto-approve"]),
            ("plan without a change", "a", ["plan", file, "--detailed-exitcode"]),
            ("change all", "b", ["apply", file, "--auto-approve"]),
            ("destroy all", "b", ["destroy", file, "--auto-approve"]),
        ]:
            file.write_text(stack(count, change))
            seconds, megabytes = run(command)
            print(f"{title:<24} {seconds:7.1f} {megabytes:9.0f}")


if __name__ == "__main__":
    main()
