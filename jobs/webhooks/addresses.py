"""Which addresses a webhook may have, and which machines it may reach.

The name is resolved once for each sending, every address found is judged, and the connection goes to
the judged address: a name that points elsewhere a moment later changes nothing.
"""

import ipaddress
import re
import socket
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

LONGEST = 500
OPEN_PORTS = {80, 443}
FIRST_FREE_PORT = 1024
# Networks that carry an IPv4 address inside: what counts is that one.
_NAT64 = [ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48")]
_COMPATIBLE = ipaddress.ip_network("::/96")
# Public by their number, but a cloud machine's own housekeeper answers there.
_HOUSEKEEPERS = {ipaddress.ip_address("168.63.129.16")}
# A host of digits, dots and x that isn't four plain numbers: 2130706433, 0177.0.0.1, 127.1, 0x7f.1
_NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)

Ip = ipaddress.IPv4Address | ipaddress.IPv6Address


class AddressRefused(ValueError):
    """The address can't be a webhook's; the message says why, for the person who gave it."""


@dataclass(frozen=True)
class Target:
    """A parsed address: where to connect and what to ask for."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The host as the receiver is asked for it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == {"https": 443, "http": 80}[self.scheme] else f"{host}:{self.port}"


def parse(address: str) -> Target:
    """The parts of an address, checked for form alone. Raises AddressRefused."""
    if len(address) > LONGEST or not address.isascii() or re.search(r"[\x00-\x20\x7f\\]", address):
        raise AddressRefused(_("Give one address without spaces, in plain letters, of at most 500 characters."))
    try:
        parts = urlsplit(address)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(_("This is no address of the web.")) from error
    if parts.scheme not in {"https", "http"} or not parts.hostname:
        raise AddressRefused(_("The address begins with https:// and names a host."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefused(_("The address can't hold a user name or a password."))
    if parts.scheme == "http" and not settings.WEBHOOK_ALLOW_LOOPBACK:
        raise AddressRefused(_("Only https:// is allowed: events tell of customers."))
    host = parts.hostname.rstrip(".")
    _refuse_odd_numbers(host)
    port = port if port is not None else {"https": 443, "http": 80}[parts.scheme]
    if port not in OPEN_PORTS and port < FIRST_FREE_PORT:
        raise AddressRefused(_("Port %(port)s isn't one of a web server.") % {"port": port})
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def _refuse_odd_numbers(host: str) -> None:
    if not host:
        raise AddressRefused(_("The address begins with https:// and names a host."))
    if _NUMERIC.fullmatch(host):
        try:
            ipaddress.IPv4Address(host)
        except ValueError as error:
            raise AddressRefused(_("Write the number of a machine as four plain numbers.")) from error


def resolve(target: Target) -> str:
    """The one address to connect to now: every address the name stands for has been judged.

    Raises
    ------
    AddressRefused
        If one of them isn't on the public internet.
    OSError
        If the name can't be resolved.
    """
    found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not numbers:
        raise OSError("no address")
    for number in numbers:
        judge(number, target.scheme)
    return numbers[0]


def judge(number: str, scheme: str) -> None:
    """Refuse a machine's number that isn't on the public internet. Raises AddressRefused."""
    ip = _innermost(ipaddress.ip_address(number.partition("%")[0]))
    if settings.WEBHOOK_ALLOW_LOOPBACK and ip.is_loopback:
        return
    is_public = ip.is_global and not (ip.is_multicast or ip.is_reserved or ip in _HOUSEKEEPERS)
    if isinstance(ip, ipaddress.IPv6Address):
        is_public = is_public and not ip.is_site_local
    if not is_public:
        raise AddressRefused(_("The address leads to a machine of this network, not to one of the internet."))
    if scheme != "https":
        raise AddressRefused(_("Only https:// is allowed: events tell of customers."))


def _innermost(ip: Ip) -> Ip:
    """The IPv4 address that an IPv6 one carries, if it does."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip.ipv4_mapped is not None:
        return ip.ipv4_mapped
    if ip.sixtofour is not None:
        return ip.sixtofour
    if ip.teredo is not None:
        return ip.teredo[1]
    carries = any(ip in network for network in _NAT64) or (ip in _COMPATIBLE and int(ip) > 1)
    return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if carries else ip
