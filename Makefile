# The verbs of this project. `make demo` and `make test` work on a fresh clone.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
VIEW := maze_nb/widgets/static/view.js
LAB := maze_nb/labextension
LAB_LINK := $(VENV)/share/jupyter/labextensions/maze-nb
NODE_MODULES := extension/node_modules/.package-lock.json
PYTEST := $(BIN)/python -m pytest
# Most tests wait rather than compute; those that compare times are run on their own.
SIDE_BY_SIDE := -m "not alone and not long" -n 2 --dist worksteal
SEED ?= 1
SEEDS ?= 20
VIEW_SOURCES := $(shell find extension \( -name node_modules -o -name lib \) -prune -o -type f -print 2>/dev/null)

export PATH := $(CURDIR)/.tools/bin:$(PATH)
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.PHONY: help install demo lab test long chaos lint format types docs bench clean

help:  ## say what the verbs do
	@grep -hE '^[a-z]+:.*  ## ' $(MAKEFILE_LIST) | sed -E 's/:.*  ## /\t/' | expand -t 12

install: $(VENV)/.installed $(NODE_MODULES) $(VIEW) $(LAB_LINK)  ## make .venv with all that is needed, and the notebook view

demo: install  ## run the quickstart notebook headless; results under out/
	$(BIN)/maze-nb demo

lab: install  ## open JupyterLab on the example notebooks
	$(BIN)/jupyter lab --notebook-dir=notebooks

# The tests start many processes: none of them shall compile the package anew.
test: export PYTHONDONTWRITEBYTECODE :=
test: install  ## every test, fast ones first
	scripts/ensure_chromium
	scripts/ensure_podman
	$(PYTEST) $(SIDE_BY_SIDE) tests/unit $(wildcard tests/contract)
	$(PYTEST) -m alone tests/unit tests/integration tests/browser
	$(PYTEST) $(SIDE_BY_SIDE) tests/integration
	$(PYTEST) tests/chaos
	MAZE_HOME=$$(mktemp -d) && export MAZE_HOME && trap 'rm -rf "$$MAZE_HOME"' EXIT && \
		$(PYTEST) -n 2 --dist loadfile --nbval-lax -p no:cacheprovider notebooks
	npm --prefix extension test
	$(PYTEST) $(SIDE_BY_SIDE) --dist loadfile tests/browser

long: install  ## the tests that take longest, and are in no other verb
	$(PYTEST) -m long tests/integration

chaos: install  ## runs under random kill -9 until one fails: SEEDS of them, from SEED on
	$(BIN)/python tests/chaos/run_seeds.py --seed $(SEED) --seeds $(SEEDS)

lint: install  ## style, types and the contract between the rooms
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	npm --prefix extension run lint
	$(MAKE) --no-print-directory docs

format: install  ## put the code in its common form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

types: install  ## write the types of the notebook view anew, from what Python says to it
	scripts/view_types

# Not --quiet: strict builds count the warnings that they tell.
docs: install $(VENV)/.docs  ## the documentation as pages in out/docs; fails on a broken link
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build

bench: $(VENV)/.bench  ## measure against plain Dask, side by side
	$(BIN)/python benchmarks/run_all.py

clean:  ## remove all that the other verbs made
	rm -rf $(VENV) .tools out dist maze_nb/widgets/static $(LAB) extension/node_modules extension/lib
	rm -rf .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find maze_nb tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python:
	@scripts/check_python $(PYTHON)
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml hatch_build.py | $(BIN)/python
	$(BIN)/python -m pip install --quiet --editable ".[test,demo]"
	@touch $@

$(VENV)/.docs: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --editable ".[docs]"
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

# A link, so that JupyterLab finds what was built last.
$(LAB_LINK): | $(VIEW)
	@mkdir -p $(@D)
	ln -sfn $(CURDIR)/$(LAB) $@
