"""What the columns of the webhook log are called."""

import api.models.webhooks
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('api', '0004_webhooks'),
    ]

    operations = [
        migrations.AlterField(
            model_name='webhookevent',
            name='case',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.case', verbose_name='case'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='conversation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation', verbose_name='conversation'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='endpoint',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='api.webhookendpoint', verbose_name='webhook'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='message',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.message', verbose_name='message'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='revision',
            field=models.PositiveBigIntegerField(default=0, verbose_name='revision'),
        ),
        migrations.AlterField(
            model_name='webhookevent',
            name='uid',
            field=models.CharField(default=api.models.webhooks.new_uid, max_length=40, unique=True, verbose_name='webhook-id'),
        ),
    ]
