"""python -m alicuda.exercise ID [FILE] [--start FILE] [--json], or --list: the exercises of the book, outside of it.

With a FILE the answer in it is checked; without, the task is printed. Status 0 if it is right, 1 if not.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from alicuda import cli
from alicuda.errors import InputError
from alicuda.tutor import check, exercises, scores
from alicuda.tutor.exercises import Exercise
from alicuda.tutor.report import number


def parser() -> argparse.ArgumentParser:
    p = cli.parser("exercise", "Check your answer to an exercise of the book: right or where not, and measured.")
    p.add_argument("exercise", nargs="?", metavar="ID", help="such as 02a: page 02, its first exercise")
    p.add_argument("file", nargs="?", type=cli.path, metavar="FILE", help="your answer; without it the task is printed")
    p.add_argument("--start", type=cli.path, metavar="FILE", help="write the file to begin with, and stop")
    p.add_argument("--list", action="store_true", help="print all exercises, with your best scores")
    p.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    return p


def main(argv: list[str] | None = None) -> int:
    p = parser()
    args = p.parse_args(argv)
    if args.list:
        if args.exercise or args.start:
            p.error("--list takes nothing else but --json")
        return _list(args.json)
    if not args.exercise:
        p.error("which exercise? --list shows all")
    exercise = exercises.find(args.exercise)
    if args.start:
        if args.file:
            p.error("--start writes a file and checks none")
        return _start(exercise, args.start)
    if args.file:
        return _check(exercise, args.file, args.json)
    if args.json:
        cli.print_json({"exercise": exercise.id, "title": exercise.title, "page": exercise.page, "task": exercise.task,
                        "start": exercise.start})  # fmt: skip
    else:
        cli.say(f"Exercise {exercise.id}: {exercise.title}\n\n{exercise.task}\n\n{_how(exercise)}")
    return cli.DONE


def _how(exercise: Exercise) -> str:
    command, file = f"python -m alicuda.exercise {exercise.id}", f"my{exercise.id}.{exercise.language}"
    return f"Begin:  {command} --start {file}\nCheck:  {command} {file}"


def _check(exercise: Exercise, file: Path, json: bool) -> int:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise InputError(f"{file} cannot be read ({why}); --start {file} would write a file to begin with.") from None
    report = check(exercise.id, text)
    if json:
        cli.print_json(report.as_json())
    else:
        cli.say(repr(report))
    return cli.DONE if report.right else cli.FAILED


def _start(exercise: Exercise, file: Path) -> int:
    try:
        with open(file, "x", encoding="utf-8") as out:
            out.write(exercise.start)
    except FileExistsError:
        raise InputError(f"{file} is there already and was left as it is; name another file.") from None
    except OSError as error:
        raise InputError(f"{file} cannot be written ({error.strerror}); name another file.") from None
    cli.say(f"wrote {file}; check it: python -m alicuda.exercise {exercise.id} {file}")
    return cli.DONE


def _list(json: bool) -> int:
    everything, known = exercises.every(), scores.read()
    kept = {exercise.id: known.get(exercise.id, scores.Kept()) for exercise in everything}
    if json:
        rows = [{"exercise": e.id, "page": e.page, "title": e.title, "right": kept[e.id].right, "best": kept[e.id].best}
                for e in everything]  # fmt: skip
        cli.print_json({"exercises": rows})
        return cli.DONE
    width = max(len(exercise.title) for exercise in everything)
    for exercise in everything:
        own = kept[exercise.id]
        best = ", ".join(f"{number(value)} {unit}" for unit, value in own.best.items())
        state = "right" if own.right else ""
        cli.say(f"{exercise.id}  page {exercise.page}  {exercise.title:<{width}}  {state:<5}  {best}".rstrip())
    return cli.DONE


if __name__ == "__main__":
    cli.run(main)
