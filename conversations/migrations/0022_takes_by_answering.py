from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0021_duty")]

    operations = [
        migrations.AddField(
            "agent",
            "takes_by_answering",
            models.BooleanField(default=True, verbose_name="takes a case by starting to answer"),
        ),
    ]
