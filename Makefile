# gongkai: `make run` publishes a package from raw/, `make test` tests. Only python3, pip and make are needed.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export DO_NOT_TRACK := 1
export PREFECT_SERVER_ANALYTICS_ENABLED := false

.DEFAULT_GOAL := help
.PHONY: help run ocr test test-all check format lock raw portal golden accuracy bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(VENV)/.ready ## publish a data package from raw/, offline, and say where it is
	@$(BIN)/gongkai run --offline

ocr: $(VENV)/.ready-ocr ## install what reads images and scans: 300 MB on disk, once

test: $(VENV)/.ready-dev ## run the tests
	@$(BIN)/python -m pytest

test-all: $(VENV)/.ready-dev ## run the tests, the slow ones too
	@$(BIN)/python -m pytest -m ""

check: $(VENV)/.ready-dev ## ruff, mypy strict and the layout of the imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest tests/test_layout.py

format: $(VENV)/.ready-dev ## format the code
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

lock: $(VENV)/.ready-dev ## write the requirements files anew from pyproject.toml
	@$(BIN)/python -m tests.lock

raw: $(VENV)/.ready-dev ## make the shipped captures anew from tests/pages/
	@rm -f raw/*.warc.gz raw/index.csv
	@$(BIN)/python -m tests.raw_set raw

portal: $(VENV)/.ready-dev ## serve a simulated city of portals on this machine, to look at and to harvest; Ctrl-C ends it
	@$(BIN)/python -m tests.portal

golden: $(VENV)/.ready-dev ## make the pages of tests/golden/ anew; then pytest tests/test_golden.py --accept
	@$(BIN)/python -m tests.golden_set

accuracy: $(VENV)/.ready-dev ## measure how much is read right of every form and shape; about five minutes
	@$(BIN)/python -m tests.accuracy --write schemas/accuracy.csv

bench: $(VENV)/.ready-dev ## measure how fast pages and files are read beside pandas and pdfplumber, all rules over 100,000 reports, and tables of five million observations; about fifteen minutes
	@$(BIN)/python -m tests.bench

clean: ## remove the environment and what a build left half done; releases stay
	rm -rf $(VENV) curated/.staging curated/.latest.new curated/.lock

# Wheels only, each with the hash of the lock file; gongkai itself in place, without further downloads.
$(VENV)/.ready: requirements.txt pyproject.toml
	@echo "Setting up $(VENV) (once, about half a minute) ..."
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed, this is " + sys.version)'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(VENV)/.ready-ocr: $(VENV)/.ready requirements-ocr.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-ocr.txt
	@touch $@

# The tests read images too: their set-up holds what reads them.
$(VENV)/.ready-dev: $(VENV)/.ready $(VENV)/.ready-ocr requirements-dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.txt
	@touch $@
