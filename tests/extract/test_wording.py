"""The marks of a text's sentences: figures, spaces and the body's own name aside, tables left out."""

from flows.extract.wording import SIZE, mark_sentences
from flows.model import Grid

NAMES = ["怀柔区"]
TEXT = "怀柔区全年共受理申请192件，比上年增加了8件。\n第一章\n本区不断完善工作制度并加强培训。"


def marks(text: str, tables: tuple[Grid, ...] = (), names: list[str] = NAMES) -> set[bytes]:
    found = mark_sentences(text, tables, names)
    return {found[at : at + SIZE] for at in range(0, len(found), SIZE)}


def test_other_figures_spaces_and_marks_make_no_other_sentence() -> None:
    assert len(marks(TEXT)) == 2
    again = "怀柔区 全年共受理申请 1 件,比上年增加了９０件；本区不断完善工作制度，并加强培训！"
    assert marks(again) == marks(TEXT)


def test_the_name_of_the_body_makes_none_either_but_other_words_do() -> None:
    assert marks(TEXT.replace("怀柔区", "密云区"), names=["密云区"]) == marks(TEXT)
    assert marks(TEXT.replace("怀柔区", "密云区")) != marks(TEXT)
    assert len(marks(TEXT) & marks(TEXT.replace("完善", "建立"))) == 1


def test_what_stands_in_a_table_and_short_headings_are_no_sentences() -> None:
    table = "主动公开政府信息数量合计共多少件\n"
    grid = Grid("table 1", (("a",),), start=len(TEXT), end=len(TEXT) + len(table))
    assert marks(TEXT + table, (grid,)) == marks(TEXT)
    assert marks(TEXT + table) != marks(TEXT)
    assert marks("概述\n主动公开\n") == set()
