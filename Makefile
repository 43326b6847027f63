# The front door. Every target does its own set-up from a fresh clone: it needs Python 3.11 or newer
# and make. The environment is $(VENV); it is made once and renewed when a lock changes.
#
#   make serve ARGS="--port 8080"      options for the mock
#   make test ARGS="tests/spec -x"     options for pytest
#   make test WORKERS=8                as many tests at a time
#   make test PYTHON=python3.13        another interpreter

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
WORKERS ?= 2

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
SAY := @printf '%s\n'
TESTS := --quiet --numprocesses $(WORKERS) --dist loadfile $(ARGS)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help serve test coverage lint format contract bench probes soak clients bench-verify kill-matrix reproducers soak-resume build lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

serve: $(VENV)/.base ## start the mock on http://127.0.0.1:4010
	@exec $(BIN)/mockproof serve $(ARGS)

test: $(VENV)/.dev $(VENV)/.clients ## run the tests
	$(SAY) 'Testing'
	@$(BIN)/pytest $(TESTS)

coverage: $(VENV)/.dev $(VENV)/.clients ## run the tests with branch coverage, which takes twice as long
	$(SAY) 'Testing'
	@$(BIN)/coverage erase
	@$(BIN)/coverage run -m pytest $(TESTS)
	@$(BIN)/coverage combine --quiet
	@$(BIN)/coverage report

lint: $(VENV)/.dev ## check style, types, and that generated files are fresh
	$(SAY) 'Checking style'
	@$(BIN)/ruff check --quiet
	@$(BIN)/ruff format --check --quiet
	$(SAY) 'Checking types'
	@$(BIN)/mypy --no-error-summary
	$(SAY) 'Checking the contract'
	@$(BIN)/mockproof contract build --check
	@$(BIN)/mockproof contract lint

format: $(VENV)/.dev ## bring the code into shape
	$(SAY) 'Formatting'
	@$(BIN)/ruff check --quiet --fix-only
	@$(BIN)/ruff format --quiet

contract: $(VENV)/.base ## merge the sources into the contract
	@$(BIN)/mockproof contract build

bench: $(VENV)/.dev ## measure the mock beside its peers and write bench/RESULTS.md (about half an hour; needs Node)
	@$(BIN)/python -m bench $(ARGS)

bench-verify: $(VENV)/.dev ## measure how fast the kit is and write bench/VERIFY.md
	@$(BIN)/python -m bench.verify $(ARGS)

probes: $(VENV)/.dev ## hold the probes with the mock and its peers and write docs/probes.md (needs Node)
	@$(BIN)/python -m tests.probes

soak: $(VENV)/.dev ## send a million requests and watch the memory
	@$(BIN)/python -m bench.soak $(ARGS)

kill-matrix: $(VENV)/.dev ## let the kit loose on every mutant and write docs/kill-matrix.md (some minutes)
	@$(BIN)/mockproof mutants --matrix --packaged --contract tests/contracts/vault.yaml \
		--fixtures tests/contracts/vault --tier full --output docs/kill-matrix.md

reproducers: $(VENV)/.dev ## let the reproducers of every mutant tell it from a clean mock (half an hour)
	@$(BIN)/python -m tests.conformance.reproduction_gallery --every 1 $(ARGS)

soak-resume: $(VENV)/.dev ## kill the kit at 20 moments of every world, resume, and compare (half an hour)
	@$(BIN)/python -m tests.conformance.soak_resume $(ARGS)

clients: $(VENV)/.clients ## install the public clients that the tests let loose on the mock

build: $(VENV)/.dev ## build wheel and sdist into dist/
	$(SAY) 'Building into dist/'
	@$(BIN)/python -m build --no-isolation --outdir dist . > build.log 2>&1 || { cat build.log; rm -f build.log; exit 1; }
	@rm -f build.log
	@ls dist

# No index is named in the result: it installs from whichever index a machine is set up with.
# uv lives in an environment of its own, which is thrown away: nothing else needs it.
UV_FLAGS := --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header
lock: $(VENV)/.python ## renew the locks in requirements/ from pyproject.toml
	$(SAY) 'Locking'
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT \
		&& $(BIN)/python -m venv "$$scratch" \
		&& "$$scratch/bin/python" -m pip --disable-pip-version-check --quiet install uv \
		&& "$$scratch/bin/uv" pip compile $(UV_FLAGS) --group build pyproject.toml \
			--custom-compile-command 'make lock' --output-file requirements/base.lock > /dev/null \
		&& "$$scratch/bin/uv" pip compile $(UV_FLAGS) --group dev --constraint requirements/base.lock pyproject.toml \
			--custom-compile-command 'make lock' --output-file requirements/dev.lock > /dev/null \
		&& "$$scratch/bin/uv" pip compile $(UV_FLAGS) requirements/clients.in \
			--custom-compile-command 'make lock' --output-file requirements/clients.lock > /dev/null

clean: ## remove everything that was generated but is not committed, the environment included
	$(SAY) 'Cleaning'
	@rm -rf $(VENV) dist build .coverage .coverage.* .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis mockproof-report
	@rm -rf bench/peers/node_modules examples/*/node_modules examples/*/test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Set-up. Each stamp is as old as the environment that fits it.

$(VENV)/.python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		printf '%s\n' "$(PYTHON) is missing or older than Python 3.11." \
		"  Install Python 3.11 or newer, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	$(SAY) 'Making an environment in $(VENV)'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); \
		printf '%s\n' "$(PYTHON) cannot make virtual environments." \
		"  Install the venv module of your Python (the package is often called python3-venv)." >&2; exit 1; }
	@touch $@

# The newer of two stamps wins: dev.lock holds everything that base.lock holds.
$(VENV)/.base: requirements/base.lock pyproject.toml | $(VENV)/.python
	$(SAY) 'Installing what the mock needs (once, and when a lock changes)'
	@$(PIP) install --require-hashes -r requirements/base.lock
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements/dev.lock $(VENV)/.base
	$(SAY) 'Installing what tests and checks need (once, and when a lock changes)'
	@$(PIP) install --require-hashes -r requirements/dev.lock
	@touch $@

# Public clients bring dozens of packages that have no business in our environment.
$(VENV)/.clients: requirements/clients.lock | $(VENV)/.python
	$(SAY) 'Installing public clients for the tests (once, and when their lock changes)'
	@$(BIN)/python -m venv --clear $(VENV)/clients
	@$(VENV)/clients/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-compile -r requirements/clients.lock
	@touch $@
