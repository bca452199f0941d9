# `make test` checks everything and changes no tracked file; `make fix` mends what a machine can mend.
# One step alone, with all its output: `make rust-test`, `make python-test`, `make node-test`, …

SHELL := bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-builtin-rules

CARGO ?= cargo
PYTHON ?= python3
target := $(or $(CARGO_TARGET_DIR),target)
target := $(if $(filter /%,$(target)),$(target),$(CURDIR)/$(target))
export CARGO_TARGET_DIR := $(target)
# The bindings build with other features than the workspace does: a directory of their own keeps both warm.
bindings := CARGO_TARGET_DIR="$(target)/bindings"
venv := $(CURDIR)/.venv
in_venv := VIRTUAL_ENV="$(venv)" PATH="$(venv)/bin:$$PATH"

STEPS := fmt-check lint rust-test python-build python-types python-test node-build node-types node-test

.PHONY: help test fmt fix bench bench-python bench-node deny clean $(STEPS)

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-13s %s\n", $$1, $$2 }' Makefile

test: ## check everything, on servers of its own where installed; the last line counts passed and failed
	@tests/services.sh run .ci/steps "$(target)/logs" $(STEPS)

fmt: ## format the Rust sources
	$(CARGO) fmt --all

fix: fmt juno-node/node_modules/ready ## format, take clippy's suggestions, write index.d.ts anew
	$(CARGO) clippy --workspace --all-targets --locked --fix --allow-dirty --allow-staged
	$(CARGO) fmt --all
	cd juno-node && $(bindings) npm run --silent build:debug -- --dts index.d.ts -- --locked

bench: ## run the benchmarks (BENCH=audit: one of them) and print the table of figures
	$(CARGO) bench --package juno-benches --locked $(addprefix --bench ,$(BENCH))
	@$(CARGO) run --quiet --release --package juno-benches --locked --bin bench-table

bench-python: .venv/ready ## time the Python module, built for release, beside peers (JUNO_PEER_PYTHON: a Python that has them)
	cd juno-py && $(in_venv) $(bindings) maturin develop --release --quiet --locked
	PYTHONPATH="$(CURDIR)/juno-py/python" $(or $(JUNO_PEER_PYTHON),$(venv)/bin/python) benches/bindings.py

bench-node: juno-node/node_modules/ready ## time the Node module, built for release
	cd juno-node && $(bindings) npm run --silent build -- -- --locked
	node benches/bindings.mjs

deny: ## check licences, advisories and sources of the dependencies
	@command -v cargo-deny >/dev/null || { echo 'cargo-deny is missing: cargo install --locked cargo-deny'; exit 1; }
	$(CARGO) deny --locked check

clean: ## remove what the builds made
	$(CARGO) clean
	rm -rf .venv juno-node/node_modules juno-node/juno.node juno-py/python/juno/*.so

# The steps of `make test`.

fmt-check: ## Rust formatting
	$(CARGO) fmt --all --check

lint: ## clippy, warnings denied
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings

rust-test: .venv/ready ## Rust tests and the examples in the docs
	tests/services.sh run $(CARGO) test --workspace --locked --no-fail-fast

python-build: .venv/ready ## build and install the Python module
	cd juno-py && $(bindings) $(in_venv) maturin develop --locked

python-types: .venv/ready ## mypy, and the stub against the module
	cd juno-py && $(in_venv) python -m mypy python tests ../examples/python
	cd juno-py && $(in_venv) python -m mypy.stubtest --concise --allowlist stubtest-allow.txt juno

python-test: .venv/ready ## Python tests
	cd juno-py && $(in_venv) python -m pytest

node-build: juno-node/node_modules/ready ## build the Node addon, and compare index.d.ts with it
	cd juno-node && $(bindings) npm run --silent build:debug -- --dts node_modules/index.d.ts -- --locked
	cd juno-node && diff -u index.d.ts node_modules/index.d.ts || { echo 'index.d.ts is stale: make fix'; exit 1; }

node-types: juno-node/node_modules/ready ## tsc over a program that uses the types
	cd juno-node && npx --no-install tsc --project tests

node-test: juno-node/node_modules/ready ## Node tests
	cd juno-node && npm test --silent

juno-node/node_modules/ready: juno-node/package.json juno-node/package-lock.json
	cd juno-node && npm ci --no-audit --no-fund
	touch $@

.venv/ready: juno-py/requirements-dev.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10) and "JUNO needs Python 3.10 or newer")'
	$(PYTHON) -m venv --clear .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement juno-py/requirements-dev.txt
	touch $@
