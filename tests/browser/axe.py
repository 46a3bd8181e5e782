"""What axe says of a page: the rules of WCAG 2.1 AA, run in the page through the debugger."""

from pathlib import Path

from django.conf import settings
from playwright.sync_api import Page

_SOURCE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
_RUN = "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa']})"


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """The rules that are broken, each with the elements that break it."""
    # Through the debugger, past the policy that forbids it to the page.
    debugger = page.context.new_cdp_session(page)
    debugger.send("Runtime.evaluate", {"expression": _SOURCE.read_text("utf-8")})
    answer = debugger.send("Runtime.evaluate", {"expression": _RUN, "awaitPromise": True, "returnByValue": True})
    debugger.detach()
    found = answer["result"]["value"]["violations"]
    return [(rule["id"], [node["html"][:120] for node in rule["nodes"]]) for rule in found]
