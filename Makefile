# One command for everything: `make help` lists them. Needs Python 3.11 or newer with venv, git and make; nothing else.

VENV := .venv
BIN := $(VENV)/bin
# Another interpreter: make PYTHON=/path/to/python3.12 demo
PYTHON ?= python3
PIP := $(BIN)/python -m pip --disable-pip-version-check
# PyTorch's own index of CPU builds, as its install page names it; for machines without an NVIDIA driver. Optional.
TORCH_INDEX ?=
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)
WORKERS ?= 2

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo install test lint format bench clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' Makefile | column -t -s '|' 2>/dev/null \
	  || sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1: \2/p' Makefile

demo: $(VENV)/installed ## Install, then run the whole story offline: paper, ideas, diff, sandboxed run, verdict
	@$(BIN)/mlrc demo

install: $(VENV)/installed ## Install the product into .venv
	@echo "Installed. Start it with $(BIN)/mlrc"

test: $(VENV)/installed-dev ## Run every test; each skip is listed with its reason
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile

lint: $(VENV)/installed-dev ## Check style, formatting, types and layering
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/installed-dev ## Format the sources and repair what can be repaired
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/installed-dev ## Run each benchmark in tests/benchmarks; each prints a table
	@failed=; for script in tests/benchmarks/*.py; do \
	  [ -e "$$script" ] || continue; \
	  echo "== $$script"; $(BIN)/python "$$script" || failed="$$failed $$script"; \
	done; \
	[ -z "$$failed" ] || { echo "These benchmarks missed their bar or broke:$$failed" >&2; exit 1; }

clean: ## Remove .venv, caches and build outputs; workspaces stay
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .benchmarks
	find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +

# --- how .venv is made: each step leaves a stamp, so that the next call does nothing ---

$(VENV)/made:
	@command -v $(PYTHON) >/dev/null || { echo "No $(PYTHON) here. Install Python 3.11 or newer (on Debian or Ubuntu: apt install python3 python3-venv)." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is $$($(PYTHON) -V 2>&1); MLR-Copilot needs 3.11 or newer. Install one and name it: make PYTHON=python3.12 demo" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "$(PYTHON) cannot make virtual environments. Install the module (on Debian or Ubuntu: apt install python3-venv) and run make again." >&2; exit 1; }
	@command -v git >/dev/null || { echo "No git here. Install it (on Debian or Ubuntu: apt install git) and run make again." >&2; exit 1; }
	@echo "Making $(VENV) with $$($(PYTHON) -V)"
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# torch goes first and alone: which build is right depends on the machine, so it is pinned by version and not by hash.
# The CPU build's version carries a +cpu tag; where pip knows no such build the default one is installed.
$(VENV)/torch: $(VENV)/made constraints.txt
	@if $(BIN)/python -c 'import importlib.util as u; raise SystemExit(u.find_spec("torch") is None)'; then \
	  echo "torch is already in $(VENV)"; \
	elif [ -e /proc/driver/nvidia/version ]; then \
	  echo "Installing torch $(TORCH) for this machine's NVIDIA driver"; $(PIP) install -q torch==$(TORCH); \
	elif [ -n "$(TORCH_INDEX)" ]; then \
	  echo "Installing torch $(TORCH) (CPU build)"; $(PIP) install -q --no-deps --index-url $(TORCH_INDEX) torch==$(TORCH); \
	elif $(PIP) install -q torch==$(TORCH)+cpu 2>/dev/null; then \
	  echo "Installed torch $(TORCH) (CPU build)"; \
	else \
	  echo "Installing torch $(TORCH), the default build. There is no NVIDIA driver here, and on Linux this build brings"; \
	  echo "gigabytes of CUDA libraries: to avoid them stop now, then  make TORCH_INDEX=<CPU index from PyTorch's install page> demo"; \
	  $(PIP) install -q torch==$(TORCH); \
	fi
	@touch $@

$(VENV)/installed: $(VENV)/torch pyproject.toml constraints.txt
	@echo "Installing MLR-Copilot"
	@$(PIP) install -q -c constraints.txt -e .
	@touch $@

$(VENV)/installed-dev: $(VENV)/torch pyproject.toml constraints.txt
	@echo "Installing MLR-Copilot with the tools of its developers"
	@$(PIP) install -q -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/installed
