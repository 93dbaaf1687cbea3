# The README explains these. Each works alone on a fresh clone.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Two processes with a thread each. The tests of a file stay together, so that they share its servers and its browser.
PYTEST := OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder
QUESTIONS ?= ../shared/questions/dev.jsonl

.PHONY: chat test test-fast fuzz attack format lint types build ready adapt evaluate bench quality browser screenshots test-cluster lock audit licences clean

chat: $(VENV)/.installed
	$(BIN)/python app.py

test: $(VENV)/.installed-dev browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(PYTEST)

# Without the encoder, the browser and whole servers: within a minute.
test-fast: $(VENV)/.installed-dev
	$(PYTEST) -m "not model and not browser and not slow"

# A million messages through the pipeline, with an encoder that needs no model: for the night.
fuzz: $(VENV)/.installed-dev
	FUZZ=1000000 $(BIN)/python -m pytest tests/promises/test_fuzz.py

# Tries to bring the running page down: benchmarks/RESULTS.md, attack. Status 1 when a bound is broken.
attack: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.attack

# What docs/scaling.md describes, on engines that are not part of the default install: its own environment.
# Ray warns of what it will change one day, and leaves sockets to the end: not ours to mend, hence -W ignore.
test-cluster: .venv-cluster/.installed-cluster
	.venv-cluster/bin/python -m pytest -W ignore tests/cluster tests/retrieval/test_vector_stores.py tests/retrieval/test_faiss_store.py

format: $(VENV)/.installed-dev
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

build: $(VENV)/.installed
	$(BIN)/python -m chatbot build

# Renews ready/, with which every first build begins: after many changes of the corpus, and after adapt. Then commit it.
ready: $(VENV)/.installed
	$(BIN)/python -m chatbot ready

# Trains the encoder's adapter on the bank: minutes. Worth it after many new questions; then build.
adapt: $(VENV)/.installed
	$(BIN)/python -m chatbot adapt

evaluate: build
	$(BIN)/python -m chatbot evaluate $(QUESTIONS) --by tag --misses
	$(BIN)/python -m chatbot evaluate benchmarks/data/unread-questions.jsonl
	$(BIN)/python -m benchmarks.by_writer --brief
	$(BIN)/python -m benchmarks.safety
	$(BIN)/python -m benchmarks.emergencies
	$(BIN)/python -m benchmarks.new_articles

screenshots: $(VENV)/.installed-dev browser
	$(BIN)/python -m tools.screenshots

# Speed, size and growth, in half an hour: benchmarks/RESULTS.md.
bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks.latency
	$(BIN)/python -m benchmarks.load
	$(BIN)/python -m benchmarks.start
	$(BIN)/python -m benchmarks.memory
	$(BIN)/python -m benchmarks.build
	$(BIN)/python -m benchmarks.growth
	$(BIN)/python -m benchmarks.peers
	$(BIN)/python -m benchmarks.article_peers

# How good the answers are: benchmarks/quality.md. It trains adapters, which takes half an hour.
quality: build
	$(BIN)/python -m benchmarks.answers
	$(BIN)/python -m benchmarks.by_writer
	$(BIN)/python -m benchmarks.conversation
	$(BIN)/python -m benchmarks.safety
	$(BIN)/python -m benchmarks.articles
	$(BIN)/python -m benchmarks.classifiers
	$(BIN)/python -m benchmarks.encoder

# After a change of requirements.txt or requirements-cluster.txt. torch and what only its CUDA build needs stay out:
# docs/installing.md says why.
lock: $(VENV)/.installed-dev
	@for name in requirements requirements-cluster; do \
		{ echo "# $$name.txt and all it needs, with hashes, but torch. \`make lock\` writes this; make, the container and"; \
		echo "# docs/installing.md install it."; \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
			--no-annotate $$name.txt \
		| awk '/^[a-z0-9]/ { kept = !/^(torch==|triton==|nvidia-|cuda-)/ } kept'; } > $$name.lock.new \
		&& mv $$name.lock.new $$name.lock || exit 1; \
	done

# What is known to be wrong with the locked packages. It asks a public database, so it is for who has the internet.
audit: $(VENV)/.installed-dev
	$(BIN)/uv tool run --quiet pip-audit@2.10.1 --require-hashes --disable-pip -r requirements.lock

licences: $(VENV)/.installed-dev
	@{ printf '%s\n\n' '# Licences of what runs' \
		'As the packages themselves state them; `make licences` writes this table. Those of other systems are left out.'; \
	$(BIN)/pip-licenses --from=mixed --format=markdown \
		--packages torch $$(grep -o '^[a-z0-9-]*' requirements.lock); } > docs/licences.md

# The browser tests need Chromium, and Firefox for the main ones. They are skipped, with the reason, where there is none.
browser: $(VENV)/.installed-dev
	@has() { command -v "$$1" > /dev/null 2>&1; }; \
	if [ "$$(id -u)" = 0 ] && has apt-get && ! has firefox-esr && ! has firefox; then \
		{ timeout 300 sh -c "apt-get update && apt-get install -y firefox-esr"; } > /dev/null 2>&1 \
			|| echo "Firefox could not be installed: its tests will be skipped."; \
	fi
	@has() { command -v "$$1" > /dev/null 2>&1; }; \
	found() { has chromium || has chromium-browser || has google-chrome; }; \
	if found; then exit 0; fi; \
	echo "Chromium is missing: installing it for the browser tests."; \
	if [ "$$(id -u)" = 0 ] && has apt-get; then \
		{ apt-get update && apt-get install -y chromium; } > /dev/null 2>&1 || true; \
		if found; then exit 0; fi; \
	fi; \
	$(BIN)/playwright install chromium > /dev/null 2>&1 \
		|| echo "Chromium could not be installed: the browser tests will be skipped."

$(VENV)/.installed: requirements.txt requirements.lock tools/install.py
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'Python 3.11 or later is needed, for example: make $(MAKECMDGOALS) PYTHON=python3.12')"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python tools/install.py requirements.lock
	touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.txt
	$(BIN)/python -m pip install --quiet -r requirements-dev.txt
	touch $@

.venv-cluster/.installed-cluster: requirements-cluster.lock requirements-dev.txt tools/install.py
	$(PYTHON) -m venv .venv-cluster
	.venv-cluster/bin/python tools/install.py requirements-cluster.lock
	.venv-cluster/bin/python -m pip install --quiet -r requirements-dev.txt
	touch $@
