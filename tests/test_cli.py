"""`gongkai` as a user runs it: processes, pipes, exit codes, both languages, and never a traceback."""

import csv
import io
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from flows.read.pictures import find_missing
from tests.command import BIN, QUIET, Ran, run_each, run_gongkai, run_script
from tests.conftest import PAGES, ROOT

HTML, TXT = PAGES / "huairou_2018.html", PAGES / "huairou_2018.txt"
HEADER = "source,body_id,year,scope,form,indicator_id,concept_id,applicant,value,status,unit,raw_value,reading,locator"
COMMANDS = (
    "run", "harvest", "build", "extract", "show", "trace", "status", "deploy", "audit", "import-captures",
    "export-capture", "contribute",
)  # fmt: skip
ADDRESS = "http://www.bjhr.gov.cn/zfxxgkzl/gknb/2018nb/qzfbm2018/201912/t20191229_2397538.html"


def rows_of(ran: Ran) -> list[dict[str, str]]:
    """Return the rows of `extract`, whose header line is a promise."""
    assert ran.out.splitlines()[0] == HEADER
    return list(csv.DictReader(io.StringIO(ran.out)))


def has_chinese(text: str) -> bool:
    return any("\u4e00" <= mark <= "\u9fff" for mark in text)


def page_with(folder: Path, *changes: tuple[str, str]) -> Path:
    """Write the real page with some cells changed, each of which must be there."""
    text = HTML.read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    path = folder / "report.html"
    path.write_text(text, encoding="utf-8")
    return path


# Help and wrong use


def test_every_command_has_help_with_an_example_in_both_languages() -> None:
    asked = [([name, "--help", "--lang", lang], name, lang) for lang in ("en", "zh") for name in COMMANDS]
    for ran, (_, name, lang) in zip(run_each(words for words, _, _ in asked), asked, strict=True):
        assert ran.code == 0
        assert re.search({"en": r"Example: .*gongkai ", "zh": r"示例: .*gongkai "}[lang] + name, ran.out), (
            ran.out
        )
        assert has_chinese(ran.out) == (lang == "zh")


def test_the_help_of_all_lists_every_command_and_how_to_begin() -> None:
    english, chinese = run_each([["--help"], ["--lang", "zh", "--help"]])
    assert (english.code, chinese.code) == (0, 0)
    for name in COMMANDS:
        assert re.search(rf"^    {name}\s", english.out, re.MULTILINE)
    assert "Begin with: gongkai run --offline" in english.out
    assert "从这里开始：gongkai run --offline" in chinese.out


def test_wrong_use_ends_with_2_and_says_what_is_right() -> None:
    wrong = [
        [],
        ["publish"],
        ["status", "--colour"],
        ["extract"],
        ["trace", "110116", "year", "x"],
        ["build", "--lang", "fr"],
    ]
    for ran in run_each(wrong):
        assert ran.code == 2
        assert ran.out == ""
        assert "usage: gongkai" in ran.err


def test_the_language_is_taken_from_the_option_the_environment_or_the_locale(tmp_path: Path) -> None:
    words: list[str | Path] = ["build", "--raw", tmp_path]
    assert "没有存档" in run_gongkai(*words, env={"LANG": "zh_CN.UTF-8"}).err
    assert "没有存档" in run_gongkai(*words, env={"GONGKAI_LANG": "zh"}).err
    assert "no captures" in run_gongkai(*words, "--lang", "en", env={"LC_ALL": "zh_CN.UTF-8"}).err


# The main job


@pytest.fixture(scope="module")
def main_job(tmp_path_factory: pytest.TempPathFactory) -> tuple[Ran, Path]:
    """The main job, run once: how it ended, and its `curated/`."""
    curated = tmp_path_factory.mktemp("main") / "curated"
    return run_script("run", "--offline", "--curated", curated), curated


def test_the_main_job_publishes_and_says_what_and_where(main_job: tuple[Ran, Path]) -> None:
    ran, curated = main_job
    assert ran.code == 0
    assert "Published package 2026.11.0" in ran.out
    assert str(curated / "latest" / "datapackage.json") in ran.out
    assert (curated / "latest" / "datapackage.json").is_file()


def test_every_next_step_it_names_works(main_job: tuple[Ran, Path]) -> None:
    steps = re.findall(r"^  gongkai (.*?)   ", main_job[0].out, re.MULTILINE)
    assert len(steps) == 3
    for ran in run_each(step.split() for step in steps):
        assert ran.code == 0
        assert ran.out


def test_a_second_run_says_that_nothing_changed_also_in_chinese(main_job: tuple[Ran, Path]) -> None:
    ran = run_gongkai("run", "--offline", "--curated", main_job[1], "--lang", "zh")
    assert ran.code == 0
    assert "内容未变，字节相同" in ran.out
    assert "下一步：" in ran.out


def test_a_capture_that_must_be_left_out_ends_with_1_and_its_reason(raw: Path, tmp_path: Path) -> None:
    with (raw / "index.csv").open("a", encoding="utf-8") as index:
        index.write(
            "0123456789abcdef,110118,2018,whole_area,fetched,http://www.bjmy.gov.cn/,2026-11-21T00:00:00Z,200,"
        )
        index.write("text/html," + "0" * 64 + ",1,gongkai-00009.warc.gz,0,gongkai harvest" + "," * 12 + "\n")
    ran = run_gongkai("build", "--raw", raw, "--curated", tmp_path / "curated")
    assert ran.code == 1
    assert "left out  110118 2018: gongkai-00009.warc.gz" in ran.out
    assert (tmp_path / "curated" / "latest" / "observations.csv").is_file()


def test_missing_or_broken_folders_end_with_1_and_one_line(tmp_path: Path, schemas: Path, raw: Path) -> None:
    (schemas / "rules.csv").write_text("rule_id,kind\nx\n", encoding="utf-8")
    (raw / "index.csv").write_text("nonsense\n", encoding="utf-8")
    curated = ["--curated", str(tmp_path / "curated")]
    cases: dict[str, list[str | Path]] = {
        "the file is missing": ["build", "--schemas", tmp_path / "nowhere", *curated],
        "缺少该文件": ["build", "--schemas", tmp_path / "nowhere", *curated, "--lang", "zh"],
        "rules.csv: ": ["build", "--schemas", schemas, *curated],
        "index.csv: ": ["build", "--raw", raw, *curated],
        "no captures, expected an index": ["build", "--raw", tmp_path / "empty", *curated],
        "没有存档": ["run", "--offline", "--raw", tmp_path / "empty", *curated, "--lang", "zh"],
    }
    for said, ran in zip(cases, run_each(cases.values()), strict=True):
        assert ran.code == 1, said
        assert ran.out == ""
        message = [line for line in ran.err.splitlines() if "━" not in line]
        assert len(message) == 1, ran.err
        assert said in message[0]
    assert not (tmp_path / "curated").exists()


# extract


@pytest.fixture(scope="module")
def extracted() -> tuple[Ran, Ran, Ran]:
    """The shipped report extracted from its page, from its text, and from stdin."""
    page, text = run_each([["extract", HTML], ["extract", TXT]])
    return page, text, run_script("extract", "-", stdin=HTML.read_bytes())


def test_the_figures_of_a_page_a_text_and_stdin_are_the_same(extracted: tuple[Ran, Ran, Ran]) -> None:
    page, text, stdin = (rows_of(ran) for ran in extracted)
    assert len(page) == len(text) == len(stdin) == 71
    assert [row | {"source": ""} for row in page] == [row | {"source": ""} for row in stdin]
    assert {row["source"] for row in page} == {str(HTML)}
    assert {row["source"] for row in stdin} == {"-"}
    figures = [[(row["indicator_id"], row["value"]) for row in rows] for rows in (page, text)]
    assert figures[0] == figures[1]


def test_a_row_says_everything_about_its_figure(extracted: tuple[Ran, Ran, Ran]) -> None:
    (row,) = (row for row in rows_of(extracted[0]) if row["indicator_id"] == "v2014.reply.refused.privacy")
    assert re.fullmatch(r"table 1 r\d+ c3", row.pop("locator"))
    assert row == {
        "source": str(HTML), "body_id": "110116", "year": "2018", "scope": "whole_area", "form": "2014",
        "indicator_id": "v2014.reply.refused.privacy", "concept_id": row["concept_id"], "applicant": "total",
        "value": "2", "status": "reported", "unit": "件", "raw_value": "2", "reading": "table",
    }  # fmt: skip


def test_findings_go_to_stderr_one_a_line_and_errors_end_with_1(extracted: tuple[Ran, Ran, Ran]) -> None:
    for ran, source in zip(extracted, (HTML, TXT, "-"), strict=True):
        assert ran.code == 1
        lines = ran.err.splitlines()
        assert all(line.startswith(f"{source}: ") for line in lines)
        severities = [line.removeprefix(f"{source}: ").split()[0] for line in lines]
        assert severities.count("error") == 3
        for rule in (
            "V14-REPLY-SUM",
            "V14-LIT-SUM",
            "V14-STAFF-SUM",
            "V14-CH-LE-WEBSITE",
            "V14-BUDGET-UNIT",
            "V14-BACKLOG",
        ):
            assert ran.err.count(f" {rule} ") == 1


def test_a_report_whose_sums_hold_ends_with_0(tmp_path: Path) -> None:
    mended = page_with(
        tmp_path,
        ("<span>61</span>", "<span>62</span>"),
        ("&nbsp;11&nbsp;", "&nbsp;12&nbsp;"),
        ("<span>156</span>", "<span>159</span>"),
    )
    ran = run_gongkai("extract", mended)
    assert ran.code == 0
    assert len(rows_of(ran)) == 71
    assert ": error " not in ran.err


def test_a_person_may_say_whose_report_it_is() -> None:
    ran = run_gongkai("extract", TXT, "--body", "密云区", "--year", "2017")
    assert {(row["body_id"], row["year"]) for row in rows_of(ran)} == {("110118", "2017")}


def test_a_blank_a_word_and_a_dash_are_rows_with_a_status_and_no_value(tmp_path: Path) -> None:
    changed = page_with(
        tmp_path,
        ("&nbsp;7&nbsp;", ""),
        ("&nbsp;49&nbsp;", "无"),
        ("<span>65</span>", "—"),
        ("<span>78</span>", "约80"),
    )
    rows = {row["indicator_id"]: row for row in rows_of(run_gongkai("extract", changed))}
    assert len(rows) == 71
    said = {code: (rows[f"v2014.{code}"]["value"], rows[f"v2014.{code}"]["status"], rows[f"v2014.{code}"]["raw_value"]) for code in (
        "reply.other_route", "reply.granted", "application.received.in_person", "application.received.letter",
    )}  # fmt: skip
    assert list(said.values()) == [
        ("", "blank", ""), ("", "none_word", "无"), ("", "dash", "—"), ("", "unreadable", "约80"),
    ]  # fmt: skip


BAD_FILES = {
    "empty.html": b"",
    "blank.txt": b" \n\n ",
    "binary.html": bytes(range(256)) * 20,
    "broken.pdf": b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer",
    "picture.png": b"\x89PNG\r\n\x1a\n" + bytes(100),
    "no_report.html": "<html><body><h1>怀柔区要闻</h1><table><tr><td>时间</td><td>标题</td></tr></table></body></html>".encode(),
    "other_table.html": "<table><tr><td>项目</td><td>数量</td></tr><tr><td>行政执法检查</td><td>12</td></tr></table>".encode(),
    "broken_zip.docx": b"PK\x03\x04" + bytes(50),
    "latin.txt": b"caf\xe9 \xff\xfe\xfd" * 10,
}


def test_a_file_that_is_no_report_is_refused_with_one_line_and_the_rest_goes_on(tmp_path: Path) -> None:
    for name, content in BAD_FILES.items():
        (tmp_path / name).write_bytes(content)
    for name, ran in zip(
        BAD_FILES, run_each(["extract", tmp_path / name] for name in BAD_FILES), strict=True
    ):
        assert ran.code == 1, name
        assert ran.out == HEADER + "\n", name
        assert len(ran.err.splitlines()) == 1, ran.err
        assert ran.err.startswith(f"{tmp_path / name}: "), ran.err
    several = run_gongkai("extract", TXT, *(tmp_path / name for name in BAD_FILES), HTML, "--lang", "zh")
    assert several.code == 1
    assert [row["source"] for row in rows_of(several)] == [str(TXT)] * 71 + [str(HTML)] * 71
    for name in BAD_FILES:
        (line,) = (line for line in several.err.splitlines() if line.startswith(f"{tmp_path / name}："))
        assert has_chinese(line)


def test_a_file_that_is_not_there_ends_with_2(tmp_path: Path) -> None:
    for ran in run_each(
        [["extract", tmp_path / "nowhere.html"], ["extract", tmp_path], ["extract", TXT, "--body", "怀揉区"]]
    ):
        assert ran.code == 2
        assert len(ran.err.splitlines()) == 1
    assert "Nearest: 怀柔区." in ran.err


def test_the_output_is_utf8_whatever_the_locale(extracted: tuple[Ran, Ran, Ran]) -> None:
    for env in (
        {"LC_ALL": "POSIX", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"PYTHONIOENCODING": "latin-1"},
    ):
        assert run_script("extract", HTML, "--lang", "zh", env=env).out == extracted[0].out


# show, trace, status


def test_show_prints_the_same_of_a_capture_its_report_and_its_file() -> None:
    shown = run_each(
        [["show", "33b5fd04d4d4aa5a"], ["show", "110116-2018"], ["show", HTML], ["show", TXT, "--lang", "zh"]]
    )
    assert [ran.code for ran in shown] == [0, 0, 0, 0]
    assert shown[0].out == shown[1].out == shown[2].out
    assert re.search(r"r\d+ .*（三）申请答复数.* 205 .*v2014\.reply\.total", shown[0].out)
    assert "→ v2014.reply.total = 205" in shown[3].out


def test_show_of_what_is_not_there_ends_with_2_and_the_nearest(tmp_path: Path) -> None:
    wrong = run_each(
        [
            ["show", "110116-2017"],
            ["show", "x" * 300],
            ["show", "33b5fd04d4d4aa5b", "--lang", "zh"],
            ["show", tmp_path],
        ]
    )
    assert [ran.code for ran in wrong] == [2, 2, 2, 2]
    assert "Nearest: 110116-2018." in wrong[0].err
    assert "最接近：33b5fd04d4d4aa5a。" in wrong[2].err
    assert all(len(ran.err.splitlines()) == 1 for ran in wrong)


def test_show_of_a_page_without_a_table_says_so_and_ends_with_1(tmp_path: Path) -> None:
    (tmp_path / "news.html").write_text("<html><body><p>怀柔区要闻</p></body></html>", encoding="utf-8")
    ran = run_gongkai("show", tmp_path / "news.html", "--lang", "zh")
    assert ran.code == 1
    assert "文中没有表格" in ran.err


def test_trace_finds_a_figure_by_code_or_name_of_its_body() -> None:
    code = "v2014.reply.refused.privacy"
    asked = [["trace", body, "2018", code] for body in ("110116", "怀柔区", "Huairou", "huairou district")]
    traced = run_each([*asked, [*asked[0], "--lang", "zh"], [*asked[0], "total", "--scope", "whole_area"]])
    assert [ran.code for ran in traced] == [0] * 6
    assert len({ran.out for ran in (*traced[:4], traced[5])}) == 1
    for ran in traced:
        assert ADDRESS in ran.out
        assert "33b5fd04d4d4aa5a" in ran.out
        assert "V14-REFUSED-SUM" in ran.out
    assert "figure: 2\n" in traced[0].out
    assert "数值: 2\n" in traced[4].out


def test_trace_of_what_is_not_there_ends_with_2_and_the_nearest() -> None:
    code = "v2014.reply.refused.privacy"
    cases = {
        "Nearest: v2014.reply.refused.privacy.": ["trace", "110116", "2018", "v2014.reply.refused.privcy"],
        "Nearest: huairou": ["trace", "Huairo", "2018", code],
        "最接近：怀柔区。": ["trace", "怀揉区", "2018", code, "--lang", "zh"],
        "In the archive: 110116 2018, 321300 2024.": ["trace", "110116", "2017", code],
        "存档中有：110116 2018, 321300 2024。": ["trace", "110118", "2018", code, "--lang", "zh"],
        "Nearest: natural_person.": ["trace", "110116", "2018", code, "natural_persons"],
        "has no v2021.result.granted|total": ["trace", "110116", "2018", "v2021.result.granted"],
        "has no v2014.reply.granted|natural_person": [
            "trace",
            "110116",
            "2018",
            "v2014.reply.granted",
            "natural_person",
        ],
    }
    for said, ran in zip(cases, run_each(cases.values()), strict=True):
        assert ran.code == 2, said
        assert ran.out == ""
        assert len(ran.err.splitlines()) == 1
        assert said in ran.err, ran.err


def test_status_shows_coverage_and_freshness(main_job: tuple[Ran, Path], tmp_path: Path) -> None:
    curated = ["--curated", str(main_job[1])]
    english, chinese, none = run_each(
        [["status", *curated], ["status", *curated, "--lang", "zh"], ["status", "--raw", str(tmp_path)]]
    )
    assert [ran.code for ran in (english, chinese, none)] == [0, 0, 0]
    assert "captures 2, newest 2026-11-25" in english.out
    assert "release releases/2026.11.0" in english.out
    assert "存档 2，最新 2026-11-25" in chinese.out
    assert "怀柔区" in chinese.out
    assert "Huairou" in english.out
    assert "no captures yet" in none.err


# Pipes and interruptions


def test_a_pipe_that_closes_early_is_no_error() -> None:
    lines = ("status | head -n 1", "status | true", f"extract '{TXT}' | head -n 1", "--help | true")
    pipes = [
        subprocess.Popen(
            ["bash", "-c", f"'{BIN}/gongkai' {line} > /dev/null"],
            stderr=subprocess.PIPE,
            text=True,
            env=QUIET,
        )
        for line in lines
    ]
    for pipe in pipes:
        _, err = pipe.communicate(timeout=60)
        assert pipe.returncode == 0
        assert [line for line in err.splitlines() if not line.startswith(f"{TXT}: ")] == []


def test_an_interruption_ends_quietly() -> None:
    with subprocess.Popen(
        [BIN / "gongkai", "extract", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=QUIET,
    ) as process:
        syscall = Path(f"/proc/{process.pid}/syscall")
        while process.poll() is None and not syscall.read_text().startswith("0 0x0 "):
            time.sleep(0.05)  # until it waits for stdin
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert "Traceback" not in err


def test_it_runs_from_any_folder_and_as_a_module(tmp_path: Path, extracted: tuple[Ran, Ran, Ran]) -> None:
    shutil.copy(HTML, tmp_path / "report.html")
    ran = run_script("extract", "report.html", cwd=tmp_path)
    assert [row["value"] for row in rows_of(ran)] == [row["value"] for row in rows_of(extracted[0])]
    command: list[str | Path] = [BIN / "python", "-m", "flows", "--help"]
    module = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT, env=QUIET)
    assert module.stdout == run_gongkai("--help").out


# Images


@pytest.mark.slow
@pytest.mark.skipif(bool(find_missing()), reason="the extra ocr is not installed")
def test_an_image_is_extracted_and_shown_like_a_page() -> None:
    page = str(ROOT / "tests" / "golden" / "2021_image_1.png")
    extracted, shown = run_each([["extract", page], ["show", page]])
    assert (extracted.code, shown.code) == (0, 0)
    rows = rows_of(extracted)
    assert {row["reading"] for row in rows if row["locator"].startswith("table")} == {"image"}
    assert "image_reading" in extracted.err
    assert "行政许可" in shown.out
    assert "v2021.art20_5.licensing" in shown.out
