"""python -m alicuda.xray FILE.cu KERNEL --grid X[,Y[,Z]] --block X[,Y[,Z]] --arg ... : what a kernel does to memory.

It runs on the CPU, whatever is here; docs/xray.md shows how to read it.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import sys

from alicuda import cli, emulator, kernel_source
from alicuda.emulator import KernelError
from alicuda.xray import arguments, cards, machine_code, picture, profile
from alicuda.xray.as_json import as_json
from alicuda.xray.text import as_text
from alicuda.xray.trace_text import trace_text

EXAMPLE = """for example:
  python -m alicuda.xray copy.cu copy --grid 8 --block 256 --arg f32:2048:random --arg f32:2048:empty --arg i32=2048"""


def parser() -> argparse.ArgumentParser:
    p = cli.parser("xray", "Count what a kernel does to memory, on the CPU: sectors, bank conflicts, races.")
    p.epilog, p.formatter_class = EXAMPLE, argparse.RawDescriptionHelpFormatter
    p.add_argument("file", type=cli.path, metavar="FILE.cu", help="a file of kernels, or the name of one of ours")
    p.add_argument("kernel", metavar="KERNEL", help='its name; it is an extern "C" __global__ function')
    p.add_argument("--grid", type=arguments.size, required=True, metavar="X[,Y[,Z]]", help="blocks of the launch")
    p.add_argument("--block", type=arguments.size, required=True, metavar="X[,Y[,Z]]", help="threads of a block")
    p.add_argument("--arg", type=arguments.argument, action="append", default=[], metavar="ARG",
                   help=f"the kernel's next argument: an array TYPE:SHAPE:FILL (f32:128x128:random), where FILL is "
                        f"{', '.join(arguments.FILLS)} (empty: nobody has written it), or a number TYPE=VALUE "
                        f"(i32=128); TYPE is {', '.join(arguments.TYPES)}; float4* takes f32")  # fmt: skip
    p.add_argument("--define", type=arguments.define, action="append", default=[], metavar="NAME=VALUE",
                   help="a #define before the source")  # fmt: skip
    p.add_argument("--shared", type=cli.at_least(0), default=0, metavar="BYTES", help="dynamic shared memory")
    p.add_argument("--sample-blocks", type=cli.at_least(1), metavar="N", help="run only so many blocks")
    names = ", ".join(card.name for card in cards.CARDS)
    p.add_argument("--card", default=cards.DEFAULT, metavar="NAME", help=f"whose roofline: {names} (%(default)s)")
    p.add_argument("--trace", type=arguments.block_and_warp, metavar="BLOCK,WARP", help="one warp, step by step")
    p.add_argument("--png", type=cli.path, metavar="FILE",
                   help="draw one warp at the worst line; with --trace, its steps")  # fmt: skip
    p.add_argument("--check", action="store_true", help="exit with 1 if there is a hazard")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return p


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    source = kernel_source.load(args.file, dict(args.define))
    values = arguments.for_kernel(source.signature(args.kernel), args.arg)
    kernel = emulator.compile(source).kernel(args.kernel)
    try:
        # what the kernel prints is no JSON
        with contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext():
            report = profile(
                kernel, args.grid, args.block, values, args.shared, args.sample_blocks, args.trace, args.card
            )
    except KernelError as error:
        cli.warn(f"alicuda: {error}")
        return cli.FAILED
    if args.png:
        picture.save(report, args.png, args.trace)
    if args.json:
        cli.print_json(as_json(report, trace=args.trace is not None))
    else:
        cli.say(as_text(report, colour=sys.stdout.isatty() and not os.environ.get("NO_COLOR")))
        if changes := machine_code.changes(source, args.kernel, report.lines):
            cli.say(f"\n{changes}")
        if args.trace:
            cli.say(f"\n{trace_text(report, *args.trace)}")
        if args.png:
            cli.say(f"\nwrote {args.png}")
    return cli.FAILED if args.check and report.hazards else cli.DONE


if __name__ == "__main__":
    cli.run(main)
