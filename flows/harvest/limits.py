"""Every limit of a fetch in one place: how much, how long, how often, how near to each other."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """How much one fetch may take, and in which peace a host is left.

    `body` is bytes before and after inflating, `seconds` one fetch with all its redirects from the moment
    that its host's turn has come, `pause` the seconds between two requests to a host, `tries` how often one
    address is asked in a run, `longest_wait` the most seconds that a host's Retry-After is obeyed for within
    a run, `requests` how many visits a host gets in one run at most, `silences` after how many visits in a row
    without an answer it is put off to the next run. Headers are held to 100 of 64 KiB by the standard library.
    """

    body: int = 20 * 1024 * 1024
    redirects: int = 5
    seconds: float = 60.0
    silence: float = 20.0
    pause: float = 2.0
    tries: int = 3
    longest_wait: float = 3600.0
    requests: int = 1000
    silences: int = 3
