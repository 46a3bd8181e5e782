"""Keep the Chinese texts in step with the sources: `messages.py extract`, `messages.py check`.

Reads Python sources by their syntax tree and templates with Django's `templatize` and Babel: nothing here
needs GNU gettext, which a person's machine may lack. The file keeps its order, names files but no lines, and carries no
dates, so that a change of it shows the texts that changed and nothing else.
"""

import ast
import io
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import polib
from babel.messages.extract import extract_python
from django.conf import settings
from django.template.base import Lexer, TokenType
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
OTHERS = ROOT / "locale" / "others.json"
CATALOGUE = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
PACKAGES = [
    "accounts", "credit", "crm", "dashboards", "jobs", "loyalty", "planning", "sales", "segmentation", "touchpoints",
    "users",
]  # fmt: skip
METADATA = {
    "Project-Id-Version": "Keystone",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Plural-Forms": "nplurals=1; plural=0;",
}

# Function → which arguments hold (context, text, plural), counted from 1; 0 where there is none.
KEYWORDS = {
    "_": (0, 1, 0),
    "gettext": (0, 1, 0),
    "gettext_lazy": (0, 1, 0),
    "gettext_noop": (0, 1, 0),
    "ngettext": (0, 1, 2),
    "ngettext_lazy": (0, 1, 2),
    "pgettext": (1, 2, 0),
    "pgettext_lazy": (1, 2, 0),
    "npgettext": (1, 2, 3),
    "npgettext_lazy": (1, 2, 3),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[-+ #0-9.]*[a-zA-Z]|%[sd]|\{[^{}]*\}")

# What the table of terms binds: where the English word stands, the Chinese must hold one of these.
TERMS = {
    r"\btiers?\b": ("等级", "类", "级"),
    r"\bkey accounts?\b": ("大客户",),
    r"\bcustomer\b": ("客户", "家"),
    r"\b(?:a|the|this) run\b": ("批次",),
    r"\bowners?\b": ("负责人",),
    r"\baccount managers?\b": ("大客户经理",),
    r"\bGini\b": ("基尼系数",),
    r"\bdry run\b": ("试运行",),
}
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:!?]|[,;!?][\u4e00-\u9fff]")
NO_GAP = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
DATE = re.compile(r"\d+[年月日]")
SCOLDING = re.compile(r"！|失败")

Key = tuple[str, str, str]
Values = tuple[str | None, ...]


class Text(NamedTuple):
    """One text of the sources: where it stands and what its author says to the translator."""

    key: Key
    places: list[str]
    comments: list[str]


def main(words: list[str]) -> int:
    if words == ["extract"]:
        return extract()
    if words == ["check"]:
        return check()
    print(__doc__.splitlines()[0], file=sys.stderr)
    return 2


def extract() -> int:
    """Bring the catalogue up to date and list what is left to translate."""
    texts = sources()
    catalogue = updated(texts, read_catalogue())
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(CATALOGUE))
    empty = sum(1 for entry in catalogue if not entry.translated())
    print(f"{len(catalogue)} texts, {empty} to translate")
    return 0


def check() -> int:
    faults = catalogue_faults(sources(), read_catalogue()) + [
        f"{place}: not marked for translation: {text!r}" for place, text in unmarked_texts()
    ]
    for fault in faults:
        print(fault)
    return 1 if faults else 0


# ── The sources ─────────────────────────────────────────────────────────────


def sources() -> list[Text]:
    """Return every marked text once, in the order of the files and of the lines in them."""
    configure()
    found = {key: Text(key, [OTHERS.relative_to(ROOT).as_posix()], []) for key in library_texts()}
    for path in source_files():
        place = path.relative_to(ROOT).as_posix()
        for key, comments in texts_of(path):
            text = found.setdefault(key, Text(key, [], []))
            if place not in text.places:
                text.places.append(place)
            text.comments.extend(comment for comment in comments if comment not in text.comments)
    return list(found.values())


def configure() -> None:
    if not settings.configured:
        settings.configure()


def library_texts() -> Iterator[Key]:
    """Yield the texts of libraries that our catalogue words anew."""
    for singular, *plural in json.loads(OTHERS.read_text(encoding="utf-8"))["texts"]:
        yield "", singular, plural[0] if plural else ""


def source_files() -> list[Path]:
    python = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
    return sorted(path for path in python if "migrations" not in path.parts) + sorted(
        path for path in (ROOT / "templates").rglob("*") if path.suffix in {".html", ".txt"}
    )


def texts_of(path: Path) -> Iterator[tuple[Key, list[str]]]:
    source = path.read_text(encoding="utf-8")
    found = python_texts(source) if path.suffix == ".py" else template_texts(source, path)
    for function, values, comments in found:
        key = key_of(function, values)
        if key is not None:
            yield key, comments


def python_texts(source: str) -> Iterator[tuple[str, Values, list[str]]]:
    """Read the syntax tree: a tokenizer sees no calls inside f-strings before Python 3.12."""
    lines = source.split("\n")
    nodes = list(ast.walk(ast.parse(source)))
    called = {
        name.asname or name.name: name.name
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
    }
    calls = [node for node in nodes if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = called.get(getattr(call.func, "id", ""), getattr(call.func, "attr", ""))
        if name in KEYWORDS:
            yield name, tuple(literal(value) for value in call.args), comments_above(lines, call.lineno)


def literal(value: ast.expr) -> str | None:
    return value.value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def comments_above(lines: list[str], number: int) -> list[str]:
    """Return the comment to the translator that stands right above line `number`."""
    block: list[str] = []
    for line in reversed(lines[: number - 1]):
        if not line.strip().startswith("#"):
            break
        block.insert(0, line.strip().removeprefix("#").strip())
    return [" ".join(block)] if block and block[0].startswith("Translators:") else []


def template_texts(source: str, path: Path) -> Iterator[tuple[str, Values, list[str]]]:
    # What stands between the texts comes out as rows of X: indentation means nothing there.
    plain = "\n".join(line.lstrip() for line in templatize(source, origin=str(path)).split("\n"))
    found: Any = extract_python(io.BytesIO(plain.encode()), dict.fromkeys(KEYWORDS), ["Translators:"], {})
    for _, function, arguments, comments in found:
        values = arguments if isinstance(arguments, tuple) else (arguments,)
        yield function, values, [comment.strip() for comment in comments]


def key_of(function: str, values: Values) -> Key | None:
    """Return (context, text, plural), or None where an argument is not a literal."""
    parts = []
    for position in KEYWORDS[function]:
        value = values[position - 1] if 0 < position <= len(values) else ""
        if value is None:
            return None
        parts.append(value)
    context, text, plural = parts
    return (context, text, plural) if text else None


# ── The catalogue ───────────────────────────────────────────────────────────


def read_catalogue() -> polib.POFile:
    if CATALOGUE.exists():
        return polib.pofile(str(CATALOGUE), wrapwidth=110)
    return polib.POFile(wrapwidth=110)


def updated(texts: list[Text], before: polib.POFile) -> polib.POFile:
    """Return the catalogue of `texts`; what was translated stays, what is gone from the sources goes."""
    known = {entry_key(entry): entry for entry in before}
    after = polib.POFile(wrapwidth=110)
    after.metadata = METADATA
    for text in texts:
        after.append(entry_of(text, known.get(text.key)))
    return after


def entry_of(text: Text, known: polib.POEntry | None) -> polib.POEntry:
    context, singular, plural = text.key
    entry = polib.POEntry(
        msgid=singular,
        msgctxt=context or None,
        occurrences=[(place, "") for place in text.places],
        comment="\n".join(text.comments),
        tcomment=known.tcomment if known else "",
    )
    if plural:
        entry.msgid_plural = plural
        entry.msgstr_plural = {0: known.msgstr_plural.get(0, "") if known else ""}
    else:
        entry.msgstr = known.msgstr if known else ""
    if PLACEHOLDER.search(singular) and "%" in singular:
        entry.flags = ["python-format"]
    return entry


def entry_key(entry: polib.POEntry) -> Key:
    return (entry.msgctxt or "", entry.msgid, entry.msgid_plural or "")


def translation(entry: polib.POEntry) -> str:
    return str(entry.msgstr_plural.get(0, "")) if entry.msgid_plural else entry.msgstr


# ── What is checked ─────────────────────────────────────────────────────────


def catalogue_faults(texts: list[Text], catalogue: polib.POFile) -> list[str]:
    """Return one line per fault: missing, left over, fuzzy, untranslated, placeholders, wording."""
    wanted = {text.key: text for text in texts}
    present = {entry_key(entry): entry for entry in catalogue if not entry.obsolete}
    faults = [
        f"{', '.join(text.places)}: not in the catalogue, run messages.py extract: {key[1]!r}"
        for key, text in wanted.items()
        if key not in present
    ]
    faults += [f"no source has this any more: {entry.msgid!r}" for entry in catalogue.obsolete_entries()]
    for key, entry in present.items():
        if key not in wanted:
            faults.append(f"no source has this any more: {entry.msgid!r}")
        faults += [f"{fault}: {entry.msgid!r} → {translation(entry)!r}" for fault in entry_faults(entry)]
    return faults


def entry_faults(entry: polib.POEntry) -> Iterator[str]:
    chinese = translation(entry)
    if not chinese:
        yield "untranslated"
        return
    if entry.fuzzy:
        yield "fuzzy"
    if entry.msgid_plural and set(entry.msgstr_plural) != {0}:
        yield "Chinese has one plural form"
    # One form of a plural may spell its number out ('one customer'), so the plural names them all.
    if placeholders(entry.msgid_plural or entry.msgid) != placeholders(chinese):
        yield "placeholders differ"
    if HALF_WIDTH.search(chinese):
        yield "half-width punctuation beside Chinese"
    if NO_GAP.search(DATE.sub("", PLACEHOLDER.sub(" ", chinese))):
        yield "no gap between Chinese and Latin letters or digits"
    if SCOLDING.search(chinese):
        yield "scolding"
    yield from term_faults(entry.msgid, chinese)


def placeholders(text: str) -> set[str]:
    return set(PLACEHOLDER.findall(text.replace("%%", "")))


def term_faults(english: str, chinese: str) -> Iterator[str]:
    plain = PLACEHOLDER.sub("", english)
    for pattern, allowed in TERMS.items():
        if re.search(pattern, plain, re.IGNORECASE) and not any(term in chinese for term in allowed):
            yield f"term {pattern} is {' or '.join(allowed)}"


# ── Text that nobody marked ─────────────────────────────────────────────────

SILENT = re.compile(r"<(script|style|code|kbd|svg)\b.*?</\1>|<!--.*?-->", re.DOTALL)
SPOKEN = re.compile(r"\b(?:title|placeholder|alt|aria-label)=(\"[^\"]*\"|'[^']*')")
TAG = re.compile(r"<(?:[^<>\"']|\"[^\"]*\"|'[^']*')*>")
WORD = re.compile(r"[A-Za-z]{2,}")
# The same in both languages: names, formats and keys.
SAME = {
    "Keystone",
    "KE",
    "CSV",
    "SVG",
    "PNG",
    "Esc",
    "Ctrl",
    "Enter",
    "Alt",
    "English",
    "nbsp",
    "middot",
    "amp",
    "times",
}
CLASS = {"narrow"}  # blocks that fill a class attribute
SHOWCASE = {"styleguide.html", "styleguide_line.html"}  # developers' pages, in English


def unmarked_texts() -> Iterator[tuple[str, str]]:
    """Yield words of templates that stand outside `translate` and its like."""
    for path in sorted((ROOT / "templates").rglob("*.html")):
        if path.name not in SHOWCASE:
            for text in bare_words(path.read_text(encoding="utf-8")):
                yield path.relative_to(ROOT).as_posix(), text


def bare_words(source: str) -> Iterator[str]:
    """Yield the texts of a template that a reader sees and no catalogue knows."""
    plain = SILENT.sub(" ", outside_of_tags(source))
    spoken = [match.group(1)[1:-1] for match in SPOKEN.finditer(plain)]
    for text in [*TAG.sub("\n", plain).split("\n"), *spoken]:
        if set(WORD.findall(text)) - SAME - CLASS:
            yield text.strip()


def outside_of_tags(source: str) -> str:
    """Return a template's text without tags, variables, comments and blocks that are translated."""
    kept, skip_until = [], ""
    for token in Lexer(source).tokenize():
        word = token.contents.split(" ")[0] if token.token_type == TokenType.BLOCK else ""
        if skip_until:
            skip_until = "" if word == skip_until else skip_until
        elif word in {"blocktranslate", "blocktrans", "comment"}:
            skip_until = f"end{word}"
        elif token.token_type == TokenType.TEXT:
            kept.append(token.contents)
    return "".join(kept)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
