"""Where a webhook may not go, however it is spelled, and whatever a name stands for a moment later."""

import socket
from typing import Any

import pytest

from jobs.models import DeliveryTry, Subscription
from jobs.services import webhooks
from jobs.webhooks import addresses, sending
from tests.jobs.webhooks.conftest import Receiver, relayed
from users.errors import Invalid
from users.models import User

INSIDE = [
    "127.0.0.1", "127.1", "127.000.000.001", "0177.0.0.1", "0x7f.0.0.1", "0x7f000001", "2130706433", "017700000001",
    "0", "0.0.0.0", "0.0.0.1", "localhost", "localhost.", "LOCALHOST", "10.0.0.1", "10.255.255.255", "172.16.0.1",
    "172.31.255.254", "192.168.0.1", "192.168.1", "3232235521", "169.254.169.254", "2852039166", "0xa9fea9fe",
    "169.254.0.1", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.1", "192.0.2.1", "198.18.0.1",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.250", "240.0.0.1", "255.255.255.255", "[::1]", "[::]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::ffff:169.254.169.254]", "[::127.0.0.1]", "[0:0:0:0:0:0:0:1]",
    "[64:ff9b::127.0.0.1]", "[64:ff9b::a9fe:a9fe]", "[64:ff9b:1::10.0.0.1]", "[2002:7f00:1::]", "[2002:a00:1::1]",
    "[2001:0:7f00:1::]", "[fc00::1]", "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
    "[100::1]", "127.0.0.1.", "①②⑦.⓪.⓪.①", "127。0。0。1", "１２７.0.0.1", "169.254.169.254:443",
]  # fmt: skip
NO_ADDRESS = [
    "", "x", "//example.com/", "example.com/hook", "ftp://example.com/", "gopher://example.com:70/", "file:///etc/passwd",
    "javascript:alert(1)", "http://example.com/", "https://", "https:///x", "https://user@example.com/",
    "https://a:b@example.com/", "https://@example.com/", "https://example.com:22/", "https://example.com:25/x",
    "https://example.com:99999/", "https://example.com:x/", "https://exa mple.com/", "https://example.com/\r\nX: 1",
    "https://example.com/\x00", "https://example.com\\@evil/", "https://[::1", "https://[zz]/", "https://例え.jp/",
    "https://./", "https://" + "a" * 600 + ".com/",
]  # fmt: skip


@pytest.fixture(autouse=True)
def production(loopback: None, settings: Any) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = False


@pytest.mark.parametrize("host", INSIDE)
def test_no_spelling_of_a_machine_inside_is_allowed(host: str) -> None:
    with pytest.raises(addresses.AddressRefused):
        addresses.resolve(addresses.parse(f"https://{host}/hook"))


@pytest.mark.parametrize("address", NO_ADDRESS)
def test_what_is_no_address_of_the_web_is_refused(address: str) -> None:
    with pytest.raises(addresses.AddressRefused):
        addresses.parse(address)


@pytest.mark.parametrize("number", ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "8.8.8.8"])
def test_a_machine_of_the_internet_is_allowed(number: str) -> None:
    addresses.judge(number, "https")


def test_loopback_is_allowed_by_the_setting_for_development_and_nothing_else_is(settings: Any) -> None:
    settings.WEBHOOK_ALLOW_LOOPBACK = True
    assert addresses.resolve(addresses.parse("http://127.0.0.1:8000/")) == "127.0.0.1"
    for host in ("10.0.0.1", "169.254.169.254", "[::ffff:10.0.0.1]", "0.0.0.0"):
        with pytest.raises(addresses.AddressRefused):
            addresses.resolve(addresses.parse(f"https://{host}/"))
    with pytest.raises(addresses.AddressRefused):
        addresses.judge("93.184.216.34", "http")


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """Let each look-up of a name give the next answer; returns the names looked up."""
    asked: list[str] = []
    left = list(answers)

    def getaddrinfo(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        numbers = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in numbers]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", getaddrinfo)
    return asked


def test_one_address_inside_among_several_refuses_the_name(monkeypatch: pytest.MonkeyPatch) -> None:
    names(monkeypatch, ["93.184.216.34", "10.0.0.7"])
    with pytest.raises(addresses.AddressRefused):
        addresses.resolve(addresses.parse("https://two-faced.example/"))


def test_a_name_is_looked_up_once_and_the_judged_number_is_what_is_connected_to(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A rebinding name: public when judged, loopback when asked again."""
    asked = names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    connected: list[Any] = []

    def create_connection(address: Any, timeout: float) -> Any:
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(sending.socket, "create_connection", create_connection)
    answer = sending.post("https://rebinding.example/hook", b"{}", {})
    assert (asked, connected) == (["rebinding.example"], [("93.184.216.34", 443)])
    assert answer.error == "broken"
    assert sending.post("https://rebinding.example/hook", b"{}", {}).error == "refused"
    assert len(connected) == 1


@pytest.mark.django_db
def test_a_name_that_has_moved_inside_since_it_was_saved_is_not_visited(
    monkeypatch: pytest.MonkeyPatch, receiver: Receiver, admin_user: User, emit: Any
) -> None:
    names(monkeypatch, ["93.184.216.34"], ["127.0.0.1"])
    wanted = webhooks.Wanted(f"https://moving.example:{receiver.port}/hook", ["order.created"])
    webhooks.subscribe(of=wanted, by=admin_user)
    emit(n=1)
    assert relayed().failed == 1
    assert receiver.got == []
    assert DeliveryTry.objects.get().error == "refused"


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["https://127.0.0.1/", "http://example.com/", "https://10.1.1.1/"])
def test_an_address_inside_cannot_be_saved(address: str, admin_user: User) -> None:
    with pytest.raises(Invalid):
        webhooks.subscribe(of=webhooks.Wanted(address, ["order.created"]), by=admin_user)
    assert not Subscription.objects.exists()
