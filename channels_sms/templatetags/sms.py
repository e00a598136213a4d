"""What the composer's counter goes by: the same tables as the server's."""

from __future__ import annotations

import json

from django import template

from channels_sms import segments

register = template.Library()


@register.simple_tag
def counting_rules() -> str:
    """As JSON: septets of each letter, room of each encoding, what stands for what."""
    return json.dumps(
        {
            "units": segments.UNITS,
            "room": {"gsm": segments.ROOM[segments.GSM], "ucs2": segments.ROOM[segments.UCS2]},
            "plain": segments.PLAIN,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )
