"""The titles of reports in the spellings that bodies use (domain notes, sections 3 and 5), from a seed."""

from collections.abc import Mapping, Sequence
from random import Random

NUMERALS = str.maketrans("0123456789", "〇一二三四五六七八九")
# Of a whole area: its government, or the area alone.
AREA = (
    "{city}{area}人民政府{year}年政府信息公开工作年度报告",
    "{city}{area}{year}年政府信息公开工作年度报告",
    "{area}{year}年政府信息公开工作年度报告",
    "{year}年{city}{area}政府信息公开工作年度报告",
    "{city}{area}{year}年政府信息公开年度工作报告",
    "{area}人民政府{year}年度政府信息公开年度报告",
    "{city}{area}{year}年政府信息公开年报",
    "{area}政府信息公开工作年度报告（{year}年度）",
    "{city}{area}{numerals}年政府信息公开工作年度报告",
)
# Of one office, department, street or town.
OFFICE = (
    "{city}{area}{office}{year}年政府信息公开工作年度报告",
    "{area}{office}{year}年政府信息公开工作年度报告",
    "{area}{office}{year}年度政府信息公开年度报告",
    "{city}{area}{office}{year}年政府信息公开年报",
)
DEPARTMENTS = (
    "发展和改革委员会",
    "教育委员会",
    "民政局",
    "财政局",
    "城市管理委员会",
    "统计局",
    "司法局",
    "水务局",
)
TOWNS = ("样张镇人民政府", "范例街道办事处", "合成乡人民政府", "示例地区办事处")
OWN_OFFICE = "人民政府办公室"


def spell_title(names: Mapping[str, str], year: int, spellings: Sequence[str], seed: int) -> str:
    """Return a title in one of the spellings.

    >>> spell_title({"city": "北京市", "area": "怀柔区"}, 2018, AREA[8:], 1)
    '北京市怀柔区二〇一八年政府信息公开工作年度报告'
    """
    spelling = Random(f"{seed}/title").choice(tuple(spellings))
    return spelling.format(**names, year=year, numerals=str(year).translate(NUMERALS))
