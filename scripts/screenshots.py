"""Take the pictures of the user guide in both languages from a running demo company.

    .venv/bin/python scripts/screenshots.py [http://localhost:8000] [NAME …]

It signs in as people of the demo, edits one customer's note and checks a file of orders, so take pictures of a
company that may be thrown away. Each picture is 1,400 pixels wide and has at most 256 colours.
"""

import io
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from shutil import which

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "img"
PASSWORD = "keystone-demo-2026"  # noqa: S105 - of the demo company, known to everybody
LANGUAGES = {"en": "en", "zh": "zh-hans"}
SIZE = {"width": 1400, "height": 900}
COLOURS = 256
# A key account of the demo's east department with something to say on every page.
CUSTOMER = "岚屿重工"
ORDERS = """订单号,订单日期,客户编码,客户名称,产品编码,产品名称,数量,单价
A-1001,2026-03-02,{code},岚屿重工,NEW-01,不锈钢离心泵,2,18600
A-1001,2026-03-02,{code},岚屿重工,NEW-02,调节阀 DN80,6,4200
A-1002,2026-03-05,T-9001,新海装备,NEW-01,不锈钢离心泵,1,18600
A-1003,2026-02-30,{code},岚屿重工,NEW-02,调节阀 DN80,4,4200
A-1004,2026-03-09,T-9002,东岭化工,NEW-02,调节阀 DN80,十二,4200
A-1005,2026-03-11,,,NEW-01,不锈钢离心泵,1,18600
"""


class Camera:
    """One person in one language: a page of their own, and where its pictures go."""

    def __init__(self, browser: Browser, address: str, folder: str, username: str) -> None:
        self.address, self.folder = address, folder
        self.page: Page = browser.new_page(viewport=SIZE, locale=LANGUAGES[folder], reduced_motion="reduce")  # type: ignore[arg-type]
        self.go("/sign-in/")
        self.page.fill("input[name=login]", username)
        self.page.fill("input[name=password]", PASSWORD)
        self.page.press("input[name=password]", "Enter")
        self.page.wait_for_url(lambda url: "/sign-in/" not in url)
        switch = self.page.locator(f"button[name=language][value={LANGUAGES[folder]}]:visible")
        if switch.count():
            switch.first.click()
            self.settle()

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)
        self.settle()

    def settle(self) -> None:
        """Wait until nothing is fetched any more and fonts are there."""
        self.page.wait_for_load_state("networkidle")
        self.page.evaluate("document.fonts.ready.then(() => 0)")

    def shoot(self, name: str) -> None:
        folder = PICTURES / self.folder
        folder.mkdir(parents=True, exist_ok=True)
        picture = Image.open(io.BytesIO(self.page.screenshot(animations="disabled"))).convert("RGB")
        path = folder / f"{name}.png"
        picture.quantize(palette=palette_of(picture), dither=Image.Dither.NONE).save(path, optimize=True)
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} KB", flush=True)

    def open_customer(self) -> str:
        """Open the customer's page and return its path."""
        self.go(f"/customers/?q={CUSTOMER}")
        self.page.locator("a.name").first.click()
        self.settle()
        return self.page.url.removeprefix(self.address)


def palette_of(picture: Image.Image) -> Image.Image:
    """The colours that cover most of a picture: areas keep theirs, only edges of letters are approximated."""
    counted = Counter(zip(*[iter(picture.tobytes())] * 3, strict=True))
    chosen = [channel for colour, _count in counted.most_common(COLOURS) for channel in colour]
    palette = Image.new("P", (1, 1))
    palette.putpalette(chosen)
    return palette


Take = Callable[[Callable[[str], Camera]], None]


def tier_dashboard(person: Callable[[str], Camera]) -> None:
    camera = person("manager")
    camera.go("/tiers/")
    camera.shoot("tier-dashboard")


def customer_list(person: Callable[[str], Camera]) -> None:
    camera = person("manager")
    camera.go("/customers/?sort=-segmentation.sales")
    camera.shoot("customer-list")


def customer_page(person: Callable[[str], Camera]) -> None:
    camera = person("manager")
    camera.open_customer()
    camera.shoot("customer-page")


def why(person: Callable[[str], Camera]) -> None:
    camera = person("manager")
    camera.open_customer()
    camera.page.locator("button.verdict").first.click()
    camera.page.locator("#why-tier").wait_for()
    camera.shoot("why")


def conflict(person: Callable[[str], Camera]) -> None:
    """Two people change the same fields of one customer; the picture is the second one's."""
    first, second = person("kam"), person("manager")
    path = f"{second.open_customer()}edit/"
    second.go(path)
    first.go(path)
    present = int(first.page.input_value("[name=staff_count]").replace(",", "") or 0)
    first.page.fill("[name=website]", f"https://lanyu.example/{present}")
    second.page.fill("[name=note]", f"集中采购，每月一次；年内扩到 {present + 300} 人。")
    for camera, more, house in ((first, 180, present % 90 + 6), (second, 250, present % 90 + 8)):
        camera.page.fill("[name=staff_count]", str(present + more))
        camera.page.fill("[name=address]", f"盐城市临港大道 {house} 号")
        camera.page.locator("[data-save-button]").click()
        camera.settle()
    second.shoot("conflict")


def order(person: Callable[[str], Camera]) -> None:
    camera = person("kam")
    camera.open_customer()
    camera.page.get_by_role("link", name=re.compile("^XS")).first.click()
    camera.settle()
    camera.shoot("order")


def import_check(person: Callable[[str], Camera]) -> None:
    camera = person("admin")
    camera.open_customer()
    code = camera.page.locator("dl.kv dd").first.inner_text()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "orders-march.csv"
        path.write_text(ORDERS.format(code=code), encoding="utf-8")
        camera.go("/imports/new/")
        camera.page.select_option("[name=kind]", "orders")
        camera.page.set_input_files("input[type=file]", path)
        camera.page.locator("[data-save-button]").click()
        camera.page.wait_for_url(re.compile(r"/imports/\d+/"))
    camera.page.locator("button[name=check]").click()
    camera.page.locator("#counts").wait_for(timeout=120_000)
    camera.settle()
    camera.shoot("import")


def my_accounts(person: Callable[[str], Camera]) -> None:
    camera = person("kam")
    camera.go("/my-accounts/")
    camera.shoot("my-accounts")


def runs(person: Callable[[str], Camera]) -> None:
    camera = person("admin")
    camera.go("/runs/")
    camera.shoot("runs")


TAKES: dict[str, Take] = {
    "customer-list": customer_list,
    "customer-page": customer_page,
    "why": why,
    "conflict": conflict,
    "order": order,
    "import": import_check,
    "tier-dashboard": tier_dashboard,
    "my-accounts": my_accounts,
    "runs": runs,
}


def main(words: list[str]) -> int:
    address = next((word for word in words if word.startswith("http")), "http://localhost:8000").rstrip("/")
    wanted = [word for word in words if not word.startswith("http")] or list(TAKES)
    chromium = which("chromium") or which("chromium-browser") or which("google-chrome")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for folder in LANGUAGES:
            cameras: dict[str, Camera] = {}

            def person(username: str, folder: str = folder, cameras: dict[str, Camera] = cameras) -> Camera:
                if username not in cameras:
                    cameras[username] = Camera(browser, address, folder, username)
                return cameras[username]

            for name in wanted:
                TAKES[name](person)
        browser.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
