"""The parameters of sign-in: which roles must have a second factor."""

from dataclasses import dataclass, fields

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from users.parameters import ParameterKind, parameter
from users.roles import ROLES


def _must(role: str) -> bool:
    """A role that must have a second factor unless a version says otherwise; which, the installation says."""
    must: bool = parameter(role in settings.SECOND_FACTOR_ROLES, ROLES[role].label)
    return must


@dataclass(frozen=True)
class SignInParameters:
    """A second factor is a must for people with one of these roles: at sign-in they are sent to set one up."""

    sales_rep: bool = _must("sales_rep")
    account_manager: bool = _must("account_manager")
    sales_manager: bool = _must("sales_manager")
    credit_controller: bool = _must("credit_controller")
    service_agent: bool = _must("service_agent")
    executive: bool = _must("executive")
    data_steward: bool = _must("data_steward")
    administrator: bool = _must("administrator")

    @property
    def roles(self) -> frozenset[str]:
        """The codes of the roles that must have one."""
        return frozenset(field.name for field in fields(self) if getattr(self, field.name))


SIGN_IN = ParameterKind(
    "users.sign_in",
    # Translators: 必须启用双重验证的角色 (second factor 双重验证)
    _("Roles that need a second factor"),
    SignInParameters,
    _("At their next sign-in these people are sent to set one up, and can do nothing else before."),
)
