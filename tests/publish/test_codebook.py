"""The codebook: every concept with its forms, grades and blanks, in two languages and two formats that say the same."""

import re
from pathlib import Path

import lxml.html
import pytest

from flows.publish.codebook import Block, blank_texts, list_making, to_html, to_markdown
from flows.registry import Registry

SUFFIXES = {"en": "", "zh": ".zh"}
LANGS = tuple(SUFFIXES)


def markdown(package: Path, lang: str) -> str:
    return (package / f"codebook{SUFFIXES[lang]}.md").read_text(encoding="utf-8")


def page(package: Path, lang: str) -> lxml.html.HtmlElement:
    return lxml.html.fromstring((package / f"codebook{SUFFIXES[lang]}.html").read_bytes())


def section(text: str, concept_id: str) -> str:
    """Return what the Markdown says of one concept."""
    return text.partition(f"\n### `{concept_id}` ")[2].partition("\n### ")[0]


@pytest.mark.parametrize("lang", LANGS)
def test_every_concept_is_explained_with_all_that_it_is_made_of(
    lang: str, package: Path, registry: Registry
) -> None:
    text = markdown(package, lang)
    for concept in registry.tables["concepts"]:
        said = section(text, concept["concept_id"])
        assert said.startswith(concept[f"label_{lang}"])
        assert f"`{concept['variable']}`" in said
        for form in concept["forms"].split():
            assert re.search(rf"^\| {form} \| ", said, re.MULTILINE), concept["concept_id"]
            for code in registry.concordance.derivations[concept["concept_id"], form]:
                assert f"`{code}`" in said
            edge = registry.concordance.edges.get((concept["concept_id"], form))
            assert (
                edge is None or (f"(`{edge.relation}`)" if lang == "en" else f"（`{edge.relation}`）") in said
            )
        assert {"en": "Blanks: ", "zh": "空缺："}[lang] in said


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_says_what_the_markdown_says(lang: str, package: Path) -> None:
    tree, text = page(package, lang), markdown(package, lang)
    headings = [each.text_content() for each in tree.xpath("//h1|//h2|//h3")]
    assert headings == [
        line.lstrip("# ").replace("`", "") for line in text.splitlines() if line.startswith("#")
    ]
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert len(tree.xpath("//tr")) == len(rows)
    assert len(tree.xpath("//li")) == len(re.findall(r"^- ", text, re.MULTILINE))


@pytest.mark.parametrize("lang", LANGS)
def test_the_page_prints_alone_and_names_its_language(lang: str, package: Path) -> None:
    tree = page(package, lang)
    assert tree.get("lang") == {"en": "en", "zh": "zh-Hans"}[lang]
    assert tree.xpath("//script|//link|//img|//a|//iframe") == []
    assert "@page" in tree.xpath("string(//style)")
    assert "url(" not in tree.xpath("string(//style)")


def test_both_languages_have_the_same_concepts_and_codes(package: Path) -> None:
    codes = [re.findall(r"`[^`]+`", markdown(package, lang)) for lang in LANGS]
    assert sorted(codes[0]) == sorted(codes[1])
    chinese = markdown(package, "zh")
    assert "可以比较，但须注意所述差异" in section(chinese, "result.granted")
    assert "may be compared with the difference named" in section(markdown(package, "en"), "result.granted")


@pytest.mark.parametrize(
    ("concept_id", "said"),
    [
        ("disclosure.total", ["No form after 2018 has it.", "no national table in 2008-2013"]),
        ("result.granted", ["Under form 2014 it is a sum", "Kinds of applicant exist from 2019 on"]),
        ("disclosure.key_areas.land", ["Rows that Beijing added"]),
        ("art20_8.charges.amount", ["No form before 2021 has it."]),
    ],
)
def test_blanks_mean_what_the_forms_let_them_mean(
    concept_id: str, said: list[str], registry: Registry
) -> None:
    texts = " ".join(text.en for text in blank_texts(registry, list_making(registry, concept_id)))
    assert [part for part in ["not a zero", *said] if part not in texts] == []


def test_marks_of_the_formats_in_a_text_stay_text() -> None:
    blocks = [Block("h1", (("a <b>",),)), Block("table", (("x|y", "`c|d`"), ("<i>", "&amp;")))]
    assert "| x\\|y | `c\\|d` |" in to_markdown(blocks)
    tree = lxml.html.fromstring(to_html(blocks, "en"))
    assert tree.xpath("//b|//i") == []
    assert tree.xpath("string(//tr[2])") == "<i>&amp;"
