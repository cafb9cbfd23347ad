# The verbs of this project. `make demo` and `make test` work on a fresh clone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VIEW := maze_nb/widgets/static/view.js
NODE_MODULES := extension/node_modules/.package-lock.json
SEED ?= 1
SEEDS ?= 20
VIEW_SOURCES := $(shell find extension -name node_modules -prune -o -type f -print 2>/dev/null)

export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo lab test chaos lint format bench clean

help:  ## say what the verbs do
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 12

install: $(VENV)/.installed $(NODE_MODULES) $(VIEW)  ## make .venv with all that is needed, and the notebook view

demo: install  ## run the quickstart notebook headless; results under out/
	$(BIN)/maze-nb demo

lab: install  ## open JupyterLab on the example notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks

test: install  ## every test, fast ones first
	scripts/ensure_chromium
	$(BIN)/python -m pytest tests/unit $(wildcard tests/contract)
	$(BIN)/python -m pytest tests/integration
	$(BIN)/python -m pytest tests/chaos
	$(BIN)/python -m pytest --nbval-lax -p no:cacheprovider notebooks
	npm --prefix extension test
	$(BIN)/python -m pytest tests/browser

chaos: install  ## runs under random kill -9 until one fails: SEEDS of them, from SEED on
	$(BIN)/python tests/chaos/run_seeds.py --seed $(SEED) --seeds $(SEEDS)

lint: install  ## style, types and the contract between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix extension run lint

format: install  ## put the code in its common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.bench  ## measure against plain Dask, side by side
	$(BIN)/python benchmarks/run_all.py

clean:  ## remove all that the other verbs made
	rm -rf $(VENV) .tools out dist maze_nb/widgets/static extension/node_modules extension/lib
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find maze_nb tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/check_python $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml hatch_build.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[test,demo]"
	@touch $@

$(VENV)/.bench: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[bench]"
	@touch $@

$(NODE_MODULES): extension/package-lock.json | $(VENV)/.installed
	@scripts/ensure_node
	npm --prefix extension ci --no-progress
	@touch $@

$(VIEW): $(VIEW_SOURCES) | $(NODE_MODULES)
	npm --prefix extension run build
	@touch $@
