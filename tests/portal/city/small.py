"""A small city for the tests: ten districts with every platform, nine years with every form, everything that can go wrong."""

from datetime import UTC, datetime
from functools import cache

from tests.portal.city.plan import City, plan_city

BODIES = ("110102", "110105", "110106", "110107", "110108", "110109", "110111", "110113", "110116", "110117")
YEARS = range(2013, 2023)  # the last one is published after the first harvest
DAY = datetime(2022, 4, 15, 2, 17, tzinfo=UTC)


@cache
def small_city() -> City:
    return plan_city(1, BODIES, YEARS, per_page=4)


@cache
def town_city() -> City:
    """Three districts over three years without a fault: for tests of what comes after a harvest."""
    return plan_city(1, ("110108", "110113", "110116"), range(2019, 2023), faulty=False)
