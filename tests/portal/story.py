"""What a report says in order, whatever its shape: title, chapters, sentences, tables."""

from collections.abc import Iterator, Sequence

from tests.portal.boxes import Box, Sheet
from tests.portal.layout import Layout
from tests.portal.prose import OTHERS, OVERALL
from tests.portal.truth import Truth

CHAPTERS = (
    ("一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
     "四、政府信息公开行政复议、行政诉讼情况", "五、存在的主要问题及改进情况", "六、其他需要报告的事项"),
    ("一、总体情况", "二、主动公开政府信息情况", "三、收到和处理政府信息公开申请情况",
     "四、因政府信息公开工作被申请行政复议、提起行政诉讼情况", "五、政府信息公开工作存在的主要问题及改进情况", "六、其他需要报告的事项"),
    ("（一）总体情况", "（二）主动公开", "（三）依申请公开", "（四）复议诉讼", "（五）存在问题及改进情况", "（六）其他事项"),
)  # fmt: skip
PLACES = {"art20": 1, "joined": 1, "applications": 2, "cases": 3}
HALF = str.maketrans("（）：，", "():,")


def name_report(truth: Truth) -> str:
    """Return the title of a report."""
    return f"{truth.body}{truth.year}年政府信息公开工作年度报告"


def tell_report(truth: Truth, layout: Layout, sheets: Sequence[Sheet]) -> Iterator[str | Sheet]:
    """Yield the paragraphs and tables below a report's title in order; the first says whose figures they are."""
    chapters = CHAPTERS[int(layout.chapters)]
    yield truth.notice
    yield f"本报告数据统计期限自{truth.year}年1月1日起至{truth.year}年12月31日止。"
    yield chapters[0]
    yield "本年度各项工作平稳，以下各表由程序填写。"
    yield from tell_chapter(truth, OVERALL)
    last = ""
    for sheet in sheets:
        if sheet.name != last:
            yield chapters[PLACES[sheet.name]] if sheet.name in PLACES else "政府信息公开情况统计表"
        last = sheet.name
        yield sheet
    yield chapters[4]
    yield "人手不足，将在下一年度改进。"
    yield chapters[5]
    yield from tell_chapter(truth, OTHERS)


def tell_chapter(truth: Truth, chapter: int) -> Iterator[str]:
    """Yield the sentences of a chapter as one paragraph, if it has any."""
    told = "".join(sentence.text for sentence in truth.sentences if sentence.chapter == chapter)
    if told:
        yield told


def print_words(box: Box, layout: Layout) -> str:
    """Return the text of a box with the brackets of the layout; what states a figure stays as it is."""
    return box.text.translate(HALF) if layout.brackets == "half" and not box.key else box.text
