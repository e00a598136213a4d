import django.contrib.postgres.fields
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Mail',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('envelope_from', models.CharField(max_length=320)),
                ('envelope_to', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=320), size=None)),
                ('message_id', models.CharField(blank=True, max_length=998)),
                ('subject', models.CharField(blank=True, max_length=998)),
                ('raw', models.BinaryField()),
                ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                'verbose_name': 'simulated mail',
                'verbose_name_plural': 'simulated mails',
                'ordering': ['-at', '-id'],
                'indexes': [models.Index(models.F('at'), models.F('id'), name='demo_mail_in_order')],
            },
        ),
    ]
