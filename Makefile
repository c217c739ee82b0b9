# Every target does its own set-up and can be run again; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
export PYTHONPATH := system:.
# Every process starts from bytecode, whatever the shell says: compiling what it imports takes a third of its start.
export PYTHONDONTWRITEBYTECODE :=
RUNTIME ?= embedded
PROFILE ?= smoke

ROOMS := alerts dashboards loadtests contracts e2e chaos compose
CODE := system/casino system/migrations system/paygate system/tests $(ROOMS)

.PHONY: help setup serve up down gate proof test unit lint load bench recount docs lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' Makefile | sed -E 's/:[^#]*## /\t/' | expand -t 12

setup: .setup/python .setup/packages $(BIN)/casino system/web/dist/index.html ## everything a fresh machine lacks (every target calls it)

.setup/python: requirements.lock
	@echo "python packages: a virtual environment from requirements.lock"
	@mkdir -p .setup
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; run make PYTHON=/path/to/python3")'
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@awk '/^[^ #]/ {wanted = /^uv==/} wanted' requirements.lock > .setup/uv.txt
	@test -x $(BIN)/uv || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .setup/uv.txt
	@$(BIN)/uv pip sync --quiet --require-hashes --python $(BIN)/python requirements.lock
	@touch $@

.setup/packages: compose/packages.sh
	@mkdir -p .setup
	@compose/packages.sh
	@touch $@

# The operator's command, for any directory; and `.venv/bin/python -m <room>` as reports print it, without an environment to set.
$(BIN)/casino: .setup/python
	@printf '%s\n' '$(CURDIR)/system' '$(CURDIR)' > "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')/casino.pth"
	@printf '%s\n' '#!/bin/sh' 'exec "$(CURDIR)/$(BIN)/python" -m casino.cli "$$@"' > $@
	@chmod +x $@

system/web/node_modules/.package-lock.json: system/web/package-lock.json
	@echo "web packages: npm ci"
	@cd system/web && npm ci --silent --no-audit --no-fund

system/web/dist/index.html: system/web/node_modules/.package-lock.json system/web/package.json system/web/vite.config.ts contracts/openapi.json $(shell find system/web/src system/web/public system/web/index.html -type f 2>/dev/null)
	@echo "web client: build"
	@cd system/web && npm run --silent build

serve: setup ## the casino on this machine, with its addresses and seeded accounts; Ctrl-C stops it
	@$(BIN)/python -m casino.cli up

up: setup ## the composed stack in containers
	@$(BIN)/python -m compose up

down: setup ## stops the composed stack
	@$(BIN)/python -m compose down

gate: setup ## the main job: start, test, load, break and judge; RUNTIME=embedded|composed, TARGET=URL, PROFILE=smoke|full|release|soak
	@$(BIN)/python -m alerts gate --runtime $(RUNTIME) --profile $(PROFILE) $(if $(TARGET),--target $(TARGET))

proof: setup ## every alert on its real fault, every mutant of its rules, every panel; PROFILE=full|smoke
	@$(BIN)/python -m alerts prove --profile $(if $(filter command line environment,$(origin PROFILE)),$(PROFILE),full)

test: PROFILE = full
test: setup lint unit gate ## lint, types, structure, every suite on real engines, and the gate

unit: setup ## the test suites alone, room by room, on real engines
	@echo system/tests; $(BIN)/python -m pytest -q -n 2 --dist loadfile system/tests
	@for tests in $(wildcard $(addsuffix /tests,$(ROOMS))); do \
	  echo "$$tests"; $(BIN)/python -m pytest -q $$tests; \
	done
	@cd system/web && npm run --silent test

lint: setup ## style, types, structure, generated files
	@$(BIN)/ruff check $(CODE) && $(BIN)/ruff format --check --quiet $(CODE)
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m alerts compile --check && $(BIN)/python -m dashboards check && $(BIN)/python -m contracts snapshot --check
	@cd system/web && npm run --silent lint && npm run --silent typecheck

load: setup ## a load profile against TARGET (default: a casino of its own); LOAD=day RATE=… SECONDS=…
	@$(BIN)/python -m loadtests --profile $(or $(LOAD),day) --target $(or $(TARGET),http://127.0.0.1:8000) --out reports/load

bench: setup ## what a spin costs, as ratios to pgbench in the same run
	@command -v wrk >/dev/null || { [ "$$(id -u)" = 0 ] && apt-get install -y -qq wrk >/dev/null; }
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m tests.bench

recount: setup ## plays 200,000 rounds of 1,000 players and counts every total again; fails when one differs
	@$(BIN)/python -m tests.bench.recount

docs: setup ## regenerates what is generated: OpenAPI, rules, dashboards, the data dictionary
	@$(BIN)/python -m contracts snapshot --accept && npm --prefix system/web run --silent generate && $(BIN)/python -m alerts compile && $(BIN)/python -m dashboards build

lock: ## takes the newest packages that pyproject.toml allows
	@$(BIN)/uv pip compile pyproject.toml --group embedded --group harness --group dev --python-version 3.11 \
	  --generate-hashes --no-emit-index-url --no-header --upgrade --quiet -o requirements.lock
	@cd system/web && npm update --silent

clean: ## removes what was built; the embedded casino's data too
	@rm -rf .setup .venv .casino reports system/web/dist system/web/node_modules
