# Two commands do everything: `make demo` grades the examples, `make test` runs all tests.
VENV := .venv
PY := $(VENV)/bin/python

.DEFAULT_GOAL := help
.PHONY: help setup demo test unit lint format docs coverage mutate kernels lower-bounds bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## make .venv and install what a grading needs
	@scripts/setup run

demo: setup ## grade the shipped examples and show where the reports lie
	@scripts/demo

test: ## run every check and every test, as whoever you are; as root also as an unprivileged user
	@scripts/setup test
	@scripts/test

unit: setup-dev ## run the tests that need no privilege
	@$(PY) -m pytest -q -n auto --dist worksteal tests/unit

lint: setup-dev ## ruff and mypy
	@$(PY) -m ruff check . && $(PY) -m ruff format --check . && $(PY) -m mypy

format: setup-dev ## put the code into form
	@$(PY) -m ruff check -q --fix . ; $(PY) -m ruff format .

docs: ## build the documentation into site/; a dead link or a warning fails
	@scripts/setup docs
	@scripts/docs

coverage: setup-dev ## say what the tests without privilege do not reach
	@scripts/coverage

mutate: setup-dev ## change frames, and what labs judge by, and name what no test notices
	@$(PY) scripts/mutate

kernels: setup-dev ## grade pyng's mutants and run the kernel tests on every kernel at hand; compare
	@$(PY) scripts/kernels --tests

lower-bounds: setup-dev ## run the tests with the oldest versions that are allowed
	@scripts/lower-bounds

bench: setup-dev ## measure topology, frames, grading, doors; beside rivals and the kernel's floor
	@$(PY) benchmarks/run.py --json results/bench.json

clean: ## remove what the other targets made
	@rm -rf $(VENV) results build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis

.PHONY: setup-dev
setup-dev:
	@scripts/setup dev
