# Every command of the project; `make` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/sh
BIN := .venv/bin
QUICK := "not browser and not demo and not slow and not lab and not thorough"
unexport PYTHONDONTWRITEBYTECODE  # the tests start hundreds of Pythons, which should not compile all they import anew
LOCKED_BY := pyproject.toml $(wildcard bundle/*/pyproject.toml)

.PHONY: help
help: ## List these commands
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  %-12s %s\n", $$1, $$2}'

.PHONY: demo
demo: ## Install the reference apps on this machine as Kabupaten Manggarai (no root)
	@installer/bootstrap run
	@$(BIN)/semai demo up

.PHONY: demo-down
demo-down: ## Stop the demo and remove it
	@installer/bootstrap run
	@$(BIN)/semai demo down

.PHONY: setup
setup: ## Make .venv with everything a developer needs
	@installer/bootstrap dev

.PHONY: format
format: setup ## Rewrite the code in the project's format
	@$(BIN)/ruff format -q .
	@$(BIN)/ruff check -q --fix .

.PHONY: check
check: setup ## Format, lint, types, roles, architecture and unit tests (about 4 minutes)
	@$(MAKE) --no-print-directory -j3 --output-sync=target style types hosts units apps roles

# The parts of `check`, three at a time: tests that kill programs wait half of their time. Each part is one process,
# for a second pytest worker costs more than it brings.
.PHONY: style types hosts units apps roles
style:
	@$(BIN)/ruff format --check -q .
	@$(BIN)/ruff check -q .
types:
	@$(BIN)/mypy
units:
	@$(BIN)/pytest -q -m $(QUICK) --ignore tests/host tests
hosts:
	@$(BIN)/pytest -q -m $(QUICK) tests/host
apps:
	@tests/bundle -q
roles:
	@PATH="$(CURDIR)/$(BIN):$$PATH" ansible-lint -q --offline roles installer/semai/playbooks

.PHONY: test
test: check ## Every test: the fast half, then real installs, real machines (root) and the browser
	@tests/prepare
	@$(MAKE) --no-print-directory -j3 --keep-going --output-sync=target servers installs machines pages kills

# The slow half of `test`, three parts at a time on two processors: machines are waited for. The long parts begin first.
.PHONY: servers installs machines pages kills
servers:
	@$(BIN)/pytest -q --durations=25 -m "lab and not thorough" tests/servers
installs:
	@$(BIN)/pytest -q --durations=25 -m "(browser or demo or slow) and not lab and not thorough" \
	  --ignore tests/faults --ignore tests/host tests
machines:
	@$(BIN)/pytest -q --durations=25 -m "lab and not thorough" --ignore tests/servers tests
pages:
	@tests/bundle -q -m "browser or slow"
kills:
	@$(BIN)/pytest -q --durations=15 -m "slow and not lab and not thorough" tests/faults tests/host

.PHONY: thorough
thorough: setup ## What make test leaves out: more kills of the host tool, further releases of Debian (root, half an hour)
	@tests/prepare
	@$(BIN)/pytest -q --durations=25 -m thorough tests

.PHONY: lab-up
lab-up: setup ## Boot N=2 Debian machines to try things on (root)
	@tests/prepare lab
	@$(BIN)/python -m tests.lab up $(or $(N),2)

.PHONY: lab-down
lab-down: setup ## Remove them, and what killed test runs left
	@$(BIN)/python -m tests.lab down

.PHONY: bench
bench: setup ## Measure start-up, installing, memory, a whole kabupaten and (root) servers; TOPICS=kabupaten for a part
	@$(BIN)/python -m tests.bench $(TOPICS)

.PHONY: faults faults-anew
faults: setup ## Hit each verb at each step with each fault (root, hours); goes on where it was ended; docs/faults.md
	@$(BIN)/pytest -q --every-cell tests/faults; code=$$?; $(BIN)/python -m tests.faults.matrix; exit $$code

faults-anew: ## The same from the first cell on
	@rm -f docs/faults.jsonl
	@$(MAKE) --no-print-directory faults

.PHONY: messages
messages: setup ## Compile the messages after editing a .po file; collects the apps' new texts into theirs
	@$(BIN)/pybabel -q compile -D semai -d installer/semai/locale
	@$(BIN)/python -m tests.architecture.app_messages

.PHONY: schemas
schemas: setup ## Write the JSON Schemas for editors after editing a model
	@$(BIN)/python installer/write_schemas.py

.PHONY: docs
docs: setup ## Write the generated pages of docs anew from the source
	@$(BIN)/python -m tests.architecture.error_docs
	@$(BIN)/python -m tests.architecture.assess_docs

.PHONY: pictures
pictures: setup ## Renew the pictures of the guides that show something else by now (docs/gambar)
	@tests/prepare browser
	@$(BIN)/pytest -q -m pictures --renew-pictures tests/demo
	@$(BIN)/pytest -q tests/architecture/test_guide_pictures.py

.PHONY: lock
lock: setup ## Renew requirements.lock after editing a pyproject
	@.venv/bin/uv pip compile -q --universal --python-version 3.10 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --no-emit-package semai-kit --group pyproject.toml:dev $(LOCKED_BY) -o requirements.lock

.PHONY: clean
clean: ## Remove what the commands above made
	rm -rf .venv .cache .mypy_cache .pytest_cache .ruff_cache
