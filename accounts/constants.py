"""Choices stored in this app's tables."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Kind(TextChoices):
    """What a customer is to us. External ones buy to use; internal ones supply, pass on, or are our own."""

    END_USER = "end_user", _("End user")
    RETAILER = "retailer", _("Retailer")
    PARTNER = "partner", _("Partner")
    SUPPLIER = "supplier", _("Supplier")
    DISTRIBUTOR = "distributor", _("Distributor")
    DEPARTMENT = "department", _("Own department")
    BRANCH = "branch", _("Own branch")


EXTERNAL = frozenset({Kind.END_USER, Kind.RETAILER, Kind.PARTNER})
OUR_OWN = frozenset({Kind.DEPARTMENT, Kind.BRANCH})


class LifeCycle(TextChoices):
    """How far the relation has come."""

    # Translators: 新到访
    VISITOR = "visitor", pgettext_lazy("stage", "Visitor")
    # Translators: 尚未成交
    PROSPECT = "prospect", pgettext_lazy("stage", "Prospect")
    # Translators: 已成交
    ACTIVE = "active", pgettext_lazy("stage", "Active")
    # Translators: 沉睡
    DORMANT = "dormant", pgettext_lazy("stage", "Dormant")
    # Translators: 已流失
    LOST = "lost", pgettext_lazy("stage", "Lost")
    # Translators: 战略性放弃
    GIVEN_UP = "given_up", pgettext_lazy("stage", "Given up")


class Role(TextChoices):
    """A contact's part in a buying decision."""

    DECIDER = "decider", _("Decision maker")
    APPROVER = "approver", _("Approver")
    INFLUENCER = "influencer", _("Influencer")
    USER = "user", _("User")
    BUYER = "buyer", _("Buyer")
    GATEKEEPER = "gatekeeper", _("Gatekeeper")
    COACH = "coach", _("Coach")


class Attitude(TextChoices):
    """How a contact stands to us."""

    SUPPORTER = "supporter", _("Supporter")
    NEUTRAL = "neutral", _("Neutral")
    OPPONENT = "opponent", _("Opponent")


class TeamRole(TextChoices):
    """A person's part in an account's team."""

    # Translators: 牵头人（唯一接口人）
    LEAD = "lead", _("Lead")
    # Translators: 高层对接人
    SPONSOR = "sponsor", _("Executive sponsor")
    # Translators: 技术
    TECHNICAL = "technical", pgettext_lazy("team", "Technical")
    # Translators: 服务
    SERVICE = "service", pgettext_lazy("team", "Service")
    # Translators: 财务
    FINANCE = "finance", pgettext_lazy("team", "Finance")
    # Translators: 物流
    LOGISTICS = "logistics", pgettext_lazy("team", "Logistics")


class Door(TextChoices):
    """Through which door a customer was read. A lookup tells no more than that the customer exists."""

    PAGE = "page", pgettext_lazy("door", "Page")
    API = "api", pgettext_lazy("door", "API")
    EXPORT = "export", pgettext_lazy("door", "Export")
    PRINT = "print", pgettext_lazy("door", "Print")
    # Translators: 档案核对
    LOOKUP = "lookup", pgettext_lazy("door", "Lookup")


class Match(TextChoices):
    """By which of its marks a customer outside the scope was found; only an exact one finds it."""

    CODE = "code", _("code")
    TAX_NUMBER = "tax", _("tax number")
    PHONE = "phone", _("phone number")
    NAME = "name", _("full name")


class FactSource(TextChoices):
    """Where a piece of information comes from."""

    SALES = "sales", pgettext_lazy("source", "Sales")
    SERVICE = "service", pgettext_lazy("source", "Service")
    FINANCE = "finance", pgettext_lazy("source", "Finance")
    SURVEY = "survey", pgettext_lazy("source", "Survey")
    CUSTOMER = "customer", pgettext_lazy("source", "The customer itself")
    REGISTER = "register", pgettext_lazy("source", "Official register")
    SOCIAL = "social", pgettext_lazy("source", "Social media")
    REPORT = "report", pgettext_lazy("source", "Industry report")
    PROVIDER = "provider", pgettext_lazy("source", "Data provider")
    PARTNER = "partner", pgettext_lazy("source", "Partner")


class Confidence(IntegerChoices):
    """How sure somebody is of what they say."""

    HEARSAY = 1, pgettext_lazy("confidence", "Hearsay")
    LIKELY = 2, pgettext_lazy("confidence", "Likely")
    CERTAIN = 3, pgettext_lazy("confidence", "Certain")


class FactState(TextChoices):
    """What became of what somebody said."""

    UNSETTLED = "unsettled", _("Not settled yet")
    ACCEPTED = "accepted", _("Accepted")
    REFUSED = "refused", _("Refused")
    SUPERSEDED = "superseded", _("Overtaken by another")


class PairState(TextChoices):
    """What became of two records that look like one."""

    OPEN = "open", _("To be decided")
    DISMISSED = "dismissed", _("Not the same")
