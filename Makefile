# `make` lists the targets. Each target sets up .venv by itself; the second time is quick.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export NO_MKDOCS_2_WARNING := true

EXAMPLES := $(wildcard examples/*.py examples/notebooks/*.py)
POLICIES := $(wildcard examples/policies/*.toml examples/policies/*.json examples/policies/pricing/*.toml)
READMES := $(wildcard README*.md)

.DELETE_ON_ERROR:
.PHONY: help demo service test check lint types layers engines docs snippets examples service-test package bench fuzz clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/.demo-stamp ## Run the demonstration, which needs only the runtime libraries
	$(BIN)/python examples/demo.py

service: .venv/.service-stamp ## Start the discount service, with its page at http://127.0.0.1:8000/
	@if [ -z "$$SALESRULES_TOKEN_KEY" ]; then \
		echo "SALESRULES_TOKEN_KEY is not set: here is a key for this demonstration; its tokens are good until the service stops."; \
		SALESRULES_TOKEN_KEY=$$($(BIN)/python -c "import secrets; print(secrets.token_urlsafe(48))"); export SALESRULES_TOKEN_KEY; \
		set -- --links; \
	fi; PYTHONPATH=examples/discount_service $(BIN)/python -m discount_service "$$@"

# Generated cases tell nothing of coverage that the others do not, and take twice as long with it.
test: .venv/.test-stamp ## Run the tests and doctests, with full branch coverage, and the laws
	$(BIN)/python -m pytest -n 2 --cov --cov-report=term --ignore tests/laws --ignore tests/parity
	$(BIN)/python -m pytest -n 2 tests/laws tests/parity

check: lint types layers engines docs snippets examples service-test package ## Run every check besides the tests

lint: .venv/.check-stamp ## Check style and format
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: .venv/.check-stamp ## Check the types of src and tests
	$(BIN)/mypy

layers: .venv/.check-stamp ## Check the direction of the dependencies
	$(BIN)/lint-imports

engines: .venv/.check-stamp ## Run the parity tests on the engines that are large to install: Ibis and PySpark
	$(BIN)/python -m pytest -n 2 --dist worksteal -k "ibis or pyspark" tests/parity tests/hostile/test_frames_hostile.py tests/test_frames_lazy_*.py

# Material comes last: both builders write to docs/_site, and each cleans the folder that it builds.
docs: .venv/.check-stamp ## Build the documentation in both languages, with both builders, into docs/_site
	rm -rf docs/_site
	$(BIN)/zensical build --clean --strict -f docs/mkdocs.yml
	$(BIN)/zensical build --clean --strict -f docs/mkdocs.zh.yml
	$(BIN)/mkdocs build --strict -f docs/mkdocs.yml
	$(BIN)/mkdocs build --strict -f docs/mkdocs.zh.yml

snippets: .venv/.check-stamp ## Run the Python fences of README and docs
	$(BIN)/python -m pytest -p docs.snippets $(READMES) docs/en docs/zh

examples: .venv/.check-stamp ## Run every example and notebook
	set -e; for example in $(EXAMPLES); do echo "== $$example"; $(BIN)/python $$example > /dev/null; done

service-test: .venv/.check-stamp ## Test the discount service: over a socket, against its description, under load, in a browser
	$(BIN)/python -m pytest examples/discount_service

package: .venv/.check-stamp ## Build wheel and sdist, and try the wheel without and with the extras
	rm -rf dist
	$(BIN)/python -m build --outdir dist
	$(PYTHON) -m venv dist/venv
	wheel=$$(ls dist/*.whl) && dist/venv/bin/pip install -q "$$wheel"
	dist/venv/bin/python tests/embedding/smoke.py bare $(POLICIES)
	wheel=$$(ls dist/*.whl) && dist/venv/bin/pip install -q "$$wheel[frames,calendars,yaml,testing]"
	dist/venv/bin/python tests/embedding/smoke.py extras $(POLICIES)
	rm -rf dist/venv

bench: .venv/.bench-stamp ## Measure the time of one commission line, one price decision, and of ten million on every engine
	$(BIN)/python tests/bench/commission_line.py
	$(BIN)/python tests/bench/price_decision.py
	$(BIN)/python tests/bench/quotes.py
	$(BIN)/python tests/bench/tables/run.py

fuzz: .venv/.test-stamp ## Look for new counterexamples to the laws
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest -n 2 -m "fuzz or not fuzz" tests/laws tests/hostile tests/parity

clean: ## Remove everything that was made
	rm -rf .venv dist docs/_site docs/.cache .cache .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find docs examples src tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Dependency groups need pip 25.1, newer than the pip of many a fresh environment.
.venv/.demo-stamp: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -q --upgrade "pip>=25.1"
	$(BIN)/python -m pip install -q --editable .
	touch $@

.venv/.service-stamp: .venv/.demo-stamp
	$(BIN)/python -m pip install -q --group service
	touch $@

.venv/.test-stamp: .venv/.demo-stamp
	$(BIN)/python -m pip install -q --editable ".[frames,calendars,yaml,testing]" --group test
	touch $@

.venv/.check-stamp: .venv/.test-stamp
	$(BIN)/python -m pip install -q --group check
	touch $@

.venv/.bench-stamp: .venv/.check-stamp
	$(BIN)/python -m pip install -q --group bench
	touch $@
