"""Whether it helped, in the visitor's own word."""

from __future__ import annotations

from django.db import transaction

from channels_chat import limits, raw
from channels_chat.entries import Thread
from channels_chat.errors import Problem
from channels_chat.models import Rating
from conversations.models import Case, Conversation, IdentityKind
from conversations.services import threads

CODE = "rated"
LOWEST, HIGHEST = 1, 5


def give(thread: Thread, *, case_id: object, score: object, comment: object) -> None:
    """Keep it, in place of an earlier one. Raises Problem for a case that they never wrote in."""
    if isinstance(score, bool) or not isinstance(score, int) or not LOWEST <= score <= HIGHEST:
        raise Problem("bad_frame")
    if thread.conversation is None or not isinstance(case_id, int):
        raise Problem("bad_frame")
    with transaction.atomic():
        conversation = Conversation.objects.locked(thread.conversation.pk)
        mine = Case.objects.standing().filter(
            conversation=conversation,
            messages__identity__kind=IdentityKind.VISITOR,
            messages__identity__value=thread.visitor.value,
        )
        case = mine.filter(pk=case_id).select_related("team").first()
        if case is None:
            raise Problem("bad_frame")
        said = {"score": score, "comment": raw.clean(comment, limits.COMMENT)}
        before = Rating.objects.filter(case=case).first()
        if before is not None and (before.score, before.comment) == (score, said["comment"]):
            return
        Rating.objects.update_or_create(case=case, defaults={"visitor": thread.visitor, **said})
        threads.add_activity(
            conversation, case, CODE, params={"score": score, "cause": said["comment"]}
        )
