"""The other end: what a provider posts when a phone writes, and when a text has gone somewhere."""

import itertools
from urllib.parse import urlencode

from django.http import HttpResponse
from django.test import Client
from twilio.request_validator import RequestValidator

from conversations.models import Channel, Message, Receipt
from conversations.services import intake
from tests.channels_sms.gateway import ACCOUNT, TOKEN

ANA = "+12025550143"
_serial = itertools.count(1)


def post(
    channel: Channel, side: str, fields: dict[str, str], *, token: str = TOKEN, query: str = ""
) -> HttpResponse:
    """A webhook, signed by Twilio's own library."""
    path = f"/hooks/sms/{channel.key}/{side}" + (f"?{query}" if query else "")
    signature = RequestValidator(token).compute_signature(f"https://hub.example{path}", fields)
    answer = Client().post(
        path,
        urlencode(fields),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )
    return HttpResponse(answer.content, answer["Content-Type"], answer.status_code)


def inbound(text: str, *, sender: str = ANA, sid: str = "", **more: str) -> dict[str, str]:
    sid = sid or f"SM{next(_serial):032x}"
    return {
        "MessageSid": sid,
        "SmsSid": sid,
        "AccountSid": ACCOUNT,
        "From": sender,
        "To": "+15005550006",
        "Body": text,
        "NumMedia": "0",
        **more,
    }


def write(channel: Channel, text: str, *, sender: str = ANA, **more: str) -> Message:
    """Somebody texts us, all the way in."""
    fields = inbound(text, sender=sender, **more)
    assert post(channel, "inbound", fields).status_code == 200
    receipt = Receipt.objects.get(external_id=f"in:{fields['MessageSid']}")
    intake.process(receipt.pk)
    return Message.objects.select_related("case__conversation__customer").get(receipt=receipt)


def tell(channel: Channel, sid: str, status: str, *, query: str = "", **more: str) -> None:
    """The provider posts a state, and it is understood."""
    fields = {"MessageSid": sid, "MessageStatus": status, **more}
    assert post(channel, "status", fields, query=query).status_code == 200
    for receipt in Receipt.objects.filter(external_id__startswith="status:", state="stored"):
        intake.process(receipt.pk)
