"""Printed tables as a web page, in the markups that portals, word processors and spreadsheets write."""

from collections.abc import Sequence
from html import escape

from tests.portal.boxes import Box, Sheet
from tests.portal.charsets import declared_charset, encode_page
from tests.portal.layout import Layout
from tests.portal.story import name_report, print_words, tell_report
from tests.portal.truth import Truth

WORD_STYLE = "mso-bidi-font-size:10.5pt;font-family:宋体"


def print_html(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> bytes:
    """Return the page of a report; it says that it is synthetic."""
    name = name_report(truth)
    parts = [print_part(part, layout) for part in tell_report(truth, layout, sheets)]
    body = "\n".join([f"<h1>{name}</h1>", *parts])
    if layout.around:
        body = f'<table width="100%"><tr><td><ul><li>首页</li><li>年报</li></ul></td><td>{body}</td></tr></table>'
    charset = declared_charset(layout.charset)
    said = f'<meta charset="{charset}">' if charset else ""
    head = f"<head>{said}<title>{name}</title></head>"
    page = f"<!DOCTYPE html>\n<html>{head}\n<body>\n{body}\n</body></html>\n"
    return encode_page(page, layout.charset)


def print_part(part: str | Sheet, layout: Layout) -> str:
    return paragraph(part) if isinstance(part, str) else print_table(part, layout)


def paragraph(text: str) -> str:
    return f"<p>\u3000\u3000{escape(text)}</p>"


def print_table(sheet: Sheet, layout: Layout) -> str:
    """Return one table: a real one, or blocks that only look like one."""
    if layout.container != "table":
        tag, between = {"divs": ("div", ""), "spans": ("span", " ")}[layout.container]
        lines = [[f"<{tag}>{box_markup(box, layout)}</{tag}>" for box in row] for row in sheet.rows]
        return "\n".join(f'<div class="row">{between.join(line)}</div>' for line in lines)
    rows = "\n".join(f"<tr>{''.join(print_box(box, layout) for box in row)}</tr>" for row in sheet.rows)
    of_word = ' class="MsoNormalTable" style="border-collapse:collapse"' if layout.nest == "word" else ""
    return f'<table{of_word} border="1"><tbody>\n{rows}\n</tbody></table>'


def print_box(box: Box, layout: Layout) -> str:
    tag = "th" if layout.tags == "all_th" or (layout.tags == "th" and box.head) else "td"
    counts = (("colspan", box.across), ("rowspan", box.down))
    spans = "".join(f' {name}="{count}"' for name, count in counts if count > 1)
    style = {"word": ' style="mso-border-alt:solid windowtext .5pt"', "excel": ' class="xl65"'}.get(
        layout.nest, ""
    )
    return f"<{tag}{spans}{style}>{box_markup(box, layout)}</{tag}>"


def box_markup(box: Box, layout: Layout) -> str:
    """Return the inside of a cell."""
    text = print_words(box, layout)
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
            return (
                f'<p class="MsoNormal"><span lang="EN-US" style="{WORD_STYLE}">{inner}<o:p></o:p></span></p>'
            )
        case "excel":
            return f"<nobr>{inner}</nobr>"
        case _:
            return inner
