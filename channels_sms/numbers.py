"""Telephone numbers: what was typed as E.164, and what the numbering plan says of it. Pure."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberType
from phonenumbers.timezone import time_zones_for_number

E164 = re.compile(r"\+[1-9]\d{4,14}")
SENDER_ID = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
"""A name instead of a number, as most countries outside of North America allow (GSM 03.40)."""
LONGEST = 60
_PREMIUM = {PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST}
_FIXED = {PhoneNumberType.FIXED_LINE, PhoneNumberType.TOLL_FREE, PhoneNumberType.UAN}
_NOWHERE = "Etc/Unknown"


def parsed(typed: str, region: str = "") -> PhoneNumber | None:
    """A number that somebody typed; None for what cannot be one. `region` is where a number
    without a country code is dialled."""
    if len(typed) > LONGEST or not any(letter.isdigit() for letter in typed):
        return None
    try:
        return phonenumbers.parse(typed, region or None)
    except NumberParseException:
        return None


def e164(typed: str, region: str = "") -> str:
    """The number as the network knows it; empty for one that no network can have."""
    number = parsed(typed, region)
    if number is None or not phonenumbers.is_possible_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def region_of(number: str) -> str:
    """ISO code of a number's country; empty where it has none."""
    known = parsed(number)
    return (phonenumbers.region_code_for_number(known) or "") if known else ""


def obstacle(number: str) -> str:
    """Why no text can go to a number, as a code; empty where one can, as far as the plan tells."""
    known = parsed(number)
    if known is None or not phonenumbers.is_possible_number(known):
        return "bad_number"
    if not phonenumbers.is_valid_number(known):
        return "no_such_number"
    kind = phonenumbers.number_type(known)
    if kind in _PREMIUM:
        return "premium_number"
    return "landline" if kind in _FIXED else ""


def zone_of(number: str) -> str:
    """The time zone of a number, where its plan names one."""
    known = parsed(number)
    zones = time_zones_for_number(known) if known else ()
    return zones[0] if zones and zones[0] != _NOWHERE else ""


def shown(number: str) -> str:
    """As people write it; what is no number as it is."""
    known = parsed(number)
    if known is None:
        return number
    return phonenumbers.format_number(known, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
