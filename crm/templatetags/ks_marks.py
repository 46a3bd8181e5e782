"""Icons and marks: small pieces of markup that stand in rows and sentences. Loaded for every template.

Larger pieces are the files in `templates/_components/`.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from django import template
from django.contrib.staticfiles import finders
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, pgettext

from crm.lib import display
from crm.lib.display import Change, Number
from crm.templatetags.ks import na

register = template.Library()

_SVG_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.DOTALL)


@lru_cache(maxsize=512)
def _icon_body(name: str) -> str:
    path = finders.find(f"vendor/icons/outline/{name}.svg")
    if not path:
        raise ValueError(f"there is no icon {name!r} in the vendored set")
    found = _SVG_BODY.search(Path(str(path)).read_text("utf-8"))
    return re.sub(r"\s+", " ", found.group(1)).strip() if found else ""


@register.simple_tag
def icon(name: str, size: str = "", label: str = "") -> SafeString:
    """An outline icon: `{% icon "sun" %}`, `{% icon "lock" "lg" %}`; with a label it is read out."""
    read = format_html('role="img" aria-label="{}"', label) if label else mark_safe('aria-hidden="true"')
    return format_html(
        '<svg class="ic{}" viewBox="0 0 24 24" {}>{}</svg>',
        f" {size}" if size else "",
        read,
        mark_safe(_icon_body(name)),  # noqa: S308 - a file of the vendored icon set
    )


@register.simple_tag
def tier(grade: str | None) -> SafeString:
    """The tier mark: A filled, B tinted, C outlined."""
    if not grade:
        # Translators: 未分级
        return na(gettext("not graded"))
    # Translators: 等级 (the word read out before A, B or C)
    return format_html(
        '<span class="tier {}"><span class="sr">{} </span>{}</span>',
        grade.lower(),
        pgettext("mark", "Tier"),
        grade,
    )


@register.simple_tag
def value_class(code: str | None) -> SafeString:
    """The value mark: ◆ MVC, ▲ STC, ▼ BZ; every other class is plain."""
    if not code:
        return na()
    if code in {"MVC", "STC", "BZ"}:
        return format_html('<span class="vc {}">{}</span>', code.lower(), code)
    # Translators: 一般 (a value class that is neither MVC, STC nor BZ)
    return format_html('<span class="vc core">{}</span>', gettext("Ordinary"))


@register.simple_tag
def risk(grade: str | None, risk_class: int = 1) -> SafeString:
    """The risk mark: n of four bars, the grade's letters, the Roman class."""
    if not grade:
        # Translators: 无档案
        return na(gettext("no file"))
    # Translators: 类风险 (read out after the Roman number of a risk class)
    return format_html(
        '<span class="risk r{}">{} <span class="muted">{}<span class="sr"> {}</span></span></span>',
        risk_class, grade, ("I", "II", "III", "IV")[risk_class - 1], gettext("risk class"),
    )  # fmt: skip


@register.simple_tag
def key_mark(is_key: bool = True) -> SafeString | str:
    """The gold keystone before the name of a key account; nothing before other names."""
    if not is_key:
        return ""
    # Translators: 大客户
    words = gettext("Key account")
    return format_html('<span class="key" role="img" aria-label="{}" title="{}"></span>', words, words)


@register.simple_tag
def health(score: Number | None) -> SafeString:
    """The health mark: a bar and the number; good from 75, bad below 55."""
    if score is None:
        return na()
    judgement = "good" if score >= 75 else "warn" if score >= 55 else "bad"
    return format_html('<span class="hp">{}{}</span>', bar(score / 100, judgement), display.number(score))


@register.simple_tag
def bar(share: Number, judgement: str = "", size: str = "") -> SafeString:
    """A small bar filled to a share of one: `{% bar 0.69 "warn" %}`; size `full` fills its cell."""
    width = min(max(round(float(share) * 100, 1), 0), 100)
    return format_html(
        '<svg class="bar-s {} {}" viewBox="0 0 100 6" preserveAspectRatio="none" aria-hidden="true">'
        '<rect width="{}" height="6"/></svg>',
        judgement, size, f"{width:g}",
    )  # fmt: skip


@register.simple_tag
def delta(change: Change | None) -> SafeString:
    """A `display.Change`: the arrow says up or down, the colour and the words better or worse."""
    if change is None:
        return na()
    if not change.arrow:
        return format_html('<span class="d muted">{}</span>', change.text)
    said = {"▲": gettext("up"), "▼": gettext("down")}[change.arrow]
    judged = {"good": gettext("better"), "bad": gettext("worse"), "": ""}[change.judgement]
    words = f"{said}, {judged}" if judged else said
    return format_html(
        '<span class="d {}"><span aria-hidden="true">{}</span><span class="sr">{}:</span> {}</span>',
        change.judgement, change.arrow, words, change.text,
    )  # fmt: skip


@register.simple_tag
def sparkline(values: Sequence[Number], label: str, judgement: str = "") -> SafeString:
    """A line of the last values, 84 × 22; grey unless the trend itself is judged."""
    if len(values) < 2:
        return na()
    heights = [float(value) for value in values]
    low, spread = min(heights), max(heights) - min(heights)
    step = 84 / (len(heights) - 1)
    ends = [(i * step, 20 - 18 * (height - low) / spread if spread else 11.0) for i, height in enumerate(heights)]
    path = " L".join(f"{x:.1f} {y:.1f}" for x, y in ends)
    return format_html(
        '<svg class="spark {}" viewBox="0 0 84 22" role="img" aria-label="{}">'
        '<path class="l" d="M{}"/><circle cx="{}" cy="{}" r="2"/></svg>',
        judgement, label, path, f"{ends[-1][0]:.1f}", f"{ends[-1][1]:.1f}",
    )  # fmt: skip


@register.simple_tag
def avatar(name: object, size: str = "") -> SafeString:
    """The first letter of a name in a disc; decoration, the name stands beside it."""
    letter = str(name).strip()[:1].upper() or "?"
    return format_html('<span class="ava {}" aria-hidden="true">{}</span>', size, letter)


@register.simple_tag
def stacked(parts: Sequence[Number]) -> list[dict[str, str]]:
    """Where the pieces of a stacked bar begin and how wide they are, in percent with a small gap."""
    whole = float(sum(parts)) or 1.0
    shown = [float(part) for part in parts]
    gap, start, pieces = 0.3, 0.0, []
    for index, part in enumerate(shown):
        width = part / whole * 100
        if width > 0:
            pieces.append({"class": str(index), "x": f"{start:.2f}", "width": f"{max(width - gap, 0.2):.2f}"})
        start += width
    return pieces
