"""Mutants that change nothing: which, and why. `tests/mutate.py` fails on an entry that no mutant has any more.

The key is (file, function, line without its comment, rule, which of such places in the line, from 0).
"""

EQUIVALENT: dict[tuple[str, str, str, str, int], str] = {}

AT_MOST = 0.05  # of all mutants
