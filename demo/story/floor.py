"""The rest of the floor: what the others work on, and what is done."""

from demo.people import LENA, MARCO, NOA, PRIYA, SHIPPING, TECH_LAB, WARRANTY, Person
from demo.story.steps import (
    Answer,
    Assign,
    Move,
    Note,
    Resolve,
    Spam,
    Step,
    Tag,
    Writes,
    days,
    hours,
    minutes,
)

FELIX = Person(name="Felix Braun", address="felix.braun@post.example", place="Vienna")
NADIA = Person(name="Nadia Rossi", address="nadia.rossi@mail.example", place="Turin")
OMAR = Person(name="Omar Said", address="omar.said@hey.example", place="Cairo")
WENDY = Person(name="Wendy Chu", address="wendy.chu@mail.example", place="Singapore")
PAUL = Person(name="Paul Martin", address="paul.martin@post.example", place="Lyon")
SEO = Person(name="Rank First", address="offers@rank-first.example")

FLOOR: tuple[Step, ...] = (
    Writes(
        who=WENDY,
        ago=days(6),
        subject="Second travel case",
        text="Can I buy a second travel case without the massager?",
    ),
    Answer(
        who=WENDY,
        ago=days(6) - hours(0.5),
        by=PRIYA,
        text="Yes: it is under Accessories now, $29.",
        resolves=True,
    ),
    Writes(
        who=PAUL,
        ago=days(3),
        subject="Tracking number for K-48311",
        text="Could you send me the tracking number for K-48311?",
    ),
    Move(who=PAUL, ago=days(3) - hours(0.2), by=NOA, to=SHIPPING),
    Answer(
        who=PAUL,
        ago=days(3) - hours(0.6),
        by=PRIYA,
        text="It is 00340434161094027318; the parcel reached Lyon this morning.",
    ),
    Writes(who=PAUL, ago=days(3) - hours(2), text="Found it, merci!", answers=PAUL),
    Resolve(who=PAUL, ago=days(3) - hours(2.2), by=PRIYA),
    Writes(
        who=SEO,
        ago=days(1),
        subject="Re: your ranking",
        text="We place kalma on page one. Answer YES for prices.",
    ),
    Spam(who=SEO, ago=days(1) - hours(1), by=NOA),
    Writes(
        who=OMAR,
        ago=hours(7),
        subject="Pro 2 stops at level 3",
        text="Level 1 and 2 are fine, level 3 stops after a second. Bought last week.",
    ),
    Assign(who=OMAR, ago=hours(6.5), by=MARCO, to=MARCO),
    Move(who=OMAR, ago=hours(6.5), by=MARCO, to=TECH_LAB),
    Answer(
        who=OMAR,
        ago=hours(6),
        by=MARCO,
        text="Please write me the six characters below the barcode, I will look up the batch.",
    ),
    Note(
        who=OMAR,
        ago=hours(5.9),
        by=MARCO,
        text="Sounds like E-17 again. If the batch is 26-W11, skip the bench and replace.",
    ),
    Writes(who=OMAR, ago=minutes(31), text="It says 26W11F.", answers=OMAR),
    Writes(
        who=FELIX,
        ago=hours(5),
        subject="Light blinks twice after the update",
        text="Since the last firmware the ring blinks twice when I switch it off. Normal?",
    ),
    Assign(who=FELIX, ago=hours(4.5), by=MARCO, to=MARCO),
    Move(who=FELIX, ago=hours(4.5), by=MARCO, to=TECH_LAB),
    Tag(who=FELIX, ago=hours(4.5), by=MARCO, names=("firmware",)),
    Answer(
        who=FELIX,
        ago=hours(4.4),
        by=MARCO,
        text="It is: two blinks mean that the update is in. They stop after the next charge.",
    ),
    Writes(
        who=NADIA,
        ago=hours(3.5),
        subject="Warranty for a gift",
        text="I got a Pro 2 as a gift without the bill. Is there a warranty?",
    ),
    Move(who=NADIA, ago=hours(3.2), by=LENA, to=WARRANTY),
    Answer(
        who=NADIA,
        ago=hours(3.1),
        by=LENA,
        text="There is: the serial number is enough. Could you send it?",
    ),
)
