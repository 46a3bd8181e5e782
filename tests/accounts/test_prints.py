"""The printed archive: numbered without gaps, watermarked, with its glyphs in it, and only for who may."""

from threading import Barrier, Thread
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import ArchivePrint, Customer, ReadLog
from accounts.registry import ArchivePart, archive_parts
from accounts.services import prints
from crm.lib import pdf
from segmentation.models import Standing
from tests import factories, pdf_text
from users.models import Change, User
from users.roles import Permission


def fresh(user: User) -> User:
    """The user as the next request has them."""
    return User.objects.get(pk=user.pk)


def text_of(content: bytes) -> str:
    return "\n".join(pdf_text.pages(content))


@pytest.fixture
def rich(account: Customer) -> Customer:
    account.address, account.note = "苏州工业园区星湖街 328 号", "喆堃翀：董事长"
    account.save()
    factories.contact(account, name="白景澄", mobile="138 0013 8000")
    factories.order(account, "918273.64", number="ORD-1")
    Standing.objects.get_or_create(customer=account)
    return account


def test_the_owner_prints_all_sections_with_a_number_and_a_watermark(rich: Customer, owner: User) -> None:
    row, content = prints.print_archive(customer_id=rich.pk, by=owner)
    text = text_of(content)
    for word in ("华为技术有限公司", "苏州工业园区星湖街", "喆堃翀", "白景澄", "138 0013 8000", "ORD-1", "918,273.64",
                 "P-000001", "Owner (owner)", "Tier"):  # fmt: skip
        assert word in text, word
    assert (row.number, row.sections) == (1, ["contacts", "identity", "orders", "tiers"])
    assert {name.partition("+")[2] for name in pdf_text.font_names(content)} == {"NotoSansSC"}
    assert pdf_text.font_programs(content) == 1


def test_the_watermark_lies_on_every_page(rich: Customer, owner: User) -> None:
    for number in range(120):
        factories.contact(rich, name=f"Person {number}")
    _row, content = prints.print_archive(customer_id=rich.pk, by=owner)
    pages = pdf_text.pages(content)
    assert len(pages) > 2
    assert [page.count("P-000001") for page in pages] == [4] * len(pages)


def test_a_print_is_a_read_and_stands_in_the_history(rich: Customer, owner: User) -> None:
    prints.print_archive(customer_id=rich.pk, by=owner)
    assert ReadLog.objects.get().door == "print"
    logged = Change.objects.get()
    assert (logged.action, logged.customer_id, (logged.after or {})["print"]) == ("export", rich.pk, "P-000001")


def test_under_a_grant_only_its_printable_sections_are_printed(rich: Customer, outsider: User) -> None:
    factories.grant(rich, outsider, "orders", "tiers")
    with pytest.raises(PermissionDenied, match="does not allow printing"):
        prints.print_archive(customer_id=rich.pk, by=fresh(outsider))
    grant = factories.grant(rich, outsider, "contacts", may_print=True)
    row, content = prints.print_archive(customer_id=rich.pk, by=fresh(outsider))
    text = text_of(content)
    assert "白景澄" in text
    for word in ("ORD-1", "918,273", "喆堃翀", "苏州"):
        assert word not in text
    assert (row.number, ReadLog.objects.get().grant_id) == (1, grant.pk)


@pytest.mark.parametrize(("who", "status"), [("owner", 200), ("manager", 200), ("executive", 200), ("outsider", 404)])
def test_who_may_print(who: str, status: int, client: Client, rich: Customer, request: pytest.FixtureRequest) -> None:
    client.force_login(request.getfixturevalue(who))
    answer = client.post(reverse("accounts:customer_print", args=[rich.pk]))
    assert answer.status_code == status
    if status == 200:
        assert answer["Content-Type"] == "application/pdf"
        assert answer["Content-Disposition"] == 'inline; filename="archive-P-000001.pdf"'
        assert "no-store" in answer["Cache-Control"]
    assert ArchivePrint.objects.exists() is (status == 200)


def test_a_member_whose_role_prints_nothing_sees_no_button_and_is_refused(
    client: Client, rich: Customer, agent: User
) -> None:
    factories.member(rich, agent)
    client.force_login(agent)
    path = reverse("accounts:customer_print", args=[rich.pk])
    assert path not in client.get(reverse("accounts:customer_detail", args=[rich.pk])).content.decode()
    assert client.post(path).status_code == 403
    assert client.get(path).status_code == 405
    assert not ArchivePrint.objects.exists()
    assert not ReadLog.objects.exists()


def test_a_print_that_fails_takes_no_number(rich: Customer, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_args: Any) -> pdf.Part:
        raise RuntimeError("a chapter's fault")

    prints.print_archive(customer_id=rich.pk, by=owner)
    with monkeypatch.context() as patch:
        part = ArchivePart("broken", "identity", fail, Permission.CUSTOMER_VIEW)
        patch.setitem(archive_parts._entries, "broken", part)
        with pytest.raises(RuntimeError):
            prints.print_archive(customer_id=rich.pk, by=owner)
    prints.print_archive(customer_id=rich.pk, by=owner)
    assert sorted(ArchivePrint.objects.values_list("number", flat=True)) == [1, 2]
    assert ReadLog.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_numbers_have_no_gap_when_several_print_at_once(account: Customer, owner: User) -> None:
    gate, numbers = Barrier(4, timeout=20), []

    def one() -> None:
        try:
            gate.wait()
            numbers.append(prints.print_archive(customer_id=account.pk, by=fresh(owner))[0].number)
        finally:
            connections.close_all()

    threads = [Thread(target=one) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "name",
    [
        "Ünïcödé & <b>Sons</b> {nb} **bold**",
        "岚屿🚢重工🙂",
        "شركة الاختبار",
        "\u202egnp.exe\u202c 华为",
        "长" * 200,
        "W" * 200,
        "a\u0301\u200bb\u0000c\ufeff",
        "\ud7ff\ue000",
    ],
    ids=["markup", "emoji", "arabic", "override", "long-zh", "long-en", "invisible", "private"],
)
def test_names_meant_to_break_it_do_not(name: str, owner: User) -> None:
    stored = name.replace("\x00", "")
    row = factories.customer(owner=owner, department=owner.department, name=stored, note=stored * 3, short_name="x")
    factories.contact(row, name=stored[:120], post=stored[:80])
    owner.name = stored[:120]
    owner.save()
    _row, content = prints.print_archive(customer_id=row.pk, by=owner)
    text = text_of(content)
    assert "P-000001" in text
    assert "\u202e" not in text
    if name.startswith("长"):
        assert "".join(text.split()).count("长") >= 800
    if name.startswith("Ünï"):
        assert "<b>Sons</b> {nb} **bold**" in " ".join(text.split())


def test_what_the_font_lacks_is_an_empty_square() -> None:
    known = {ord(char) for char in "华为 a□"}
    assert pdf.clean("华🙂\u202e为\ta\nb", known) == "华□为 a □"


def test_the_document_is_printed_in_chinese() -> None:
    part = pdf.Part("联系人", heads=["姓名"], rows=[["白景澄"]])
    text = text_of(pdf.render(pdf.Document("客户档案", "编号", "水印", "脚注", "zh-hans", [part])))
    assert all(word in text for word in ("客户档案", "水印", "脚注", "联系人", "白景澄"))
