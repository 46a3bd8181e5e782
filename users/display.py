"""What a user is called on screens."""

from users.models import User


def user_name(user: User) -> str:
    """The name a person goes by; the sign-in library asks for it."""
    return str(user)
