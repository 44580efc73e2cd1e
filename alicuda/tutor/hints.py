"""What to think about when an answer is wrong in some way. A check.py has its own HINTS where it knows better."""

from __future__ import annotations

HINTS = {
    "out_of_bounds": "which index is too large or too small, and what should have kept it away?",
    "race": "two threads touch the same number and at least one writes it. Who has to wait for whom?",
    "uninitialised": "who should have written that number before it is read?",
    "divergent_barrier": "a barrier is for all threads of a block: none may go around it or leave before it.",
    "endless_loop": "what changes from one round of the loop to the next, and does it ever end the loop?",
    "uncoalesced": "the 32 lanes of a warp ask together. Are the numbers that they name neighbours?",
    "bank_conflicts": "which of the 32 banks holds the number that each lane wants?",
    "unwritten": "which thread should write this number, and does it come that far?",
    "changed_input": "an input may be needed by somebody else: write into the result only.",
}
