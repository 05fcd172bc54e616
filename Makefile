# Saunter's house. `make setup` once, then `make demo`, `make test`, `make check`.
# Needs Python 3.11 or newer with pip, and make; uses uv where it is installed.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
WORKERS ?= auto
PINS := requirements/development.txt

.PHONY: setup demo test check format pins clean
.DEFAULT_GOAL := setup

setup: $(READY)

$(READY): $(PINS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Saunter needs Python 3.11 or newer, this is " + sys.version.split()[0] + ": make setup PYTHON=python3.11")'
	@sh requirements/install $(PYTHON) $(VENV) $(PINS)
	@touch $@

demo: setup
	@$(BIN)/saunter demo

test: setup
	@$(BIN)/python -m pytest -n $(WORKERS)

# Everything that CI does, in the order of how quickly it can fail.
check: setup
	$(BIN)/ruff format --check src tests
	$(BIN)/ruff check src tests
	$(BIN)/mypy --strict src
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n $(WORKERS)

format: setup
	$(BIN)/ruff format src tests
	$(BIN)/ruff check --fix src tests

# Pin anew after changing pyproject.toml (needs uv). The files hold names, versions and hashes, and no addresses.
pins:
	sh requirements/pin

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
