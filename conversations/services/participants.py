"""People beside the customer in a case."""

from __future__ import annotations

from django.db import transaction

from conversations.models import Agent, Participant, ParticipantState
from conversations.services import threads


def accept(*, case_id: int, participant_id: int, agent: Agent) -> Participant:
    """Let a stranger who quoted a case into it: from now on their words count."""
    with transaction.atomic():
        conversation, case = threads.case_for_work(case_id, agent)
        participant = case.participants.select_related("identity").get(pk=participant_id)
        if participant.state == ParticipantState.CONFIRMED:
            return participant
        participant.state = ParticipantState.CONFIRMED
        participant.save(update_fields=["state"])
        case.messages.filter(identity=participant.identity).update(is_unconfirmed=False)
        case.reckon_wait()
        threads.reckon_preview(case)
        threads.add_activity(
            conversation,
            case,
            "participant_accepted",
            agent=agent,
            params={"address": participant.identity.value},
        )
        return participant
