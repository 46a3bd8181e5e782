"""Search keys: what a name is found by, in any script, by substring and by pinyin.

A row stores `search_text`, its names and their pinyin one a line, and `search_grams`, the distinct one- and
two-character pieces of it. A query's pieces select candidates through a GIN index; `search_text`
then proves the substring.
"""

import unicodedata
from collections.abc import Iterable

from pypinyin import Style, lazy_pinyin

MAX_TEXT = 2_000


def normalise(text: str) -> str:
    """Fold width, case and white space: '  Ｈｕａ  wei ' becomes 'hua wei'."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pinyin_keys(text: str) -> list[str]:
    """Full pinyin and initials of a text with Chinese in it: 华为 gives 'huawei' and 'hw'."""
    if not any("\u3400" <= char <= "\u9fff" for char in text):
        return []
    full = "".join(lazy_pinyin(text)).casefold()
    initials = "".join(lazy_pinyin(text, style=Style.FIRST_LETTER)).casefold()
    return [normalise(full), normalise(initials)]


def search_text(names: Iterable[str]) -> str:
    """All keys of a row, one a line, each once, at most `MAX_TEXT` characters."""
    lines: dict[str, None] = {}
    for name in names:
        for key in [normalise(name), *pinyin_keys(name)]:
            if key:
                lines[key] = None
    return "\n".join(lines)[:MAX_TEXT]


def grams(text: str) -> list[str]:
    """The distinct one- and two-character pieces of a search text, sorted; none spans two lines."""
    pieces: set[str] = set()
    for line in text.split("\n"):
        pieces.update(line)
        pieces.update(line[i : i + 2] for i in range(len(line) - 1))
    pieces.discard("\n")
    return sorted(pieces)


def query_grams(query: str) -> list[str]:
    """The pieces every match must have: pairs, or the single character of a one-character query."""
    text = normalise(query)
    if len(text) == 1:
        return [text]
    return sorted({text[i : i + 2] for i in range(len(text) - 1)})


def sort_key(name: str) -> str:
    """What a name is sorted by: pinyin for Chinese, folded text for the rest."""
    return normalise("".join(lazy_pinyin(name)))[:200]
