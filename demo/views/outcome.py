"""What became of a mail that was sent from the simulator."""

from __future__ import annotations

from dataclasses import dataclass

from conversations.models import Receipt, ReceiptState


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`state` is the receipt's; a processed one without a case was a report on a mail of ours."""

    state: str
    case: int | None
    reason: str

    @property
    def is_kept_aside(self) -> bool:
        return self.state == ReceiptState.QUARANTINED


def outcome(receipt: str) -> Outcome | None:
    """By the receipt's number as it stands in the address; None when it is none."""
    if not (receipt.isascii() and receipt.isdigit() and len(receipt) < 19):  # noqa: PLR2004 -- bigint
        return None
    found = Receipt.objects.filter(pk=int(receipt), envelope__door="simulator").first()
    if found is None:
        return None
    return Outcome(state=found.state, case=found.case_id, reason=found.reason_code)
