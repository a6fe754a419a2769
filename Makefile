# Needs Python 3.11 or newer, make, and the package registries; nothing else. Everything is
# installed below this folder, from the lock files, and again only when those change.

PYTHON ?=
PORT ?=
STATE_DIR ?=
STAGE ?= dev
DEPLOYMENT ?=
FRONT_DOOR ?=
ALARM_EMAIL ?=
SETTINGS ?=
YES ?=
FULL ?=
MINUTES ?= 10
ONLY ?=
ROUNDS ?=
MIB ?=
AGAINST ?=
REQUESTS ?=
WORKERS ?=
DIST ?= dist
OGX_PYTHON ?=
PYTEST_ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
export PATH := $(CURDIR)/$(BIN):$(PATH)
unexport PYTHONHOME PYTHONPATH VIRTUAL_ENV
# Set, as containers often have it, it makes every process compile all that it imports, anew.
unexport PYTHONDONTWRITEBYTECODE

$(shell sh requirements/remove-stale.sh)

# What deploying takes, and no more: not everything that tests want has a wheel for every machine.
SETUP := .venv/.deploying node_modules/.deploying
# On top of it, in the same places: what checks and tests, and for JavaScript the same.
DEV := .venv/.installed
NODE := node_modules/.installed
EMULATOR := .venv-emulator/.installed
LOCAL := $(SETUP) $(DEV) $(EMULATOR)
# Other people's clients, which only tests want; each list of packages has its own environment.
CLIENTS := .venv-clients/.installed .venv-openai-1/.installed .venv-openai-2/.installed
# What tries hostile input, and parsers to compare Larder's with.
FUZZ := .venv-fuzz/.installed

.DEFAULT_GOAL := help
.PHONY: help run env unset deploy diff destroy verify bootstrap synth test prove test-fast test-sdks lint format lock setup wheel man docs soak fuzz bench load costs simulate clean

help:  ## show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' Makefile

run: $(LOCAL)  ## run Larder on this machine until Ctrl-C; PORT=4580, STATE_DIR=.larder
	@PORT="$(PORT)" STATE_DIR="$(STATE_DIR)" exec $(BIN)/python -m infra.local

env:  ## print the lines that `make run` says to paste, again; STATE_DIR=.larder
	@cat "$(or $(STATE_DIR),.larder)/env" 2>/dev/null || \
	  { echo "Nothing has run yet in $(or $(STATE_DIR),.larder)/. Start it: make run" >&2; exit 1; }

unset:  ## print a line that undoes them, for eval
	@echo unset $(PASTED)

# What `make run` has one paste; PATH and NO_PROXY have only grown by it.
PASTED := AWS_ACCESS_KEY_ID AWS_DEFAULT_REGION AWS_ENDPOINT_URL AWS_REGION AWS_SECRET_ACCESS_KEY \
  LARDER_STAGE OPENAI_API_KEY OPENAI_BASE_URL

# What `infra.operation` and the CDK's own commands are told; the file of settings says the rest.
CDK := node_modules/.bin/cdk
CONTEXT = -c stage="$(STAGE)" -c deployment="$(DEPLOYMENT)" -c front_door="$(FRONT_DOOR)" \
  -c alarm_email="$(ALARM_EMAIL)" -c settings="$(SETTINGS)"
OPERATE = $(BIN)/python -m infra.operation
TOLD = --stage "$(STAGE)" --deployment "$(DEPLOYMENT)" --front-door "$(FRONT_DOOR)" \
  --alarm-email "$(ALARM_EMAIL)" --settings "$(SETTINGS)" --yes "$(YES)"

deploy: $(SETUP)  ## deploy to your AWS account; STAGE=dev or prod, SETTINGS=larder.toml, YES=1 without asking
	@$(OPERATE) deploy $(TOLD)

diff: $(SETUP)  ## say what `make deploy` would change; STAGE=dev or prod, FULL=1 line by line
	@$(OPERATE) diff $(TOLD) --full "$(FULL)"

destroy: $(SETUP)  ## take a stage down: dev with all in it, prod but for what users stored; YES=1
	@$(OPERATE) destroy $(TOLD)

bootstrap: $(SETUP)  ## prepare an account and region that CDK was never used in; STAGE=dev or prod
	@$(CDK) bootstrap $(CONTEXT)

synth: $(SETUP)  ## write the templates into cdk.out/, without an AWS account; STAGE=dev or prod, FRONT_DOOR=true
	@env -u AWS_ENDPOINT_URL $(CDK) synth $(CONTEXT) --quiet

verify: $(LOCAL)  ## see whether a deployment keeps its promises; STAGE=dev or local; prod asks first, unless YES=1
	@$(BIN)/larder admin verify --stage "$(STAGE)" $(if $(DEPLOYMENT),--deployment "$(DEPLOYMENT)") $(if $(filter 1,$(YES)),--yes)

test: $(LOCAL) $(NODE) $(CLIENTS) $(FUZZ)  ## every test; PYTEST_ARGS="-k name"
	@$(BIN)/python -m pytest -n auto --dist loadgroup $(PYTEST_ARGS)

prove: $(LOCAL) $(NODE) $(FUZZ)  ## all of what `make test` draws a part of, such as the faults at every call to AWS
	@$(BIN)/python -m pytest -n auto --dist loadgroup --whole -m drawn $(PYTEST_ARGS)

test-fast: $(LOCAL) $(NODE) $(FUZZ)  ## the tests without servers and without the slow ones
	@$(BIN)/python -m pytest -n auto --dist loadgroup -m "not e2e and not s3 and not slow" $(PYTEST_ARGS)

test-sdks: $(LOCAL)  ## SDKs of other languages: Go, Java and Rust, as far as they are installed
	@$(BIN)/python -m pytest -v tests/sdks/sdks.py $(PYTEST_ARGS)

lint: $(DEV) $(NODE)  ## ruff, mypy and, for JavaScript, TypeScript's checks
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@node_modules/.bin/tsc --project clients/js
	@node_modules/.bin/tsc --project console
	@$(BIN)/mypy

format: $(DEV)  ## format the code and mend what ruff can
	@$(BIN)/ruff check --fix --exit-zero
	@$(BIN)/ruff format

wheel: $(UV)  ## build the package that users install, into DIST=dist/
	@$(UV) build --quiet --wheel --offline --out-dir "$(DIST)" . && ls "$(DIST)"/larder_files-*.whl

man: $(DEV)  ## write the manual page anew from the command's own grammar
	@$(BIN)/python -m release.man_page

docs: $(DEV) $(NODE)  ## build the documents and the API's reference as a site, into build/docs/
	@$(BIN)/python -m release.site

soak: $(LOCAL)  ## the model, faults in pairs, and users on a failing deployment, for MINUTES=10
	@$(BIN)/python -m benchmarks.soak --minutes $(MINUTES)

fuzz: $(FUZZ)  ## try hostile input where bytes of others are read, guided by coverage, for MINUTES=10; ONLY=forms
	@.venv-fuzz/bin/python -m tests.fuzz --minutes "$(MINUTES)" $(if $(ONLY),--only "$(ONLY)")

# Who is measured beside, each in an environment of its own, and what draws the chart.
PEERS := $(foreach name,benchmark ogx peers chart,.venv-$(name)/.installed)
MEASURE = $(if $(ONLY),--only "$(ONLY)") $(if $(ROUNDS),--rounds "$(ROUNDS)") \
  $(if $(MIB),--mib "$(MIB)") $(if $(AGAINST),--against "$(AGAINST)")

bench: $(LOCAL) $(NODE) $(PEERS)  ## measure Larder and its peers, for docs/benchmarks.md; ONLY=warm, ROUNDS=1, MIB=32, AGAINST=file
	@$(BIN)/python -m benchmarks $(MEASURE)

load: $(LOCAL)  ## send mixed requests of many clients to a local deployment of its own; REQUESTS=5000, WORKERS=16
	@$(BIN)/python -m benchmarks.load $(if $(REQUESTS),--requests "$(REQUESTS)") $(if $(WORKERS),--workers "$(WORKERS)")

costs: $(DEV)  ## reckon what it costs on AWS, for docs/deploy.md
	@$(BIN)/python -m benchmarks.costs

simulate: $(DEV)  ## simulate how many creates a second one owner has, for docs/limits.md
	@$(BIN)/python -m benchmarks.contention

setup: $(LOCAL) $(NODE) $(CLIENTS) $(FUZZ)  ## install everything that the other targets need

clean:  ## remove what was installed and built; files and keys of `make run` stay, in .larder/
	rm -rf .venv .venv-* node_modules build dist cdk.out
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- lock files ---

COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
  --no-header --no-annotate --no-emit-index-url

# Where nobody should need a compiler to deploy; the locked Node wants this much of Linux.
DEPLOYS_FROM := x86_64-apple-darwin aarch64-apple-darwin x86_64-manylinux_2_28 aarch64-manylinux_2_28
HAS_WHEELS := $(UV) pip install --quiet --dry-run --target build/nowhere --only-binary :all: \
  --python-version 3.11 --require-hashes --requirements requirements/deploy.txt --python-platform

lock: $(DEV)  ## resolve every lock file anew; UPGRADE=1 takes newer versions
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/uv.in -o requirements/uv.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/lambdas.in -o requirements/lambdas.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/front_door.in -o requirements/front_door.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/emulator.in -o requirements/emulator.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/benchmark.in -o requirements/benchmark.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/peers.in -o requirements/peers.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/chart.in -o requirements/chart.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/clients.in -o requirements/clients.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/openai-1.in -o requirements/openai-1.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/openai-2.in -o requirements/openai-2.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/deploy.in -o requirements/deploy.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/dev.in -o requirements/dev.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements/fuzz.in -o requirements/fuzz.txt
	$(COMPILE:3.11=3.12) $(if $(UPGRADE),--upgrade) requirements/ogx.in -o requirements/ogx.txt
	$(BIN)/npm $(if $(UPGRADE),update,install) --package-lock-only
	@for machine in $(DEPLOYS_FROM); do $(HAS_WHEELS) $$machine || exit 1; done

# --- installing ---

# Where a registry cannot be reached, give up in seconds; set the same to wait longer.
export PIP_DEFAULT_TIMEOUT ?= 10
export PIP_RETRIES ?= 1
export UV_HTTP_CONNECT_TIMEOUT ?= 5
export UV_HTTP_RETRIES ?= 1
export npm_config_fetch_retries ?= 1
export npm_config_fetch_retry_mintimeout ?= 1000
export npm_config_fetch_timeout ?= 15000

INSTALL := @sh requirements/install.sh

$(UV): requirements/uv.txt
	@sh requirements/make-venv.sh "$(PYTHON)"
	$(INSTALL) uv $(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

LARDER := $(INSTALL) Larder $(UV) pip install --python $(BIN)/python --offline --no-deps --editable .

# It removes nothing that tests want; but of `larder`, as the distribution was called up to its
# version 0.1.0, removing it later would take the command along.
.venv/.deploying: requirements/deploy.txt pyproject.toml $(UV)
	$(INSTALL) "the locked Python packages" $(UV) pip install --python $(BIN)/python --require-hashes -r requirements/deploy.txt
	@$(UV) pip uninstall --quiet --python $(BIN)/python larder 2>/dev/null || true
	$(LARDER)
	@touch $@

$(DEV): requirements/dev.txt .venv/.deploying
	$(INSTALL) "what runs and tests it on this machine" $(UV) pip sync --python $(BIN)/python --require-hashes requirements/dev.txt
	$(LARDER)
	@touch $@

NPM := $(BIN)/npm --loglevel error --ignore-scripts

# `npm ci` begins with an empty folder, so what tests want and its mark go with it.
node_modules/.deploying: package-lock.json package.json | .venv/.deploying
	$(INSTALL) "the CDK command line and Pyodide" $(NPM) ci --omit=dev
	@touch $@

$(NODE): node_modules/.deploying
	$(INSTALL) "the Node SDK, TypeScript and a browser" $(NPM) install --no-save
	@touch $@

.venv-%/.installed: requirements/%.txt $(UV)
	$(INSTALL) "an environment for the $*" $(UV) venv --allow-existing --python $(BIN)/python .venv-$*
	$(INSTALL) "the locked packages of the $*" $(UV) pip sync --python .venv-$*/bin/python --require-hashes requirements/$*.txt
	@touch $@

# OGX wants a newer Python than Larder does; where there is none, the benchmark does without.
.venv-ogx/.installed: requirements/ogx.txt $(UV)
	@sh requirements/make-ogx-venv.sh "$(OGX_PYTHON)"
	@[ ! -x .venv-ogx/bin/python ] || { \
	  sh requirements/install.sh "the locked packages of OGX" $(UV) pip sync --python .venv-ogx/bin/python --require-hashes requirements/ogx.txt && \
	  touch $@; }
