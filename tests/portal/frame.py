"""The pages of a portal around what stands in their middle: menus, trail, date and source, links to everybody, foot.

Every frame names the body and holds all the usual words (主动公开, 依申请公开, 行政复议, 年报), as those of real
portals do, so that no word of it proves anything about the page. Typeset by the project; it says so at the foot.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from html import escape
from random import Random

from tests.portal.charsets import declared_charset, encode_page

MADE = "本站为程序合成的演示网站，供软件测试之用；并非任何机关的网站，所载数字均属虚构。"
COLUMNS = (
    "政府信息公开指南", "政府信息公开制度", "法定主动公开内容", "依申请公开", "政府信息公开年报", "行政规范性文件",
    "行政复议", "行政处罚", "行政许可", "财政预决算", "政策解读", "互动交流",
)  # fmt: skip
NEIGHBOURS = "东城区 西城区 朝阳区 丰台区 石景山区 海淀区 门头沟区 房山区 通州区 顺义区 昌平区 大兴区 怀柔区 平谷区 密云区 延庆区"


@dataclass(frozen=True)
class Middle:
    """What stands in the middle of a page, whose page it is and what is said above it.

    `body` is the name of the area (`怀柔区`), `source` the office that is given as the source.
    """

    title: str
    inner: str
    body: str
    source: str
    day: date
    charset: str = "utf-8"
    years: range = range(2008, 2026)


def frame_page(name: str, middle: Middle) -> bytes:
    """Return a page in one of the FRAMES, in its charset."""
    charset = declared_charset(middle.charset)
    said = f'<meta http-equiv="Content-Type" content="text/html; charset={charset}">' if charset else ""
    body = FRAMES[name](middle)
    head = f"<head>{said}<title>{escape(middle.title)}_{middle.body}政府网站</title></head>"
    return encode_page(f"<!DOCTYPE html>\n<html>{head}\n<body>\n{body}\n</body></html>\n", middle.charset)


def draw_frame(seed: int) -> str:
    """Return the name of a frame from a seed."""
    return Random(f"{seed}/frame").choice(tuple(FRAMES))


def frame_bare(middle: Middle) -> str:
    """Return a page with hardly a frame: a title, a line of date and source."""
    return f"<h1>{escape(middle.title)}</h1>{say_source(middle)}\n{middle.inner}\n<p>{MADE}</p>"


def frame_modern(middle: Middle) -> str:
    """Return a page of a portal of today: menu, trail, article, links, foot in blocks."""
    return f"""{menu(middle)}
<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; <span>政府信息公开年报</span></div>
<div class="article"><h1 class="header"><p>{escape(middle.title)}</p></h1>
<div class="info">{say_source(middle)}<span class="share">字号：大 中 小　打印　分享</span></div>
<div id="mainText" class="view TRS_UEDITOR">
{middle.inner}
</div></div>
<div class="related"><h3>历年报告</h3><ul>{year_links(middle)}</ul></div>
{neighbours()}
{foot(middle)}
<script>var visits = 1; if (visits < 2 && document.title) {{ document.write("<b>" + "</b>"); }}</script>"""


def frame_tables(middle: Middle) -> str:
    """Return a page of a portal of long ago, laid out in nested tables."""
    return f"""<table width="990" align="center"><tr><td colspan="2">{menu(middle)}</td></tr>
<tr><td width="200" valign="top"><table><tr><td>{"</td></tr><tr><td>".join(COLUMNS)}</td></tr></table></td>
<td valign="top"><table width="100%"><tr><td align="center"><b>{escape(middle.title)}</b></td></tr>
<tr><td align="center">{say_source(middle)}</td></tr><tr><td>
{middle.inner}
</td></tr></table></td></tr><tr><td colspan="2">{foot(middle)}</td></tr></table>"""


def frame_catalogue(middle: Middle) -> str:
    """Return a page of a catalogue of public information: a card of its particulars above the text."""
    card = "".join(
        f"<tr><th>{name}</th><td>{escape(value)}</td></tr>"
        for name, value in (
            ("索引号", f"SYN{middle.day:%Y%m%d}-{len(middle.inner)}"),
            ("分类", "政府信息公开年报"),
            ("发布机构", middle.source),
            ("信息名称", middle.title),
            ("发布日期", f"{middle.day:%Y-%m-%d}"),
        )
    )
    return f"""{menu(middle)}<div class="gkml"><table class="card">{card}</table>
<h2>{escape(middle.title)}</h2>
<div class="content">
{middle.inner}
</div></div>{neighbours()}{foot(middle)}"""


FRAMES: Mapping[str, Callable[[Middle], str]] = {
    "bare": frame_bare,
    "modern": frame_modern,
    "tables": frame_tables,
    "catalogue": frame_catalogue,
}


def say_source(middle: Middle) -> str:
    return f"<p>日期：{middle.day:%Y-%m-%d} 10:00　来源：{escape(middle.source)}</p>"


def menu(middle: Middle) -> str:
    """Return the menu above every page."""
    entries = "".join(
        f'<li><a href="/zwgk/c{at:03d}/">{column}</a></li>' for at, column in enumerate(COLUMNS)
    )
    return (
        f'<div class="top"><a href="/">{middle.body}人民政府门户网站</a><ul class="nav">{entries}</ul></div>'
    )


def year_links(middle: Middle) -> str:
    """Return links to the lists of all years, as they stand beside an article."""
    return "".join(f'<li><a href="/zwgk/nb/{year}/">{year}年</a></li>' for year in middle.years)


def neighbours() -> str:
    """Return the links to the other districts that stand on every page."""
    links = " ".join(f'<a href="/links/{at}">{name}</a>' for at, name in enumerate(NEIGHBOURS.split()))
    return f'<div class="links">各区政府网站：{links}</div>'


def foot(middle: Middle) -> str:
    return f'<div class="footer"><p>主办：{middle.body}人民政府办公室　承办：{middle.body}信息中心</p><p>{MADE}</p></div>'
