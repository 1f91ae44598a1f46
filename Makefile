# Assay. `make run` and `make test` are all a newcomer needs.
VENV ?= .venv
BENCH ?= .venv-bench
PY := $(VENV)/bin/python
UV := $(shell command -v uv 2>/dev/null)
SHELL := /bin/bash

.PHONY: run test test-all check bench format lock clean
.DEFAULT_GOAL := run

$(VENV)/.runtime: requirements.txt
	@bash deploy/install.sh $(VENV) requirements.txt
	@touch $@

$(VENV)/.dev: requirements-dev.txt
	@bash deploy/install.sh $(VENV) requirements-dev.txt
	@touch $@ $(VENV)/.runtime

$(BENCH)/.bench: requirements-bench.txt
	@bash deploy/install.sh $(BENCH) requirements-bench.txt
	@touch $@

run: $(VENV)/.runtime  ## the app and its worker on http://127.0.0.1:8501
	@$(PY) -m governance serve

# The tests and the benchmark start dozens of processes, and a worker imports for 7 seconds what is kept compiled, for 19 what is not.
test test-all bench: export PYTHONDONTWRITEBYTECODE =

test: $(VENV)/.dev  ## every test, browser journeys included
	@bash deploy/chromium.sh
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-all: $(VENV)/.dev  ## the same, and what takes longer than ten minutes in all
	@bash deploy/chromium.sh
	@$(PY) -m pytest -n 2 --dist loadfile --no-loadscope-reorder -m ""

check: $(VENV)/.dev  ## format, lint, types, architecture and documentation
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(PY) -m pytest tests/test_architecture.py tests/test_docs.py

bench: $(BENCH)/.bench  ## speed, memory and correctness beside others, into benchmarks/RESULTS.md (LARGE=1: 10 M rows too)
	@$(BENCH)/bin/python -m benchmarks $(if $(LARGE),--large)

format: $(VENV)/.dev
	@$(VENV)/bin/ruff format .
	@$(VENV)/bin/ruff check --fix .

lock:  ## pin every version again, with hashes (needs uv)
	uv pip compile requirements.in --generate-hashes --python-version 3.11 --universal --no-header \
	  --annotation-style line -o requirements.txt
	uv pip compile requirements-dev.in --generate-hashes --python-version 3.11 --universal --no-header \
	  --annotation-style line -o requirements-dev.txt
	uv pip compile requirements-bench.in --generate-hashes --python-version 3.11 --universal --no-header \
	  --annotation-style line -o requirements-bench.txt

clean:
	rm -rf $(VENV) $(BENCH) .pytest_cache .mypy_cache .ruff_cache .hypothesis
