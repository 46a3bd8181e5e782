import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0004_facts"),
        ("users", "0002_programs_and_keys"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CustomerRedirect",
            fields=[
                ("old_id", models.BigIntegerField(primary_key=True, serialize=False)),
                ("old_code", models.CharField(max_length=40, unique=True)),
            ],
            options={
                "verbose_name": "redirect of a merged customer",
                "verbose_name_plural": "redirects of merged customers",
            },
        ),
        migrations.CreateModel(
            name="DuplicateKey",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "kind", "value", "customer_id", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("kind", models.CharField(max_length=6)),
                ("value", models.CharField(max_length=120)),
                ("customer_id", models.BigIntegerField()),
            ],
            options={
                "verbose_name": "key of duplicates",
                "verbose_name_plural": "keys of duplicates",
            },
        ),
        migrations.CreateModel(
            name="DuplicatePair",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("score", models.PositiveSmallIntegerField(verbose_name="score")),
                ("evidence", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=48)),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "To be decided"), ("dismissed", "Not the same")],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("found_at", models.DateTimeField(auto_now_add=True, verbose_name="found")),
            ],
            options={
                "verbose_name": "possible duplicate",
                "verbose_name_plural": "possible duplicates",
                "ordering": ["-score", "id"],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("survivor_id", models.BigIntegerField(db_index=True)),
                ("loser_id", models.BigIntegerField()),
                ("loser_code", models.CharField(max_length=40, verbose_name="code")),
                ("loser_name", models.CharField(max_length=200, verbose_name="legal name")),
                ("loser", models.JSONField()),
                ("before", models.JSONField()),
                ("after", models.JSONField()),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone")),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "ordering": ["-id"],
            },
        ),
        migrations.CreateModel(
            name="MergeMove",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reference", models.CharField(max_length=120)),
                (
                    "moved",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), default=list, size=None
                    ),
                ),
                ("removed", models.JSONField(default=list)),
            ],
            options={
                "verbose_name": "moved rows",
                "verbose_name_plural": "moved rows",
                "ordering": ["id"],
            },
        ),
        migrations.AddIndex(
            model_name="contact",
            index=models.Index(fields=["updated_at"], name="accounts_contact_updated"),
        ),
        migrations.AddField(
            model_name="customerredirect",
            name="survivor",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="redirects", to="accounts.customer"
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatekey",
            index=models.Index(fields=["customer_id"], name="accounts_duplicatekey_customer"),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="high",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
            ),
        ),
        migrations.AddField(
            model_name="duplicatepair",
            name="low",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.customer"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="by",
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="change_set",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="users.changeset"
            ),
        ),
        migrations.AddField(
            model_name="merge",
            name="undone_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="customerredirect",
            name="merge",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="redirect", to="accounts.merge"
            ),
        ),
        migrations.AddField(
            model_name="mergemove",
            name="merge",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="moves", to="accounts.merge"
            ),
        ),
        migrations.AddIndex(
            model_name="duplicatepair",
            index=models.Index(fields=["state", "-score", "id"], name="accounts_duplicatepair_score"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.UniqueConstraint(fields=("low", "high"), name="accounts_duplicatepair_once"),
        ),
        migrations.AddConstraint(
            model_name="duplicatepair",
            constraint=models.CheckConstraint(
                condition=models.Q(("low__lt", models.F("high"))), name="accounts_duplicatepair_lower_first"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.CheckConstraint(
                condition=models.Q(("survivor_id", models.F("loser_id")), _negated=True), name="accounts_merge_of_two"
            ),
        ),
        migrations.AddConstraint(
            model_name="merge",
            constraint=models.UniqueConstraint(
                condition=models.Q(("undone_at", None)), fields=("loser_id",), name="accounts_merge_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="mergemove",
            constraint=models.UniqueConstraint(fields=("merge", "reference"), name="accounts_mergemove_once"),
        ),
    ]
