import api.models.webhooks
import conversations.models.conversation
import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import encrypted_fields.fields
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('conversations', '0001_initial'),
        ('conversations', '__first__'),
    ]

    operations = [
        migrations.CreateModel(
            name='ApiToken',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('prefix', models.CharField(editable=False, max_length=12, verbose_name='begins with')),
                ('digest', models.CharField(editable=False, max_length=64, unique=True)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('read', 'Read'), ('write', 'Read and write'), ('admin', 'Read, write and administer')], max_length=40), size=None, verbose_name='scopes')),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('last_used_at', models.DateTimeField(editable=False, null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(editable=False, null=True, verbose_name='revoked')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to=settings.AUTH_USER_MODEL, verbose_name='agent')),
            ],
            options={
                'verbose_name': 'API token',
                'verbose_name_plural': 'API tokens',
            },
        ),
        migrations.CreateModel(
            name='WebhookEndpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, verbose_name='name')),
                ('url', models.CharField(max_length=500, verbose_name='address')),
                ('types', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('case.created', 'Case opened'), ('case.updated', 'Case changed'), ('message.created', 'Message or note written'), ('message.updated', 'Message changed'), ('delivery.updated', 'Delivery moved on'), ('customer.updated', 'Customer changed'), ('conversation.reset', 'Conversation rearranged'), ('webhook.test', 'Test')], max_length=40), blank=True, default=list, help_text='None chosen: all of them.', size=None, verbose_name='events')),
                ('secret', encrypted_fields.fields.EncryptedTextField(default=api.models.webhooks.new_secret, editable=False)),
                ('old_secret', encrypted_fields.fields.EncryptedTextField(editable=False, null=True)),
                ('old_secret_until', models.DateTimeField(editable=False, null=True)),
                ('is_active', models.BooleanField(default=True, verbose_name='active')),
                ('off_code', models.CharField(blank=True, editable=False, max_length=64)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False, verbose_name='created')),
                ('leased_until', models.DateTimeField(editable=False, null=True)),
                ('rests_until', models.DateTimeField(editable=False, null=True, verbose_name='next attempt')),
                ('failures', models.PositiveIntegerField(default=0, editable=False)),
                ('failing_since', models.DateTimeField(editable=False, null=True, verbose_name='failing since')),
                ('last_ok_at', models.DateTimeField(editable=False, null=True, verbose_name='last answer of 2xx')),
                ('agent', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='webhook_endpoints', to=settings.AUTH_USER_MODEL, verbose_name='sees what this agent sees')),
            ],
            options={
                'verbose_name': 'webhook',
                'verbose_name_plural': 'webhooks',
                'ordering': ['name', 'pk'],
            },
        ),
        migrations.CreateModel(
            name='WebhookEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('uid', models.CharField(default=api.models.webhooks.new_uid, max_length=40, unique=True, verbose_name='webhook-id')),
                ('type', models.CharField(choices=[('case.created', 'Case opened'), ('case.updated', 'Case changed'), ('message.created', 'Message or note written'), ('message.updated', 'Message changed'), ('delivery.updated', 'Delivery moved on'), ('customer.updated', 'Customer changed'), ('conversation.reset', 'Conversation rearranged'), ('webhook.test', 'Test')], max_length=40, verbose_name='event')),
                ('revision', models.PositiveBigIntegerField(default=0, verbose_name='revision')),
                ('happened_at', models.DateTimeField(verbose_name='happened')),
                ('state', models.CharField(choices=[('waiting', 'Waiting'), ('delivered', 'Delivered'), ('failed', 'Failed'), ('withheld', 'Not for this agent')], default='waiting', max_length=10, verbose_name='state')),
                ('tries', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(db_default=conversations.models.conversation.ClockTimestamp(), verbose_name='next attempt')),
                ('until', models.DateTimeField(verbose_name='tried until')),
                ('created_at', models.DateTimeField(db_default=conversations.models.conversation.ClockTimestamp())),
                ('case', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.case', verbose_name='case')),
                ('conversation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.conversation', verbose_name='conversation')),
                ('endpoint', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='events', to='api.webhookendpoint', verbose_name='webhook')),
                ('message', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='conversations.message', verbose_name='message')),
            ],
            options={
                'verbose_name': 'webhook event',
                'verbose_name_plural': 'webhook log',
                'ordering': ['-id'],
                'indexes': [models.Index(models.F('endpoint'), models.F('due_at'), condition=models.Q(('state', 'waiting')), name='webhookevent_to_send'), models.Index(models.F('endpoint'), models.F('id'), name='webhookevent_of_endpoint'), models.Index(models.F('created_at'), name='webhookevent_by_age')],
            },
        ),
        migrations.CreateModel(
            name='WebhookAttempt',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('at', models.DateTimeField(db_default=conversations.models.conversation.ClockTimestamp(), verbose_name='at')),
                ('status', models.PositiveSmallIntegerField(null=True, verbose_name='answer')),
                ('code', models.CharField(blank=True, max_length=40, verbose_name='trouble')),
                ('milliseconds', models.PositiveIntegerField(verbose_name='milliseconds')),
                ('words', models.CharField(blank=True, max_length=300, verbose_name="answer's words")),
                ('event', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='attempts', to='api.webhookevent')),
            ],
            options={
                'verbose_name': 'attempt',
                'verbose_name_plural': 'attempts',
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='KeptAnswer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(max_length=255)),
                ('request', models.CharField(max_length=64)),
                ('status', models.PositiveSmallIntegerField()),
                ('headers', models.JSONField(default=dict)),
                ('body', encrypted_fields.fields.EncryptedTextField()),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('token', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='answers', to='api.apitoken')),
            ],
            options={
                'indexes': [models.Index(models.F('created_at'), name='keptanswer_by_age')],
                'constraints': [models.UniqueConstraint(fields=('token', 'key'), name='keptanswer_once_a_key')],
            },
        ),
    ]
