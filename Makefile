# The same few commands for people and for CI.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin

.PHONY: install test lint types contracts check example

$(BIN)/.installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -c constraints.txt torch torchvision
	$(BIN)/python -m pip install -q -c constraints.txt -e ".[test]"
	touch $@

install: $(BIN)/.installed

test: install
	$(BIN)/python -m pytest

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install
	$(BIN)/mypy

contracts: install
	$(BIN)/lint-imports

check: test lint types contracts

# README command one in an environment of its own: the plain install reads the examples, without torch
example:
	$(PYTHON) -m venv $(VENV)-plain
	$(VENV)-plain/bin/pip install -q -c constraints.txt .
	rm -rf $(VENV)-plain/examples && mkdir $(VENV)-plain/examples
	cp examples/*.png examples/*.jpg $(VENV)-plain/examples
	$(VENV)-plain/bin/detect-score --separate $(VENV)-plain/examples/*
