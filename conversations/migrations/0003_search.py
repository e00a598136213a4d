"""Search: words without accents and case, kept by the database itself beside what they repeat.

The columns are generated and no field of any model: nothing that reads a message, an import or a
test has to know of them, and nothing can forget them. See docs/decisions/0045.
"""

from django.db import migrations

PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
# blanks, signs, symbols, private use, emoji: what stands between words beyond ASCII. By number,
# because what a letter is depends on the locale that a server was set up with.
GAPS = (
    r"\u0080-\u00bf\u00d7\u00f7\u1680\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3008-\u3020\u3030"
    r"\ue000-\uf8ff\ufe00-\ufe6f\uff00-\uff0f\ufff0-\uffff\U0001f000-\U0001faff\U000e0000-\U000e0fff"
)
FUNCTIONS = """
CREATE FUNCTION hub_bare(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN CASE WHEN octet_length($1) = length($1) THEN $1 ELSE
  regexp_replace({schema}.unaccent('{schema}.unaccent'::regdictionary, normalize($1, NFKC)),
                 '[{gaps}]+', ' ', 'g') END;
CREATE FUNCTION hub_plain(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN translate(lower(hub_bare($1)), '{punctuation}', '{blanks}');
CREATE FUNCTION hub_line(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN ' ' || btrim(regexp_replace(hub_plain(translate($1, '''’ʼ', '')), ' +', ' ', 'g'));
CREATE FUNCTION hub_words(subject text, body text, files text) RETURNS tsvector
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN to_tsvector('pg_catalog.simple'::regconfig,
  left(hub_plain(left(subject || E'\\n' || files || E'\\n' || body, 100000)), 100000));
"""
DROPPED = """
DROP FUNCTION hub_words(text, text, text); DROP FUNCTION hub_line(text);
DROP FUNCTION hub_plain(text); DROP FUNCTION hub_bare(text);
"""
COLUMNS = """
ALTER TABLE conversations_message ADD COLUMN search tsvector
  GENERATED ALWAYS AS (hub_words(subject, "text", file_names)) STORED;
ALTER TABLE conversations_message ALTER COLUMN search SET STATISTICS 1000;
ALTER TABLE conversations_customer ADD COLUMN plain text
  GENERATED ALWAYS AS (hub_line(name)) STORED;
ALTER TABLE conversations_identity ADD COLUMN plain text
  GENERATED ALWAYS AS (hub_line(name || ' ' || value)) STORED;
ALTER TABLE conversations_case ADD COLUMN plain text
  GENERATED ALWAYS AS (hub_line(topic)) STORED;
CREATE INDEX message_words ON conversations_message USING gin (search) WITH (fastupdate = off);
CREATE INDEX customer_plain ON conversations_customer USING gin (plain {schema}.gin_trgm_ops);
CREATE INDEX identity_plain ON conversations_identity USING gin (plain {schema}.gin_trgm_ops);
CREATE INDEX case_plain ON conversations_case USING gin (plain {schema}.gin_trgm_ops);
"""


def add(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        schemas = {name: _schema(cursor, name) for name in ("unaccent", "pg_trgm")}
    blanks, quoted = " " * len(PUNCTUATION), PUNCTUATION.replace("'", "''")
    schema_editor.execute(
        FUNCTIONS.format(schema=schemas["unaccent"], gaps=GAPS, punctuation=quoted, blanks=blanks),
        params=None,
    )
    schema_editor.execute(COLUMNS.format(schema=schemas["pg_trgm"]), params=None)


def _schema(cursor, extension):
    """Where the extension lives: an operator may have put it anywhere."""
    cursor.execute(
        "SELECT quote_ident(nspname) FROM pg_extension e"
        " JOIN pg_namespace n ON n.oid = e.extnamespace WHERE extname = %s",
        [extension],
    )
    return cursor.fetchone()[0]


def remove(apps, schema_editor):
    for table, column in (
        ("message", "search"), ("customer", "plain"), ("identity", "plain"), ("case", "plain")
    ):
        schema_editor.execute(f"ALTER TABLE conversations_{table} DROP COLUMN {column}")
    schema_editor.execute(DROPPED)


class Migration(migrations.Migration):
    dependencies = [("conversations", "0002_floor")]
    operations = [migrations.RunPython(add, remove)]
