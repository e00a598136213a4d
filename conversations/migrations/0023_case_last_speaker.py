"""Whose words a list row shows, where they are neither the customer's nor ours."""

from django.db import migrations, models

KNOWN = """
UPDATE conversations_case c SET last_speaker = s.name, last_is_aside = s.is_aside
FROM (
  SELECT DISTINCT ON (m.case_id) m.case_id, m.is_aside, m.identity_id, i.customer_id,
    coalesce(nullif(m.author_name, ''), nullif(i.name, ''), i.value, '') AS name
  FROM conversations_message m LEFT JOIN conversations_identity i ON i.id = m.identity_id
  WHERE m.kind = 'message' AND m.cancelled_at IS NULL AND NOT m.is_unconfirmed AND NOT m.is_system
    AND m.case_id IN (SELECT case_id FROM conversations_participant)
  ORDER BY m.case_id, m.sorted_at DESC, m.id DESC
) s, conversations_conversation t, conversations_customer k
WHERE c.id = s.case_id AND t.id = c.conversation_id AND k.id = t.customer_id
  AND s.identity_id IS NOT NULL AND s.customer_id IS DISTINCT FROM k.id
  AND s.identity_id IS DISTINCT FROM k.via_id
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0022_takes_by_answering")]

    operations = [
        migrations.AddField(
            model_name="case",
            name="last_speaker",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="case",
            name="last_is_aside",
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(KNOWN, migrations.RunSQL.noop),
    ]
