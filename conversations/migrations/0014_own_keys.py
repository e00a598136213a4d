from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0013_macro")]

    operations = [
        migrations.AddField(
            model_name="agent",
            name="keys",
            field=models.JSONField(blank=True, default=dict, verbose_name="keys"),
        ),
    ]
