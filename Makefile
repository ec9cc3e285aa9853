# Ionto. `make` lists what can be done; `make test` is what CI runs.

PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.stamp
LOCKS := requirements.lock requirements-bootstrap.lock requirements-stubs.lock

RIG ?= sim
LOAD ?=
PORT ?=
LOADBOX ?=
ONLY ?=
LIST ?=
SAMPLE ?=
ARGS ?=
UPGRADE ?=
WRITE ?=
HOURS ?= 24

# Bytecode is kept, whatever the environment says: without it each of many processes compiles all that it imports.
export PYTHONDONTWRITEBYTECODE :=

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help setup check lint types host-types firmware-types contracts mpy collect mutants unit hil desk smoke whole test trace docs parts demo bench faults firmware coverage mutate fuzz soak format lock clean

# Where each part lives. One that is not there is named and left out of a single target; `make test` refuses.
PACKAGES := firmware/ionto firmware/board host_tools hil
SUITES := tests hil/tests
EXTRAS := plots parquet monitor report sim web meters
MISSING := $(strip $(foreach p,$(PACKAGES),$(if $(wildcard $(p)/__init__.py),,$(p))) \
	$(foreach s,$(SUITES),$(if $(wildcard $(s)),,$(s))))

PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal
# A bench has one board, so its tests run one after the other.
PYTEST_HIL := $(if $(filter bench,$(RIG)),IONTO_PORT=$(PORT) IONTO_LOADBOX=$(LOADBOX) $(BIN)/python -m pytest,$(PYTEST))
# Which requirements each test proves, and how it ended: for `make trace`.
RECORD = -p tools.requirements.plugin --requirements-out build/trace/$(1).json
# Coverage of the gated files, to the last branch. Without -q it lists the others as well.
COVER := -p tools.coverage.plugin
UV := $(BIN)/uv pip
COMPILE := --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url $(if $(UPGRADE),--upgrade)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(STAMP) ## Make .venv and typings/ from the locked versions

test: parts check smoke whole ## Everything that CI runs: check, a little on the emulated chip, every test, trace

# Every test in one run, so that no core waits for the other at the end of a suite; then what they prove.
whole: $(STAMP)
	$(PYTEST) $(COVER) $(call RECORD,whole) $(SUITES)
	@$(BIN)/python -m tools.requirements --whole

check: lint ## Lint, format, types, contracts, compile the firmware for the RP2040, collect the tests, some mutants
	@# The host's types use one core for as long as all else together uses the other.
	@$(MAKE) --no-print-directory host-types & types=$$!; rest=0; \
	$(MAKE) --no-print-directory firmware-types contracts mpy collect mutants || rest=$$?; \
	wait $$types && exit $$rest

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: host-types firmware-types

host-types: $(STAMP)
	$(BIN)/basedpyright

firmware-types: $(STAMP)
	$(BIN)/basedpyright --project tools/firmware-types.json

contracts: $(STAMP)
	$(if $(MISSING),@echo "import contracts left out; not there yet: $(MISSING)",$(BIN)/lint-imports)

mpy: $(STAMP)
	$(BIN)/python tools/compile_firmware.py --out build/mpy

# Says what cannot be collected, and leaves the tests compiled for both of pytest's processes.
collect: $(STAMP)
	@mkdir -p build
	$(BIN)/python -m pytest --collect-only -q $(SUITES) > build/collected.txt || { cat build/collected.txt; exit 1; }
	@tail -1 build/collected.txt

unit: $(STAMP) ## Host tests (ARGS="-k name" picks)
	$(if $(wildcard tests),$(PYTEST) $(call RECORD,unit) tests $(ARGS),@echo "unit: no tests/ yet")

hil: $(STAMP) ## HIL tests (RIG=sim|emu|bench, for bench PORT=… LOADBOX=…; LOAD=module:Class, ARGS="-k name")
	$(if $(wildcard hil/tests),IONTO_RIG=$(RIG) IONTO_LOAD=$(LOAD) $(PYTEST_HIL) $(call RECORD,hil-$(RIG)) hil/tests $(ARGS),@echo "hil: no hil/tests/ yet")

desk: $(STAMP) ## Every test for any rig on the bench rig, over a simulated board and load box
	IONTO_DESK=whole $(PYTEST) hil/tests/test_bench_rig.py

smoke: $(STAMP) ## The shortest tests on the emulated chip, where there is MicroPython for it
	$(if $(wildcard $(IONTO_MICROPYTHON_UF2)),IONTO_RIG=emu $(PYTEST) hil/tests -m "emu(smoke=True)",\
		@echo "smoke is left out: IONTO_MICROPYTHON_UF2 names no MicroPython for the emulated chip, see docs/rig.md")

trace: $(STAMP) ## The matrix of hazards, requirements, code and tests (WRITE=1 writes its pages in docs/)
	$(BIN)/python -m tools.requirements $(if $(WRITE),--write)

docs: $(STAMP) ## Write docs/faults.md, examples in docs/link.md, the table in docs/faults-matrix.md from their tables
	$(BIN)/python -m tools.pages

demo: $(STAMP) ## A simulated session, with its report under build/demo
	@mkdir -p build
	$(BIN)/ionto demo --out build/demo

bench: $(STAMP) ## Measure into build/bench.json, with RIG=emu the chip's time into build/bench-emu.json (ONLY=name picks)
	@mkdir -p build
	$(BIN)/python -m hil.bench$(if $(filter emu,$(RIG)),.emu) $(if $(ONLY),--only $(ONLY))

faults: $(STAMP) ## Break every part in every state, into build/faults.html and .json (ONLY="names" picks, SEEDS=n, LIST=1 lists)
	$(BIN)/python -m hil.faults $(if $(ONLY),--only "$(ONLY)") $(if $(LIST),--list) $(if $(SAMPLE),--sample $(SAMPLE)) \
		$(if $(SEEDS),--seeds $(SEEDS))

firmware: $(STAMP) ## Build the device's files into build/firmware, and from them the image and its UF2 into build/image
	$(BIN)/python tools/compile_firmware.py --out build/firmware --manifest
	$(BIN)/python tools/image.py --files build/firmware --out build/image

coverage: $(STAMP) ## Lines and branches that the host tests run, file by file; fails on a gap in a gated file
	$(PYTEST) $(COVER) tests $(ARGS)

mutants: $(STAMP)
	$(BIN)/python -m tools.mutate --sample

mutate: $(STAMP) ## Small changes of the gated files, and which no test sees (ONLY="module …", ARGS=--near is quick, WRITE=1)
	$(BIN)/python -m tools.mutate $(ONLY) $(ARGS) $(if $(WRITE),--write)

fuzz: $(STAMP) ## A million random frames, ten thousand random sessions (ARGS="--frames N --sessions N --seed N")
	$(BIN)/python -m hil.fuzz $(ARGS)

soak: $(STAMP) ## Sessions back to back in virtual time (HOURS=24)
	$(BIN)/python -m hil.soak --hours $(HOURS)

format: $(STAMP) ## Apply ruff's fixes and format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: $(BIN)/uv ## Write the lock files from pyproject.toml (UPGRADE=1 takes the newest versions)
	export UV_CUSTOM_COMPILE_COMMAND="make lock"; \
	$(UV) compile $(COMPILE) pyproject.toml $(patsubst %,--extra %,$(EXTRAS)) --group dev -o requirements.lock; \
	$(UV) compile $(COMPILE) --group pyproject.toml:bootstrap -o requirements-bootstrap.lock; \
	$(UV) compile $(COMPILE) --group pyproject.toml:stubs -o requirements-stubs.lock
	@! grep -nE '://|^ *--(index|extra|find|trusted)| @ ' $(LOCKS) || { echo "a lock file names a host"; exit 1; }

clean: ## Remove what was built (the environment stays)
	rm -rf build dist .pytest_cache .ruff_cache .hypothesis .import_linter_cache

parts:
	@$(if $(MISSING),echo "make test needs every part; missing: $(MISSING)"; exit 1,:)

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

# Both uv and pip check the hashes. Nothing is taken away first, so that what runs meanwhile still finds its packages;
# `make setup` after `rm -rf .venv` is exact.
BOOTSTRAP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-bootstrap.lock

$(BIN)/uv: | $(VENV)/bin/python
	$(BOOTSTRAP)

$(STAMP): $(LOCKS) pyproject.toml | $(VENV)/bin/python
	@if $(BOOTSTRAP) \
		&& VIRTUAL_ENV=$(VENV) $(UV) install --quiet --require-hashes --no-deps -r requirements.lock \
		&& $(UV) install --quiet --require-hashes --no-deps --target typings -r requirements-stubs.lock \
		&& VIRTUAL_ENV=$(VENV) $(UV) install --quiet --no-deps --no-build-isolation --editable .; \
	then :; else \
		echo "uv could not install; trying pip, which takes longer"; \
		$(BIN)/python -m pip install --quiet --require-hashes --no-deps -r requirements.lock; \
		$(BIN)/python -m pip install --quiet --require-hashes --no-deps --upgrade --target typings -r requirements-stubs.lock; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .; \
	fi
	@# The stubs' own builtins hide those of tools/stubs, which know viper.
	@rm -f typings/__builtins__.pyi
	@touch $@
