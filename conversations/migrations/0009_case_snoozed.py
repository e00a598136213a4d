from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0008_rearrangements"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                "snoozed_until",
                "id",
                condition=models.Q(("status", "snoozed")),
                name="case_snoozed",
            ),
        ),
    ]
