"""Mutants that change nothing: which, and why. `tests/mutate.py` fails on an entry that no mutant has any more.

The key is (file, function, line without its comment, rule, which of such places in equal lines, from 0).
"""

_IN_VAIN = "the slab is fetched (all loads have guards of their own) and then not used: the loop ends two lines below"

EQUIVALENT: dict[tuple[str, str, str, str, int], str] = {
    ("conv2d.cu", "conv2d", "if (slab < end) {", "guard", 0): _IN_VAIN,
    ("conv2d_weight_grad.cu", "conv2d_weight_grad", "if (slab < end) {", "guard", 0): _IN_VAIN,
    ("conv2d_input_grad.cu", "meet", "return from < first + count && to >= first;", "guard", 0): (
        "a tap just outside counts as inside: the block walks it, and adds zeros"
    ),
    ("conv2d_input_grad.cu", "conv2d_input_grad", "if (first_row >= M) return;", "guard", 0): (
        "a block that begins where the rows end reads the last row again and writes nothing"
    ),
    (
        "conv2d_input_grad.cu", "conv2d_input_grad", "while (slab < end && !tap_is_inside(pixels, u, v, P, Q)) {",
        "guard", 0,
    ): "at the end already: it goes on to a tap that is beyond the end as well",
    (
        "elementwise.cuh", "at_once",
        "return size - i >= VECTOR && (unsigned long long)x % sizeof(Vector) == 0;", "guard", 0,
    ): "the last vector, though it is whole, is moved one float at a time: the same floats",
}  # fmt: skip

AT_MOST = 0.05  # of all mutants
