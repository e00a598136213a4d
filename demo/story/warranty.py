"""Dana Whitfield and the Pro 2 that shuts off: as far as mail tells what the pictures show."""

from demo.people import MARCO, PRIYA, WARRANTY, Person
from demo.pictures import light_ring
from demo.story.steps import (
    Answer,
    Assign,
    Move,
    Note,
    Read,
    Resolve,
    SendsFilm,
    Step,
    Tag,
    Writes,
    WroteBefore,
    days,
    hours,
    minutes,
)

DANA = Person(
    name="Dana Whitfield",
    address="dana.whitfield@hey.example",
    language="en",
    place="Denver",
    time_zone="America/Denver",
)
FEBRUARY = days(283)

WARRANTY_CASE: tuple[Step, ...] = (
    WroteBefore(
        who=DANA,
        ago=days(702),
        subject="Gift wrap for order K-31007",
        text="Hi, can you still gift wrap K-31007? It is for my mother. Thanks, Dana",
    ),
    Writes(
        who=DANA,
        ago=FEBRUARY,
        subject="Wrong plug in the box",
        text=(
            "Hi Kalma,\n\nmy heat pad (K-39120) came with a UK plug. I am in Denver. "
            "Could I have the US one?\n\nDana"
        ),
    ),
    Answer(
        who=DANA,
        ago=FEBRUARY - hours(1),
        by=PRIYA,
        text="Hi Dana, sorry about that. The right plug left today; keep the other one.",
    ),
    Writes(
        who=DANA,
        ago=FEBRUARY - hours(4.9),
        text="That is quick, thank you!",
        answers=DANA,
    ),
    Resolve(who=DANA, ago=FEBRUARY - hours(5), by=PRIYA),
    Writes(
        who=DANA,
        ago=minutes(98),
        subject="Pro 2 shuts off after 5 seconds",
        text=(
            "Hi! My Pro 2 (K-48213) just dies after about 5 seconds. It was fine last week. "
            "I read “My massager turns off by itself” and reset it twice, no change.\n\nDana"
        ),
    ),
    Assign(who=DANA, ago=minutes(97), by=PRIYA, to=PRIYA),
    Move(who=DANA, ago=minutes(97), by=PRIYA, to=WARRANTY),
    Answer(
        who=DANA,
        ago=minutes(95),
        by=PRIYA,
        text=(
            "Hi Dana, sorry about that, not what you want after leg day. "
            "When it stops, is the light ring orange?"
        ),
    ),
    Writes(
        who=DANA,
        ago=minutes(93),
        text="Yes, orange. And there's a grinding noise right before.",
        answers=DANA,
    ),
    Answer(
        who=DANA,
        ago=minutes(92),
        by=PRIYA,
        text="Could you show me? A photo of the ring right after it stops is plenty.",
    ),
    Writes(
        who=DANA,
        ago=minutes(75),
        text="Here it is. Level one, nine seconds in, then it stops and the light goes orange.",
        files=(light_ring(),),
        answers=DANA,
    ),
    SendsFilm(who=DANA, ago=minutes(73), by=PRIYA, text="And here you hear it, right at the end."),
    Tag(who=DANA, ago=minutes(70), by=PRIYA, names=("vip", "pro 2")),
    Note(
        who=DANA,
        ago=minutes(62),
        by=MARCO,
        text="@Priya E-17 gearbox fault, same batch as the other eleven. Replace, don't repair.",
    ),
    Answer(
        who=DANA,
        ago=minutes(48),
        by=PRIYA,
        subject="Your Pro 2: a replacement is on its way",
        text=(
            "Hi Dana, thanks for the picture, it made this quick. The gearbox in your unit is "
            "faulty, so a new Pro 2 goes out today at no cost. There is nothing to send back.\n\n"
            "The tracking number follows today."
        ),
    ),
    Read(who=DANA, ago=minutes(47.5), by=PRIYA),
    Writes(
        who=DANA,
        ago=minutes(38),
        text=(
            "Thank you, that was fast! One question: I fly out on Friday. Can it go to my "
            "sister's place in Portland? 2210 NE Alberta St, 97211."
        ),
        answers=DANA,
    ),
)
