"""Search keys: what a name is found by, in any script, by substring and by pinyin.

A row stores `search_text`, its names and their pinyin one a line, and `search_grams`, the distinct one- and
two-character pieces of it. A query's pieces select candidates through a GIN index; `search_text`
then proves the substring.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from pypinyin import Style, pinyin
from pypinyin.core import Pinyin

MAX_TEXT = 2_000
_BETWEEN = "\0"
_words = Pinyin().seg


def normalise(text: str) -> str:
    """Fold width, case and white space: '  Ｈｕａ  wei ' becomes 'hua wei'."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@lru_cache(maxsize=50_000)
def _word_syllables(word: str) -> tuple[tuple[str, str], ...]:
    """One word in pieces: (pinyin, initial) of each Chinese character, (piece, piece) of what stands between."""
    pieces = pinyin(word, style=Style.NORMAL, errors=lambda rest: _BETWEEN + rest)
    return tuple((piece[1:], piece[1:]) if piece.startswith(_BETWEEN) else (piece, piece[:1]) for (piece,) in pieces)


def _syllables(text: str) -> list[tuple[str, str]]:
    """A text word by word: words such as 有限公司 come again and again, and finding their pinyin is slow."""
    return [syllable for word in _words(text) for syllable in _word_syllables(word)]


def has_chinese(text: str) -> bool:
    """Whether a text has Chinese characters in it."""
    return any("\u3400" <= char <= "\u9fff" for char in text)


def pinyin_keys(text: str) -> list[str]:
    """Full pinyin and initials of a text with Chinese in it: 华为 gives 'huawei' and 'hw'."""
    if not has_chinese(text):
        return []
    syllables = _syllables(text)
    return [normalise("".join(full for full, _ in syllables)), normalise("".join(first for _, first in syllables))]


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
    if not has_chinese(name):
        return normalise(name)[:200]
    return normalise("".join(full for full, _ in _syllables(name)))[:200]
