"""What portals answer in place of a report: pages of nine kinds, in the frames of the portal and without, typeset by the project."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from html import escape

from tests.portal.frame import FRAMES, Middle, frame_page

Spoken = tuple[str, str]  # a title and what stands below it

MISSING: Sequence[Spoken] = (
    ("页面不存在", "<p>您访问的页面不存在，请返回首页</p>"),
    ("404", "<p>Not Found</p>"),
    ("{body}政府信息公开年度报告", "<p>对不起，该信息不存在或已删除</p>"),
    ("提示信息", "<p>抱歉，找不到您要查看的页面，三秒后自动跳转到{year}年政府信息公开年报栏目</p>"),
    ("{body}{year}年政府信息公开工作年度报告", "<p>您要查看的页面已删除或正在调整</p>"),
)
BLOCKED: Sequence[Spoken] = (
    ("访问被拒绝", "<p>您的请求疑似攻击行为，已被网站防火墙拦截。事件编号：1234567890，共1条、2次、3件</p>"),
    ("Request Rejected", "<p>The requested URL was rejected. Your support ID is 42.</p>"),
    ("访问禁止", "<p>您所在的地区禁止访问{body}{year}年政府信息公开工作年度报告</p>"),
)
CHALLENGES: Sequence[Spoken] = (
    ("安全验证", "<p>请拖动滑块完成验证</p><canvas></canvas>"),
    ("Just a moment...", "<noscript>Enable JavaScript</noscript>"),
    ("{body}{year}年政府信息公开工作年度报告", "<p>正在验证您的浏览器</p><script>var $_ts=1;</script>"),
)
LOGINS: Sequence[Spoken] = (
    ("统一身份认证", "<form>用户名<input>密码<input type=password>验证码<input></form>"),
    ("用户登录", "<form action='/login'>请登录后查看《{body}{year}年政府信息公开工作年度报告》</form>"),
    ("扫码登录", "<p>忘记密码　注册　帮助</p>"),
)
FAILING: Sequence[Spoken] = (
    ("系统错误", "<pre>java.lang.NullPointerException at com.example.wcm.ReportServlet</pre>"),
    ("系统维护", "<p>{body}政府网站升级维护中，{year}年政府信息公开工作年度报告暂时无法查看</p>"),
)
BUSY: Sequence[Spoken] = (("系统繁忙", "<p>访问人数过多，请稍后再试</p>"),)
NEWS: Sequence[Spoken] = (
    (
        "{body}发布{year}年政府信息公开工作年度报告",
        "<p>近日，{body}发布{year}年政府信息公开工作年度报告。报告从主动公开、依申请公开、行政复议、行政诉讼等方面作了总结，"
        "全年主动公开信息12条，收到申请3件。</p>",
    ),
    (
        "{body}政府信息公开指南",
        "<p>公民、法人或者其他组织可以申请公开。本机关自收到申请之日起20个工作日内答复。不服答复的，可以申请行政复议或者提起"
        "行政诉讼。每年3月31日前公布上一年度的政府信息公开工作年度报告。</p>",
    ),
    (
        "关于做好{year}年政府信息公开工作年度报告编制工作的通知",
        "<p>各镇街、各部门：请于1月20日前报送{year}年政府信息公开工作年度报告，填报主动公开、依申请公开、行政复议三张统计表。</p>",
    ),
    (
        "{body}人民政府门户网站",
        "<p>要闻动态　公示公告</p><p>{body}{year}年政府信息公开工作年度报告发布</p><p>政务服务　一网通办</p>",
    ),
)
# Pages about a report with pictures and files of their own.
DECORATED: Sequence[Spoken] = (
    ("一图读懂{body}{year}年政府信息公开工作年度报告", "<p><img src='/pic/P0202404041.jpg' width=1080></p>"),
    (
        "{body}人民政府门户网站",
        "<img src='/pic/banner1.jpg' width=1200><a href='/a.html'>{body}{year}年政府信息公开工作年度报告</a>",
    ),
    (
        "{body}教育委员会{year}年政府信息公开工作年度报告",
        "<p>附件：<a href='/f/P020240404.pdf'>{body}教育委员会{year}年政府信息公开工作年度报告.pdf</a></p>",
    ),
    (
        "{year}年政府信息公开工作年度报告",
        "<ul><li><a href='/1.pdf'>{body}{year}年政府信息公开工作年度报告</a></li><li><a href='/2.pdf'>教育委员会{year}年年度报告"
        "</a></li><li><a href='/3.pdf'>民政局{year}年年度报告</a></li></ul>",
    ),
    (
        "关于发布{body}{year}年政府信息公开工作年度报告的通知",
        "<p>各单位：现将年度报告印发你们。附件：<a href='/f/1.doc'>{body}{year}年政府信息公开工作年度报告</a></p>",
    ),
)
KINDS: Mapping[str, Sequence[Spoken]] = {
    "missing": MISSING,
    "blocked": BLOCKED,
    "challenge": CHALLENGES,
    "login": LOGINS,
    "failing": FAILING,
    "busy": BUSY,
    "other": (*NEWS, *DECORATED),
}
EMPTY = (
    b"",
    b" \r\n\t\r\n",
    b"<html><head></head><body></body></html>",
    b"\xef\xbb\xbf<html>\n<body>&nbsp;</body>\n</html>",
)


def speak(spoken: Spoken, middle: Middle, year: int) -> Middle:
    """Return a false page's title and middle in the place of a report's."""
    title, inner = (text.format(body=middle.body, year=year) for text in spoken)
    return replace(middle, title=title, inner=inner)


def list_years(middle: Middle, year: int) -> Middle:
    """Return a list of all years' reports, among which is the one that is wanted."""
    lines = (
        f'<li><a href="/{each}.html">北京市{middle.body}人民政府{each}年政府信息公开工作年度报告</a> {each + 1}-03-20</li>'
        for each in range(year - 4, year + 4)
    )
    return replace(middle, title="政府信息公开年报", inner=f"<ul>{''.join(lines)}</ul>")


def list_bodies(middle: Middle, year: int) -> Middle:
    """Return a list of one year's reports of all districts and departments."""
    names = ("东城区", "西城区", middle.body, "教育委员会", "民政局", f"{middle.body}民政局")
    lines = (
        f'<li><a href="/{at}.html">{name}{year}年政府信息公开工作年度报告</a></li>'
        for at, name in enumerate(names)
    )
    return replace(middle, title=f"{year}年政府信息公开年报", inner=f"<ul>{''.join(lines)}</ul>")


def print_falsehood(kind: str, middle: Middle, year: int, variant: int = 0) -> bytes:
    """Return one page of a kind (`empty` and those of KINDS) that stands in a report's place."""
    if kind == "empty":
        return EMPTY[variant % len(EMPTY)]
    spoken = KINDS[kind][variant % len(KINDS[kind])]
    frame = tuple(FRAMES)[variant % len(FRAMES)]
    return frame_page(frame, speak(spoken, middle, year))


def print_falsehoods(middle: Middle, year: int) -> Iterator[tuple[str, bytes]]:
    """Yield every false page with its kind: each text in a frame of the portal and without one."""
    yield from (("empty", page) for page in EMPTY)
    for kind, texts in KINDS.items():
        for at, spoken in enumerate(texts):
            said = speak(spoken, middle, year)
            yield kind, frame_page("bare", said)
            yield kind, frame_page(("modern", "tables", "catalogue")[at % 3], said)
    for name in FRAMES:
        yield "list", frame_page(name, list_years(middle, year))
        yield "other", frame_page(name, list_bodies(middle, year))
    title = escape(middle.title)
    yield (
        "challenge",
        f"<html><title>{title}</title><script>document.cookie='__jsl_clearance=1'</script></html>".encode(),
    )
