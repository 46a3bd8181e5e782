"""The role table: what each role may do. Whose records it may do it to is `Reach`.

This table and the scope in `accounts/scope.py` are the only sources of permission.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Permission(StrEnum):
    """One act. Named resource.act; the API's key scopes use the same names."""

    CUSTOMER_VIEW = "customer.view"
    CUSTOMER_EDIT = "customer.edit"
    CUSTOMER_KEEP = "customer.keep"
    CUSTOMER_PROPOSE = "customer.propose"
    CUSTOMER_STAGE = "customer.stage"
    CUSTOMER_ERASE = "customer.erase"
    CUSTOMER_CREATE = "customer.create"
    CUSTOMER_REASSIGN = "customer.reassign"
    CUSTOMER_EXPORT = "customer.export"
    CUSTOMER_PRINT = "customer.print"
    CUSTOMER_PROTECT = "customer.protect"
    TEAM_EDIT = "team.edit"
    READ_LOG_VIEW = "read_log.view"
    CUSTOMER_MERGE = "customer.merge"
    PRODUCT_VIEW = "product.view"
    PRODUCT_EDIT = "product.edit"
    ORDER_VIEW = "order.view"
    ORDER_EDIT = "order.edit"
    ORDER_EXPORT = "order.export"
    TIER_VIEW = "tier.view"
    TIER_OVERRIDE = "tier.override"
    TIER_RECOMPUTE = "tier.recompute"
    TIER_DASHBOARD = "tier.dashboard"
    IMPORT_RUN = "import.run"
    TASK_MANAGE = "task.manage"
    RUN_VIEW_ALL = "run.view_all"
    WEBHOOK_EDIT = "webhook.edit"
    PARAMETER_VIEW = "parameter.view"
    PARAMETER_EDIT = "parameter.edit"
    CHANGE_VIEW = "change.view"
    CHANGE_UNDO = "change.undo"
    USER_VIEW = "user.view"
    USER_EDIT = "user.edit"
    KEY_EDIT = "key.edit"
    APPROVAL_VIEW = "approval.view"
    APPROVAL_DECIDE = "approval.decide"
    PARAMETER_APPROVE = "parameter.approve"


# Acts that no key is ever given: a program doesn't decide who may do what.
NOT_FOR_KEYS = frozenset(
    {Permission.USER_EDIT, Permission.KEY_EDIT, Permission.APPROVAL_DECIDE, Permission.PARAMETER_APPROVE}
    | {Permission.TEAM_EDIT, Permission.CUSTOMER_PROTECT}
)


class Reach(StrEnum):
    """Whose customers a role works with, before teams and grants are added."""

    OWN = "own"
    DEPARTMENT = "department"
    ALL = "all"


@dataclass(frozen=True)
class Role:
    """A Django group, what it is called, how far it reaches and what it may do there.

    `own_only` are those of its acts that it does to its people's own customers alone, however far it reaches.
    """

    code: str
    label: str | Promise
    reach: Reach
    permissions: frozenset[Permission]
    own_only: frozenset[Permission] = frozenset()


P = Permission
_SELL = {
    P.CUSTOMER_VIEW, P.CUSTOMER_EDIT, P.CUSTOMER_CREATE, P.PRODUCT_VIEW, P.ORDER_VIEW, P.ORDER_EDIT,
    P.TIER_VIEW, P.CUSTOMER_EXPORT, P.ORDER_EXPORT, P.CUSTOMER_PRINT, P.TEAM_EDIT,
    P.CUSTOMER_PROPOSE, P.CUSTOMER_STAGE,
    P.CUSTOMER_MERGE,
}  # fmt: skip
_READ = {P.CUSTOMER_VIEW, P.CUSTOMER_PROPOSE, P.PRODUCT_VIEW, P.ORDER_VIEW, P.TIER_VIEW}

ROLES: dict[str, Role] = {
    role.code: role
    for role in [
        # Translators: 销售代表
        Role("sales_rep", _("Sales representative"), Reach.OWN, frozenset(_SELL)),
        # Translators: 大客户经理
        Role("account_manager", _("Key-account manager"), Reach.OWN, frozenset(_SELL)),
        # Translators: 部门经理
        Role(
            "sales_manager",
            _("Sales manager"),
            Reach.DEPARTMENT,
            frozenset(
                _SELL
                | {P.CUSTOMER_REASSIGN, P.TIER_OVERRIDE, P.TIER_DASHBOARD, P.TIER_RECOMPUTE, P.IMPORT_RUN}
                | {P.PARAMETER_VIEW, P.CHANGE_VIEW, P.CHANGE_UNDO, P.PRODUCT_EDIT, P.TASK_MANAGE}
                | {P.APPROVAL_VIEW, P.APPROVAL_DECIDE, P.CUSTOMER_PROTECT, P.READ_LOG_VIEW}
            ),
            # Master data have one writer: of others' customers a manager proposes changes, as everybody does.
            own_only=frozenset({P.CUSTOMER_EDIT}),
        ),
        # Translators: 信用管理员
        Role(
            "credit_controller",
            _("Credit controller"),
            Reach.ALL,
            frozenset(_READ | {P.CUSTOMER_EXPORT, P.CUSTOMER_PRINT}),
        ),
        # Translators: 客服
        Role("service_agent", _("Service agent"), Reach.OWN, frozenset(_READ)),
        # Translators: 高层主管
        Role(
            "executive",
            _("Executive"),
            Reach.ALL,
            frozenset(
                _READ
                | {P.TIER_DASHBOARD, P.CUSTOMER_EXPORT, P.ORDER_EXPORT, P.PARAMETER_VIEW, P.PARAMETER_APPROVE}
                | {P.APPROVAL_VIEW, P.APPROVAL_DECIDE, P.CUSTOMER_PRINT}
            ),
        ),
        # Translators: 客户档案管理员
        Role(
            "data_steward",
            _("Data steward"),
            Reach.DEPARTMENT,
            frozenset(
                {P.CUSTOMER_VIEW, P.CUSTOMER_EDIT, P.CUSTOMER_KEEP, P.CUSTOMER_PROPOSE, P.CUSTOMER_STAGE}
                | {P.CUSTOMER_ERASE, P.CUSTOMER_CREATE, P.CUSTOMER_REASSIGN, P.PRODUCT_VIEW}
                | {P.PRODUCT_EDIT, P.ORDER_VIEW, P.TIER_VIEW, P.IMPORT_RUN, P.CHANGE_VIEW, P.CHANGE_UNDO}
                | {P.CUSTOMER_EXPORT, P.CUSTOMER_PRINT, P.CUSTOMER_PROTECT}
                | {P.CUSTOMER_MERGE}
            ),
        ),
        # Translators: 管理员
        Role(
            "administrator",
            _("Administrator"),
            Reach.ALL,
            frozenset(
                set(Permission)
                - {P.CUSTOMER_REASSIGN, P.TIER_OVERRIDE, P.APPROVAL_DECIDE, P.TEAM_EDIT, P.CUSTOMER_PROTECT}
            ),
        ),
    ]
}
