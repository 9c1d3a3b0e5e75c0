# The recipes; `just` alone lists them.
default:
    @just --list

# Install what tests and demo run against
setup:
    dev/setup

# Everything that has to hold before a change is taken
test:
    dev/test

# The main job in simulated clouds; `--debug` builds faster
demo *args:
    dev/demo {{args}}

# Format and lints alone
lint:
    cargo fmt --check
    cargo clippy --locked --all-targets -- -D warnings
    cargo clippy --locked --all-targets --no-default-features -- -D warnings

# Measure all that the documentation gives times of
bench: bench-engine bench-objects bench-helm

# Measure the engine
bench-engine *args:
    python3 benches/engine.py {{args}}

# Measure a thousand objects of a simulated cluster
bench-objects *args:
    python3 benches/objects.py {{args}}

# Measure how charts are rendered, here and with Helm's library
bench-helm *args:
    python3 benches/helm.py {{args}}

# Kill applies at random moments, n times, and check what is left
crash n="50" stack="quickstart":
    dev/crash {{n}} {{stack}}

# Let every call of the stacks meet every fault
converge:
    dev/converge
