"""`manage.py reset_second_factor NAME`: a way back in for the last administrator who lost theirs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.constants import Cause
from users.models import User
from users.queries import people
from users.services import second_factor


class Command(BaseCommand):
    """Take the second factors of a user away; the password stays."""

    help = "Take a user's lost second factors and recovery codes away and end their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        """The user."""
        parser.add_argument("name", help="user name or e-mail address")

    def handle(self, *args: Any, **options: Any) -> None:
        """Take them away and say how many."""
        user = User.objects.filter(pk=people.id_by_login(options["name"]) or 0).first()
        if user is None:
            raise CommandError(f"There is no user {options['name']}.")
        count = second_factor.reset(user=user, by=None, cause=Cause.COMMAND)
        self.stdout.write(f"{user.username}: {count} taken away")
