"""Where another product's expectation is not ours, and why. By mail and table."""

_REPLY_TO = "it takes Reply-To, which anybody can write, for the sender"
_NO_ADDRESS = "what stands in From is no address; we say so"
_UUENCODE = "it leaves x-uuencode as it is; we undo it"
_MADE_UP = "a name that it makes up"
_LINE_ENDS = "it turns line ends; we keep the bytes"
_BOUNDARIES = "made-up boundaries that swallow one another: we show all of it as text"
_BROKEN = "the sample's own UTF-7 is damaged"
_OTHER_NAMES = "its own names for unnamed parts"

REASONS: dict[tuple[str, str], str] = {
    ("mail017.box", "sender"): _REPLY_TO,
    ("mail017.box", "sender's name"): _REPLY_TO,
    ("mail044.box", "sender"): "it keeps the dot at the end of a domain",
    ("mail053.box", "sender"): _NO_ADDRESS,
    ("mail087.box", "sender"): _NO_ADDRESS,
    ("mail087.box", "sender's name"): _NO_ADDRESS,
    ("mail092.box", "sender's name"): "it shows the local part beside the name",
    ("mail046.box", "sender's name"): "it guesses a Central European charset for Chinese",
    ("mail062.box", "attachments"): "it lists a second HTML text as a file; we show it",
    ("mail087.box", "attachments"): _OTHER_NAMES,
    ("mail092.box", "attachments"): _OTHER_NAMES,
    ("mail019.box", "text"): "it counts the title of the HTML page as text",
    ("mail066.box", "text"): "it counts the title of the HTML page as text",
    ("boolean_decoded_content.eml", "attachments"): "a broken base64 that it cuts off elsewhere",
    ("legacy-017.eml", "attachments"): _UUENCODE,
    ("legacy-048.eml", "attachments"): _UUENCODE,
    ("legacy-035.eml", "attachments"): "it takes a path's backslashes for escapes",
    ("legacy-039.eml", "attachments"): "it takes a path's backslashes for escapes",
    ("embedded_email.eml", "attachments"): _LINE_ENDS,
    ("inline_attachment.eml", "attachments"): _MADE_UP,
    ("embedded_email_without_content_disposition.eml", "attachments"): _MADE_UP,
    ("rfc-003.eml", "attachments: count"): "it lists text/enriched as a file; we show it",
    ("thirdparty-012.eml", "attachments: count"): "it lists text of an unknown type as a file",
    ("m1009.txt", "attachments: count"): "it shows a named text file as part of the text",
    ("m4004.txt", "attachments: count"): "it does not count the signature's file",
    ("thirdparty-002.eml", "attachments: count"): "it lists undecodable text as a file",
    ("malformed-002.eml", "attachments: count"): "it lists text without its boundary as a file",
    ("malformed-006.eml", "attachments: count"): "it lists text without its boundary as a file",
    ("malformed-008.eml", "attachments: count"): _BOUNDARIES,
    ("malformed-012.eml", "attachments: count"): _BOUNDARIES,
    ("malformed-016.eml", "attachments: count"): _BOUNDARIES,
    ("malformed-021.eml", "text"): "it shows the bare source of a part without its boundary",
    ("m1011.txt", "charset"): _BROKEN,
    ("m1011.txt", "subject"): "plain ASCII in a header is not decoded as UTF-7 (RFC 5322)",
}
