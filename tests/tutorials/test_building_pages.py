"""What the builder makes of a source, and what it refuses."""

from __future__ import annotations

import pytest

from tests.tutorials.pages import build, nbformat

BAD_OUTPUTS = {
    "type error": nbformat.v4.new_output("error", ename="ValueError", evalue="no", traceback=[]),
    "stderr": nbformat.v4.new_output("stream", name="stderr", text="a warning"),
    "alternative text": nbformat.v4.new_output("display_data", data={"image/png": "AAAA"}),
    "of one machine": nbformat.v4.new_output("stream", name="stdout", text="read /home/somebody/data"),
    "address in memory": nbformat.v4.new_output("stream", name="stdout", text="<thing at 0x7f0000000000>"),
    "at most": nbformat.v4.new_output("stream", name="stdout", text="x" * build.LARGEST),
}


@pytest.mark.parametrize("complaint", BAD_OUTPUTS)
def test_builder_refuses(complaint):
    cell = nbformat.v4.new_code_cell("", outputs=[BAD_OUTPUTS[complaint]])
    assert any(complaint in line for line in build.complaints(nbformat.v4.new_notebook(cells=[cell])))


def test_builder_refuses_a_picture_in_the_text_without_a_description():
    cells = [nbformat.v4.new_markdown_cell(text) for text in ("![](a.png)", '<img src="a.png">', "![seen](a.png)")]
    assert len(build.complaints(nbformat.v4.new_notebook(cells=cells))) == 2


def test_builder_refuses_a_cell_that_raises():
    cells = [nbformat.v4.new_code_cell("raise ValueError('on purpose')")]
    with pytest.raises(ValueError, match="on purpose"):
        build.execute(nbformat.v4.new_notebook(cells=cells))


# -- exercises --------------------------------------------------------------------------------------------------------


def test_an_exercise_becomes_task_answer_and_solution_and_check_is_imported_once():
    cells = [
        nbformat.v4.new_markdown_cell(text) for text in ("before", "{{exercise 02a}}", "{{exercise 01a}}", "after")
    ]
    made = build.with_exercises(cells)
    first_lines = [cell.source.split("\n")[0] for cell in made]
    assert first_lines == [
        "before", "from alicuda.tutor import check",
        "### Exercise 02a: One number later", "answer = r'''", "<details><summary>Solution</summary>",
        "### Exercise 01a: Threads with nothing to do", "answer = r'''", "<details><summary>Solution</summary>",
        "after",
    ]  # fmt: skip
    answer, solution = made[3:5]
    assert answer.source.endswith('check("02a", answer)') and "later(" in answer.source
    assert "```cpp\n" in solution.source and solution.source.endswith("</details>")


def test_a_sentence_about_an_exercise_stays_a_sentence():
    cells = [nbformat.v4.new_markdown_cell("see {{exercise 02a}}")]
    assert build.with_exercises(cells) == cells


def test_an_exercise_that_is_not_there_is_an_error():
    with pytest.raises(ValueError, match="there is no exercise '02z'"):
        build.with_exercises([nbformat.v4.new_markdown_cell("{{exercise 02z}}")])


def test_lines_of_the_answer_are_those_of_the_cell():
    _, answer, _ = build.exercise_cells("02a")
    in_cell = [number for number, line in enumerate(answer.source.split("\n"), 1) if "y[i]" in line]
    space = {"check": lambda name, answer: answer}
    exec(answer.source.replace("check(", "text = check("), space)
    assert in_cell == [number for number, line in enumerate(space["text"].split("\n"), 1) if "y[i]" in line]


def test_pages_are_built_without_anybodys_scores(monkeypatch, tmp_path):
    monkeypatch.setenv("ALICUDA_SCORES", str(tmp_path / "scores.json"))
    cell = nbformat.v4.new_code_cell("import os; print(os.environ['ALICUDA_SCORES'])")
    notebook = nbformat.v4.new_notebook(cells=[cell])
    build.execute(notebook)
    assert notebook.cells[0].outputs[0].text == "\n"
