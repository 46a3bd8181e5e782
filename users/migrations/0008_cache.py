from django.db import migrations

# The table of Django's database cache; `createcachetable` would make the same.
FORWARD = """
CREATE TABLE IF NOT EXISTS "users_cache" (
    "cache_key" varchar(255) NOT NULL PRIMARY KEY,
    "value" text NOT NULL,
    "expires" timestamp with time zone NOT NULL
);
CREATE INDEX IF NOT EXISTS "users_cache_expires" ON "users_cache" ("expires");
"""


class Migration(migrations.Migration):
    dependencies = [("users", "0007_seals")]

    operations = [migrations.RunSQL(FORWARD, 'DROP TABLE IF EXISTS "users_cache"')]
