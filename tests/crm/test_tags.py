"""Template tags: wording in the active language, marks that say in words what they show in colour."""

import datetime as dt
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.test import override_settings
from django.utils import translation

from crm.lib import display
from crm.templatetags import ks_marks

TEMPLATES = Path(settings.BASE_DIR) / "templates"


def show(source: str, language: str = "en", **context: Any) -> str:
    with translation.override(language):
        return Template(source).render(Context(context))


def test_filters_speak_the_active_language() -> None:
    amount = Decimal(13_864_000)
    assert show("{{ x|money }}", x=amount) == "CNY 13.86 m"
    assert show("{{ x|money }}", "zh-hans", x=amount) == "¥1,386.4万"
    assert show("{{ x|table_money }} {% table_unit %}", "zh-hans", x=amount) == "1,386.4 万元"
    assert show('{{ x|money:"USD" }}', x=amount) == "USD 13.86 m"


@pytest.mark.parametrize(
    "name",
    ["money", "money_short", "money_full", "table_money", "number", "percent", "points", "day", "moment", "month"],
)
def test_a_missing_figure_is_words_not_a_blank(name: str) -> None:
    assert show(f"{{{{ x|{name} }}}}", x=None) == '<span class="na">not computed</span>'


def test_the_reason_of_a_missing_figure_is_shown_and_read_out() -> None:
    html = show('{% na "No rate" reason %}', reason="3 orders <lack> a rate")
    assert 'title="3 orders &lt;lack&gt; a rate"' in html
    assert '<span class="sr">: 3 orders &lt;lack&gt; a rate</span>' in html


def test_zero_in_a_table_is_grey() -> None:
    assert show("{{ x|table_money }}", x=Decimal(0)) == '<span class="muted">0.0</span>'


@override_settings(COMPANY_TIME_ZONE="Asia/Shanghai")
def test_a_moment_is_shown_in_the_companys_zone() -> None:
    at = dt.datetime(2020, 12, 31, 17, 0, tzinfo=dt.UTC)
    assert show("{{ x|day_full }}", x=at) == "1 Jan 2021"
    assert show("{% when x %}", x=at) == '<time datetime="2020-12-31T17:00:00+00:00" class="nowrap">1 Jan 2021</time>'


def test_a_delta_says_direction_and_judgement_in_words() -> None:
    html = show("{% delta change %}", change=display.number_change(11, good="down", unit="days"))
    assert 'class="d bad"' in html
    assert '<span class="sr">up, worse:</span> 11 days' in html
    assert show("{% delta change %}", change=display.percent_change(0)) == '<span class="d muted">0.0%</span>'


def test_relative_change_of_two_figures() -> None:
    assert "▲" in show("{% delta now|rate_change:before %}", now=15, before=10)
    assert "not computed" in show("{% delta now|rate_change:before %}", now=15, before=0)


def test_marks_carry_letters_beside_their_colour() -> None:
    assert show('{% tier "A" %}') == '<span class="tier a"><span class="sr">Tier </span>A</span>'
    assert "not graded" in show("{% tier None %}")
    assert "MVC" in show('{% value_class "MVC" %}')
    assert "Ordinary" in show('{% value_class "steady" %}')
    assert "II" in show('{% risk "A" 2 %}')
    assert "Key account" in show("{% key_mark %}")
    assert show("{% key_mark False %}") == ""


@pytest.mark.parametrize(("score", "judgement"), [(75, "good"), (74, "warn"), (55, "warn"), (54, "bad")])
def test_health_is_judged_by_its_bands(score: int, judgement: str) -> None:
    assert f'class="bar-s {judgement} "' in show("{% health score %}", score=score)


@pytest.mark.parametrize(("share", "width"), [(0.69, "69"), (1.4, "100"), (-0.2, "0")])
def test_a_bar_stays_within_its_box(share: float, width: str) -> None:
    assert f'<rect width="{width}"' in show("{% bar share %}", share=share)


def test_a_sparkline_of_equal_values_runs_in_the_middle() -> None:
    assert "M0.0 11.0 L84.0 11.0" in show('{% sparkline values "Sales" %}', values=[4, 4])
    assert "not computed" in show('{% sparkline values "Sales" %}', values=[4])


def test_pieces_of_a_stacked_bar_lie_side_by_side() -> None:
    pieces = ks_marks.stacked([50, 0, 50])
    assert [(piece["class"], piece["x"]) for piece in pieces] == [("0", "0.00"), ("2", "50.00")]


def test_an_unknown_icon_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="no icon 'no-such-icon'"):
        show('{% icon "no-such-icon" %}')


def test_every_icon_named_in_a_template_or_in_the_rail_exists() -> None:
    named = {
        name for file in TEMPLATES.rglob("*.html") for name in re.findall(r'{% icon "([^"]+)"', file.read_text("utf-8"))
    }
    rail = (Path(settings.BASE_DIR) / "crm" / "navigation.py").read_text("utf-8")
    named |= set(re.findall(r'Section\(\s*"\w", "([^"]+)"', rail))
    assert len(named) > 20
    assert [name for name in sorted(named) if not finders.find(f"vendor/icons/outline/{name}.svg")] == []


def test_no_template_breaks_the_content_security_policy() -> None:
    forbidden = re.compile(r"\sstyle=|\son\w+=|hx-on|javascript:|<script(?![^>]*(src=|application/json))|<style")
    served = [file for file in TEMPLATES.rglob("*.html") if file.parent.name != "mail"]  # e-mails have no policy
    guilty = [str(file) for file in served if forbidden.search(file.read_text("utf-8"))]
    assert guilty == []


class Sample(forms.Form):
    days = forms.IntegerField(label="Cycle", help_text="In days", widget=forms.TextInput({"inputmode": "numeric"}))
    buys = forms.ChoiceField(label="Buys", choices=[("c", "Centrally")], widget=forms.RadioSelect)


def test_a_field_ties_label_hint_and_error_together() -> None:
    html = show('{% field form.days suffix="days" %}', form=Sample({"days": "many"}))
    assert '<label for="id_days">Cycle' in html
    assert 'aria-describedby="id_days_helptext id_days_error"' in html
    assert 'aria-invalid="true"' in html
    assert '<p class="hint" id="id_days_helptext">In days</p>' in html
    assert 'id="id_days_error"' in html
    assert 'value="many"' in html
    assert 'class="in num-in"' in html


def test_a_group_of_choices_is_named_as_a_group() -> None:
    html = show("{% field form.buys %}", form=Sample())
    assert 'role="group" aria-labelledby="id_buys_label"' in html
    assert '<label class="rd" for="id_buys_0">' in html


def test_the_error_summary_links_to_the_fields_and_counts() -> None:
    html = show("{% error_summary form %}", form=Sample({"days": "many"}))
    assert "2 things to fix" in html
    assert '<a href="#id_days">Cycle: Enter a whole number.</a>' in html
    assert show("{% error_summary form %}", form=Sample({"days": "4", "buys": "c"})).strip() == ""


def test_the_error_summary_names_the_row_of_a_table_of_lines() -> None:
    lines = forms.formset_factory(Sample, extra=0)(
        {
            "form-TOTAL_FORMS": "2",
            "form-INITIAL_FORMS": "0",
            "form-0-days": "1",
            "form-0-buys": "c",
            "form-1-days": "x",
            "form-1-buys": "c",
        }
    )
    assert "Row 2, Cycle: Enter a whole number." in show("{% error_summary lines %}", lines=lines)


def test_the_page_names_its_language() -> None:
    assert show("{% html_lang %}") == "en"
    assert show("{% html_lang %}", "zh-hans") == "zh-Hans"


def test_a_cell_of_a_line_is_named_by_its_column_and_keeps_its_delete_mark() -> None:
    made = forms.formset_factory(Sample, extra=0, can_delete=True)
    lines = made({"form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-days": "x", "form-0-DELETE": "on"})
    html = show("{% cell line.days %}", line=lines.forms[0])
    assert 'aria-label="Cycle"' in html
    assert '<p class="err" id="id_form-0-days_error">Enter a whole number.</p>' in html
    assert (
        show("{% cell line.DELETE %}", line=lines.forms[0]) == '<input type="hidden" name="form-0-DELETE" value="on">'
    )


def test_a_hidden_field_with_a_picker_keeps_its_label() -> None:
    class Picked(forms.Form):
        customer = forms.IntegerField(label="Customer", widget=forms.HiddenInput({"data-text": "岚屿重工"}))

    html = show('{% field form.customer picker="/pick/" %}', form=Picked(initial={"customer": 7}))
    assert 'data-picker="/pick/"' in html
    assert '<label for="id_customer">Customer' in html
    assert 'data-text="岚屿重工"' in html
