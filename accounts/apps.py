from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks as checks
        from accounts import history
        from accounts.access import TABLE
        from users.access import register

        register(TABLE)
        history.register()
