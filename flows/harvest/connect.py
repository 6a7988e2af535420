"""Connections to public machines only: the peer is checked on the open socket, where no name can lie any more.

A name may resolve to a public address when it is checked and to a private one when it is connected to (DNS
rebinding), so the check before the connection is a courtesy and the one after it is the rule.
"""

import ipaddress
import socket
from collections.abc import Mapping
from typing import Any

import requests
import urllib3
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

# Hosts with a broken certificate are named in schemas/hosts.csv, and what comes from them is flagged.
urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# IPv4 hosts seen through a translator (RFC 6052, RFC 8215); ipaddress knows nothing of what is inside.
TRANSLATED = tuple(map(ipaddress.IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48")))


class PrivatePeerError(Exception):
    """The open connection leads to a machine that is not public; nothing was sent or read."""


def is_public(address: str) -> bool:
    """Return whether an address of the internet protocol is a public machine's.

    >>> is_public("8.8.8.8"), is_public("10.0.0.1"), is_public("::ffff:127.0.0.1"), is_public("fe80::1%eth0")
    (True, False, False, False)
    """
    found = ipaddress.ip_address(address)
    inner = inner_address(found)
    translated = any(found in network for network in TRANSLATED if network.version == found.version)
    return bool(inner.is_global and not inner.is_multicast and (translated or found.is_global))


def inner_address(found: Address) -> Address:
    """Return the IPv4 address that one of IPv6 stands for, else the address itself."""
    if isinstance(found, ipaddress.IPv4Address):
        return found
    if any(found in network for network in TRANSLATED):
        return ipaddress.IPv4Address(int(found) & 0xFFFF_FFFF)
    return found.ipv4_mapped or found.sixtofour or found


def check_peer(connected: socket.socket, private: frozenset[str]) -> socket.socket:
    """Return an open socket whose other end is public or named in `private`; close it and raise otherwise."""
    address = str(connected.getpeername()[0])
    if address not in private and not is_public(address):
        connected.close()
        raise PrivatePeerError(address)
    return connected


def checked_pools(private: frozenset[str]) -> Mapping[str, type[HTTPConnectionPool]]:
    """Return the pools of connections by scheme, each connection checked before anything is sent on it."""

    class PlainConnection(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return check_peer(super()._new_conn(), private)

    class SecureConnection(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return check_peer(super()._new_conn(), private)

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = PlainConnection

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = SecureConnection

    return {"http": PlainPool, "https": SecurePool}


class CheckedAdapter(HTTPAdapter):
    """The transport of a session, with every connection checked."""

    def __init__(self, private: frozenset[str]) -> None:
        self.private = private
        super().__init__(pool_maxsize=1, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Make the pools of connections, ours in place of the library's."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = dict(checked_pools(self.private))


class Session(requests.Session):
    """A session that never follows a redirect by itself: requests would inflate its body without bounds."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        """Return None: redirects are followed in fetch_page, after their host was checked."""


def open_session(private: frozenset[str] = frozenset()) -> Session:
    """Return a session for public machines and the addresses in `private`, deaf to proxies and passwords around it."""
    session = Session()
    session.trust_env = False
    for scheme in ("http://", "https://"):
        session.mount(scheme, CheckedAdapter(private))
    return session
