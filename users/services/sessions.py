"""Sessions: where a person is signed in, and ending that."""

from allauth.usersessions.models import UserSession

from users.models import User


def end(*, user: User, session_id: int) -> bool:
    """End one of a person's sessions. False if they have none such."""
    session = UserSession.objects.filter(user=user, pk=session_id).first()
    if session is None:
        return False
    session.end()
    return True


def end_others(*, user: User, session_key: str | None) -> int:
    """End all sessions of a person but the one with this key. Returns how many."""
    others = list(UserSession.objects.filter(user=user).exclude(session_key=session_key or ""))
    for session in others:
        session.end()
    return len(others)
