"""`manage.py verify_log`: check the chain of seals over the change log."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from users.queries import seals


class Command(BaseCommand):
    """Say whether the change log is as it was sealed, and name the first link that isn't."""

    help = (
        "Check the chain of seals over the change log. Ends with 1 at the first broken link. Note the position and hash"
        " it prints somewhere else, and give them with --expect the next time: links cut off at the end show only so."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--expect", metavar="POSITION:HASH", help="a head that an earlier check printed")

    def handle(self, *args: Any, **options: Any) -> None:
        verdict = seals.check(expect=_head(options["expect"]))
        if verdict.fault:
            place = f"Link {verdict.fault.position} (change set {verdict.fault.change_set_id})"
            raise CommandError(f"{place} is broken: {verdict.fault.reason}. The links before it hold.")
        self.stdout.write(f"{verdict.links} links hold. Not sealed yet: {verdict.unsealed}.")
        self.stdout.write(f"Head: {verdict.links}:{verdict.head}")


def _head(text: str | None) -> tuple[int, str] | None:
    if not text:
        return None
    position, _colon, noted = text.partition(":")
    if not position.isdigit() or len(noted) != 64:
        raise CommandError("--expect takes the position and the hash, as in 17:ab12…")
    return int(position), noted
