"""The harness of `make accuracy`: its table is the committed one, its verdicts are strict, its exit code says what it found."""

import csv
import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from flows.registry import Registry
from tests.accuracy.__main__ import conclude, main, run_tasks
from tests.accuracy.cases import FIGURES, load_cases
from tests.accuracy.causes import find_causes
from tests.accuracy.score import FORMS, Loss, Score, make_report, score_report
from tests.accuracy.table import Key, list_rows, make_row, read_table, show_share, write_table
from tests.accuracy.tasks import Task, list_tasks, missing_shapes, score_task
from tests.portal.shapes import SHAPES

ROOT = Path(__file__).resolve().parent.parent
TABLE = ROOT / "schemas" / "accuracy.csv"
SHARED = ROOT.parent / "shared" / "cases"


@pytest.mark.parametrize(("form", "shape"), [("2014", "html"), ("2014", "xlsx")])
def test_the_published_rows_are_what_is_measured(form: str, shape: str) -> None:
    scores = run_tasks(
        [task for task in list_tasks([form], [shape]) if task.source in ("generated", "real")], 1
    )
    published = [each for each in read_table(TABLE) if (each["form"], each["shape"]) == (form, shape)]
    assert list_rows(scores) == published, "run make accuracy and commit schemas/accuracy.csv"


@pytest.mark.slow
def test_the_whole_published_table_is_what_is_measured() -> None:
    tasks = [task for task in list_tasks(FORMS, SHAPES) if task.source in ("generated", "real")]
    published = [each for each in read_table(TABLE) if each["shape"] not in missing_shapes()]
    assert list_rows(run_tasks(tasks, 2)) == published, "run make accuracy and commit schemas/accuracy.csv"


def test_the_rows_are_the_same_however_many_processes_measure(tmp_path: Path) -> None:
    tasks = [Task("generated", "2021", "xlsx", range(at, at + 2)) for at in (0, 2, 4)]
    one, two = run_tasks(tasks, 1), run_tasks(tasks, 2)
    assert list_rows(one) == list_rows(two)
    assert [score.losses for score in one.values()] == [score.losses for score in two.values()]


def test_a_value_wrong_without_a_finding_ends_with_1() -> None:
    out = Console(file=StringIO())
    key: Key = ("generated", "2021", "html")
    assert conclude({key: Score(reports=1, cells=Counter(right=3))}, None, out) == 0
    assert conclude({key: Score(reports=1, cells=Counter(wrong=1))}, None, out) == 1
    untold = Score(reports=1, undetermined=Counter(wrong=1))
    assert conclude({key: untold}, None, out) == 1, "of a cell that the print does not tell, too"


def test_a_share_is_cut_so_that_only_all_is_one() -> None:
    score = Score(reports=1)
    score.cells.update(right=999_999, missed=1)
    assert make_row(("generated", "2021", "html"), score)["share_right"] == "0.99999"
    assert show_share(score) == "99.999"


def test_measuring_one_shape_leaves_the_rows_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "accuracy.csv"
    path.write_text(TABLE.read_text(encoding="utf-8"), encoding="utf-8")
    before = read_table(path)
    key: Key = ("generated", "2014", "html")
    write_table({key: Score(reports=7)}, path)
    changed = [row for row in read_table(path) if row not in before]
    assert [(row["form"], row["shape"], row["source"], row["reports"]) for row in changed] == [
        ("2014", "html", "generated", "7")
    ]
    assert len(read_table(path)) == len(before)


def test_the_looks_of_a_loss_are_those_that_others_do_not_have() -> None:
    lost = [
        Loss("flagged", "misaligned_row", f"seed {at}", ("stacked=True", "tags=th"), "where")
        for at in (1, 2, 2)
    ]
    (cause,) = find_causes(lost, {"stacked=True": 2, "tags=th": 9}, 10)
    assert (cause.cells, cause.reports, cause.looks) == (3, 2, ("stacked=True",))


def test_every_damage_is_done_in_every_form() -> None:
    sources = {(task.source, task.form) for task in list_tasks(FORMS, ["html"])}
    assert {("drop_cell", form) for form in FORMS} <= sources
    score = score_task(Task("rename_row", "2021", "html", range(2)))
    assert score.reports == 2
    assert score.cells["missed"] + score.cells["flagged"] > 0
    assert score.wrong == 0


def test_an_unreadable_report_loses_all_its_cells() -> None:
    made = make_report("2019", "text_glued", 1)
    score = score_report(made, "text_glued")
    assert score.cells["right"] + sum(score.cells.values()) >= score.expected
    assert score.wrong == 0


def test_help_shows_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    assert "--shape text_lines --seed 88" in capsys.readouterr().out


def test_a_part_of_a_shape_is_not_written_to_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--shape", "html", "--reports", "3", "--write", str(TABLE)])
    assert ended.value.code == 2
    assert "--seed" in capsys.readouterr().err


def test_pages_are_saved_to_be_looked_at(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(
            ["--form", "2014", "--shape", "html", "--seed", "5", "--save", str(tmp_path), "--processes", "1"]
        )
        == 0
    )
    assert [path.name for path in tmp_path.iterdir()] == ["2014_html_5"]
    assert "0 values wrong without a finding" in capsys.readouterr().out


# Real figures


def test_every_case_is_of_a_form_and_year(registry: Registry) -> None:
    for case in load_cases():
        assert registry.forms[case.form].covers(case.year), case.name
        assert all(key.partition("|")[0] in registry.indicators for key in case.figures), case.name


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared cases are not here")
def test_the_figures_are_those_of_the_shared_cases() -> None:
    shared = {
        path.stem.removesuffix("_partial"): json.loads(path.read_text(encoding="utf-8"))
        for path in SHARED.glob("*.json")
    }
    assert {case.name for case in load_cases()} == shared.keys()
    for case in load_cases():
        values = {
            key if "|" in key else f"{key}|total": str(value)
            for key, value in shared[case.name]["values"].items()
        }
        assert case.figures == values
        assert (case.year, case.body) == (shared[case.name]["year"], shared[case.name]["entity"])


def test_the_index_names_a_source_for_every_case() -> None:
    with (FIGURES / "index.csv").open(encoding="utf-8", newline="") as file:
        assert all(row["source_url"] for row in csv.DictReader(file))
