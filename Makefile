# `make run` and `make test` need Python 3.11 or newer and nothing else: they make .venv themselves.
PYTHON ?= python3
BIN := .venv/bin
JOBS ?= auto

.PHONY: help run demo test check format lint types layers reference clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/run.stamp ## run the hub with config/feedhub.yaml; pages at http://127.0.0.1:8000/
	$(BIN)/feedhub -c config/feedhub.yaml run

demo: .venv/run.stamp ## the whole loop offline: sample publishers, a hub, pages at http://127.0.0.1:8000/
	$(BIN)/feedhub demo

test: .venv/dev.stamp ## run the tests
	$(BIN)/pytest -n $(JOBS)

check: format lint types layers test ## everything that must hold before a commit lands

format: .venv/dev.stamp ## is the code formatted?
	$(BIN)/ruff format --check .

lint: .venv/dev.stamp ## does the code follow the rules?
	$(BIN)/ruff check .

types: .venv/dev.stamp ## do the types hold?
	$(BIN)/mypy

layers: .venv/dev.stamp ## do imports go down only?
	$(BIN)/lint-imports

reference: .venv/dev.stamp ## write the table of keys in docs/configuration.md anew
	$(BIN)/feedhub check --reference > .venv/reference.md
	sed -i '/^## Keys$$/q' docs/configuration.md
	echo >> docs/configuration.md
	cat .venv/reference.md >> docs/configuration.md

clean: ## remove the environment and the caches
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache

.venv/pip.stamp:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "FeedHub needs Python 3.11 or newer")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --upgrade 'pip>=25.1'
	@touch $@

.venv/run.stamp: .venv/pip.stamp pyproject.toml
	$(BIN)/pip install --quiet --editable .
	@touch $@

.venv/dev.stamp: .venv/pip.stamp pyproject.toml
	$(BIN)/pip install --quiet --editable . --group dev
	@touch $@ .venv/run.stamp
