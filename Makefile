# Everything here only shortens `python -m venv`, `pip install` and `python -m ...`; each recipe can be typed by hand.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

# Where nvidia-smi answers, the CUDA extra of the driver's version is installed as well.
CUDA := $(shell nvidia-smi 2>/dev/null | sed -n 's/.*CUDA Version: *\([0-9]*\).*/\1/p' | \
	awk '{ if ($$1 >= 13) print "cuda13"; else if ($$1 == 12) print "cuda12" }')
SAY_CUDA = $(if $(CUDA),@echo "nvidia-smi answers: installing the extra $(CUDA) with CuPy for it")
COMMA := ,
# Tests compile kernels for GPUs that are not there; the CUDA extras have the compilers for that, too.
COMPILERS_test := compilers

# What the targets for a GPU need; `make gpu-test RUN=python3` takes that Python as it is and installs nothing.
WITH_GPU := $(if $(filter $(VENV)/bin/python,$(RUN)),$(VENV)/installed-test)

# Tests in as many processes as there are cores, by pytest-xdist; one that has nothing left takes tests from another.
# At most four: each process imports everything anew. `python -m pytest FILE` takes one, as a debugger needs it.
PROCESSES := -n auto --maxprocesses=4 --dist=worksteal

.PHONY: train test test-all gradcheck mutants gpu-test gpu-bench check tutorials notebook clean

# Train on SVHN for about five minutes; without network or data, on built-in digits.
train: $(VENV)/installed
	$(RUN) -m alicuda.train svhn

# At most 5 minutes on two cores.
test: $(VENV)/installed-test
	$(RUN) -m pytest $(PROCESSES)

# All of it: at most 20 minutes on two cores.
test-all: $(VENV)/installed-test
	$(RUN) -m pytest $(PROCESSES) --full

# Every gradient on every backend that is here: at most 2 minutes. Writes benchmarks/results/gradcheck.md.
gradcheck: $(VENV)/installed-test
	$(RUN) -m pytest tests/gradients

# Break every kernel in every place, and see the checks notice: some minutes. Writes benchmarks/results/mutants.md.
mutants: $(VENV)/installed-test
	$(RUN) -m tests.mutate

# On a machine with a GPU: the tests on it (in one process, whose launches are entered), every kernel under compute-
# sanitizer, the ledger of what has run, and xray's counts beside Nsight Compute's.
gpu-test: $(WITH_GPU)
	$(RUN) -m pytest --require-gpu
	$(RUN) -m benchmarks.gpu_sanitizer
	$(RUN) -m tests.kernels.map
	$(RUN) -m benchmarks.gpu_xray

# On a machine with a GPU and PyTorch: convolutions beside cuDNN, a step beside PyTorch.
gpu-bench: $(WITH_GPU)
	$(RUN) -m benchmarks.gpu_bench

check: $(VENV)/installed-test
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check --quiet .
	$(RUN) -m mypy

# Run every page of the book from its source and keep its outputs.
tutorials: $(VENV)/installed-tutorials
	$(RUN) tutorials/build.py

# Open the book.
notebook: $(VENV)/installed-tutorials
	$(RUN) -m jupyter lab tutorials

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis

# pip runs again only where pyproject.toml has changed since.
$(VENV)/installed: pyproject.toml
	$(SAY_CUDA)
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".$(if $(CUDA),[$(CUDA)])"
	touch $@

$(VENV)/installed-%: pyproject.toml
	$(SAY_CUDA)
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[$*$(addprefix $(COMMA),$(or $(CUDA),$(COMPILERS_$*)))]"
	touch $(VENV)/installed $@
