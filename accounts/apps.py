from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"

    def ready(self) -> None:
        from accounts import checks as checks
        from accounts import history, imports
        from accounts.access import TABLE
        from jobs.imports.registry import import_kinds
        from users.access import register

        register(TABLE)
        history.register()
        import_kinds.add(imports.KIND.code, imports.KIND)
