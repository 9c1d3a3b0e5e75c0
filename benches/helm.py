#!/usr/bin/env python3
"""How long it takes to render KEDA's charts, here and with Helm's own library, on the same machine in one run.

    just bench-helm                  100 renderings each
    just bench-helm 500              another number

Both load the archive and render it with its defaults, in turns of ten so that noise meets both. Times are the
median in milliseconds: of loading and rendering, and of rendering alone. The archives are looked for in
TIDEGATE_TEST_CHARTS, or in ../shared/charts beside the repository; Helm's library is what `dev/setup` installs.
"""

import json
import os
import pathlib
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
CHARTS = pathlib.Path(os.environ.get("TIDEGATE_TEST_CHARTS", ROOT.parent / "shared/charts"))
VERSIONS = ["2.18.1", "2.20.1"]
TURN = 10


class Ours:
    """`benches/render.rs`, asked line by line."""

    name = "Tidegate"

    def __init__(self):
        build = ["cargo", "bench", "--bench", "render", "--no-run", "--quiet", "--message-format=json"]
        told = subprocess.run(build, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
        artifacts = [json.loads(line) for line in told.splitlines()]
        program = next(a["executable"] for a in artifacts if a.get("target", {}).get("name") == "render" and a["executable"])
        self.child = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def measure(self, chart, times):
        print(json.dumps({"chart": str(chart), "values": "{}", "times": times}), file=self.child.stdin, flush=True)
        told = json.loads(self.child.stdout.readline())
        if "error" in told:
            sys.exit(f"{chart.name}: {told['error']}")
        return told["load_and_render"], told["render"]


class Helm:
    """Helm's library, in this process."""

    name = "Helm SDK"

    def measure(self, chart, times):
        from helm_python import Chart

        whole, rendering = [], []
        for _ in range(times):
            start = time.perf_counter()
            with Chart.load(chart) as loaded:
                middle = time.perf_counter()
                loaded.render({}, name="keda", namespace="keda")
                end = time.perf_counter()
            whole.append(end - start)
            rendering.append(end - middle)
        return whole, rendering


def main():
    times = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    python = ROOT / "target/counterparts/bin/python"
    try:
        import helm_python  # noqa: F401
    except ImportError:
        if pathlib.Path(sys.executable) == python or not python.exists():
            sys.exit("Helm's library is not installed: run dev/setup")
        os.execv(python, [python, __file__, *sys.argv[1:]])
    engines = [Ours(), Helm()]
    print(f"median of {times}, in ms\n")
    print("| chart | what | Tidegate | Helm SDK | Helm's time / ours |")
    print("|---|---|---:|---:|---:|")
    for version in VERSIONS:
        chart = CHARTS / f"keda-{version}.tgz"
        if not chart.exists():
            print(f"| keda {version} | not in {CHARTS} | | | |")
            continue
        told = {engine.name: ([], []) for engine in engines}
        for engine in engines:
            engine.measure(chart, 3)
        for _ in range(max(1, times // TURN)):
            for engine in engines:
                for kept, new in zip(told[engine.name], engine.measure(chart, TURN)):
                    kept.extend(new)
        for index, what in enumerate(["load and render", "render"]):
            ours, helm = (statistics.median(told[engine.name][index]) * 1000 for engine in engines)
            print(f"| keda {version} | {what} | {ours:.2f} | {helm:.2f} | {helm / ours:.1f} |", flush=True)


if __name__ == "__main__":
    main()
