"""What a tier run found, for all customers together."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from segmentation.constants import Flag, Grade, Purpose


class TierRun(models.Model):
    """One classification of all customers on one day.

    `curve` is what `core.curve` keeps, `points` some of it to draw, `concentration` the figures of
    `core.concentration`, `mix` counts and money by tier. `digest` is the hash of the inputs:
    equal inputs give equal answers. A month end is evaluated once; computed again with other inputs it
    is a restatement beside the stored one.
    `inputs` keeps a month end's values (compressed, customer ids then values), so that a restatement can
    name the customers whose inputs differ: `differing` their number and the first thousand of them.
    """

    run = models.ForeignKey("jobs.Run", on_delete=models.PROTECT, null=True, related_name="+")
    purpose = models.CharField(_("purpose"), max_length=12, choices=Purpose.choices)
    as_of = models.DateField(_("as of"))
    first_day = models.DateField(_("window from"))
    scheme_version = models.PositiveIntegerField()
    scheme = models.JSONField()
    customers = models.IntegerField()
    digest = models.CharField(max_length=64)
    curve = models.JSONField()
    points = models.JSONField(default=list)
    concentration = models.JSONField()
    mix = models.JSONField()
    excluded_orders = models.IntegerField(default=0)
    inputs = models.BinaryField(null=True)
    differing = models.JSONField(default=dict)
    restates = models.ForeignKey("self", on_delete=models.SET_NULL, null=True, related_name="restatements")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-as_of", "-id"]
        verbose_name = _("tier run")
        verbose_name_plural = _("tier runs")
        constraints = [
            models.UniqueConstraint(
                fields=["as_of"], condition=Q(purpose=Purpose.MONTH_END), name="segmentation_tierrun_month_end_once"
            )
        ]
        indexes = [models.Index(fields=["purpose", "-as_of"], name="segmentation_tierrun_as_of")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.as_of}"


class CubeRow(models.Model):
    """Customers and money of one run by department, owner and tier, as they were on that day.

    `grade` is the tier in force, empty for customers without sales in the window, which `flag` explains.
    """

    tier_run = models.ForeignKey(TierRun, on_delete=models.CASCADE, related_name="cube")
    department_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    grade = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    flag = models.CharField(max_length=12, choices=Flag.choices, blank=True)
    count = models.IntegerField()
    value_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("cube row")
        verbose_name_plural = _("cube rows")

    def __str__(self) -> str:
        return f"{self.tier_run_id} {self.department_id}/{self.owner_id} {self.grade}: {self.count}"


class DepartmentShape(models.Model):
    """The curve and the concentration of one department's customers, with all departments below it.

    Of the day's run and of month ends; tiers stay the company's. `points` are (share of customers, share of
    value), `needed` and the other figures as in `TierRun.concentration`.
    """

    tier_run = models.ForeignKey(TierRun, on_delete=models.CASCADE, related_name="shapes")
    department = models.ForeignKey("users.Department", on_delete=models.CASCADE, related_name="+")
    points = models.JSONField()
    concentration = models.JSONField()

    class Meta:
        verbose_name = _("department shape")
        verbose_name_plural = _("department shapes")
        constraints = [
            models.UniqueConstraint(fields=["tier_run", "department"], name="segmentation_departmentshape_once")
        ]

    def __str__(self) -> str:
        return f"{self.tier_run_id} {self.department_id}"


class MoveRow(models.Model):
    """Customers that went from one tier to another between two month ends, by department and owner.

    `before` is empty for new customers, `after` for lost ones (no sales left in the window).
    """

    tier_run = models.ForeignKey(TierRun, on_delete=models.CASCADE, related_name="moves")
    months = models.PositiveSmallIntegerField()
    department_id = models.BigIntegerField(null=True)
    owner_id = models.BigIntegerField(null=True)
    before = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    after = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    count = models.IntegerField()
    value_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("move row")
        verbose_name_plural = _("move rows")

    def __str__(self) -> str:
        return f"{self.tier_run_id} {self.before}→{self.after}: {self.count}"


class Verdict(models.Model):
    """One customer's computed tier in a run that doesn't write standings: a past day, or a restatement."""

    pk = models.CompositePrimaryKey("tier_run_id", "customer_id")
    tier_run = models.ForeignKey(TierRun, on_delete=models.CASCADE, db_index=False, related_name="verdicts")
    customer = models.ForeignKey("accounts.Customer", on_delete=models.CASCADE, related_name="+")
    grade = models.CharField(max_length=1, choices=Grade.choices, blank=True)
    flag = models.CharField(max_length=12, choices=Flag.choices, blank=True)
    value_minor = models.BigIntegerField()

    class Meta:
        verbose_name = _("verdict")
        verbose_name_plural = _("verdicts")
        indexes = [models.Index(fields=["tier_run", "-value_minor", "customer"], name="segmentation_verdict_value")]

    def __str__(self) -> str:
        return f"{self.tier_run_id} {self.customer_id}: {self.grade or self.flag}"
