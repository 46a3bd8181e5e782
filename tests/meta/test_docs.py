"""The documents agree with the house: links lead somewhere, targets exist, variables are explained."""

import re
from pathlib import Path
from urllib.parse import unquote

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
OUTSIDE = {".venv", "node_modules", "var", ".git"}
DOCUMENTS = sorted(
    path
    for path in ROOT.rglob("*.md")
    if not OUTSIDE & set(path.relative_to(ROOT).parts) and ".pytest" not in str(path)
)
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
TARGET = re.compile(r"^([a-z][a-z-]*):", re.MULTILINE)
MENTIONED = re.compile(r"^(?:\w+=\S+ )*make ([a-z][a-z-]*)", re.MULTILINE)
# Code alone: in a sentence "make" is a verb.
COMMANDS = re.compile(r"`([^`]*)`|^```\n(.*?)^```", re.MULTILINE | re.DOTALL)
VARIABLE = re.compile(r"env\.(?:str|bool|int|list|db_url|float|json)\(\s*\"([A-Z_]+)\"")


def links_of(path: Path) -> list[str]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return [link for link in LINK.findall(text) if not re.match(r"[a-z]+:|#", link)]


def headings_of(path: Path) -> set[str]:
    """The anchors of a document, made from its headings as code hosts make them."""
    found = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found}


def targets_named_in(text: str) -> set[str]:
    code = "\n".join(inline or block for inline, block in COMMANDS.findall(text))
    return set(MENTIONED.findall(code))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_links_of_documents_lead_somewhere(path: Path) -> None:
    for link in links_of(path):
        name, _hash, anchor = unquote(link).partition("#")
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), f"{path.relative_to(ROOT)} links to {link}, which isn't there"
        if anchor and target.suffix == ".md":
            assert anchor in headings_of(target), f"{path.relative_to(ROOT)}: no heading for {link}"


@pytest.mark.parametrize("name", ["README.md", "DEVELOPERS.md", "docs/operator-guide.md"])
def test_targets_named_in_documents_exist(name: str) -> None:
    targets = set(TARGET.findall((ROOT / "Makefile").read_text(encoding="utf-8")))
    named = targets_named_in((ROOT / name).read_text(encoding="utf-8"))
    assert named, "nothing was found: the pattern is broken"
    assert named <= targets


def test_every_variable_that_settings_read_is_in_the_operators_guide() -> None:
    read = set(VARIABLE.findall((ROOT / "crm" / "settings.py").read_text(encoding="utf-8")))
    assert {"DATABASE_URL", "SECRET_KEY", "IMPORT_MAX_BYTES"} <= read, "the pattern is broken"
    guide = (ROOT / "docs" / "operator-guide.md").read_text(encoding="utf-8")
    assert {name for name in read if f"`{name}`" not in guide} == set()


def test_both_user_guides_have_the_same_parts_and_pictures() -> None:
    guides = {
        language: (ROOT / "docs" / f"user-guide.{language}.md").read_text(encoding="utf-8") for language in ("en", "zh")
    }
    outlines = {language: re.findall(r"^(#+) ", text, re.MULTILINE) for language, text in guides.items()}
    assert outlines["en"] == outlines["zh"]
    pictures = {language: re.findall(rf"\(img/{language}/([\w-]+\.png)\)", text) for language, text in guides.items()}
    assert pictures["en"] == pictures["zh"]
    assert pictures["en"], "the pattern is broken"
