"""Pages to text and grids: what a browser shows, whatever the markup, and no page that stalls the reader."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.errors import ReadError, Text
from flows.model import Document, Grid
from flows.read import read_document
from flows.read.html import read_html
from flows.read.limits import MAX_ATTRIBUTES, MAX_OPTIONS
from flows.read.markup import bound_attributes, check_markup, is_harmless


def read(markup: str) -> Document:
    return read_html(markup.encode(), "page")


def read_grid(rows: str) -> Grid:
    (grid,) = read(f"<table>{rows}</table>").grids
    return grid


# Grids

Cell = tuple[str, str, str]  # text, rowspan, colspan as written
Sections = list[list[list[Cell]]]  # thead, tbody or tfoot, each with its rows
SPANS = st.sampled_from(["", "", "", "1", "2", "3", "0", "7", "-1", "+2", "x", "1.9", "２", " 2"])
DOWN = SPANS | st.just("999999999")
TABLES = st.lists(
    st.lists(
        st.lists(st.tuples(st.sampled_from(["", "件", "0", "a"]), DOWN, SPANS), max_size=5),
        min_size=1,
        max_size=5,
    ),
    min_size=1,
    max_size=3,
)


def number_cells(sections: Sections) -> Sections:
    """Return a table in which every cell has a text of its own."""
    count = iter(range(1000))
    return [
        [[(f"{text}{next(count)}", down, across) for text, down, across in row] for row in rows]
        for rows in sections
    ]


def write_table(sections: Sections) -> str:
    def write_cell(text: str, down: str, across: str) -> str:
        spans = (f' rowspan="{down}"' if down else "") + (f' colspan="{across}"' if across else "")
        return f"<td{spans}>{text}</td>"

    return "".join(
        "<tbody>"
        + "".join(f"<tr>{''.join(write_cell(*cell) for cell in row)}</tr>" for row in rows)
        + "</tbody>"
        for rows in sections
    )


def reference_span(text: str) -> int:
    digits = re.match(r"[ \t\n\f\r]*\+?([0-9]+)", text)
    return int(digits[1]) if digits else 1


def reference_grid(sections: Sections) -> list[list[str]]:
    """Return a table as a browser lays it out, kept apart from the code: row by row, with what hangs down from above."""
    laid: list[dict[int, str]] = []
    for rows in sections:
        hanging: dict[
            int, list[tuple[str, int]]
        ] = {}  # column: texts, the first seen first, and down to which row
        for at, row in enumerate(rows):
            over = {column: [each for each in cells if each[1] > at] for column, cells in hanging.items()}
            line = {column: cells[0][0] for column, cells in over.items() if cells}
            column = 0
            for text, down, across in row:
                while column in line:
                    column += 1
                height = min(reference_span(down) or len(rows), len(rows) - at)
                for place in range(column, column + max(1, reference_span(across))):
                    # Cells may overlap; the one that came first is seen, row by row.
                    line.setdefault(place, text)
                    hanging.setdefault(place, []).append((text, at + height))
                column += max(1, reference_span(across))
            laid.append(line)
    width = max((max(line) + 1 for line in laid if line), default=0)
    return [[line.get(column, "") for column in range(width)] for line in laid]


@given(TABLES.map(number_cells))
def test_spans_are_expanded_as_an_independent_reference_expands_them(sections: Sections) -> None:
    grid = read_grid(write_table(sections))
    assert [list(row) for row in grid.rows] == reference_grid(sections)


@given(TABLES.map(number_cells))
def test_every_printed_cell_stands_once_and_its_repetitions_are_marked(sections: Sections) -> None:
    grid = read_grid(write_table(sections))
    printed = [
        text
        for at, row in enumerate(grid.rows)
        for column, text in enumerate(row)
        if (at, column) not in grid.continued
    ]
    assert printed == [text for rows in sections for row in rows for text, _, _ in row]
    assert len({len(row) for row in grid.rows}) == 1


@given(TABLES.map(number_cells), st.text(alphabet="收到申请数 \n\t0", max_size=9))
def test_a_grid_says_where_its_text_stands_in_the_document(sections: Sections, before: str) -> None:
    document = read(f"<p>{before}</p><table>{write_table(sections)}</table><p>之后</p>")
    (grid,) = document.grids
    stretch = document.text[grid.start : grid.end]
    assert [line.split("\t") if line else [] for line in stretch.split("\n")[:-1]] == [
        [text for text, _, _ in row] for rows in sections for row in rows
    ]
    assert document.text[grid.end :] == "之后\n"


def test_a_row_span_ends_with_its_section_as_in_a_browser() -> None:
    head = "<thead><tr><th rowspan=2>统计指标</th><th rowspan=2>单位</th><th>统计数</th></tr></thead>"
    grid = read_grid(head + "<tbody><tr><td>收到申请数</td><td>件</td><td>192</td></tr></tbody>")
    assert grid.rows == (("统计指标", "单位", "统计数"), ("收到申请数", "件", "192"))


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("<p>192</p>", "192"), ("<p><span>19</span><span>2</span></p>", "192"), ("&nbsp;192&nbsp;", "192"), ("&#12288;", ""),
        ("<p>&nbsp;</p>", ""), ("<p>192</p><p>&nbsp;</p>", "192"), ("<b>1</b><i>92</i>", "192"), ("收<br>到", "收\n到"),
        ("<p>收</p><p>到</p>", "收\n到"), ("<div>收</div>到", "收\n到"), ("收\n  到", "收 到"), ("&lt;5&gt;", "<5>"),
        ("<script>9</script>5", "5"), ("<style>td{}</style>5", "5"), ("<!--9-->5", "5"), ("<o:p></o:p>5<o:p>&nbsp;</o:p>", "5"),
        ("<a href='#'>5</a>", "5"), ("<font color=red>5", "5"), ("<noscript>9</noscript>5", "5"), ("<input value=9>5", "9 5"),
        ("<select><option>9</select>5", "5"), ("<textarea>9</textarea>5", "9 5"), ("５", "５"), ("&#65301;", "５"),
        ("5<sup>1</sup>", "5 ¹"), ("5<sub>2</sub>", "5 ₂"), ("<del>12</del>13", "[struck out: 12] 13"),
        ("13<strike>12</strike>", "13 [struck out: 12]"), ("<ul><li>a</li><li>b</li></ul>", "a\nb"), ("", ""),
    ],
)  # fmt: skip
def test_a_cell_holds_what_a_browser_shows(cell: str, text: str) -> None:
    assert read_grid(f"<tr><td>{cell}</td><td>|</td></tr>").rows == ((text, "|"),)


def test_one_character_a_line_is_one_cell() -> None:
    assert read_grid("<tr><td>" + "<br>".join("收到申请数") + "</td></tr>").rows == (("收\n到\n申\n请\n数",),)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        ("<tr><th>a<td>b", (("a", "b"),)), ("<TR><TD>a</TD><TD>b</TD></TR>", (("a", "b"),)),
        ("<tr><td>a</tr><tr><td>b", (("a",), ("b",))),
        ("<thead><tr><td>h</thead><tbody><tr><td>b</tbody><tfoot><tr><td>f</tfoot>", (("h",), ("b",), ("f",))),
        ("<tr><td>a</td><td>b</td></tr><tr><td>c</td></tr>", (("a", "b"), ("c", ""))), ("<tr></tr><tr><td>a</td></tr>", (("",), ("a",))),
        ("<col><colgroup><col></colgroup><tr><td>a</td></tr>", (("a",),)), ("<td>a</td>", (("a",),)),
    ],
)  # fmt: skip
def test_a_table_is_a_rectangle_however_it_is_written(table: str, rows: tuple[tuple[str, ...], ...]) -> None:
    assert read_grid(table).rows == rows


def test_only_innermost_tables_are_grids_and_the_text_of_outer_ones_is_kept() -> None:
    document = read(
        "<table><tr><td>栏目</td><td>前<table><caption>甲表</caption><tr><td>1</td></tr></table>中"
        "<table><tr><td><table><tr><td>2</td></tr></table></td></tr></table>后</td></tr></table>"
    )
    assert [(grid.locator, grid.rows, grid.caption) for grid in document.grids] == [
        ("table 1", (("1",),), "甲表"), ("table 2", (("2",),), ""),
    ]  # fmt: skip
    assert document.text.split() == ["栏目", "前", "甲表", "1", "中", "2", "后"]


@pytest.mark.parametrize(
    "markup",
    ["", "<table></table>", "<p></p>", "<html><body></body></html>", "<table><caption>a</caption></table>"],
)
def test_a_page_without_cells_has_no_grid(markup: str) -> None:
    assert read(markup + "<p>x</p>").grids == ()


def test_text_stands_in_reading_order_a_block_a_line() -> None:
    text = read(
        "<h1>甲</h1>乙<p>丙<b>丁</b></p><div>戊<br>己</div><script>no()</script><ul><li>庚<li>辛</ul>"
    ).text
    assert text.split() == ["甲", "乙", "丙丁", "戊", "己", "庚", "辛"]


def test_the_page_is_called_by_its_metadata_its_headings_and_its_title() -> None:
    document = read(
        '<meta name="ArticleTitle" content=" 甲\n报告 "><meta property="og:title" content="乙"><meta name="keywords" content="x">'
        "<title>丙_站点</title><h1>丁 </h1><h2>戊</h2>"
    )
    assert document.headings == ("甲 报告", "乙", "丁", "丙_站点")


# Pages that nobody should send: more of them in test_hostile.py


def end_of(read: Callable[[bytes, str], Document], page: bytes) -> Document | Text:
    """Return the document of a page, or why it is refused."""
    try:
        return read(page, "page")
    except ReadError as error:
        return error.text


@pytest.mark.parametrize("span", ["-5", "0", "", "x", "１２", "²", "1e9", "  ", "+", "-0"])
def test_a_span_that_is_no_number_of_cells_is_one_cell(span: str) -> None:
    assert read_grid(f"<tr><td colspan='{span}'>a</td><td>b</td></tr>").rows == (("a", "b"),)


def test_limits_hold_at_their_edge() -> None:
    fits = "<p " + " ".join(f"a{n}" for n in range(MAX_ATTRIBUTES)) + ">" + "x" * 120_000
    check_markup(fits, "page")
    with pytest.raises(ReadError, match="attributes"):
        check_markup(fits.replace("<p ", "<p one ", 1), "page")
    check_markup("<option>" * MAX_OPTIONS, "page")
    with pytest.raises(ReadError, match="options"):
        check_markup("<option>" * (MAX_OPTIONS + 1), "page")
    assert read_grid("<tr>" + "<td>1</td>" * 500 + "</tr>").rows == (("1",) * 500,)
    with pytest.raises(ReadError, match="500 columns"):
        read_grid("<tr>" + "<td>1</td>" * 501 + "</tr>")
    assert (
        len(
            read_grid(
                "<tr>" + "<td>1</td>" * 100 + "</tr>" * 1 + ("<tr>" + "<td>1</td>" * 100 + "</tr>") * 199
            ).rows
        )
        == 200
    )
    with pytest.raises(ReadError, match="20000 cells"):
        read_grid(("<tr>" + "<td>1</td>" * 100 + "</tr>") * 201)
    assert read("<div>" * 200 + "x").text == "x\n"
    with pytest.raises(ReadError, match="250 deep"):
        read("<div>" * 300 + "x")


def test_a_large_page_with_much_script_and_careless_markup_is_no_attack() -> None:
    script = "<script>if(a<b&&c>d){x='" + "q/w e" * 30_000 + "'}</script><!-- " + "<div " * 5_000 + " -->"
    careless = "".join(f"<p><font color=red>{n}<a name=n{n}><td></div></span>" for n in range(800))
    document = read(f"<html><head>{script}</head><body>{careless}<table><tr><td>收到申请数<td>192</table>")
    assert document.grids[-1].rows == (("收到申请数", "192"),)


@pytest.mark.parametrize("rows", [100, 1_000])
def test_a_page_of_any_length_whose_tags_are_short_is_told_from_an_attack_by_counting(rows: int) -> None:
    script = (
        "<script>document.write('<a title=\"x>y\">'); if (a > b) { c = '" + "q/w e" * 1_500 + "' }</script>"
    )
    page = script + "<p class='MsoNormal' style='margin: 0'><span lang=EN-US>12</span><o:p></o:p></p>" * rows
    assert is_harmless(page)


@given(st.lists(st.integers(1, 30_000), min_size=1, max_size=8), st.sampled_from("'\""))
def test_the_bound_of_attributes_is_never_below_them(sizes: list[int], mark: str) -> None:
    tag = f"<div {f' title={mark}>{mark} '.join('x ' * (size // 2) for size in sizes)}>"
    assert bound_attributes("<p>x</p>" * 20_000 + tag + "<p>x</p>") >= len(tag) - 12 * len(sizes)


@given(st.text(alphabet="<>/=\"'! -abtrdp12&;#\n", max_size=120))
def test_no_markup_breaks_the_reader(markup: str) -> None:
    document = read(f"{markup}<table><tr><td>1</table>")
    assert isinstance(document.text, str)


@given(st.binary(max_size=120))
def test_no_bytes_break_the_reader(data: bytes) -> None:
    end = end_of(read_document, b"<html><body>" + data)
    assert end.name == "page" if isinstance(end, Document) else end.en.startswith("page")
