# Everything here only shortens `python -m venv`, `pip install` and `python -m ...`; each recipe can be typed by hand.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: train test test-all gradcheck check tutorials notebook clean

# Train on SVHN for about five minutes; without network or data, on built-in digits.
train: $(VENV)/installed
	$(RUN) -m alicuda.train svhn

# At most 5 minutes on two cores.
test: $(VENV)/installed-test
	$(RUN) -m pytest

# All of it: at most 20 minutes on two cores.
test-all: $(VENV)/installed-test
	$(RUN) -m pytest --full

# Every gradient against finite differences: at most 2 minutes.
gradcheck: $(VENV)/installed-test
	$(RUN) -m pytest tests/gradients
	$(RUN) -m alicuda.gradcheck

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
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/installed-%: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(RUN) -m pip install --quiet --disable-pip-version-check --editable ".[$*]"
	touch $(VENV)/installed $@
