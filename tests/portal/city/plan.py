"""The plan of a simulated city: which reports there are, where and from which day on, and what goes wrong; from a seed alone.

A municipal portal keeps the reports of all districts together; most districts have a portal of their own, each
on another kind of platform. The outcome for every district and year follows from the plan.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

from flows.model import Body
from tests.portal.city.reports import FILES, Story, registry, story_of
from tests.portal.titles import DEPARTMENTS, OWN_OFFICE, TOWNS

MUNICIPAL = "110000"
# The platform that each district's own portal runs on; those that are missing have none.
STYLES: Mapping[str, str] = {
    "110101": "folders", "110102": "generated", "110105": "column", "110106": "gkmlpt", "110107": "jpaas", "110108": "replaced",
    "110109": "dataproxy", "110111": "query", "110112": "column", "110115": "folders", "110116": "folders", "110117": "column",
    "110118": "folders",
}  # fmt: skip
PATHS: Mapping[str, str] = {
    "municipal": "/gongkai/zfxxgk/zfxxgknb/{year}nb/qzf/",
    "folders": "/zfxxgkzl/gknb/{year}nb/qzf{year}/",
    "column": "/zfxxgk/gknb/",
    "gkmlpt": "/gkmlpt/api/all/2765?page=1&sid=200164",
    "jpaas": "/common/search/5ee1?_isAgg=true&_pageSize=15",
    "dataproxy": "/module/web/jpage/dataproxy.jsp?startrecord=1&endrecord=15&perpage=15&columnid=12",
    "query": "/module/xxgk/xxgkAnnualReport.jsp?fbtime={year}&area=11",
    "generated": "/zt/xxgkzl/gknbxq/pnidpv379pntypepvnbpnnfpv{year}.html",
    "replaced": "/jbdt/auto10489_51767/zfwj_59297/zfwj_59339/",
}
PLATFORM_OF = {
    "gkmlpt": "gkmlpt",
    "jpaas": "jpaas",
    "dataproxy": "dataproxy",
    "generated": "page",
    "replaced": "page",
}
# What goes wrong with a page, and what must become of its report: `captured`, or a verdict (`no_page`: no answer to keep).
FAULTS: Mapping[str, str] = {
    "missing": "missing", "blocked": "blocked", "forbidden": "blocked", "challenge_412": "challenge", "challenge_521": "challenge",
    "login": "login", "failing": "failing", "other": "other", "empty": "empty", "wrong_body": "other_report",
    "wrong_year": "other_report", "gone": "gone", "gone_410": "gone", "busy_once": "captured", "failing_once": "captured",
    "cut_once": "captured", "cut": "no_page", "slow": "no_page", "moved": "captured", "moved_away": "no_page",
    "moved_inside": "no_page", "loop": "no_page", "bomb": "no_page", "robots": "no_page", "file": "captured", "closed": "captured",
    "missing_here": "captured", "alias": "captured", "rival": "captured",
}  # fmt: skip
LIST_FAULTS = ("empty_list", "gone_list", "missing_list")
BY_YEAR = ("folders", "query")  # a list for each year
AT_ONCE = ("column", "gkmlpt", "jpaas", "dataproxy")  # one list for all years
SINGLE_FAULTS = {
    "busy": "busy",
    "robots_500": "no_page",
}  # a host of its own for each: it is put off as a whole
ROTATION = ("html", "html_blocks", "html", "prose", "html", *FILES)
DUE = (3, 31)


@dataclass(frozen=True)
class Page:
    """One page of the city: what its list says it is, and what it shows.

    `host` is the key of its site; `file` the address of what is attached to it; `listed` the key of the list that
    links it, empty where none does.
    """

    body_id: str
    story: Story
    host: str
    path: str
    appears: date
    shown: Story
    fault: str = ""
    file: str = ""
    listed: str = ""
    edited: tuple[date, ...] = ()
    goes: date | None = None

    @property
    def key(self) -> tuple[str, int]:
        """Whose report it is, of which year."""
        return self.body_id, self.story.year

    def story_on(self, day: date) -> Story:
        """Return what the page shows on a day, after the edits so far."""
        return replace(self.shown, edits=self.shown.edits + sum(each <= day for each in self.edited))

    def is_up(self, day: date) -> bool:
        """Return whether the page is there on a day."""
        return self.appears <= day and (self.goes is None or day < self.goes)


@dataclass(frozen=True)
class Shelf:
    """One list of reports: on which site, of which style, for which years; its faults by year."""

    key: str
    host: str
    style: str
    years: tuple[int, ...]
    faults: tuple[tuple[int, str], ...] = ()

    @property
    def path(self) -> str:
        """The address of its first page, with {year} where it has the year."""
        return PATHS[self.style]

    @property
    def platform(self) -> str:
        """The kind of platform, as schemas/platforms.csv names it."""
        return PLATFORM_OF.get(self.style, "html")


@dataclass(frozen=True)
class City:
    """Everything there is: bodies, years, lists, pages; `per_page` entries stand on one page of a list."""

    seed: int
    bodies: tuple[Body, ...]
    years: tuple[int, ...]
    shelves: tuple[Shelf, ...]
    pages: tuple[Page, ...]
    per_page: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """The keys of the sites, in a fixed order."""
        return tuple(
            sorted({MUNICIPAL, *(each.host for each in self.pages), *(each.host for each in self.shelves)})
        )

    def due_years(self, day: date) -> tuple[int, ...]:
        """Return the years whose reports are due on a day."""
        return tuple(year for year in self.years if date(year + 1, *DUE) <= day)


def plan_city(
    seed: int = 1,
    bodies: Sequence[str] = (),
    years: Sequence[int] = range(2008, 2027),
    per_page: int = 15,
    faulty: bool = True,
) -> City:
    """Return the city of a seed: the 16 districts, or some of them, and the reports on some years; nothing goes wrong if not `faulty`."""
    districts = {code: body for code, body in registry().bodies.items() if body.level == "district"}
    chosen = tuple(districts[code] for code in (bodies or sorted(districts)))
    faults = draw_faults(seed, chosen, years) if faulty else {}
    shelves = [*own_shelves(chosen, years, faults), Shelf("municipal", MUNICIPAL, "municipal", tuple(years))]
    pages = [page for body in chosen for year in years for page in plan_report(seed, body, year, faults)]
    return City(seed, chosen, tuple(years), tuple(shelves), tuple(pages), per_page)


def draw_faults(seed: int, bodies: Sequence[Body], years: Sequence[int]) -> dict[tuple[str, int], str]:
    """Return which district's report of which year goes wrong, and how: every fault once; the last two years are left alone."""
    random = Random(f"{seed}/faults")
    styles = {body.body_id: STYLES.get(body.body_id, "") for body in bodies}
    places = [(code, year) for code in styles for year in years[:-2]]
    random.shuffle(places)
    found: dict[tuple[str, int], str] = {}
    for faults, able in ((LIST_FAULTS, BY_YEAR), (SINGLE_FAULTS, AT_ONCE), (FAULTS, (*BY_YEAR, *AT_ONCE))):
        left = [place for place in places if place not in found and styles[place[0]] in able]
        assert len(left) >= len(faults), "more districts or years are needed for every fault"
        found |= dict(zip(left, faults, strict=False))
    return found


def own_shelves(
    bodies: Sequence[Body], years: Sequence[int], faults: Mapping[tuple[str, int], str]
) -> Iterator[Shelf]:
    """Yield the list of each district that has a portal of its own."""
    for body in bodies:
        if body.body_id in STYLES:
            wrong = tuple(
                (year, fault)
                for (code, year), fault in faults.items()
                if code == body.body_id and fault in LIST_FAULTS
            )
            yield Shelf(f"own-{body.body_id}", body.body_id, STYLES[body.body_id], tuple(years), wrong)


def plan_report(seed: int, body: Body, year: int, faults: Mapping[tuple[str, int], str]) -> Iterator[Page]:
    """Yield the pages that hold the report of one district and year, and those of its offices beside it."""
    random = Random(f"{seed}/{body.body_id}/{year}")
    fault, style = faults.get((body.body_id, year), ""), STYLES.get(body.body_id, "")
    shape = draw_shape(random, year) if fault in ("", *LIST_FAULTS) else "html"
    story = story_of(body, year, shape, seed * 100 + int(body.body_id[3:]))
    appears = date(year + 1, random.randint(1, 3), random.randint(1, 28))
    if fault in SINGLE_FAULTS:
        yield Page(body.body_id, story, f"{body.body_id}-{fault}", f"/old/{year}.html", appears, story, fault)
        return
    if style:
        yield own_page(body, story, style, (appears, fault))
        if style not in ("generated", "replaced"):
            yield from plan_offices(seed, body, year, style)
        if fault == "alias":  # the same page under a second address
            page = own_page(body, story, style, (appears, fault))
            yield replace(page, fault="", path=f"{page.path}{'&' if '?' in page.path else '?'}from=list")
    if is_municipal(body, year, style, fault):
        yield municipal_page(body, story, appears + timedelta(days=random.randint(0, 3)), fault)


def municipal_page(body: Body, story: Story, day: date, fault: str) -> Page:
    """Return the page of a report on the municipal portal; a rival's figures differ from those on the district's own."""
    path = f"/gongkai/zfxxgk/zfxxgknb/{story.year}nb/qzf/{day:%Y%m}/t{day:%Y%m%d}_{number_of(story)}.html"
    shown = replace(story, edits=6) if fault == "rival" else story  # of six some are printed
    return with_file(Page(body.body_id, story, MUNICIPAL, path, day, shown, listed="municipal"))


def own_page(body: Body, story: Story, style: str, told: tuple[date, str]) -> Page:
    """Return the page of a report on the district's own portal, with what goes wrong with it."""
    appears, fault = told
    path = own_path(style, story, appears)
    if fault == "robots":
        path = f"/neibu{path}"
    listed = "" if style in ("generated", "replaced") else f"own-{body.body_id}"
    page = Page(body.body_id, story, body.body_id, path, appears, mistake(story, fault), fault, listed=listed)
    return with_file(page)


def mistake(story: Story, fault: str) -> Story:
    """Return the report that a page shows in place of the one that its list promises."""
    if fault == "wrong_body":
        return replace(story, area="范例区")
    if fault == "wrong_year":
        return replace(
            story, year=story.year - 1 if story.year in (2014, 2019, 2021) else story.year + 1, shape="html"
        )
    return story


def with_file(page: Page) -> Page:
    """Return a page with the address of its attachment, where its report is in one."""
    if page.story.shape not in FILES:
        return page
    folder = page.path.partition("?")[0].rpartition("/")[0]
    return replace(page, file=f"{folder}/P{page.appears:%Y%m%d}{number_of(page.story)}.{page.story.shape}")


def own_path(style: str, story: Story, day: date) -> str:
    """Return the address of a report's page in the manner of its platform."""
    number = number_of(story)
    match style:
        case "folders":
            return f"/zfxxgkzl/gknb/{story.year}nb/qzf{story.year}/{day:%Y%m}/t{day:%Y%m%d}_{number}.html"
        case "gkmlpt":
            return f"/gkmlpt/content/9/{number // 1000}/post_{number}.html"
        case "jpaas" | "dataproxy":
            return f"/art/{day.year}/{day.month}/{day.day}/art_1_{number}.html"
        case "query":
            return f"/module/xxgk/content.jsp?id={number}"
        case "generated" | "replaced":
            return PATHS[style].replace("{year}", str(story.year))
        case "column":
            return f"/zfxxgk/gknb/{day:%Y%m}/{number:032x}.shtml"
        case _:
            raise ValueError(style)


def number_of(story: Story) -> int:
    """Return the number under which a publishing system keeps a report."""
    return Random(f"{story.seed}/{story.office}/number").randint(1_000_000, 9_999_999)


def plan_offices(seed: int, body: Body, year: int, style: str) -> Iterator[Page]:
    """Yield the pages of a department, a town and, of late, the district's own office, which stand in the same list."""
    random = Random(f"{seed}/{body.body_id}/{year}/offices")
    offices = [random.choice(DEPARTMENTS), random.choice(TOWNS), *([OWN_OFFICE] if year >= 2021 else [])]
    for at, office in enumerate(offices):
        story = story_of(body, year, "html", seed * 100 + int(body.body_id[3:]) + 1000 * (at + 1), office)
        day = date(year + 1, 1, random.randint(5, 28))
        yield Page(
            body.body_id,
            story,
            body.body_id,
            own_path(style, story, day),
            day,
            story,
            listed=f"own-{body.body_id}",
        )


def draw_shape(random: Random, year: int) -> str:
    """Return the shape of a report; from 2019 on figures stand in tables."""
    shape = random.choice(ROTATION)
    return "html" if shape == "prose" and year >= 2014 else shape


def is_municipal(body: Body, year: int, style: str, fault: str) -> bool:
    """Return whether the municipal portal has the report too: for districts without a portal always, for some others now and then.

    Of the page that is replaced every year it keeps the older reports, but for those of every fifth year.
    """
    if style == "replaced":
        return year % 5 != 0
    return (
        not style or fault in ("missing_here", "rival") or (not fault and (int(body.body_id) + year) % 3 == 0)
    )


def find_expected(city: City, day: date) -> dict[tuple[str, int], str]:
    """Return for every district and year that is due what must have become of its report after a harvest on a day."""
    found = {(body.body_id, year): "not_found" for body in city.bodies for year in city.due_years(day)}
    faulty = {(shelf.host, year): "list_failed" for shelf in city.shelves for year, _ in shelf.faults}
    for page in city.pages:
        if page.key in found and not page.story.office and page.is_up(day) and found[page.key] != "captured":
            if (
                STYLES.get(page.body_id) == "replaced"
                and page.host != MUNICIPAL
                and page is not newest(city, page, day)
            ):
                continue
            outcome = {**FAULTS, **SINGLE_FAULTS}.get(page.fault, "captured")
            found[page.key] = faulty.get((page.host, page.story.year), outcome)
    return found


def newest(city: City, page: Page, day: date) -> Page:
    """Return the page that stands at the address of a page on a day: the newest of those that share it."""
    return max(
        (each for each in city.pages if (each.host, each.path) == (page.host, page.path) and each.is_up(day)),
        key=lambda each: each.appears,
    )


# Changes between two harvests


def edit_page(city: City, page: Page, day: date) -> City:
    """Return a city in which one figure of a page was changed on a day, without a word."""
    return swap_page(city, page, replace(page, edited=(*page.edited, day)))


def remove_page(city: City, page: Page, day: date) -> City:
    """Return a city in which a page is gone from a day on."""
    return swap_page(city, page, replace(page, goes=day))


def swap_page(city: City, old: Page, new: Page) -> City:
    """Return a city with another page in the place of one."""
    return replace(city, pages=tuple(new if page is old else page for page in city.pages))
