"""The README's promises: its snippets run, both languages say the same, every link and target is there."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pytest

ROOT = Path(__file__).resolve().parent.parent
READMES = ("README.md", "README.zh.md")
DOCUMENTS = (
    *READMES,
    "CONTRIBUTING.md",
    "CONTRIBUTING-data.md",
    "CONTRIBUTING-data.zh.md",
    "LICENSE-DATA.md",
    "raw/README.md",
    "curated/README.md",
    "CHANGELOG.md",
)


def snippets(readme: str, language: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    return re.findall(rf"```{language}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="session")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `curated/latest/` in it, as a user has after `make run`."""
    folder = tmp_path_factory.mktemp("user")
    command = [sys.executable, "-m", "flows", "build", "--curated", str(folder / "curated")]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return folder


@pytest.mark.parametrize("readme", READMES)
def test_the_python_snippet_prints_the_figures(readme: str, published: Path) -> None:
    (code,) = snippets(readme, "python")
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=published, capture_output=True, text=True, check=True
    )
    assert "[273 rows x 6 columns]" in result.stdout


@pytest.mark.parametrize("readme", READMES)
def test_the_duckdb_snippet_finds_the_figures(readme: str, published: Path) -> None:
    (code,) = snippets(readme, "sql")
    rows = duckdb.connect().execute(code.replace("curated/", f"{published}/curated/")).fetchall()
    assert len(rows) == 273
    assert ("110116", 2018, "v2014.reply.total", 205.0, "件", "V14-REPLY-SUM") in rows


@pytest.mark.skipif(not shutil.which("Rscript"), reason="R is not installed")
@pytest.mark.parametrize("readme", READMES)
def test_the_r_snippet_prints_the_figures(readme: str, published: Path) -> None:
    (code,) = snippets(readme, "r")
    command = ["Rscript", "-e", f"{code}\nstopifnot(nrow(reported) == 273, reported$body_id[1] == '110116')"]
    result = subprocess.run(command, cwd=published, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "v2014.reply.total" in result.stdout


def test_the_stata_snippet_names_columns_that_exist(published: Path) -> None:
    header = (
        (published / "curated/latest/observations.csv").open(encoding="utf-8").readline().strip().split(",")
    )
    (code,) = snippets("README.md", "stata")
    listed = re.search(r"list (.*) in", code)
    assert listed is not None
    assert set(listed[1].split()) <= set(header)
    text_columns = re.search(r"stringcols\(([\d ]+)\)", code)
    assert text_columns is not None
    assert [header[int(place) - 1] for place in text_columns[1].split()] == ["body_id", "form"]


def test_both_readmes_hold_the_same_code_and_commands() -> None:
    for language in ("python", "r", "sql", "stata"):
        assert snippets(READMES[0], language) == snippets(READMES[1], language)
    commands = [
        [re.sub(r"\s+#.*", "", line) for line in "".join(snippets(name, "sh")).split("\n")]
        for name in READMES
    ]
    assert commands[0] == commands[1]


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_of_a_document_leads_to_a_file(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    links = [
        link.split("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if not link.startswith("http")
    ]
    for link in filter(None, links):
        assert (ROOT / document).parent.joinpath(link).exists(), f"{document}: {link}"


def test_the_commands_of_the_readme_exist() -> None:
    text = "".join(snippets("README.md", "sh"))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"^make (\w+)", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE)
    usage = subprocess.run(
        [sys.executable, "-m", "flows", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    for command in re.findall(r"^gongkai (\w+)", text, re.MULTILINE):
        assert re.search(rf"^    {command}\b", usage.stdout, re.MULTILINE), command


def test_nothing_committed_names_a_download_address() -> None:
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-ocr.txt"):
        text = (ROOT / name).read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|file:|--index-url|--find-links", text)


@pytest.mark.parametrize("extra", ["dev", "ocr"])
def test_the_lock_of_an_extra_pins_all_that_it_asks_for_at_the_versions_of_the_others(extra: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    locked = read_lock(f"requirements-{extra}.txt")
    asked = [*project["dependencies"], *project["optional-dependencies"][extra]]
    names = {re.split(r"[<>=!~;\[ ]", each)[0].lower() for each in asked}
    assert names <= {name for name, _ in locked}
    whole = read_lock("requirements.txt")
    assert {pin for pin in locked if pin[0] in {name for name, _ in whole}} <= whole


def read_lock(name: str) -> set[tuple[str, str]]:
    """Return the names and versions that a lock file pins."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return set(re.findall(r"^([\w.-]+)==([\w.+-]+)", text, re.MULTILINE))
