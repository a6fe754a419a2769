# Needs Python 3.11 or newer, make, and the package registries; nothing else. Everything is
# installed below this folder, from the lock files, and again only when those change.

PYTHON ?=
PORT ?=
STATE_DIR ?=
STAGE ?= dev
DEPLOYMENT ?=
MINUTES ?= 10
PYTEST_ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV

DEV := .venv/.installed
EMULATOR := .venv-emulator/.installed
NODE := node_modules/.installed
SETUP := $(DEV) $(EMULATOR) $(NODE)
# Other people's clients, which only tests want; each list of packages has its own environment.
CLIENTS := .venv-clients/.installed .venv-openai-1/.installed .venv-openai-2/.installed

.DEFAULT_GOAL := help
.PHONY: help run deploy bootstrap synth test test-fast test-sdks lint format lock setup soak bench-transfer clean

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run: $(SETUP)  ## run Larder on this machine until Ctrl-C; PORT=4580, STATE_DIR=.larder
	@PORT=$(PORT) STATE_DIR=$(STATE_DIR) exec $(BIN)/python -m infra.local

CDK := node_modules/.bin/cdk
CONTEXT = -c stage=$(STAGE) $(if $(DEPLOYMENT),-c deployment=$(DEPLOYMENT))

deploy: $(SETUP)  ## deploy to your AWS account; STAGE=dev or prod, DEPLOYMENT=larder
	@$(CDK) deploy $(CONTEXT) --all

bootstrap: $(SETUP)  ## prepare an account and region that CDK was never used in; STAGE=dev or prod
	@$(CDK) bootstrap $(CONTEXT)

synth: $(SETUP)  ## write the templates into cdk.out/, without an AWS account; STAGE=dev or prod
	@$(CDK) synth $(CONTEXT) --quiet

test: $(SETUP) $(CLIENTS)  ## every test; PYTEST_ARGS="-k name"
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

test-fast: $(SETUP)  ## the tests without servers and without the slow ones, in a minute and a half
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not e2e and not s3 and not slow" $(PYTEST_ARGS)

test-sdks: $(SETUP)  ## SDKs of other languages: Go, Java and Rust, as far as they are installed
	@$(BIN)/python -m pytest -v tests/sdks/sdks.py $(PYTEST_ARGS)

lint: $(DEV)  ## ruff and mypy
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

format: $(DEV)  ## format the code and mend what ruff can
	@$(BIN)/ruff check --fix --exit-zero
	@$(BIN)/ruff format

soak: $(SETUP)  ## the model, faults in pairs, and users on a failing deployment, for MINUTES=10
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

bench-transfer: $(SETUP) .venv-benchmark/.installed  ## compare transfers with boto3 and the AWS command line
	@$(BIN)/python -m benchmarks.transfer

setup: $(SETUP) $(CLIENTS)  ## install everything that the other targets need

clean:  ## remove what was installed and built; files and keys of `make run` stay, in .larder/
	rm -rf .venv .venv-* node_modules build dist cdk.out
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- lock files ---

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url

lock: $(DEV)  ## resolve every lock file anew; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/lambdas.in -o requirements/lambdas.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/emulator.in -o requirements/emulator.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/benchmark.in -o requirements/benchmark.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/clients.in -o requirements/clients.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/openai-1.in -o requirements/openai-1.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/openai-2.in -o requirements/openai-2.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/dev.in -o requirements/dev.txt
	$(BIN)/npm $(if $(UPGRADE),update,install) --package-lock-only

# --- installing ---

$(UV): requirements/uv.txt
	@sh requirements/make-venv.sh "$(PYTHON)"
	@echo "Installing uv …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(DEV): requirements/dev.txt pyproject.toml $(UV)
	@echo "Installing the locked Python packages …"
	@$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements/dev.txt
	@$(UV) pip install --quiet --python $(BIN)/python --offline --no-deps --editable .
	@touch $@

$(NODE): package-lock.json package.json $(DEV)
	@echo "Installing the CDK command line and the Node SDK …"
	@$(BIN)/npm ci --silent --ignore-scripts
	@touch $@

.venv-%/.installed: requirements/%.txt $(UV)
	@echo "Installing the locked packages of the $* …"
	@$(UV) venv --quiet --allow-existing --python $(BIN)/python .venv-$*
	@$(UV) pip sync --quiet --python .venv-$*/bin/python --require-hashes requirements/$*.txt
	@touch $@
