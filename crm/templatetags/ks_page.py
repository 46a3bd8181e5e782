"""What the page frame and forms need. Loaded for every template."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import template
from django.conf import settings
from django.forms import BaseForm, BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.forms.formsets import BaseFormSet
from django.template.context import RequestContext
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext

from crm.lib import display
from crm.lib.requests import request_id
from crm.navigation import Link, page_url, sections

register = template.Library()


# ── Shell ───────────────────────────────────────────────────────────────────


@register.simple_tag(takes_context=True)
def rail(context: RequestContext) -> list[Link]:
    """The sections the user may open: `{% rail as links %}`."""
    request = context.get("request")
    return sections(request) if request is not None else []


@register.simple_tag(takes_context=True)
def page(context: RequestContext, url_name: str) -> str:
    """The address of a page, or nothing if there is none or the user may not read it."""
    request = context.get("request")
    return page_url(url_name, request.user) if request is not None and hasattr(request, "user") else ""


@register.simple_tag
def html_lang() -> str:
    """The `lang` attribute of the page: en, zh-Hans."""
    language = get_language() or settings.LANGUAGE_CODE
    return "zh-Hans" if display.is_chinese(language) else language


# ── Forms ───────────────────────────────────────────────────────────────────


@register.inclusion_tag("_components/field.html")
def field(
    bound: BoundField,
    wide: bool = False,
    suffix: str = "",
    note: str = "",
    mark: str = "",
    picker: str = "",
    label: str = "",
    placeholder: str | None = None,
) -> dict[str, Any]:
    """A form field with label, hint and error, tied together for screen readers.

    `wide` takes the whole row, `suffix` stands behind the input (a unit), `note` beside the label
    (what may be left out), `mark` is a small mark behind the label, `picker` the address of a
    type-ahead's answers. `label` and `placeholder` replace the field's own.
    """
    widget = bound.field.widget
    group = isinstance(widget, RadioSelect | CheckboxSelectMultiple)
    return {
        "field": bound,
        "label": label or bound.label,
        "picked": bool(picker),
        "wide": wide,
        "suffix": suffix,
        "note": note,
        "mark": mark,
        "kind": "group" if group else "check" if isinstance(widget, CheckboxInput) else "input",
        "control": _control(bound, picker, placeholder),
        "error_id": f"{bound.auto_id}_error",
        "hint_id": f"{bound.auto_id}_helptext",
    }


@register.simple_tag
def cell(bound: BoundField, picker: str = "") -> SafeString:
    """A form field inside a table of lines: its column's head is its label, its error stands under it.

    The delete mark of a formset becomes a hidden value that the script sets.
    """
    if bound.name == "DELETE":
        marked = "on" if bound.value() else ""
        return format_html('<input type="hidden" name="{}" value="{}">', bound.html_name, marked)
    errors = " ".join(str(error) for error in bound.errors)
    return format_html(
        "{}{}",
        _control(bound, picker, "", {"aria-label": str(bound.label)}),
        format_html('<p class="err" id="{}_error">{}</p>', bound.auto_id, errors) if errors else "",
    )


def _control(
    bound: BoundField, picker: str, placeholder: str | None, extra: Mapping[str, str] | None = None
) -> SafeString:
    described = [f"{bound.auto_id}_helptext"] if bound.help_text else []
    described += [f"{bound.auto_id}_error"] if bound.errors else []
    attrs = {**bound.field.widget.attrs, **(extra or {})}
    numeric = " num-in" if attrs.get("inputmode") in {"decimal", "numeric"} else ""
    attrs["class"] = f"{attrs.get('class', '')} in{numeric}".strip()
    if described:
        attrs["aria-describedby"] = " ".join(described)
    if bound.errors:
        attrs["aria-invalid"] = "true"
    if placeholder is not None:
        attrs["placeholder"] = placeholder
    if picker:
        attrs["data-picker"] = picker
    return bound.as_widget(attrs=attrs)


@register.inclusion_tag("_components/error_summary.html")
def error_summary(*forms: BaseForm | BaseFormSet[Any] | None) -> dict[str, Any]:
    """What keeps the form from being saved, with links to the fields; nothing if nothing does."""
    errors: list[dict[str, str]] = []
    for form in forms:
        if isinstance(form, BaseFormSet):
            errors += [{"text": str(text)} for text in form.non_form_errors()]
            for place, row in enumerate(form.forms, start=1):
                errors += _form_errors(row, place)
        elif form is not None:
            errors += _form_errors(form)
    return {"errors": errors, "count": len(errors)}


def _form_errors(form: BaseForm, row: int = 0) -> list[dict[str, str]]:
    found = []
    for name, messages in form.errors.items():
        bound = form[name] if name in form.fields else None
        label = str(bound.label) if bound is not None else ""
        if row:
            # Translators: the place of an error in a table of lines
            label = gettext("Row %(row)s, %(field)s") % {"row": row, "field": label or gettext("whole row")}
        target = bound.id_for_label if bound is not None else ""
        found += [{"target": target, "label": label, "text": str(text)} for text in messages]
    return found


@register.filter
def at(items: Sequence[Any], place: int) -> Any:
    """The item at a place of a sequence."""
    return items[place]


@register.simple_tag
def request_number() -> str:
    """The number by which this request is found in the logs; shown on error pages."""
    return request_id.get() or "–"
