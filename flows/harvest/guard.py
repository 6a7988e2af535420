"""Is it the report? A page is archived as one on positive evidence only."""

from flows.cells import fold_text
from flows.decode import decode_text
from flows.errors import FetchError
from flows.model import Report
from flows.registry import Registry

PHRASES = ("主动公开", "依申请公开", "行政复议", "行政诉讼", "不予公开", "统计表", "结转", "予以公开")


def check_page(payload: bytes, charset: str, report: Report, registry: Registry) -> None:
    """Raise FetchError unless a page names the body, an annual report, and three phrases of such reports.

    A portal answers 200 for its error, login and challenge pages too, so the status proves nothing.
    """
    text = fold_text(decode_text(payload, report.url, charset))
    body = registry.bodies[report.body_id]
    names = (body.name_zh, *body.former_names_zh)
    missing = []
    if not any(name in text for name in names):
        missing.append(body.name_zh)
    if not any(word in text for word in ("年度报告", "年报", "年度工作报告")):
        missing.append("年度报告")
    if sum(phrase in text for phrase in PHRASES) < 3:
        missing.append("/".join(PHRASES[:4]))
    if missing:
        raise FetchError(
            f"{report.url}: not the report of {body.name_en} for {report.year}: no {', no '.join(missing)} "
            "in the page. Open the address; mend it in schemas/reports.csv.",
            f"{report.url}：不是{body.name_zh}{report.year}年度报告：页面中没有{'、'.join(missing)}。"
            "请打开网址核对，并修改 schemas/reports.csv。",
        )
