"""Subscriptions name several kinds and a subscriber; deliveries and their tries get tables of their own."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.functions
import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

STATES = [("waiting", "Waiting"), ("sent", "Delivered"), ("parked", "Parked"), ("withheld", "Not sent")]


class Migration(migrations.Migration):
    dependencies = [
        ("jobs", "0004_tasks"),
        ("users", "0002_programs_and_keys"),
    ]

    operations = [
        migrations.RemoveIndex("outboxevent", "jobs_outboxevent_unsent"),
        migrations.RenameField("outboxevent", "sent_at", "relayed_at"),
        migrations.AddField(
            "outboxevent",
            "uid",
            models.UUIDField(
                default=uuid.uuid4, db_default=django.contrib.postgres.functions.RandomUUID(), editable=False
            ),
        ),
        migrations.AddIndex(
            "outboxevent",
            models.Index(condition=models.Q(("relayed_at", None)), fields=["id"], name="jobs_outboxevent_unsent"),
        ),
        migrations.AddIndex("outboxevent", models.Index(fields=["created_at"], name="jobs_outboxevent_created")),
        migrations.AlterModelOptions(
            "subscription",
            {"ordering": ["target", "id"], "verbose_name": "subscription", "verbose_name_plural": "subscriptions"},
        ),
        migrations.RemoveConstraint("subscription", "jobs_subscription_unique"),
        migrations.AddField(
            "subscription",
            "kinds",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=60),
                db_default=[],
                default=list,
                size=None,
                verbose_name="events",
            ),
        ),
        migrations.RunSQL("UPDATE jobs_subscription SET kinds = ARRAY[kind]", migrations.RunSQL.noop),
        migrations.RemoveField("subscription", "kind"),
        migrations.AlterField("subscription", "target", models.CharField(max_length=500, verbose_name="address")),
        migrations.AlterField("subscription", "is_active", models.BooleanField(default=True, verbose_name="active")),
        migrations.AddField(
            "subscription",
            "description",
            models.CharField(blank=True, db_default="", max_length=200, verbose_name="what for"),
        ),
        migrations.AddField(
            "subscription",
            "subscriber",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
                verbose_name="told in the name of",
            ),
        ),
        migrations.AddField(
            "subscription",
            "key",
            models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="users.apikey",
                verbose_name="API key",
            ),
        ),
        migrations.AddField(
            "subscription", "secret", models.CharField(blank=True, db_default="", editable=False, max_length=80)
        ),
        migrations.AddField(
            "subscription", "old_secret", models.CharField(blank=True, db_default="", editable=False, max_length=80)
        ),
        migrations.AddField(
            "subscription", "old_secret_until", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "subscription", "failures", models.PositiveIntegerField(db_default=0, default=0, editable=False)
        ),
        migrations.AddField(
            "subscription", "paused_until", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "subscription", "unreachable_since", models.DateTimeField(blank=True, editable=False, null=True)
        ),
        migrations.AddField(
            "subscription",
            "created_at",
            models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name="since"),
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("lane", models.BigIntegerField()),
                ("state", models.CharField(choices=STATES, default="waiting", max_length=10, verbose_name="state")),
                ("tries", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("next_at", models.DateTimeField(verbose_name="next try")),
                ("gives_up_at", models.DateTimeField()),
                ("token", models.UUIDField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="jobs.outboxevent"
                    ),
                ),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="deliveries", to="jobs.subscription"
                    ),
                ),
            ],
            options={"ordering": ["-event_id"], "verbose_name": "delivery", "verbose_name_plural": "deliveries"},
        ),
        migrations.CreateModel(
            name="DeliveryTry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(auto_now_add=True, verbose_name="at")),
                ("status", models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="status")),
                ("took_ms", models.PositiveIntegerField(default=0, verbose_name="took")),
                ("error", models.CharField(blank=True, max_length=40)),
                ("excerpt", models.TextField(blank=True)),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="log", to="jobs.delivery"
                    ),
                ),
            ],
            options={"ordering": ["-id"], "verbose_name": "try", "verbose_name_plural": "tries"},
        ),
        migrations.AddConstraint(
            "delivery", models.UniqueConstraint(fields=("subscription", "event"), name="jobs_delivery_once")
        ),
        migrations.AddIndex("delivery", models.Index(fields=["subscription", "-event"], name="jobs_delivery_log")),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["subscription", "lane", "event"],
                name="jobs_delivery_lane",
            ),
        ),
        migrations.AddIndex(
            "delivery",
            models.Index(
                condition=models.Q(("state", "waiting")),
                fields=["subscription", "next_at", "event"],
                name="jobs_delivery_due",
            ),
        ),
    ]
