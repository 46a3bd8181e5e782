"""A small mail server on the loopback, which can refuse, hang, or die in the middle."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage


class MailServer:
    """What it got, and how it behaves.

    `refuse`: "" or the answer to RCPT ("550 no such user"). `hang`: says nothing after connecting. `die`: takes the
    e-mail and hangs up before it says so.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.connections = 0
        self.refuse, self.hang, self.die, self.delay = "", False, False, 0.0

    def take(self, data: bytes) -> None:
        self.mails.append(message_from_bytes(data, policy=policy.default))  # type: ignore[arg-type]


class _Talk(socketserver.StreamRequestHandler):
    timeout = 20

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        behaviour: MailServer = self.server.behaviour  # type: ignore[attr-defined]
        behaviour.connections += 1
        if behaviour.hang:
            time.sleep(5)
            return
        self.say("220 ready")
        while line := self.rfile.readline().decode(errors="replace").strip():
            word = line[:4].upper()
            if word in {"EHLO", "HELO"}:
                self.say("250 loopback")
            elif word == "RCPT" and behaviour.refuse:
                self.say(behaviour.refuse)
            elif word == "DATA":
                self.say("354 go on")
                self._data(behaviour)
                if behaviour.die:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                self.say("250 taken")
            elif word == "QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 fine")

    def _data(self, behaviour: MailServer) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        time.sleep(behaviour.delay)
        behaviour.take(b"".join(lines))


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False


@contextmanager
def running() -> Iterator[tuple[MailServer, int]]:
    """A server and its port."""
    behaviour = MailServer()
    with _Server(("127.0.0.1", 0), _Talk) as server:
        server.behaviour = behaviour  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield behaviour, server.server_address[1]
        server.shutdown()
        thread.join()
