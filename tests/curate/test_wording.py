"""Text that was copied: found with its share, from the year before and from a neighbour; the language of all is no copy."""

from collections.abc import Sequence

import pytest

from flows.curate.checks import check_reports
from flows.extract.wording import mark_sentences
from flows.model import Extraction, Finding, Header
from flows.registry import Registry

COMMON = [f"各级行政机关均应按照条例规定第{name}项依法公开" for name in "甲乙丙丁戊己庚辛壬癸"]


def sentences(word: str, count: int = 20) -> list[str]:
    return [
        f"{word}地方在第{name}季度开展了专项培训工作"
        for name in list("子丑寅卯辰巳午未申酉戌亥天地玄黄宇宙洪荒")[:count]
    ]


def report(body: str, year: int, said: Sequence[str]) -> tuple[int, Extraction]:
    wording = mark_sentences("。".join([*COMMON, *said]), (), ())
    return year, Extraction(Header("a title", body, year, "whole_area"), "2021", (), wording=wording)


def found(registry: Registry, *reports: tuple[int, Extraction]) -> list[tuple[int, Finding]]:
    pairs = check_reports(registry, dict(enumerate(reports)))
    return [(key, each) for key, each in pairs if each.rule_id.startswith("X-COPY-TEXT")]


def others(year: int) -> list[tuple[int, Extraction]]:
    """Return nine reports of a year that share what all reports say and nothing else."""
    bodies = ("110101", "110102", "110105", "110106", "110107", "110108", "110109", "110111", "110112")
    which = "前" if year == 2021 else "后"
    return [
        report(body, year, sentences(name + which))
        for body, name in zip(bodies, "东西朝丰石海门房通", strict=True)
    ]


@pytest.mark.parametrize(("same", "is_found"), [(20, True), (19, True), (17, False), (0, False)])
def test_a_text_of_the_year_before_is_found_with_its_share(
    registry: Registry, same: int, is_found: bool
) -> None:
    mine, new = sentences("我们"), sentences("今年")
    pairs = found(
        registry, report("110116", 2021, mine), report("110116", 2022, [*mine[:same], *new[same:]]), *others(2021), *others(2022)
    )  # fmt: skip
    assert [(key, each.rule_id) for key, each in pairs] == ([(1, "X-COPY-TEXT-YEAR")] if is_found else [])
    for _, each in pairs:
        assert (int(each.left or 0), int(each.right or 0)) == (same, 20)
        assert f"({same * 5} %) are those of the report for 2021" in each.message.en
        assert f"（{same * 5}%）" in each.message.zh


def test_a_text_of_a_neighbour_is_found_on_both_sides_with_the_name_of_the_other(registry: Registry) -> None:
    mine = sentences("我们")
    pairs = found(registry, report("110116", 2021, mine), report("110118", 2021, mine[:18]), *others(2021))
    assert [(key, each.rule_id) for key, each in pairs] == [(0, "X-COPY-TEXT-PEER"), (1, "X-COPY-TEXT-PEER")]
    assert "Miyun" in pairs[0][1].message.en
    assert "怀柔区" in pairs[1][1].message.zh
    assert [(int(each.left or 0), int(each.right or 0)) for _, each in pairs] == [(18, 20), (18, 18)]


def test_few_sentences_are_the_same_by_chance(registry: Registry) -> None:
    mine = sentences("我们", 8)
    assert found(registry, report("110116", 2021, mine), report("110118", 2021, mine), *others(2021)) == []
