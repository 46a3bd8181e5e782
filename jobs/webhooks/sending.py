"""One request to a webhook's address: bounded in time and size, redirects not followed."""

import contextlib
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass

from jobs.webhooks import addresses

CONNECT_SECONDS = 5.0
TOTAL_SECONDS = 10.0
EXCERPT_BYTES = 2_000
LONGEST_WAIT_SECONDS = 6 * 3600


@dataclass(frozen=True)
class Answer:
    """What came of a request: a status with the beginning of the answer, or `error`, one word for what went wrong.

    `wait_seconds` is how long the receiver asked us to leave it alone.
    """

    status: int | None = None
    error: str = ""
    excerpt: str = ""
    took_ms: int = 0
    wait_seconds: int = 0

    @property
    def is_received(self) -> bool:
        """Whether the receiver has taken it over."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_unreachable(self) -> bool:
        """Whether nobody answered, so that other events would fare no better."""
        return self.status is None and self.error != "refused"


def post(address: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    """Send a body; never raises for what the network or the receiver does."""
    began = time.monotonic()
    try:
        target = addresses.parse(address)
        number = addresses.resolve(target)
        found = _exchange(target, number, body, headers)
    except addresses.AddressRefused as refused:
        found = Answer(error="refused", excerpt=str(refused))
    except ssl.SSLCertVerificationError as error:
        found = Answer(error="certificate", excerpt=_clean(error.verify_message or str(error)))
    except socket.gaierror as error:
        found = Answer(error="name", excerpt=_clean(error.strerror or ""))
    except TimeoutError:
        found = Answer(error="silent")
    except (OSError, http.client.HTTPException, UnicodeError, ValueError) as error:
        # A connection cut by our own clock looks like one cut by the other side.
        late = time.monotonic() - began >= TOTAL_SECONDS
        found = Answer(error="silent") if late else Answer(error="broken", excerpt=_clean(type(error).__name__))
    took = round((time.monotonic() - began) * 1000)
    return Answer(found.status, found.error, found.excerpt, took, found.wait_seconds)


def _exchange(target: addresses.Target, number: str, body: bytes, headers: Mapping[str, str]) -> Answer:
    connection = _Secured(target, number) if target.scheme == "https" else _Plain(target, number)
    # Each read has its own time-out; a receiver that drips bytes would never meet it.
    clock = threading.Timer(TOTAL_SECONDS, _cut, [connection])
    clock.daemon = True
    clock.start()
    try:
        connection.connect()
        connection.request("POST", target.path, body, {"Host": target.host_header, **headers})
        response = connection.getresponse()
        excerpt = _clean(response.read(EXCERPT_BYTES).decode("utf-8", errors="replace"))
        return Answer(response.status, excerpt=excerpt, wait_seconds=_wait(response.getheader("Retry-After", "")))
    finally:
        clock.cancel()
        connection.close()


class _Plain(http.client.HTTPConnection):
    """A connection to a number that was judged, not to what the name stands for by now."""

    def __init__(self, target: addresses.Target, number: str) -> None:
        super().__init__(target.host, target.port, timeout=TOTAL_SECONDS)
        self.number = number

    def connect(self) -> None:
        self.sock = socket.create_connection((self.number, self.port), CONNECT_SECONDS)
        self.sock.settimeout(TOTAL_SECONDS)


class _Secured(_Plain):
    """The same with TLS; the certificate has to be the name's."""

    def connect(self) -> None:
        super().connect()
        self.sock = tls_context().wrap_socket(self.sock, server_hostname=self.host, do_handshake_on_connect=False)
        self.sock.do_handshake()


def tls_context() -> ssl.SSLContext:
    """How certificates are checked."""
    return ssl.create_default_context()


def _cut(connection: _Plain) -> None:
    sock: socket.socket | None = connection.sock
    if sock is not None:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _wait(said: str) -> int:
    return min(int(said), LONGEST_WAIT_SECONDS) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _clean(text: str) -> str:
    """What can be stored and shown: no NUL, no control characters but line ends."""
    return "".join(char for char in text if char in "\n\t" or char.isprintable())[:EXCERPT_BYTES]
