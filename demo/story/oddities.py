"""What mail is like in real life: absences, dead mailboxes, strangers, noise."""

from demo.people import NOA, PRIYA, SHIPPING, Person
from demo.simulator import CLOSED
from demo.story.queue import HUGO
from demo.story.steps import (
    Answer,
    Assign,
    IsAway,
    Move,
    Read,
    SendsNoise,
    Step,
    Writes,
    hours,
    minutes,
)

INGRID = Person(name="Ingrid Solberg", address="ingrid.solberg@clinic.example", place="Oslo")
OWEN = Person(name="Owen Blake", address=f"owen.blake@{CLOSED}", place="Boston")
ELIN = Person(name="Elin Sandberg", address="elin.sandberg@post.example")
SCANNER = Person(name="", address="scanner@office.example")

ODDITIES: tuple[Step, ...] = (
    Writes(
        who=INGRID,
        ago=hours(6),
        subject="Invoice to the clinic's new address",
        text="Please put our new address on the invoice for K-48266: Storgata 12, Oslo.",
    ),
    Answer(
        who=INGRID,
        ago=minutes(130),
        by=PRIYA,
        text="Done: the new invoice is in your account.",
    ),
    Read(who=INGRID, ago=minutes(129), by=PRIYA),
    IsAway(who=INGRID, ago=minutes(129.5)),
    Writes(
        who=OWEN,
        ago=hours(5.5),
        subject="Parcel returned to you",
        text="My parcel K-48301 went back to you. Please send it again to the office.",
    ),
    Assign(who=OWEN, ago=hours(5), by=PRIYA, to=NOA),
    Move(who=OWEN, ago=hours(5), by=PRIYA, to=SHIPPING),
    Answer(
        who=OWEN,
        ago=minutes(140),
        by=NOA,
        text="Hi Owen, it goes out again today, to the office this time.",
    ),
    Writes(
        who=ELIN,
        ago=minutes(55),
        text=(
            "Hi, Hugo forwarded me this. I am the one with the foam roller at home; "
            "can the label be in my name?\n\nElin"
        ),
        answers=HUGO,
    ),
    SendsNoise(who=SCANNER, ago=minutes(50), raw=b"\x00" * 512 + b"\r\n"),
)
