#!/usr/bin/env python3
"""How long the engine itself takes, and how much memory, with no cloud at all.

    just bench-engine                1,000, 5,000 and 10,000 resources
    just bench-engine 20000          another number
    just bench-engine --terraform-up-to 5000

Resources are of the type `tidegate.data`, in layers of 100; each refers to one of
the layer before. Where `terraform` is installed, `terraform_data` on the same
graph is measured beside it, in the same run, since machines are noisy. Its time
grows with the square of their number, so it takes part only up to a limit.

Times are wall-clock seconds of whole processes, start-up included, the least of
three for what changes nothing. Memory is the peak resident set in MB. States are
written to a folder on disk, and every apply is durable.
"""

import argparse
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

LAYER = 100


def tidegate_stack(count):
    lines = ["tidegate: 1", "stack: bench", "resources:"]
    for number in range(count):
        value = "start" if number < LAYER else f"${{r{number - LAYER}.id}}"
        lines += [f"  r{number}:", "    type: tidegate.data", f"    spec: {{ input: \"{value}\" }}"]
    return "\n".join(lines) + "\n"


def terraform_configuration(count):
    blocks = []
    for number in range(count):
        value = '"start"' if number < LAYER else f"terraform_data.r{number - LAYER}.id"
        blocks.append(f'resource "terraform_data" "r{number}" {{\n  input = {value}\n}}\n')
    return "".join(blocks)


def measure(command, folder, environment):
    """Seconds and peak MB of one process; ends the benchmark if it fails."""
    with tempfile.TemporaryFile() as output:
        start = time.monotonic()
        child = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=output)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - start
        if status != 0:
            output.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{output.read().decode()[-2000:]}")
    return seconds, usage.ru_maxrss / 1024


def least(command, folder, environment, times=3):
    runs = [measure(command, folder, environment) for _ in range(times)]
    return min(run[0] for run in runs), max(run[1] for run in runs)


def tidegate(program, count, folder):
    (folder / "bench.yaml").write_text(tidegate_stack(count))
    environment = dict(os.environ, CI="1")
    run = lambda *arguments: [program, *arguments]
    yield "plan", least(run("plan", "bench.yaml"), folder, environment)
    yield "apply", measure(run("apply", "bench.yaml", "--auto-approve"), folder, environment)
    yield "no-op plan", least(run("plan", "bench.yaml"), folder, environment)
    yield "destroy", measure(run("destroy", "bench.yaml", "--auto-approve"), folder, environment)


def terraform(program, count, folder):
    (folder / "main.tf").write_text(terraform_configuration(count))
    environment = dict(os.environ, CHECKPOINT_DISABLE="1", TF_IN_AUTOMATION="1")
    run = lambda *arguments: [program, *arguments]
    measure(run("init", "-input=false"), folder, environment)
    yield "plan", least(run("plan", "-input=false"), folder, environment, 1)
    yield "apply", measure(run("apply", "-input=false", "-auto-approve"), folder, environment)
    yield "no-op plan", least(run("plan", "-input=false"), folder, environment, 1)
    yield "destroy", measure(run("destroy", "-input=false", "-auto-approve"), folder, environment)


def table(title, engine, program, counts):
    print(f"\n{title}\n")
    print("| resources | plan | apply | no-op plan | destroy |")
    print("|---:|---:|---:|---:|---:|")
    for count in counts:
        with tempfile.TemporaryDirectory(prefix="bench-") as folder:
            cells = [f"{seconds:.2f} s, {memory:.0f} MB" for _, (seconds, memory) in engine(program, count, pathlib.Path(folder))]
        print(f"| {count:,} | {' | '.join(cells)} |", flush=True)


def built():
    """The program, built for speed."""
    root = pathlib.Path(__file__).resolve().parent.parent
    subprocess.run(["cargo", "build", "--release", "--quiet"], cwd=root, check=True)
    return pathlib.Path(os.environ.get("CARGO_TARGET_DIR", root / "target")) / "release" / "tidegate"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("counts", nargs="*", type=int, default=[1000, 5000, 10000])
    parser.add_argument("--terraform-up-to", type=int, default=1000, metavar="N")
    arguments = parser.parse_args()
    root = pathlib.Path(__file__).resolve().parent.parent
    program = built()
    seconds, _ = least([program, "--version"], root, dict(os.environ), 20)
    print(f"tidegate --version: {seconds * 1000:.1f} ms")
    table("Tidegate", tidegate, program, arguments.counts)
    other = shutil.which("terraform")
    counts = [count for count in arguments.counts if count <= arguments.terraform_up_to]
    if other is None:
        print("\nTerraform is not installed, so it is not measured.")
    elif counts:
        table("Terraform", terraform, other, counts)


if __name__ == "__main__":
    main()
