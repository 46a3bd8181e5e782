"""`manage.py create_administrator NAME`: make the user who makes all others, in an empty company."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.constants import Cause, Language
from users.errors import Invalid
from users.queries.people import ADMINISTRATOR
from users.services import people
from users.services.people import Particulars


class Command(BaseCommand):
    """Ask for a password, make an administrator with it, log that."""

    help = "Make a user with the role administrator. The password is asked for, or read from standard input."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("username")
        parser.add_argument("--name", help="the person's name; by default the user name")
        parser.add_argument("--email", default="")
        parser.add_argument("--language", choices=Language.values, default=Language.CHINESE.value)

    def handle(self, *args: Any, **options: Any) -> None:
        username = options["username"]
        particulars = Particulars(
            username=username,
            name=options["name"] or username,
            email=options["email"],
            roles=[ADMINISTRATOR],
            language=options["language"],
        )
        try:
            people.create_user(of=particulars, password=_password(), by=None, cause=Cause.COMMAND)
        except Invalid as refused:
            raise CommandError(str(refused)) from None
        self.stdout.write(f"{username} may sign in as an administrator.")


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise CommandError("The two passwords differ; nobody was made.")
    return password
