"""Take a quarantined receipt in after a fix, while somebody watches."""

from __future__ import annotations

from conversations import receipts
from conversations.models import Receipt, ReceiptState
from conversations.services import intake
from conversations.services.errors import Refused


def try_again(*, receipt_id: int) -> Receipt:
    """Put a receipt back in line and process it now. Its new state says how it went.

    Raises Refused("not_quarantined"), or DatabaseError while it stays in line.
    """
    receipt = Receipt.objects.get(pk=receipt_id)
    if receipt.state != ReceiptState.QUARANTINED:
        raise Refused("not_quarantined")
    receipts.replay(receipt)
    for _ in range(intake.ATTEMPTS):
        receipt = intake.process(receipt_id)
        if receipt.state != ReceiptState.STORED:
            break
    return receipt
