"""Whose report a title names: the body, and whether its figures are those of the whole area or of an office alone."""

import re
from collections.abc import Mapping

from flows.cells import fold_text
from flows.model import Body, Scope
from flows.titles import REPORT

# What the report is made of, not what the office does: 组织各部门编制并汇总 is its work.
COMPILED = re.compile(
    r"(?:各[级县区市]?|[所下]属)(?:委|部门|单位|街|镇|乡|局|行政机关|县|区)[^。;\n]{0,60}?"
    r"(?:基础上(?:编制|汇总|形成)|汇总|汇编|综合编制|编制而成)"
    r"|(?:汇总|汇编|综合|涵盖|包括|包含|根据|依据)了?[^。;\n]{0,12}?(?:全[区市县州盟旗]|各)[^。;\n]{0,40}?"
    r"(?:年度报告|报告|数据|情况|信息)[^。;\n]{0,12}?(?:编[写制]|形成|撰写|而成|汇总)"
)
WORK = re.compile(r"(?:组织|督促|指导|要求|协调|推动|敦促|部署|督导|推进)[^。;\n,]{0,12}$")
GOVERNMENT = re.compile(r"^(?:人民)?(?:政府)?$")
ELSEWHERE = re.compile(r"[\u4e00-\u9fff](?:省|自治区|市|州|盟|地区)$")
OFFICE = re.compile(r"^(?:人民)?政府办(?:公室|公厅)?$")
LEVELS = ("town", "department", "district", "prefecture", "municipality", "province")


def find_body(text: str, bodies: Mapping[str, Body]) -> tuple[str, str]:
    """Return the code of the body that a title names, and what the title says right after the name.

    Districts of other cities have the same name (朝阳区 of Changchun, 通州区 of Nantong), so a
    name that another place stands before is not taken.

    >>> beijing = Body("110000", "北京市", "Beijing", "municipality", "")
    >>> huairou = Body("110116", "怀柔区", "Huairou District", "district", "110000")
    >>> find_body("北京市怀柔区城市管理委员会2018年度报告", {"110000": beijing, "110116": huairou})
    ('110116', '城市管理委员会')
    """
    folded = fold_text(text)
    for body in sorted(bodies.values(), key=lambda body: LEVELS.index(body.level)):
        for name in (body.name_zh, *body.former_names_zh):
            at = folded.find(name)
            if at >= 0 and not is_elsewhere(folded[:at], body, bodies):
                return body.body_id, REPORT.split(folded[at + len(name) :])[0]
    return "", ""


def is_elsewhere(before: str, body: Body, bodies: Mapping[str, Body]) -> bool:
    """Return whether what stands before a body's name is the name of a place that it is not in."""
    above = bodies.get(body.parent_id)
    names = (above.name_zh, *above.former_names_zh) if above else ()
    return bool(ELSEWHERE.search(before)) and not before.endswith(names)


def find_scope(rest: str, head: str) -> Scope | None:
    """Return the scope of a report by what its title says after the body's name; None for a department's."""
    if GOVERNMENT.match(rest):
        return "whole_area"
    if OFFICE.match(rest):
        return "whole_area" if is_compiled(head) else "own_body"
    return None


def is_compiled(head: str) -> bool:
    """Return whether a text says that it is put together from what all bodies below reported.

    >>> is_compiled("本报告在各委、办、局年度报告的基础上编制。"), is_compiled("组织各部门编制年度报告并汇总。")
    (True, False)
    """
    return any(not WORK.search(head[: match.start()]) for match in COMPILED.finditer(head))
