# The README explains these. Each works alone on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUESTIONS ?= ../shared/questions/dev.jsonl

.PHONY: chat test format lint types build evaluate bench browser screenshots clean

chat: $(VENV)/.installed
	$(BIN)/python app.py

test: $(VENV)/.installed-dev browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

build: $(VENV)/.installed
	$(BIN)/python -m chatbot build

evaluate: build
	$(BIN)/python -m chatbot evaluate $(QUESTIONS) --by tag

$(VENV)/.installed: requirements.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet "$$(grep -o '^torch==[^ ]*' requirements.txt)"
	$(BIN)/python -m pip install --quiet -r requirements.txt
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@
