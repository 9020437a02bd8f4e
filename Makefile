# The commands of this project. `make help` lists them; each sets up what it needs.

VENV := .venv/bin
PYTEST ?=
# Real calls mostly wait: four workers leave room on two processors (tests/conftest.py).
TESTS = $(VENV)/python -m pytest --dist loadgroup

.DEFAULT_GOAL := help
.PHONY: help setup demo run test quick faults containers check bench format lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

setup: ## Install what is missing: Debian packages, .venv
	@.ci/setup

demo: ## Ring a simulated town of 300 homes and watch it
	@.ci/setup demo
	@$(VENV)/automaton demo

run: ## Start a node that stays (Ctrl-C stops it in stages)
	@.ci/setup demo
	@exec $(VENV)/automaton daemon

test: ## Run every test, on real Asterisks (PYTEST="..." adds options)
	@.ci/setup test
	@$(TESTS) -n 4 $(PYTEST)

quick: ## Run the short tests without Asterisk and PostgreSQL
	@.ci/setup
	@$(TESTS) -n 4 -q $(PYTEST) \
		-m "not asterisk and not postgres and not slow and not containers"

faults: ## Break a node in every way we know, 50 min at most (KILLS=1000 goes on)
	@.ci/setup test
	@$(VENV)/python -m tests.faults

containers: ## Build the images of docker/ and ring a town from them (needs root)
	@.ci/setup containers
	@$(VENV)/python -m pytest -m containers $(PYTEST)

check: ## Format (CI=true: only look), style, types, imports, vulnerabilities, materials
	@.ci/setup
	@$(VENV)/ruff format $(if $(filter true,$(CI)),--check) .
	@$(VENV)/ruff check .
	@$(VENV)/mypy automaton benchmarks
	@$(VENV)/lint-imports
	@$(VENV)/python .ci/vulnerabilities.py
	@$(VENV)/python .ci/sbom.py

bench: ## Measure lines, starts, CPU and memory, 10 min (all: benchmarks.md)
	@.ci/setup test
	@$(VENV)/python -m benchmarks

format: ## Format the code and mend what can be mended
	@.ci/setup
	@$(VENV)/ruff check --fix --quiet . || true
	@$(VENV)/ruff format .

lock: ## Pin all dependencies anew (LOCK=--upgrade takes later versions)
	@.ci/setup
	@.ci/lock $(LOCK)

clean: ## Remove what tools left here; .venv and the cache folder stay
	@rm -rf build dist htmlcov test-reports .coverage .coverage.* \
		.mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find automaton tests benchmarks -name __pycache__ -prune \
		-exec rm -rf {} + 2>/dev/null || true
