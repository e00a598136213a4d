"""Counters of cases: a trigger writes them, so that no code can forget to."""

from django.db import migrations

KEPT = """
CREATE FUNCTION hub_tally() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' AND OLD.merged_into_id IS NULL THEN
    INSERT INTO conversations_tally (team_id, assignee_id, status, is_waiting, number)
    VALUES (OLD.team_id, OLD.assignee_id, OLD.status, OLD.waiting_since IS NOT NULL, -1);
  END IF;
  IF TG_OP <> 'DELETE' AND NEW.merged_into_id IS NULL THEN
    INSERT INTO conversations_tally (team_id, assignee_id, status, is_waiting, number)
    VALUES (NEW.team_id, NEW.assignee_id, NEW.status, NEW.waiting_since IS NOT NULL, 1);
  END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER case_came_or_went AFTER INSERT OR DELETE ON conversations_case
  FOR EACH ROW EXECUTE FUNCTION hub_tally();
CREATE TRIGGER case_counts_elsewhere AFTER UPDATE ON conversations_case FOR EACH ROW WHEN (
  (OLD.team_id, OLD.assignee_id, OLD.status, OLD.waiting_since IS NULL, OLD.merged_into_id)
  IS DISTINCT FROM
  (NEW.team_id, NEW.assignee_id, NEW.status, NEW.waiting_since IS NULL, NEW.merged_into_id)
) EXECUTE FUNCTION hub_tally();
"""
DROPPED = """
DROP TRIGGER case_counts_elsewhere ON conversations_case;
DROP TRIGGER case_came_or_went ON conversations_case;
DROP FUNCTION hub_tally();
"""


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_search")]
    operations = [migrations.RunSQL(KEPT, DROPPED)]
