"""Printed tables as a web page, in the markups that portals, word processors and spreadsheets write."""

from collections.abc import Iterable, Sequence
from html import escape

from tests.portal.layout import Layout
from tests.portal.sheets import Box, Sheet
from tests.portal.truth import Truth

CHAPTERS = (
    ("一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
     "四、政府信息公开行政复议、行政诉讼情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项"),
    ("一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
     "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "五、政府信息公开工作存在的主要问题及改进情况", "六、其他需要报告的事项"),
    ("（一）总体情况", "（二）主动公开", "（三）依申请公开", "（四）复议诉讼", "（五）存在问题及改进情况", "（六）其他事项"),
)  # fmt: skip
SYNTHETIC = "本页为程序合成的样张，机关与数字均属虚构。"
HALF = str.maketrans("（）：，", "():,")
WORD_STYLE = "mso-bidi-font-size:10.5pt;font-family:宋体"


def print_html(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the page of a report; it says that it is synthetic."""
    name = f"{truth.body}{truth.year}年政府信息公开工作年度报告"
    parts = [f"<h1>{name}</h1>", f"<p>{SYNTHETIC}</p>", *print_parts(truth, layout, sheets)]
    body = "\n".join(parts)
    if layout.around:
        body = f'<table width="100%"><tr><td><ul><li>首页</li><li>年报</li></ul></td><td>{body}</td></tr></table>'
    charset = layout.charset.removesuffix("-unsaid")
    said = "" if layout.charset.endswith("unsaid") else f'<meta charset="{charset}">'
    page = f"<!DOCTYPE html>\n<html><head>{said}<title>{name}</title></head>\n<body>\n{body}\n</body></html>\n"
    return page.encode("gb18030" if charset.startswith("gb") else charset)


def print_parts(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> Iterable[str]:
    """Yield the paragraphs and tables of a report in order."""
    chapters = CHAPTERS[int(layout.chapters)]
    yield paragraph(f"本报告数据统计期限自{truth.year}年1月1日起至{truth.year}年12月31日止。")
    yield paragraph(chapters[0])
    yield paragraph("本年度各项工作平稳，以下各表由程序填写。")
    places = {"art20": chapters[1], "joined": chapters[1], "applications": chapters[2], "cases": chapters[3], "statistics": "政府信息公开情况统计表"}
    last = ""
    for sheet in sheets:
        if sheet.name != last:
            yield paragraph(places[sheet.name])
        last = sheet.name
        yield print_table(sheet, layout)
    yield paragraph(chapters[4])
    yield paragraph("人手不足，将在下一年度改进。")
    yield paragraph(chapters[5])
    if truth.fee:
        yield paragraph(f"本年度收取信息处理费{truth.fee[0]}件，总金额{truth.fee[1]}元。")


def paragraph(text: str) -> str:
    return f"<p>\u3000\u3000{escape(text)}</p>"


def print_table(sheet: Sheet, layout: Layout) -> str:
    """Return one table: a real one, or blocks that only look like one."""
    if layout.container == "divs":
        return "\n".join(f'<div class="row">{"".join(f"<div>{box_markup(box, layout)}</div>" for box in row)}</div>' for row in sheet.rows)
    if layout.container == "spans":
        return "\n".join(f'<div class="row">{" ".join(f"<span>{box_markup(box, layout)}</span>" for box in row)}</div>' for row in sheet.rows)
    rows = "\n".join(f"<tr>{''.join(print_box(box, layout) for box in row)}</tr>" for row in sheet.rows)
    attributes = ' class="MsoNormalTable" border="1" style="border-collapse:collapse"' if layout.nest == "word" else ' border="1"'
    return f"<table{attributes}><tbody>\n{rows}\n</tbody></table>"


def print_box(box: Box, layout: Layout) -> str:
    tag = "th" if layout.tags == "all_th" or (layout.tags == "th" and box.head) else "td"
    spans = "".join(f' {name}="{count}"' for name, count in (("colspan", box.across), ("rowspan", box.down)) if count > 1)
    style = ' style="mso-border-alt:solid windowtext .5pt"' if layout.nest == "word" else ' class="xl65"' if layout.nest == "excel" else ""
    return f"<{tag}{spans}{style}>{box_markup(box, layout)}</{tag}>"


def box_markup(box: Box, layout: Layout) -> str:
    """Return the inside of a cell."""
    text = box.text.translate(HALF) if layout.brackets == "half" and not box.key else box.text
    if box.vertical and layout.vertical == "br":
        return "<br>".join(escape(mark) for mark in text)
    if box.vertical and layout.vertical == "p":
        return "".join(f"<p>{escape(mark)}</p>" for mark in text)
    if layout.broken and box.head and len(text) > 3:
        middle = len(text) // 2
        return nested(f"{escape(text[:middle])}<br/>{escape(text[middle:])}", layout)
    if layout.pad and not text.strip():
        return nested("&nbsp;" if layout.pad == "nbsp" else " ", layout)
    return nested(escape(text).replace("\u00a0", "&nbsp;"), layout)


def nested(inner: str, layout: Layout) -> str:
    """Return the inside of a cell in the markup of the program that wrote it."""
    match layout.nest:
        case "p":
            return f"<p>{inner}</p>"
        case "span":
            cut = 1 if inner[:1].isalnum() and len(inner) > 1 else 0
            return f'<p align="center"><span>{inner[:cut]}</span><span><span>{inner[cut:]}</span></span></p>'
        case "word":
            return f'<p class="MsoNormal"><span lang="EN-US" style="{WORD_STYLE}">{inner}<o:p></o:p></span></p>'
        case "excel":
            return f"<nobr>{inner}</nobr>"
        case _:
            return inner
