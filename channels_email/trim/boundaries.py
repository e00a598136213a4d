"""Lines behind which nothing is the writer's: separators, header blocks, a marker to reply above.

And their opposite, the line that says that what follows is forwarded.
"""

# ruff: noqa: RUF001 -- words and signs of many languages
from __future__ import annotations

import re

from channels_email.trim.rows import Rows

_MOST_FIELDS = 12
_FEWEST_FIELDS = 3
_LONGEST = 120

_FORWARD = re.compile(
    r"""^[>\W]{0,6}(?:
        (?:begin\ forwarded\ message|anfang\ der\ weitergeleiteten|début\ du\ (?:message|e-mail)
        |inicio\ del\ mensaje\ re|início\ da\ mensagem\ (?:re)?enc|inizio\ (?:del\ )?messaggio\ in
        |begin\ doorgestuurd|vidarebefordrat\ brev|videresendt\ |początek\ przekazyw
        |začátek\ přeposl|начало\ пер|転送されたメッセージ|下面是被转发的邮件).{0,40}
      | -{2,}\s*(?:forwarded|weitergeleitete|mensaje\ reenviado|message\ transféré
        |mensagem\ (?:re)?encaminhada|messaggio\ inoltrato|doorgestuurd|vidarebefordrat
        |videresendt|wiadomość\ przekazana|přeposlaná|пересылаемое|переслан|missatge\ reenviat
        |転送|转发|轉寄|전달된).{0,60}
    )$""",
    re.IGNORECASE | re.VERBOSE,
)
_SEPARATOR = re.compile(
    r"""^\W{2,80}(?:original\ (?:message|appointment|mail)|reply\ message
        |original[\ -]?nachricht|ursprüngliche\ (?:nachricht|e-mail|mail)|mensaje\ original
        |correo\ original|message\ (?:d'origine|d’origine|original)|mail\ original
        |mensagem\ original|messaggio\ originale|oorspronkelijk\ bericht|origineel\ bericht
        |ursprungligt\ meddelande|originalmeddelande|oprindelig\ (?:meddelelse|besked)
        |opprinnelig\ melding|wiadomość\ oryginalna|oryginalna\ wiadomość|původní\ (?:zpráva|e-mail)
        |pôvodná\ správa|eredeti\ üzenet|mesaj\ original|alkuperäinen\ viesti|orijinal\ ileti
        |исходное\ сообщение|оригинальное\ сообщение|missatge\ original|原始邮件|原始郵件
        |元のメッセージ|original\ message|원본\ 메(?:시|세)지)\W*$
      | ^original\ message\ processed\ by
      | ^-{2,40}\s?[^-\s].{4,200}\b(?:wrote|schrieb|écrit|escribió|escreveu|scritto)\s?-{2,40}$
      | ^\W*(?:please\ )?(?:type\ your\ |your\ )?(?:reply|write|respond|antworte\w*)\b.{0,12}
        \ above\ (?:this|the)\ line\b.{0,20}$
      | ^\W*(?:responda|escriba\ su\ respuesta|responder)\b.{0,30}\ encima\ de\ esta\ línea\W*$
      | ^\W*(?:bitte\ )?(?:antworten|schreiben)\b.{0,30}\ (?:über|oberhalb)\ dieser\ (?:linie|zeile)
        .{0,20}$
      | ^\W*répond\w+\b.{0,30}\ au-dessus\ de\ cette\ ligne\W*$
    """,
    re.IGNORECASE | re.VERBOSE,
)
_FIRST = frozenset("optywrabesc#*")
_MARKER = re.compile(r"^>?\W*(?:please\ )?(?:type\ your\ |your\ )?reply\ above\ ", re.IGNORECASE)

_NAMES = {
    "from": "from de von da van fra från od от від από kimden lähettäjä feladó odesílatel"
    " odosielateľ expéditeur mittente remitente 发件人 寄件者 差出人 보낸사람",
    "date": "sent date gesendet datum enviado enviado_el enviado_em envoyé envoyé_le data inviato"
    " verzonden fecha sendt skickat wysłano wysłane odesláno odoslané dato дата отправлено"
    " надіслано lähetetty päivämäärä elküldve dátum tarih gönderme date_d'envoi message_du"
    " 发送时间 日期 送信日時 日付 보낸날짜 trimis",
    "to": "to an para à a aan til till do do: komu кому către kime vastaanottaja címzett pour"
    " destinataire destinatario 收件人 宛先 받는사람",
    "subject": "subject betreff asunto objet sujet assunto oggetto onderwerp emne ämne temat"
    " předmět predmet тема subiect konu aihe tárgy assumpte 主题 主旨 件名 제목",
    "copy": "cc kopie copie copie_à kopia kopi copia cc/cci cópia копия kopio másolat 抄送 참조",
    "reply": "reply-to risposta antwort_an responder_a répondre_à",
    "more": "importance wichtigkeit attachments anlagen priority",
}
_GROUPS = {
    name.replace("_", " "): group for group, names in _NAMES.items() for name in names.split()
}
_FIELD = re.compile(r"^[>*_\s]{0,6}([^\W\d_][^:：\n*]{0,22}?)[\s*_]{0,3}[:：]")


def is_forward(text: str) -> bool:
    return len(text) <= _LONGEST and bool(_FORWARD.match(text))


def is_separator(text: str) -> bool:
    may_be = "--" in text[:8] or "- -" in text[:8] or text[0].lower() in _FIRST
    return may_be and len(text) <= 2 * _LONGEST and bool(_SEPARATOR.search(text))


def is_marker(text: str) -> bool:
    """A helpdesk's own line, which asks to reply above it; it may come back quoted."""
    return len(text) <= _LONGEST and "bove th" in text.lower() and bool(_MARKER.match(text))


def field_of(text: str) -> str:
    """The kind of header field that a line is, empty where it is none."""
    found = _FIELD.match(text[:60])
    return _GROUPS.get(found[1].strip().lower(), "") if found else ""


def header_block(rows: Rows, first: int) -> tuple[bool, int]:
    """Whether `From: … Sent: … Subject: …` starts here, and the row that was looked at last.

    At least a sender and two other fields right below one another; a value may be broken.
    """
    seen: set[str] = set()
    strays = 0
    row = first
    for row in range(first, min(len(rows), first + _MOST_FIELDS)):
        if row > first and rows.gaps[row] > len(seen) % 2:
            break
        group = field_of(rows.texts[row])
        strays = 0 if group else strays + 1
        if strays > 1:
            break
        seen.add(group)
    seen.discard("")
    return "from" in seen and len(seen) >= _FEWEST_FIELDS, row
