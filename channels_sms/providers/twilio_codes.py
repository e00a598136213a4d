"""Twilio's words and numbers in ours (twilio.com/docs: api/errors, messaging/api/message-resource).

A number or word that is not here is unknown, never an exception.
"""

from __future__ import annotations

from conversations.adapters.messages import Outcome

OUTCOMES = {
    "accepted": Outcome.SENT,
    "scheduled": Outcome.SENT,
    "queued": Outcome.SENT,
    "sending": Outcome.SENT,
    "sent": Outcome.SENT,
    "delivered": Outcome.DELIVERED,
    "read": Outcome.READ,
    "undelivered": Outcome.FAILED,
    "failed": Outcome.FAILED,
    "canceled": Outcome.FAILED,
}
CODES = {
    10001: "account_off",
    20003: "login_refused",
    20404: "login_refused",
    20429: "too_many",
    21211: "bad_number",
    21212: "sender_refused",
    21214: "not_reached_there",
    21217: "bad_number",
    21219: "not_verified",
    21266: "own_number",
    21408: "country_not_allowed",
    21421: "sender_refused",
    21602: "empty",
    21603: "sender_refused",
    21604: "bad_number",
    21605: "too_long",
    21606: "sender_refused",
    21607: "sender_refused",
    21608: "not_verified",
    21610: "opted_out_of_texts",
    21611: "too_many",
    21612: "not_reached_there",
    21614: "landline",
    21617: "too_long",
    21635: "landline",
    21660: "sender_refused",
    21703: "sender_refused",
    21704: "sender_refused",
    21705: "sender_refused",
    30001: "too_many",
    30002: "account_off",
    30003: "phone_off",
    30004: "blocked",
    30005: "no_such_number",
    30006: "landline",
    30007: "filtered",
    30008: "provider_failed",
    30010: "too_dear",
    30017: "network_busy",
    30018: "sender_unregistered",
    30022: "too_many",
    30023: "too_many",
    30024: "sender_unregistered",
    30032: "sender_unregistered",
    30034: "sender_unregistered",
    30036: "expired",
    30410: "network_busy",
    30485: "filtered",
    30500: "provider_failed",
}
NOT_NOW = {"too_many", "login_refused", "account_off"}
"""What may be over by itself, or once an admin has seen to it: not sent, and tried again."""
ENDS = {"landline", "no_such_number", "bad_number"}
"""What is true of the number, not of this text: nothing will reach it."""
