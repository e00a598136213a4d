"""The extensions that search needs, the team of cases that belong to nobody, the first targets."""

from django.contrib.postgres.operations import TrigramExtension, UnaccentExtension
from django.db import migrations


def make_default_team(apps, schema_editor):
    apps.get_model("conversations", "Team").objects.get_or_create(
        is_default=True, defaults={"name": "Support"}
    )


def make_first_edition(apps, schema_editor):
    apps.get_model("conversations", "TargetEdition").objects.create(pk=1, edition=1)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0001_initial")]
    operations = [
        UnaccentExtension(),
        TrigramExtension(),
        migrations.RunPython(make_default_team, migrations.RunPython.noop),
        migrations.RunPython(make_first_edition, migrations.RunPython.noop),
    ]
