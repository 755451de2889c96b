# Everything that people do with this repository. `make` alone lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: help run test explore check fix lock audit bench clean

# Python keeps what it compiled, whatever the shell says: a start takes half the time then.
unexport PYTHONDONTWRITEBYTECODE

PY := .venv/bin/python
B ?=
T ?=
WORKERS ?= 2
# One order of the tests and one draw of examples: what failed fails again, and a change is judged
# by what it changed. `make explore` draws both anew.
DRAW ?= --randomly-seed=2016679 --hypothesis-profile=gate

help: ## list what can be done
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1|\2/' \
		| while IFS='|' read -r name what; do printf '%-14s %s\n' "$$name" "$$what"; done

run: .venv/run.stamp ## start Candor with the demo company, and print where to look
	@tools/setup say "Starting Candor (stop with Ctrl-C)"
	@exec .venv/bin/candor run

test: .venv/dev.stamp ## install what tests need, check everything, run all tests (T=path for some)
	@tools/setup browser
	@tools/setup servers
	@tools/setup node
	@$(MAKE) --no-print-directory check
	@tools/setup say "Tests"
	@$(PY) -m pytest -n $(WORKERS) --dist loadfile $(DRAW) $(T)

explore: ## the tests in another order, with other examples than last time (T=path for some)
	@$(MAKE) --no-print-directory test DRAW=

check: .venv/dev.stamp ## format, lint, types, import contracts, house rules (no database)
	@tools/setup say "Format and lint (ruff)"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@tools/setup say "Import contracts (import-linter)"
	@PYTHONPATH=src .venv/bin/lint-imports --no-logo
	@tools/setup say "House rules (tools/lint)"
	@$(PY) -m tools.lint
	@tools/setup say "Templates (djlint)"
	@tools/setup templates
	@tools/setup say "Types (basedpyright, strict)"
	@.venv/bin/basedpyright --warnings

fix: .venv/dev.stamp ## format and mend what can be mended by a machine
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

lock: .venv/run.stamp ## write requirements/*.txt anew from requirements/*.in (newest versions, hashed)
	@tools/setup lock

audit: .venv/dev.stamp ## look what is locked up in the advisory databases (needs the network; offline: tools/advisories.py)
	@.venv/bin/pip-audit --strict --disable-pip --require-hashes -r requirements/run.txt

bench: .venv/dev.stamp ## measure: all figures in short, or one with B=name
	@PYTHONPATH=src $(PY) -m bench $(B)

clean: ## remove what make made; the data folder .candor stays
	rm -rf .venv .pytest_cache .ruff_cache .hypothesis .import_linter_cache build dist tests/sdk/node_modules
	find src tests tools bench demo -name __pycache__ -type d -prune -exec rm -rf {} +
	find src -name '*.egg-info' -type d -prune -exec rm -rf {} +

.venv/run.stamp: requirements/uv.txt requirements/run.txt requirements/demo.txt requirements/demo-data.txt requirements/build.txt pyproject.toml
	@tools/setup venv run
	@touch $@

.venv/dev.stamp: .venv/run.stamp requirements/dev.txt
	@tools/setup venv dev
	@touch $@
