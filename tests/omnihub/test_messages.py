"""Catalogues compiled without GNU gettext."""

import gettext
import io

from omnihub.messages import pack, parse

CATALOGUE = """
msgid ""
msgstr ""
"Language: es\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

#: inbox/views.py:3
msgid "Reply"
msgstr "Responder"

msgctxt "verb"
msgid "Reply"
msgstr "Conteste"

#, python-format
msgid "%(n)s case"
msgid_plural ""
"%(n)s "
"cases"
msgstr[0] "%(n)s caso"
msgstr[1] "%(n)s casos"

#, fuzzy
msgid "Note"
msgstr "Nota?"

msgid "Untranslated"
msgstr ""
"""


def test_gettext_reads_what_we_compile() -> None:
    catalogue = gettext.GNUTranslations(io.BytesIO(pack(parse(CATALOGUE))))
    assert catalogue.gettext("Reply") == "Responder"
    assert catalogue.pgettext("verb", "Reply") == "Conteste"
    assert catalogue.ngettext("%(n)s case", "%(n)s cases", 2) == "%(n)s casos"
    assert catalogue.gettext("Note") == "Note"
    assert catalogue.gettext("Untranslated") == "Untranslated"
