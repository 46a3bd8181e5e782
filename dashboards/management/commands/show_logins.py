"""`manage.py show_logins`: the demo company's logins, one per role."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import translation

from dashboards.demo import staff
from users.models import User
from users.roles import ROLES


class Command(BaseCommand):
    """Print user names, roles in both languages and the password, if the demo company is what is there."""

    help = "Print one login per role of the demo company."

    def handle(self, *args: Any, **options: Any) -> None:
        logins = [person for person in staff.PEOPLE if person.login]
        present = dict(User.objects.filter(is_active=True).values_list("username", "email"))
        shown = [one for one in logins if present.get(one.username) == f"{one.username}@{staff.DOMAIN}"]
        if not shown:
            self.stdout.write("The demo company isn't here; an administrator makes the users.")
            return
        self.stdout.write(f"  {'user name':<12} {'role':<22} 角色")
        for one in shown:
            self.stdout.write(f"  {one.username:<12} {_role(one.role, 'en'):<22} {_role(one.role, 'zh-hans')}")
        self.stdout.write(f"  password 密码: {staff.PASSWORD}")


def _role(code: str, language: str) -> str:
    with translation.override(language):
        return str(ROLES[code].label)
