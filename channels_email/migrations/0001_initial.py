import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import encrypted_fields.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('conversations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='EmailAccount',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.EmailField(max_length=254, unique=True, verbose_name='address')),
                ('display_name', models.CharField(blank=True, max_length=120, verbose_name='display name')),
                ('more_addresses', django.contrib.postgres.fields.ArrayField(base_field=models.EmailField(max_length=254), blank=True, default=list, help_text='Addresses that lead to the same mailbox, separated by commas.', size=None, verbose_name='more sender addresses')),
                ('signature', models.TextField(blank=True, verbose_name='signature')),
                ('auth_method', models.CharField(choices=[('password', 'Password'), ('google', 'Google'), ('microsoft', 'Microsoft 365')], default='password', max_length=12, verbose_name='login')),
                ('oauth_client_id', models.CharField(blank=True, max_length=300, verbose_name='client id')),
                ('oauth_client_secret', encrypted_fields.fields.EncryptedCharField(blank=True, max_length=500, null=True, verbose_name='client secret')),
                ('oauth_tenant', models.CharField(blank=True, help_text="Microsoft only: the directory's id or domain; empty for any organisation.", max_length=100, validators=[django.core.validators.RegexValidator('^[A-Za-z0-9.-]+\\Z', 'This is not a tenant.')], verbose_name='tenant')),
                ('imap_host', models.CharField(blank=True, max_length=253, validators=[django.core.validators.RegexValidator('^[^\\s/@:]+\\Z|^[0-9a-fA-F:]+\\Z', 'This is not a host name.')], verbose_name='IMAP host')),
                ('imap_port', models.PositiveIntegerField(default=993, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(65535)], verbose_name='IMAP port')),
                ('imap_security', models.CharField(choices=[('tls', 'TLS from the start'), ('starttls', 'STARTTLS'), ('none', 'None (only inside your own network)')], default='tls', max_length=8, verbose_name='IMAP security')),
                ('imap_user', models.CharField(blank=True, max_length=254, verbose_name='IMAP user')),
                ('imap_password', encrypted_fields.fields.EncryptedCharField(blank=True, max_length=500, null=True, verbose_name='IMAP password')),
                ('imap_folder', models.CharField(default='INBOX', max_length=200, verbose_name='folder')),
                ('history', models.CharField(choices=[('now', 'From now on'), ('history', 'With history: older mails become resolved cases')], default='now', max_length=8, verbose_name='at first contact')),
                ('reads_sent', models.BooleanField(default=True, help_text="Answers from a mail program then show in their case and end the customer's wait. Only answers to known messages and mail to customers are taken.", verbose_name='read the Sent folder')),
                ('sent_folder', models.CharField(blank=True, help_text='Empty: the one that the server names.', max_length=200, verbose_name='Sent folder')),
                ('smtp_host', models.CharField(blank=True, max_length=253, validators=[django.core.validators.RegexValidator('^[^\\s/@:]+\\Z|^[0-9a-fA-F:]+\\Z', 'This is not a host name.')], verbose_name='SMTP host')),
                ('smtp_port', models.PositiveIntegerField(default=587, validators=[django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(65535)], verbose_name='SMTP port')),
                ('smtp_security', models.CharField(choices=[('tls', 'TLS from the start'), ('starttls', 'STARTTLS'), ('none', 'None (only inside your own network)')], default='starttls', max_length=8, verbose_name='SMTP security')),
                ('smtp_user', models.CharField(blank=True, max_length=254, verbose_name='SMTP user')),
                ('smtp_password', encrypted_fields.fields.EncryptedCharField(blank=True, max_length=500, null=True, verbose_name='SMTP password')),
                ('authserv_id', models.CharField(blank=True, help_text='The name that your receiving server writes into Authentication-Results: mx.google.com for Gmail, outlook.com for Microsoft 365. Without it only what senders sign themselves is checked.', max_length=253, verbose_name='authentication server')),
                ('arc_sealers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), blank=True, default=list, help_text='Domains of mailing lists and forwarders whose ARC seals are believed, separated by commas. They may say that a sender was proven before they changed the mail.', size=None, verbose_name='trusted forwarders')),
                ('form_senders', django.contrib.postgres.fields.ArrayField(base_field=models.EmailField(max_length=254), blank=True, default=list, help_text='Addresses that contact forms send from, separated by commas. Their Reply-To is who wrote, unconfirmed, and where answers go.', size=None, verbose_name='contact forms')),
                ('plus_addressing', models.BooleanField(default=True, help_text='Mail to support+anything@ arrives here, so answers can carry their case.', verbose_name='plus addressing')),
                ('has_first_answer', models.BooleanField(default=False, help_text='Tells who opens a case that their mail has arrived: people only, at most once a day for each address. {name} and {number} stand for the customer and the case.', verbose_name='automatic first answer')),
                ('first_answer_en', models.TextField(blank=True, max_length=4000, verbose_name='first answer in English')),
                ('first_answer_es', models.TextField(blank=True, max_length=4000, verbose_name='first answer in Spanish')),
                ('is_simulated', models.BooleanField(default=False, editable=False, verbose_name='simulated')),
                ('channel', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='email_account', to='conversations.channel')),
            ],
            options={
                'verbose_name': 'e-mail account',
                'verbose_name_plural': 'e-mail accounts',
            },
        ),
        migrations.CreateModel(
            name='MailProvider',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(choices=[('amazon_ses', 'Amazon SES'), ('brevo', 'Brevo'), ('mailersend', 'MailerSend'), ('mailgun', 'Mailgun'), ('mailjet', 'Mailjet'), ('mailtrap', 'Mailtrap'), ('mandrill', 'Mandrill'), ('postal', 'Postal'), ('postmark', 'Postmark'), ('resend', 'Resend'), ('scaleway', 'Scaleway'), ('sendgrid', 'SendGrid'), ('sparkpost', 'SparkPost'), ('unisender_go', 'Unisender Go')], max_length=16, verbose_name='provider')),
                ('sends', models.BooleanField(default=True, help_text='Mail leaves through this provider instead of the SMTP server.', verbose_name='sends')),
                ('api_id', models.CharField(blank=True, max_length=200, verbose_name='id')),
                ('api_key', encrypted_fields.fields.EncryptedCharField(blank=True, max_length=500, null=True, verbose_name='key')),
                ('place', models.CharField(blank=True, max_length=253, verbose_name='place')),
                ('stream', models.CharField(blank=True, max_length=200, verbose_name='stream')),
                ('api_url', models.CharField(blank=True, max_length=300, validators=[django.core.validators.URLValidator(schemes=['https', 'http'])], verbose_name='API address')),
                ('webhook_logins', encrypted_fields.fields.EncryptedTextField(blank=True, help_text='name:password, one a line; any of them will do. Enter the address at the provider as https://name:password@…', null=True, verbose_name="logins in the webhook's address")),
                ('signing_key', encrypted_fields.fields.EncryptedTextField(blank=True, null=True, verbose_name='signing key')),
                ('inbound_key', encrypted_fields.fields.EncryptedTextField(blank=True, null=True, verbose_name='signing key of inbound mail')),
                ('topic_arn', models.TextField(blank=True, verbose_name='topics')),
                ('last_event_at', models.DateTimeField(blank=True, editable=False, null=True, verbose_name='last event')),
                ('last_event', models.CharField(blank=True, editable=False, max_length=16)),
                ('refused_at', models.DateTimeField(blank=True, editable=False, null=True)),
                ('channel', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='mail_provider', to='conversations.channel')),
            ],
            options={
                'verbose_name': 'mail provider',
                'verbose_name_plural': 'mail providers',
            },
        ),
        migrations.CreateModel(
            name='OAuthGrant',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('refresh_token', encrypted_fields.fields.EncryptedTextField(blank=True, null=True)),
                ('access_token', encrypted_fields.fields.EncryptedTextField(blank=True, null=True)),
                ('expires_at', models.DateTimeField(blank=True, null=True)),
                ('connected_at', models.DateTimeField(blank=True, null=True)),
                ('refused_at', models.DateTimeField(blank=True, null=True)),
                ('refused_words', models.TextField(blank=True)),
                ('account', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, related_name='grant', to='channels_email.emailaccount')),
            ],
            options={
                'verbose_name': 'consent',
                'verbose_name_plural': 'consents',
            },
        ),
        migrations.CreateModel(
            name='Mailbox',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('folder', models.CharField(max_length=200)),
                ('uidvalidity', models.PositiveBigIntegerField(default=0)),
                ('start_uid', models.PositiveBigIntegerField(default=0)),
                ('started_at', models.DateTimeField(blank=True, null=True)),
                ('last_uid', models.PositiveBigIntegerField(default=0)),
                ('history_uid', models.PositiveBigIntegerField(default=0)),
                ('is_history_done', models.BooleanField(default=False)),
                ('known_until', models.PositiveBigIntegerField(default=0)),
                ('refused_uids', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveBigIntegerField(), blank=True, default=list, size=None)),
                ('pending_uids', django.contrib.postgres.fields.ArrayField(base_field=models.PositiveBigIntegerField(), blank=True, default=list, size=None)),
                ('compared_at', models.DateTimeField(blank=True, null=True)),
                ('lease_owner', models.UUIDField(blank=True, null=True)),
                ('leased_until', models.DateTimeField(blank=True, null=True)),
                ('account', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='mailboxes', to='channels_email.emailaccount')),
            ],
            options={
                'verbose_name': 'mailbox',
                'verbose_name_plural': 'mailboxes',
                'constraints': [models.UniqueConstraint(fields=('account', 'folder'), name='mailbox_once_a_folder')],
            },
        ),
    ]
