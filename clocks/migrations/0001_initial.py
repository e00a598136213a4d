import clocks.models
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('conversations', '0001_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='Calendar',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=80, unique=True, verbose_name='name')),
                ('time_zone', models.CharField(max_length=64, validators=[clocks.models.check_zone], verbose_name='time zone')),
                ('is_default', models.BooleanField(default=False, help_text='Of every team that has no calendar of its own.', verbose_name='default')),
            ],
            options={
                'verbose_name': 'calendar',
                'verbose_name_plural': 'calendars',
                'ordering': ['name'],
                'constraints': [models.UniqueConstraint(condition=models.Q(('is_default', True)), fields=('is_default',), name='calendar_one_default')],
            },
        ),
        migrations.CreateModel(
            name='TeamCalendar',
            fields=[
                ('team', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='conversations.team')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='of_teams', to='clocks.calendar')),
            ],
            options={
                'verbose_name': 'calendar of a team',
                'verbose_name_plural': 'calendars of teams',
            },
        ),
        migrations.CreateModel(
            name='Holiday',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('date', models.DateField(verbose_name='date')),
                ('name', models.CharField(blank=True, max_length=80, verbose_name='name')),
                ('opens', models.TimeField(blank=True, help_text='Empty: closed.', null=True, verbose_name='opens')),
                ('closes', models.TimeField(blank=True, null=True, verbose_name='closes')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='holidays', to='clocks.calendar')),
            ],
            options={
                'verbose_name': 'holiday',
                'verbose_name_plural': 'holidays',
                'ordering': ['date', 'opens'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'date', 'opens'), name='holiday_begins_once', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('closes', None), ('opens', None)), models.Q(('closes__isnull', False), ('opens__isnull', False)), _connector='OR'), name='holiday_has_both_times', violation_error_message='Give both times, or none.')],
            },
        ),
        migrations.CreateModel(
            name='Span',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('weekday', models.PositiveSmallIntegerField(choices=[(0, 'Monday'), (1, 'Tuesday'), (2, 'Wednesday'), (3, 'Thursday'), (4, 'Friday'), (5, 'Saturday'), (6, 'Sunday')], verbose_name='weekday')),
                ('opens', models.TimeField(verbose_name='opens')),
                ('closes', models.TimeField(help_text='Of the next day, where it is not after the beginning.', verbose_name='closes')),
                ('calendar', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='spans', to='clocks.calendar')),
            ],
            options={
                'verbose_name': 'span',
                'verbose_name_plural': 'weekly hours',
                'ordering': ['weekday', 'opens'],
                'constraints': [models.UniqueConstraint(fields=('calendar', 'weekday', 'opens'), name='span_begins_once'), models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='span_weekday')],
            },
        ),
    ]
