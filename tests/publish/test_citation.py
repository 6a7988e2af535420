"""References to data and reports: a kind of capture is never dressed up as another, and what is not known is said."""

from datetime import date
from typing import Any

import pytest

from flows.publish.citation import KINDS, cite_report
from flows.registry import Registry

REPORT: dict[str, Any] = {
    "body_id": "110116", "year": 2018, "title": "一份报告", "stated_date": date(2019, 3, 19), "kind": "fetched",
    "url": "http://www.bjhr.gov.cn/a.html",
}  # fmt: skip


def test_a_report_is_cited_with_body_title_date_address_and_capture(registry: Registry) -> None:
    cited = cite_report(registry, REPORT, "2026-11-22")
    assert cited.en == (
        "怀柔区 (Huairou District) (2019-03-19). 一份报告. http://www.bjhr.gov.cn/a.html, captured 2026-11-22."
    )
    assert cited.zh == "怀柔区. 一份报告[R]. 2019-03-19. http://www.bjhr.gov.cn/a.html（2026-11-22 存档）."


@pytest.mark.parametrize(
    ("change", "en", "zh"),
    [
        ({"stated_date": None}, "(no date stated)", "未标注日期"),
        ({"url": None}, "address not known", "网址不详"),
        ({"title": None}, "[怀柔区2018年政府信息公开工作年度报告]", "[怀柔区2018年政府信息公开工作年度报告]"),
        ({"kind": "imported"}, "captured by others 2026-11-22", "2026-11-22 他人存档"),
        ({"kind": "transcription"}, "as transcribed for gongkai on 2026-11-22", "2026-11-22 由 gongkai 转录"),
    ],
)
def test_what_is_not_known_or_no_fetch_is_said(
    change: dict[str, Any], en: str, zh: str, registry: Registry
) -> None:
    cited = cite_report(registry, {**REPORT, **change}, "2026-11-22")
    assert en in cited.en
    assert zh in cited.zh


def test_every_kind_of_capture_has_its_words(registry: Registry) -> None:
    fields = registry.schemas["published/reports"]["fields"]
    kinds = next(field for field in fields if field["name"] == "kind")["constraints"]["enum"]
    assert list(KINDS) == kinds
