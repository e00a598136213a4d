"""Priya's queue in the pictures: who waits for her, and who has her answer."""

from demo.people import MARCO, PRIYA, SHIPPING, WARRANTY, Person
from demo.story.steps import (
    Answer,
    Assign,
    Draft,
    Move,
    Read,
    Step,
    Tag,
    Writes,
    days,
    hours,
    minutes,
)

GRACE = Person(name="Grace Okafor", address="grace.okafor@mail.example", place="Chicago")
LEON = Person(
    name="Leon Bauer",
    address="leon.bauer@physio-bauer.example",
    place="Munich",
    time_zone="Europe/Berlin",
)
MINA = Person(name="Mina Park", address="mina.park@mail.example", place="Seattle")
TOMAS = Person(
    name="Tomás Ibarra",
    address="tomas.ibarra@correo.example",
    language="es",
    place="Valencia",
    time_zone="Europe/Madrid",
)
VISITOR = Person(name="", address="austin.longhorn88@post.example", place="Austin")
RUTH = Person(name="Ruth Adeyemi", address="ruth.adeyemi@mail.example", place="Leeds")
HUGO = Person(name="Hugo Lindqvist", address="hugo.lindqvist@post.example", place="Malmö")
AISHA = Person(name="Aisha Rahman", address="aisha.rahman@hey.example", place="Toronto")

_WAITING: tuple[Step, ...] = (
    Writes(
        who=GRACE,
        ago=days(2),
        subject="Charged twice for the travel case",
        text=(
            "Hello, my card shows two payments of $29 for one travel case, order K-48120. "
            "Please give one back.\n\nGrace Okafor"
        ),
    ),
    Assign(who=GRACE, ago=days(2) - minutes(6), by=PRIYA, to=PRIYA),
    Answer(
        who=GRACE,
        ago=days(2) - minutes(18),
        by=PRIYA,
        text=(
            "Hi Grace, I see one order and two authorisations. The second one is released by "
            "your bank within two days; you are charged once."
        ),
    ),
    Read(who=GRACE, ago=days(2) - minutes(18.5), by=PRIYA),
    Writes(
        who=GRACE,
        ago=minutes(72),
        text="Still showing two payments on my card. Can someone check?",
        answers=GRACE,
    ),
    Writes(
        who=LEON,
        ago=minutes(24),
        subject="Quote for 40 units, physio clinic",
        text=(
            "Dear Kalma team,\n\nwe run three clinics and would like a quote for 40 Pro 2 with "
            "travel cases, delivered to Munich. Is there a service contract?\n\nLeon Bauer"
        ),
    ),
    Assign(who=LEON, ago=minutes(20), by=PRIYA, to=PRIYA),
    Read(who=LEON, ago=minutes(19), by=PRIYA),
    Draft(who=LEON, ago=minutes(18), by=PRIYA, text="Hi Leon, for 40 units we can do "),
    Writes(
        who=MINA,
        ago=minutes(9),
        subject="Heat pad smells burnt",
        text=(
            "It started smelling near the cable, on the lowest setting, and the cover has a "
            "brown spot. I unplugged it. Is it safe to use?"
        ),
    ),
    Assign(who=MINA, ago=minutes(8), by=PRIYA, to=PRIYA),
    Move(who=MINA, ago=minutes(8), by=PRIYA, to=WARRANTY),
    Tag(who=MINA, ago=minutes(8), by=PRIYA, names=("safety",)),
    Writes(
        who=TOMAS,
        ago=minutes(2),
        subject="Pedido K-48377 sin movimiento",
        text=(
            "Hola, mi pedido K-48377 lleva cuatro días sin movimiento en Zaragoza. "
            "¿Me pueden decir cuándo llega? Gracias, Tomás"
        ),
    ),
    Assign(who=TOMAS, ago=minutes(1.8), by=PRIYA, to=PRIYA),
    Move(who=TOMAS, ago=minutes(1.8), by=PRIYA, to=SHIPPING),
    Read(who=TOMAS, ago=minutes(1.8), by=PRIYA),
    Writes(
        who=VISITOR,
        ago=minutes(0.7),
        subject="Question before buying",
        text="is the mini ok in carry on? battery size?",
    ),
    Assign(who=VISITOR, ago=minutes(0.5), by=PRIYA, to=PRIYA),
)

_ANSWERED: tuple[Step, ...] = (
    Writes(
        who=RUTH,
        ago=hours(2.2),
        subject="Reset steps for Pro 1",
        text="The link to the Pro 1 reset steps is broken. Which buttons is it?",
    ),
    Answer(
        who=RUTH,
        ago=minutes(76),
        by=PRIYA,
        text="Hold both buttons for 8 seconds, then wait for two short beeps. I fixed the link.",
    ),
    Read(who=RUTH, ago=minutes(75.5), by=PRIYA),
    Writes(
        who=HUGO,
        ago=hours(3),
        subject="Return label for the foam roller",
        text="Hi, the roller is too firm for me. Can I have a return label for K-48290?",
    ),
    Assign(who=HUGO, ago=hours(2.5), by=PRIYA, to=PRIYA),
    Answer(
        who=HUGO,
        ago=minutes(109),
        by=MARCO,
        text="Label sent. We refund when it scans in.",
    ),
    Read(who=HUGO, ago=minutes(105), by=PRIYA),
    Writes(
        who=AISHA,
        ago=hours(4),
        subject="Attachment set missing a head",
        text="My attachment set came with four heads instead of five. The flat one is missing.",
    ),
    Answer(
        who=AISHA,
        ago=minutes(158),
        by=PRIYA,
        text="The flat head ships tomorrow, no charge.",
    ),
    Read(who=AISHA, ago=minutes(157.5), by=PRIYA),
)

QUEUE = (*_WAITING, *_ANSWERED)
