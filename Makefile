# Needs python3 (3.11 or later) with venv, and make. Every target sets itself up.
PYTHON ?= python3
RUNS ?= 15
BIN := .venv/bin
STAMP := .venv/.installed
FOLDERS := src tests scripts entrypoint.py examples/canary $(wildcard benchmarks)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
HEAVY := --extra xgboost --extra lightgbm --extra shap --extra fairlearn --extra sagemaker --extra aws --extra docker
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	--no-emit-index-url --no-emit-find-links

# Acceptance tests that need no container and no cluster: they may run side by side.
APART := tests/acceptance/test_data_mutants.py tests/acceptance/test_model_mutants.py tests/acceptance/test_verdicts.py \
	tests/acceptance/test_builder_mutants.py tests/test_builders_bad_input.py tests/test_examples.py \
	tests/unit/test_enforcing.py tests/test_commands.py tests/unit/gates/canary tests/unit/gates/monitor \
	tests/acceptance/test_builders_genuine.py tests/acceptance/test_builders_testing.py \
	tests/test_data_fail_closed.py tests/unit/worker/test_hostile.py tests/unit/stats/test_intervals.py \
	tests/unit/stats/test_segments.py \
	tests/acceptance/test_canary_routes.py tests/acceptance/test_canary_stopped.py tests/acceptance/test_canary_sources.py

.DEFAULT_GOAL := help
.PHONY: help demo canary-demo test lint acceptance bench bench-peers simulate docs faces lock

help: ## Say what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1\t\2/' | expand -t 18

$(STAMP): requirements/dev.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "mlops-gates needs Python 3.11 or later")'
	@echo "Setting up .venv (once, about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(STAMP) ## Train a small model on real data, run the gates on it and show the verdict
	@$(BIN)/mlops-gates demo

canary-demo: $(STAMP) ## Promote a good model and roll a bad one back, behind nginx and Prometheus (two minutes)
	@$(BIN)/python scripts/canary_demo.py

test: lint ## Lint, types, import rules and every test but the acceptance ones
	@$(BIN)/python -m compileall -q src # the processes that the tests start need not
	$(BIN)/python -m pytest -q --numprocesses auto

lint: $(STAMP) ## Style, types, import rules
	$(BIN)/ruff check $(FOLDERS)
	$(BIN)/ruff format --check --quiet $(FOLDERS)
	$(BIN)/mypy
	$(BIN)/lint-imports

$(STAMP).acceptance: $(STAMP) requirements/acceptance.txt
	@echo "Installing what the acceptance tests ask (once) ..."
	@$(PIP) install --require-hashes --no-deps --only-binary :all: -r requirements/acceptance.txt
	@touch $@

acceptance: $(STAMP).acceptance ## Build the images, run the pipelines of every host on them (Docker; tools go to .tools/)
	.ci/tools
	PATH="$(CURDIR)/.tools/bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m acceptance -v --timeout 900 \
		--numprocesses auto --dist loadgroup $(APART)
	PATH="$(CURDIR)/.tools/bin:$(CURDIR)/$(BIN):$$PATH" $(BIN)/python -m pytest -m acceptance -v --timeout 900 \
		$(addprefix --ignore=,$(APART)) tests

bench: $(STAMP) ## Cost beside the floor, wide tables, and peers where they are installed (QUICK=1: a minute of it)
	$(BIN)/python benchmarks/floor.py $(if $(QUICK),--quick,--runs $(RUNS))
	$(BIN)/python benchmarks/model.py $(if $(QUICK),--quick,--peers)
	$(BIN)/python benchmarks/builders.py $(if $(QUICK),--quick)
	$(BIN)/python benchmarks/canary.py $(if $(QUICK),--quick)
	$(if $(QUICK),,$(BIN)/python benchmarks/wide.py)
	$(if $(QUICK),,$(BIN)/python benchmarks/peers.py)

bench-peers: $(STAMP) ## Install the peers (1.6 GB, pinned) and measure beside them
	$(BIN)/python benchmarks/peers.py --install

simulate: $(STAMP) ## False alarms and power of drift and canaries, verdicts by luck, on drawn data (RUNS=200 data sets, about 20 minutes)
	$(BIN)/python benchmarks/drift_simulation.py $(if $(QUICK),--seconds 50,--repeats $(if $(filter file,$(origin RUNS)),200,$(RUNS)))
	$(BIN)/python benchmarks/flapping.py $(if $(QUICK),--seconds 40)
	$(BIN)/python benchmarks/canary_simulation.py --check $(if $(QUICK),--runs 1000 --seconds 15)

docs: $(STAMP) ## Write what the documentation and its picture say of the program
	$(BIN)/python scripts/docs.py
	$(BIN)/python scripts/picture.py

faces: $(STAMP) ## Write inputs and outputs into action.yml, the GitLab templates and the README
	$(BIN)/python scripts/faces.py

lock: $(STAMP) ## Resolve the lock files anew
	$(LOCK) requirements/build.in -o requirements/build.txt
	$(LOCK) pyproject.toml --extra all -o requirements/image.txt
	$(LOCK) pyproject.toml --extra all $(HEAVY) -o requirements/full.txt
	$(LOCK) pyproject.toml --extra all --group dev requirements/dev.in -o requirements/dev.txt
	$(LOCK) pyproject.toml --extra all --group dev --group acceptance requirements/dev.in -c requirements/dev.txt \
		-o requirements/acceptance.txt
	$(LOCK) .ci/tools.in -o .ci/tools.txt
