"""What the people of the story send, as bytes."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from demo import answers
from demo.letters import Letter, to_bytes
from demo.models import Mail
from demo.opened import Opened, open_mail
from demo.people import Person
from demo.story import steps


def mail_of(step: steps.Writes | steps.IsAway | steps.SendsNoise) -> bytes:
    """The bytes that arrive, dated right from the start."""
    at = timezone.now() - step.ago
    match step:
        case steps.SendsNoise(raw=raw):
            return raw
        case steps.IsAway(who=who):
            return answers.vacation(_last_mail_to(who, step.ago), who, at=at)
        case steps.Writes(answers=Person() as recipient):
            words = answers.Words(text=step.text, files=step.files, cc=step.cc)
            return answers.answer(_last_mail_to(recipient, step.ago), step.who, words, at=at)
        case _:
            return to_bytes(
                Letter(
                    sender=step.who,
                    at=at,
                    cc=step.cc,
                    subject=step.subject,
                    text=step.text + "\n",
                    html=step.html,
                    files=step.files,
                )
            )


def old_mail_of(step: steps.WroteBefore) -> bytes:
    at = timezone.now() - step.ago
    return to_bytes(Letter(sender=step.who, at=at, subject=step.subject, text=step.text + "\n"))


def _last_mail_to(person: Person, ago: timedelta) -> Opened:
    """As it will be dated in the end: what follows in the story moves it back by `ago`."""
    mail = Mail.objects.filter(envelope_to__contains=[person.address]).latest("id")
    mail.at -= ago
    return open_mail(mail)
