"""The sequence behind generated customer codes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE IF NOT EXISTS accounts_customer_code_seq",
            "DROP SEQUENCE IF EXISTS accounts_customer_code_seq",
        )
    ]
