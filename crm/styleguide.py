# ruff: noqa: E501 - samples read better in one row each
"""Every component on one page, in DEBUG only; the figures are invented."""

from decimal import Decimal
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from crm.lib import display
from crm.lib.figures import Column, Figure
from users.access import Caller, Rule, rules

MONTHS = ("Dec", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov")
SALES = (128.6, 112.3, 74.9, 134.8, 139.5, 142.1, 133.7, 126.0, 121.4, 96.2, 84.7, 92.2)
LOW = (104, 92, 60, 108, 112, 114, 112, 106, 104, 106, 110, 104.9)
HIGH = (146, 134, 96, 150, 154, 156, 154, 148, 146, 148, 152, 146)
BEFORE = (131.2, 119.8, 77.5, 129.4, 133.0, 138.6, 135.9, 127.7, 124.3, 124.9, 128.4, 107.3)
CURVE = (
    (0, 0), (0.3, 17.4), (0.8, 27.5), (2, 41), (3.7, 51.9), (5.5, 59.3), (8, 67), (11.6, 74.3), (15.7, 80),
    (20.8, 85), (28, 89.8), (41.7, 95), (58.5, 98), (75.3, 99.4), (100, 100),
)  # fmt: skip


class SampleForm(forms.Form):
    """Fields of every kind."""

    name = forms.CharField(label="Legal name", help_text="As on the licence")
    code = forms.CharField(label="Credit code")
    staff = forms.IntegerField(label="Employees", required=False, widget=forms.TextInput({"inputmode": "numeric"}))
    industry = forms.ChoiceField(label="Industry", choices=[("m", "Mining machinery"), ("p", "Pharmaceuticals")])
    buying = forms.ChoiceField(
        label="Buys", choices=[("c", "Centrally"), ("s", "By site")], widget=forms.RadioSelect, required=False
    )
    counts = forms.BooleanField(label="Counts in grading", required=False)
    note = forms.CharField(label="Note", widget=forms.Textarea({"rows": 2}), required=False)
    product = forms.CharField(label="Product", required=False)
    file = forms.FileField(label="File", required=False)

    def clean_code(self) -> str:
        """Refuse everything, so that the page shows an error."""
        raise forms.ValidationError("From the first 17 characters the last should be 0; you typed 8.")


class SampleLine(forms.Form):
    """One line of an order."""

    product = forms.CharField(label="Product", widget=forms.HiddenInput({"data-text": "Slurry pump 150"}))
    quantity = forms.DecimalField(label="Quantity", widget=forms.TextInput({"inputmode": "decimal"}))
    price = forms.DecimalField(label="Unit price", widget=forms.TextInput({"inputmode": "decimal"}))


SampleLines = forms.formset_factory(SampleLine, extra=0, can_delete=True)


def figures() -> dict[str, Figure]:
    """One figure of each kind."""
    return {"pareto": _pareto(), "mix": _mix(), "trend": _trend(), "bars": _bars(), "line": _line()}


def _pareto() -> Figure:
    return Figure(
        "pareto", "Pareto curve · sales of 12 months", "196 A customers (15.7%) bring 80% of sales",
        [Column("Tier", numeric=False), Column("Customers"), Column("Sales, CNY thousand")],
        [["A", "196", "673,087.0"], ["B", "325", "126,318.0"], ["C", "727", "41,950.0"]],
        {
            "points": CURVE, "previous": [(0, 0), (2.5, 42.6), (9.6, 68.4), (16.4, 80), (44.9, 95.3), (100, 100)],
            "marks": [
                {"x": 15.7, "y": 80, "tier": "a", "label": ["15.7% of customers → 80%", "196 A customers · CNY 673 m"]},
                {"x": 41.7, "y": 95, "tier": "b", "label": ["41.7% of customers → 95%", "325 B customers"]},
            ],
            "x_name": "Customers, from the largest", "y_name": "Sales so far",
            "equal": "if all were alike", "tip": "The first {x}% of customers bring {y}% of sales",
        },
        foot=[["All", "1,248", "841,355.0"]], notes=["Dashed: a year ago", "Run 4127"], file_name="pareto",
    )  # fmt: skip


def _mix() -> Figure:
    tiers = {"a": (184, 190, 196), "b": (308, 316, 325), "c": (702, 709, 727)}
    return Figure(
        "mix", "Tier mix · month ends", "12 more A customers in a year; the share hardly moved",
        [Column("Month end", numeric=False), Column("A"), Column("B"), Column("C")],
        [["Nov", "184", "308", "702"], ["May", "190", "316", "709"], ["Oct", "196", "325", "727"]],
        {
            "labels": ["Nov", "May", "Oct"],
            "series": [
                {"name": tier.upper(), "tier": tier, "values": values, "end": [f"{tier.upper()} {values[-1]}", "+12"]}
                for tier, values in tiers.items()
            ],
        },
        file_name="mix",
    )  # fmt: skip


def _trend() -> Figure:
    money = [
        Column("Month", numeric=False),
        Column("Sales"),
        Column("Lowest expected"),
        Column("Highest"),
        Column("A year ago"),
    ]
    rows = [
        [month, *(display.number(value, 1) for value in values)]
        for month, *values in zip(MONTHS, SALES, LOW, HIGH, BEFORE, strict=True)
    ]
    return Figure(
        "trend", "Monthly sales and its own expectation", "Below its own expected range for three months",
        money, rows,
        {
            "labels": MONTHS, "unit": "CNY 10,000", "values": SALES, "low": LOW, "high": HIGH, "previous": BEFORE,
            "texts": [row[1] for row in rows], "names": {"values": "Sales", "previous": "A year ago"},
        },
        notes=["Band: 80% expected range"], file_name="trend",
    )  # fmt: skip


def _bars() -> Figure:
    return Figure(
        "bars", "Sales by industry", "Mining machinery brings a third",
        [Column("Industry", numeric=False), Column("Sales")],
        [["Mining", "33.1"], ["Food", "21.4"], ["Water", "18.0"]],
        {
            "labels": ["Mining", "Food", "Water"], "horizontal": True, "format": {"suffix": "%"},
            "series": [{"name": "Share", "values": [33.1, 21.4, 18.0], "texts": ["33.1%", "21.4%", "18.0%"]}],
        },
        file_name="industries",
    )  # fmt: skip


def _line() -> Figure:
    return Figure(
        "line", "Days sales outstanding", "Eleven days slower in a year",
        [Column("Month", numeric=False), Column("Customer"), Column("Company"), Column("Terms")],
        [[month, str(57 + i), "54", "60"] for i, month in enumerate(MONTHS)],
        {
            "labels": MONTHS, "unit": "days", "min": 40, "max": 72, "interval": 8,
            "series": [
                {"name": "Customer", "values": [57 + i for i in range(12)], "role": "subject", "tone": "bad", "end": "Customer 68"},
                {"name": "Company", "values": [54] * 12, "role": "context", "end": "Company 54"},
                {"name": "Terms", "values": [60] * 12, "role": "reference", "end": "Terms 60"},
            ],
        },
        file_name="dso",
    )  # fmt: skip


def samples() -> dict[str, Any]:
    """What the components are shown with."""
    form = SampleForm(
        {"name": "岚屿重工装备股份有限公司", "code": "91320999MA7KEYT388", "staff": "about 1800", "industry": "m"}
    )
    why = {
        "heading": "Why A", "sentence": "Bought CNY 13.86 m in 12 months: rank 7 of 1,248; those above hold 21.5% of sales.",
        "sections": [
            {"title": "Inputs", "rows": [("Net sales", "1,386.4"), ("Share of the department", "1.65%")], "total": ("To the line", "58.5 points")},
            {"title": "Since last time", "text": "The place is the same."},
            {"title": "Set by hand", "text": "No.", "link": ("Ask for a change", "#")},
        ],
        "foot": ["Run 4127 · 20 Nov 02:14", "Main scheme v12"], "history": "#",
    }  # fmt: skip
    cells = [
        [{"count": 178, "share": 0.927, "move": "st", "href": "#"}, {"count": 12, "share": 0.063, "move": "dn1"}, {"count": 1, "share": 0.005, "move": "dn2"}],
        [{"count": 15, "share": 0.047, "move": "up1"}, {"count": 274, "share": 0.864, "move": "st"}, {"count": 24, "share": 0.076, "move": "dn1"}],
        [{"count": 2, "share": 0.003, "move": "up2"}, {"count": 32, "share": 0.045, "move": "up1"}, {"count": 648, "share": 0.909, "move": "st"}],
    ]  # fmt: skip
    lines = SampleLines(initial=[{"product": 7, "quantity": 2, "price": 86_500}], prefix="lines")
    return {
        "lines": lines,
        "names": ["岚屿重工", "Norvik Marine AS", "临渚制药"],
        "form": form, "why": why, "figures": figures(), "now": timezone.now(),
        "amounts": [Decimal(0), Decimal(-865000), Decimal(13864000), Decimal(99999600), Decimal(841355000), None],
        "better": display.percent_change(0.068), "worse": display.percent_change(-0.062),
        "slower": display.number_change(11, good="down", unit="days"), "same": display.percent_change(0),
        "spark": [5, 7, 11, 5, 4, 4, 5, 5, 6, 8, 10, 9],
        "views": [
            {"name": "All customers", "href": "#", "count": "10,000+", "current": True},
            {"name": "Key accounts", "href": "#", "count": "118"},
        ],
        "matrix": [
            {"label": f"Was {tier}", "cells": row, "total": total}
            for tier, row, total in zip("ABC", cells, (191, 313, 682), strict=True)
        ],
        "matrix_foot": {"label": "Now", "totals": [195, 318, 673]},
        "ageing": [196.3, 57.4, 26.8, 11.4, 0],
        "ageing_parts": [
            {"label": label, "value": value, "share": share}
            for label, value, share in (
                ("Not due", "196.3", 0.672), ("1–30 days", "57.4", 0.197), ("31–60 days", "26.8", 0.092),
                ("61–90 days", "11.4", 0.039), ("Over 90", "0.0", 0),
            )
        ],
        "clashes": [
            {"name": "address", "label": "Billing address", "before": "18 Hailan Road", "theirs": "266 Lingang Avenue, 3", "mine": "266 Lingang Avenue", "theirs_why": "Licence of 28 Oct", "pick": "theirs"},
        ],
        "merged": [{"label": "Fax", "before": "0515-5550 1182", "now": "", "by": "Han Suqing"}],
        "steps": [
            {"label": "Read", "state": "done"}, {"label": "Write", "state": "now"}, {"label": "Roll up", "state": "next"},
        ],
        "columns": [{"code": "tier", "label": "Tier", "chosen": True}, {"code": "owner", "label": "Owner", "chosen": False}],
        "bulk": [{"label": "Reassign", "icon": "user-share", "action": "#"}],
    }  # fmt: skip


def styleguide(request: HttpRequest) -> HttpResponse:
    """All components with invented figures."""
    return render(request, "styleguide.html", samples())


rules.add("styleguide", Rule(Caller.ANYONE))
