"""The main job, as a stranger does it: orders in, tiers explained out, in both languages, with a real worker."""

import csv
import datetime as dt
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from celery import Celery
from django.db.models import Sum
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from accounts.models import Customer
from crm.lib import dates
from crm.settings import celery_url
from jobs import hints
from sales.models import Order
from segmentation.models import Standing
from tests import factories
from tests.jobs.worker.stack import Stack
from users.models import Department

pytestmark = pytest.mark.django_db(transaction=True)

BUYERS = 20
HEADER = "订单号,订单日期,客户编码,往来单位,产品编码,产品名称,数量,单价\n"
# What of each language the stranger reads on the way.
READ = {
    "en": {
        "rejected": ["There is no such date.", "This isn't a number.", "The customer is missing."],
        "why": "Rank 1 of 20; those above hold 0.0% of sales",
    },
    "zh-hans": {
        "rejected": ["没有这个日期。", "这不是数字。", "缺客户。"],
        "why": "在 20 家中排第 1",
    },
}


def order_file(folder: Path, encoding: str) -> Path:
    """A hundred orders of three lines by twenty buyers, each half as large as the one before; three can't be read."""
    today = dates.today()
    lines = []
    for number in range(100):
        buyer = number % BUYERS
        day = today - dt.timedelta(days=2 + number * 3)
        price = f"{max(100_000 / 2**buyer, 1):.2f}"
        order = f"XS-{number:04},{day:%Y/%m/%d},K{buyer:03},第{buyer + 1}机械有限公司"
        lines += [f"{order},P-{item},阀门 {item} 号,{item},{price}\n" for item in (1, 2, 3)]
    lines += [
        "XS-9001,2026-02-30,K000,第1机械有限公司,P-1,阀门 1 号,1,10\n",
        f"XS-9002,{today:%Y-%m-%d},K000,第1机械有限公司,P-1,阀门 1 号,十二,10\n",
        f"XS-9003,{today:%Y-%m-%d},,,P-1,阀门 1 号,1,10\n",
    ]
    path = folder / "销售订单.csv"
    path.write_bytes((HEADER + "".join(lines)).encode(encoding))
    return path


@pytest.fixture
def worker(transactional_db: None, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    """A worker of our own that the pages can call."""
    settings.MEDIA_ROOT = tmp_path / "media"
    monkeypatch.setenv("MEDIA_ROOT", str(settings.MEDIA_ROOT))
    with tempfile.TemporaryDirectory(prefix="ks") as short:  # a socket's path may have 107 characters
        stack = Stack(tmp_path, Path(short) / "s")
        try:
            stack.broker()
            stack.worker()
            monkeypatch.setattr(hints, "current_app", Celery(broker=celery_url(f"unix://{stack.socket}")))
            monkeypatch.setattr(hints, "_silent_until", 0.0)
            yield stack
        finally:
            stack.stop()


def sign_in(page: Page, language: str) -> None:
    page.goto("/sign-in/")
    page.fill("input[name=login]", "stranger")
    page.fill("input[name=password]", factories.PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    expect(page.locator("html")).to_have_attribute("lang", "zh-Hans" if language == "zh-hans" else "en")


def bring_in(page: Page, file: Path, said: dict[str, Any], folder: Path) -> None:
    """Upload, map the column that isn't recognised, check, look at what is rejected, import."""
    page.locator(".rail a[href='/imports/']").click()
    page.locator("a[href='/imports/new/']").first.click()
    page.select_option("select[name=kind]", "orders")
    page.set_input_files("input[type=file]", file)
    page.locator("[data-save-button]").click()
    expect(page.locator("select[name=column-number]")).to_have_value("订单号")
    expect(page.locator("select[name=column-customer_name]")).to_have_value("")
    page.select_option("select[name=column-customer_name]", "往来单位")
    page.locator("button[name=check]").click()
    counts = page.locator("section[aria-labelledby=counts] dd")
    expect(counts.nth(0)).to_have_text("303", timeout=30_000)
    assert [counts.nth(place).inner_text() for place in range(5)] == ["303", "100", "0", "0", "3"]
    assert not Order.objects.exists(), "a check writes nothing"
    for words in said["rejected"]:
        expect(page.locator("section[aria-labelledby=errors]")).to_contain_text(words)
    with page.expect_download() as download:
        page.locator("a[download]").click()
    download.value.save_as(folder / "rejected.csv")
    rejected = list(csv.reader((folder / "rejected.csv").read_text("utf-8-sig").splitlines()))
    assert [row[0] for row in rejected[1:]] == ["XS-9001", "XS-9002", "XS-9003"]
    assert rejected[0][-4:] == ["line", "column", "value", "reason"]
    assert [row[-4:-1] for row in rejected[1:]] == [
        ["302", "订单日期", "2026-02-30"], ["303", "数量", "十二"], ["304", "客户编码", ""],
    ]  # fmt: skip
    page.locator("button[name=start]").click()
    expect(page.locator("a[href^='/orders/'].bt")).to_be_visible(timeout=30_000)


def compute(page: Page) -> None:
    page.locator(".rail a[href='/tiers/']").click()
    page.locator("a[href='/tiers/recompute/']").click()
    page.locator("main form button[type=submit]").click()
    expect(page.locator("a.bt.pri[href*='/tiers/runs/']")).to_be_visible(timeout=30_000)
    page.locator("a.bt.pri[href*='/tiers/runs/']").click()
    expect(page.locator(".facts .fig-n").first).to_be_visible()


def from_a_number_to_the_reason(page: Page, said: dict[str, Any]) -> None:
    """From the dashboard's number to its list, to its first customer, to why that one is an A."""
    page.locator(".rail a[href='/tiers/']").click()
    number = page.locator("a.fact").first
    expect(number.locator(".fig-n")).to_have_text(str(BUYERS))
    number.click()
    expect(page.locator("table.list tbody a.name")).to_have_count(BUYERS)
    expect(page.locator("#pager-count b")).to_have_text(str(BUYERS))
    page.locator("table.list tbody a.name").first.click()
    expect(page.locator("h1")).to_have_text("第1机械有限公司")
    page.locator("[popovertarget=why-tier]").click()
    expect(page.locator("#why-tier")).to_be_visible()
    expect(page.locator("#why-tier")).to_contain_text(said["why"])


@pytest.mark.parametrize(("language", "encoding"), [("en", "utf-8-sig"), ("zh-hans", "gb18030")])
def test_a_stranger_brings_in_orders_and_learns_why_a_customer_is_an_a(
    language: str,
    encoding: str,
    browser: Browser,
    live_server: LiveServer,
    worker: Stack,
    company: Department,
    tmp_path: Path,
) -> None:
    stranger = factories.user("administrator", username="stranger", department=company, language=language)
    stranger.set_password(factories.PASSWORD)
    stranger.save()
    context = browser.new_context(base_url=live_server.url, viewport={"width": 1400, "height": 900})
    page = context.new_page()
    page.set_default_timeout(15_000)
    try:
        sign_in(page, language)
        bring_in(page, order_file(tmp_path, encoding), READ[language], tmp_path)
        assert (Order.objects.count(), Customer.objects.count()) == (100, BUYERS)
        sales = Order.objects.aggregate(total=Sum("base_minor"))["total"]
        compute(page)
        assert Standing.objects.aggregate(total=Sum("sales_minor"))["total"] == sales
        assert Standing.objects.get(customer__code="K000").grade == "A"
        from_a_number_to_the_reason(page, READ[language])
    except Exception:
        sys.stdout.write(worker.log())
        raise
    finally:
        context.close()
