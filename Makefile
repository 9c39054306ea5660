# Two commands on a fresh machine: `make run` and `make test`. Python 3.11 or newer is all they need.

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: run test browser soak lint openapi docs editor lock clean

run: $(READY)  ## a demo organisation, served at a printed address
	$(BIN)/muster demo

test: $(READY) browser  ## everything, on SQLite and on PostgreSQL, and in a browser
	$(BIN)/python -m pytest -n auto --dist worksteal

browser:  ## a Chromium for the tests, where it can be installed; BROWSER=no leaves that out
	@test "$(BROWSER)" = no || tools/browser.sh

soak: $(READY)  ## the long runs: kills under load, crowds on one pool
	MUSTER_SOAK=20 MUSTER_SOAK_SECONDS=60 $(BIN)/python -m pytest tests/soak tests/properties tests/nasty/test_generated.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

openapi: $(READY)  ## write openapi.yaml anew
	$(BIN)/muster openapi

editor:  ## bundle the editor of the rules page anew; needs Node.js, and the network once
	cd tools/editor && npm ci --ignore-scripts && npm run build

docs: $(READY)  ## write the generated parts of README.md and docs/ anew
	$(BIN)/python -m tests.architecture.generated

lock: $(READY)  ## resolve the dependencies anew, with hashes
	$(BIN)/python -m pip install --quiet --disable-pip-version-check uv
	$(BIN)/uv pip compile pyproject.toml --extra dev $(LOCKING) -o requirements-dev.lock
	$(BIN)/uv pip compile pyproject.toml -c requirements-dev.lock $(LOCKING) -o requirements.lock

LOCKING := --quiet --generate-hashes --universal --python-version 3.11 \
	--no-annotate --no-header

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=...")'
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

clean:  ## the environment and caches; never the data in .muster/
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
