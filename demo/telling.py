"""Plays the story: every mail comes in by the receipt, every act goes through its service."""

from __future__ import annotations

import uuid
from datetime import timedelta

from django.apps import apps

from conversations import outbox
from conversations.models import Agent, Case, Channel, Customer, DraftKind, Team
from conversations.services import assignment, drafts, notes, reading, reply, status, tags
from demo import hours
from demo.clock import time_passes
from demo.door import arrive, import_old
from demo.people import Person
from demo.posting import mail_of, old_mail_of
from demo.story import STORY, steps

HOLD = timedelta(seconds=11)
"""A little longer than an agent may undo a send."""


class Teller:
    """Tells one step after the other on an empty hub."""

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.agents = {agent.username: agent for agent in Agent.objects.all()}
        self.teams = {team.name: team.pk for team in Team.objects.all()}

    def tell(self) -> None:
        """Everything up to now; what was imported comes last, with its own dates."""
        told = [step for step in STORY if not isinstance(step, steps.WroteBefore)]
        following = [step.ago for step in told[1:]]
        for step, next_ago in zip(told, [*following, timedelta(0)], strict=True):
            self.play(step)
            span = step.ago - next_ago
            if isinstance(step, steps.Answer):
                span -= send_off()
            time_passes(span)
        for step in STORY:
            if isinstance(step, steps.WroteBefore):
                import_old(self.channel, old_mail_of(step))
        for person in dict.fromkeys(step.who for step in STORY):
            _note_person(person)
        if apps.is_installed("channels_sms"):
            from demo import texts

            texts.note_phones()
        hours.reckon()

    def play(self, step: steps.Step) -> None:
        if isinstance(step, steps.Writes | steps.IsAway | steps.SendsNoise):
            arrive(self.channel, mail_of(step), wakes=False)
        else:
            self._act(step, _case_of(step.who))

    def _act(self, step: steps.Step, case: Case) -> None:
        match step:
            case steps.Answer():
                self._answer(step, case)
            case steps.SendsFilm(by=by, text=text):
                if apps.is_installed("channels_video"):
                    from demo import films

                    films.send(case, self.agents[by], note=text)
            case steps.Note(by=by, text=text):
                notes.add(case_id=case.pk, agent=self.agents[by], text=text, client_id=uuid.uuid4())
            case steps.Draft():
                self._draft(step, case)
            case steps.Assign(by=by, to=to):
                assignment.assign(
                    case_id=case.pk, agent=self.agents[by], assignee_id=self.agents[to].pk
                )
            case steps.Move(by=by, to=to):
                assignment.move(case_id=case.pk, agent=self.agents[by], team_id=self.teams[to])
            case _:
                self._finish(step, case)

    def _finish(self, step: steps.Step, case: Case) -> None:
        match step:
            case steps.Tag(by=by, names=names):
                tags.replace(case_id=case.pk, agent=self.agents[by], names=names)
            case steps.Read(by=by):
                reading.mark_read(
                    case_id=case.pk, agent=self.agents[by], up_to=case.last_message_at
                )
            case steps.Resolve(by=by):
                status.resolve(case_id=case.pk, agent=self.agents[by])
            case steps.Spam(by=by):
                status.mark_spam(case_id=case.pk, agent=self.agents[by])

    def _answer(self, step: steps.Answer, case: Case) -> None:
        reply.send(
            case_id=case.pk,
            agent=self.agents[step.by],
            text=step.text,
            to=reply.options(case=case).to,
            subject=step.subject,
            client_id=uuid.uuid4(),
            resolve=step.resolves,
        )

    def _draft(self, step: steps.Draft, case: Case) -> None:
        drafts.save(
            case_id=case.pk,
            agent=self.agents[step.by],
            kind=DraftKind.MESSAGE,
            text=step.text,
            fields={},
            version=0,
        )


def send_off() -> timedelta:
    """Wait until the hold of an answer is over and send it. Returns how long that took."""
    time_passes(HOLD)
    send_due()
    return HOLD


def send_due() -> None:
    """The outbox sends what the hold has let go, as the worker does."""
    for delivery in outbox.due():
        outbox.deliver(delivery)


def _case_of(person: Person) -> Case:
    cases = Case.objects.filter(
        conversation__customer__identities__value=person.address
    ).select_related("conversation")
    return cases.latest("opened_at", "pk")


def _note_person(person: Person) -> None:
    """What somebody at Kalma noted about a customer."""
    if person.place:
        Customer.objects.filter(identities__value=person.address).update(
            place=person.place, time_zone=person.time_zone
        )
