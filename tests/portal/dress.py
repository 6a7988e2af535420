"""A report dressed as a portal serves it: 60-80 KB, of which the tables are some; the rest is around them.

Navigation, scripts, style sheets of a word processor and a foot, in the amounts that portals have.
"""

from collections.abc import Iterator, Sequence
from html import escape

from tests.portal.boxes import Sheet
from tests.portal.html import paragraph, print_table
from tests.portal.layout import Layout
from tests.portal.story import name_report, tell_report
from tests.portal.truth import Truth

WORD = Layout(nest="word")
FONTS = ("宋体", "仿宋", "黑体", "楷体", "方正小标宋简体", "Times New Roman")
FIELDS = "领导之窗 机构职能 政策文件 政策解读 规划计划 财政预算 重点领域 人事信息 行政许可 办事指南 互动交流 在线访谈"
STORY = (
    "本年度各科室按照年初的分工推进各项工作，样张中的这一段只为占据篇幅，不含任何数字，也不摘自任何报告。",
    "机关内部建立了拟稿、审核、发布三道环节，由专人登记，每月核对一次，逐条留存记录以备查考。",
    "下一步将继续完善目录，减少重复发布，方便群众查找，并听取各方面对栏目设置的意见和建议。",
)


def dress_report(truth: Truth, sheets: Sequence[Sheet], frames: int = 0) -> bytes:
    """Return the page of a report in the markup of Word, inside the page of a portal and its `frames`: tables for layout."""
    name = name_report(truth)
    parts = "\n".join(
        print_table(part, WORD) if isinstance(part, Sheet) else paragraph(part)
        for part in tell_report(truth, WORD, sheets)
    )
    story = "\n".join(word_paragraph(text) for text in STORY * 3)
    body = f"<h1>{name}</h1>\n{story}\n{parts}"
    for _ in range(frames):
        body = f'<table width="100%" cellspacing="0"><tr><td width="180"></td><td valign="top">{body}</td></tr></table>'
    return dress_page(name, body)


def dress_page(name: str, body: str) -> bytes:
    """Return a portal's page with its title and what stands in its middle."""
    head = "\n".join(
        [
            '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">',
            f'<meta name="ArticleTitle" content="{escape(name)}">',
            f"<title>{escape(name)}</title>",
            f"<style>\n{word_styles()}\n</style>",
            f"<script>\n{script()}\n</script>",
        ]
    )
    menus = "\n".join(menu(field) for field in FIELDS.split())
    return (
        f'<!DOCTYPE html>\n<html lang="zh-CN"><head>\n{head}\n</head>\n<body>\n<div class="header">{menus}</div>\n'
        f'<div class="main"><div class="TRS_UEDITOR trs_paper_default trs_word">\n{body}\n</div></div>\n'
        f'<div class="footer"><p>主办单位：合成市样张区人民政府办公室</p></div>\n<script>{script()}</script>\n'
        "</body></html>\n"
    ).encode()


def word_paragraph(text: str) -> str:
    style = "mso-fareast-font-family:仿宋;font-size:16.0pt;line-height:150%"
    return f'<p class="MsoNormal" style="text-indent:32.0pt"><span style="{style}">{text}</span></p>'


def menu(field: str) -> str:
    """Return one menu of the navigation with its entries."""
    entries = "".join(
        f'<li class="nav-item"><a href="/zwgk/column_{at:02d}/index.html" target="_blank" title="{field}">{field}</a></li>\n'
        for at in range(6)
    )
    return f'<ul class="nav"><li><a href="/zwgk/">{field}</a><ul class="sub" style="display:none">\n{entries}</ul></li></ul>'


def word_styles() -> str:
    """Return the style sheet that a word processor leaves in a page."""
    return "\n".join(font_style(font, at) for font in FONTS for at in range(1, 5))


def font_style(font: str, at: int) -> str:
    return (
        f'p.Mso{at}, li.Mso{at} {{mso-style-unhide:no; margin:0cm; font-size:{9 + at}.5pt; font-family:"{font}"; '
        f"mso-font-kerning:1.0pt}}"
    )


def script() -> str:
    """Return a script such as portals count their visits with."""
    return "\n".join(script_lines())


def script_lines() -> Iterator[str]:
    for at in range(20):
        yield f'if (window.visit{at} < 1 && document.getElementById("share{at}")) {{ share({at}, "<b>" + {at} + "</b>"); }}'
