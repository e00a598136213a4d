"""The extensions that search needs, and the team of cases that belong to nobody in particular."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


def make_default_team(apps, schema_editor):
    apps.get_model("conversations", "Team").objects.get_or_create(
        is_default=True, defaults={"name": "Support"}
    )


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunPython(make_default_team, migrations.RunPython.noop),
    ]
