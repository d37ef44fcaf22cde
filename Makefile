# Everything that a fresh clone needs: Python 3.11 or newer, git and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: help render check test test-long test-attacks test-airflow e2e e2e-tools e2e-node e2e-node-long e2e-node-tools lint bench schemas lock audit dist docs clean

help:
	@echo "make render     render every cluster (sets everything up first)"
	@echo "make check      say whether the committed trees are up to date"
	@echo "make test       run the tests"
	@echo "make test-long  run the tests that generate very much (an hour or more)"
	@echo "make test-attacks  run only those that attack (they are in make test), and count what was held off"
	@echo "make test-airflow  ask Airflow itself about the settings and Pods in the trees"
	@echo "make e2e        run the tests on a real control plane (needs Go, openssl, redis)"
	@echo "make e2e-tools  build the programs for that (once: 15 minutes and more)"
	@echo "make e2e-node   run Airflow in real Pods on a node of its own, for each executor (needs root, Debian)"
	@echo "make e2e-node-long  also what takes minutes each, an hour and more; what is proven is remembered"
	@echo "make e2e-node-tools  build the programs and images for that (once: 30 minutes and more)"
	@echo "make lint       ruff, mypy --strict, import-linter"
	@echo "make bench      measure against kustomize, in ratios of the same run"
	@echo "make schemas    generate the Kubernetes schemas anew (needs Go)"
	@echo "make lock       pin the packages anew; UPGRADE=--upgrade takes newer ones"
	@echo "make audit      ask which pinned packages have known vulnerabilities (needs the network)"
	@echo "make dist       what a release consists of: packages and a bill of materials (CycloneDX)"
	@echo "make docs       write what docs/ says of the rules, and base/README.md of the components"
	@echo "make clean      remove what the targets above have made"

# Pinned packages with hashes, then the project itself without looking for more.
$(READY): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON=..." >&2; exit 1; }
	@echo "setting up $(VENV)" >&2
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

render: $(READY)
	@$(BIN)/render clusters

check: $(READY)
	@$(BIN)/render clusters --check

# The tests' own files are UTF-8, whatever the locale.
test test-long test-attacks test-airflow e2e e2e-tools e2e-node e2e-node-long e2e-node-tools: export PYTHONUTF8 = 1

test: $(READY)
	@$(BIN)/python -m pytest -n auto -m "not long"

test-long: $(READY)
	@$(BIN)/python -m pytest -n auto

test-attacks: $(READY)
	@$(BIN)/python -m pytest -n auto -m "holds_off and not long"

# Airflow has an environment of its own: it is asked, and what asks it does not import it. The pins are
# all that it needs: pip 23 looks for more where one package is wanted with extras and without.
AIRFLOW := $(VENV)/airflow
AIRFLOW_READY := $(AIRFLOW)/.ready
$(AIRFLOW_READY): requirements/airflow.txt
	@echo "installing Airflow into $(AIRFLOW)" >&2
	@$(PYTHON) -m venv --clear $(AIRFLOW)
	@$(AIRFLOW)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $<
	@$(AIRFLOW)/bin/python -m pip check --quiet
	@touch $@

test-airflow: $(READY) $(AIRFLOW_READY)
	@$(BIN)/python -m pytest -n 2 --dist loadfile e2e/airflow

e2e-tools: $(READY)
	@$(BIN)/python -m e2e.build

e2e: e2e-tools $(AIRFLOW_READY)
	@$(BIN)/python -m pytest e2e --ignore=e2e/airflow --ignore=e2e/node

e2e-node-tools: $(READY)
	@$(BIN)/python -m e2e.build node
	@$(BIN)/python -m e2e.node.roots

e2e-node: e2e-node-tools
	@$(BIN)/python -m pytest e2e/node --ignore=e2e/node/claims
	@$(BIN)/python -m e2e.node

e2e-node-long: e2e-node-tools
	@$(BIN)/python -m e2e.node --long $(AGAIN)

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

bench: $(READY)
	@$(BIN)/python bench/run.py

schemas: $(READY)
	@$(BIN)/python -m tools.schemas

# The pins stay unless UPGRADE says otherwise (--upgrade, or --upgrade-package=NAME), and where the
# packages came from is written nowhere.
LOCK := $(VENV)/lock/bin
COMPILE = $(LOCK)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	--annotation-style=line --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	$(UPGRADE) --output-file

lock: export CUSTOM_COMPILE_COMMAND := make lock
lock:
	@$(PYTHON) -m venv --clear $(VENV)/lock
	@$(LOCK)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	@$(COMPILE) requirements/runtime.txt pyproject.toml
	@$(COMPILE) requirements/dev.txt requirements/dev.in
	@$(COMPILE) requirements/lock.txt requirements/lock.in
	@$(COMPILE) requirements/release.txt requirements/release.in
	@$(COMPILE) requirements/airflow.txt requirements/airflow.in
	@$(COMPILE) requirements/airflow-3.2.txt requirements/airflow-3.2.in

# What only a release needs, apart from what is worked with.
RELEASE := $(VENV)/release
RELEASE_READY := $(RELEASE)/.ready
$(RELEASE_READY): requirements/release.txt
	@$(PYTHON) -m venv --clear $(RELEASE)
	@$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

audit: $(RELEASE_READY)
	@$(RELEASE)/bin/pip-audit --disable-pip --require-hashes --requirement requirements/runtime.txt

# The bill of materials is that of what a user gets: the package with the pins of the runtime.
SHIPPED := $(VENV)/shipped
dist: $(RELEASE_READY)
	@rm -rf dist
	@$(RELEASE)/bin/python -m build --no-isolation --outdir dist >&2
	@$(PYTHON) -m venv --clear --without-pip $(SHIPPED)
	@$(RELEASE)/bin/python -m pip --python $(SHIPPED)/bin/python install --quiet --disable-pip-version-check \
		--require-hashes -r requirements/runtime.txt
	@$(RELEASE)/bin/python -m pip --python $(SHIPPED)/bin/python install --quiet --disable-pip-version-check \
		--no-deps dist/*.whl
	@$(RELEASE)/bin/cyclonedx-py environment $(SHIPPED)/bin/python --pyproject pyproject.toml \
		--output-reproducible --output-file dist/renderer.cdx.json

docs: $(READY)
	@$(BIN)/python -m tools.rules
	@$(BIN)/python -m tools.readmes
	@$(BIN)/python -m tools.components

clean:
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
