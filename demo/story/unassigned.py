"""Mail that nobody has taken yet."""

from demo.people import NOA, SHIPPING, WARRANTY, Person
from demo.pictures import cracked_head, purchase_order
from demo.story.steps import Move, Step, Tag, Writes, minutes

PETER = Person(name="Peter Novak", address="peter.novak@post.example", place="Brno")
JONAS = Person(name="Jonas Weber", address="jonas.weber@photos.example", place="Hamburg")
AMARA = Person(name="Amara Nwosu", address="amara.nwosu@mail.example", place="Houston")
ISABEL = Person(
    name="Isabel Cortés", address="isabel.cortes@correo.example", language="es", place="Bilbao"
)

_CRACK = """<html><body>
<p>Hello,</p>
<p>the ball head of my <b>Pro 1</b> has a crack right through the middle:</p>
<p><img src="cid:head@photos.example" alt="The cracked head" width="480" height="300"></p>
<ul><li>bought in May</li><li>never dropped</li></ul>
<p>Is that under <a href="https://kalma.example/warranty">warranty</a>?</p>
<p style="color:#666">Jonas Weber, Hamburg</p>
</body></html>"""


def _new(name: str, address: str, ago: float, subject: str, text: str) -> Writes:
    who = Person(name=name, address=address)
    return Writes(who=who, ago=minutes(ago), subject=subject, text=text)


UNASSIGNED: tuple[Step, ...] = (
    _new(
        "Hannah Lee",
        "hannah.lee@mail.example",
        81,
        "Return from Canada",
        "Who pays the duty when I return a Pro 2 from Vancouver?",
    ),
    Writes(
        who=PETER,
        ago=minutes(66),
        subject="Pro 1 battery looks swollen",
        text="The grip of my Pro 1 no longer closes; I think the battery is swelling. What now?",
    ),
    Move(who=PETER, ago=minutes(65), by=NOA, to=WARRANTY),
    Tag(who=PETER, ago=minutes(65), by=NOA, names=("safety",)),
    Writes(
        who=ISABEL,
        ago=minutes(44),
        subject="Cambio de dirección, pedido K-48405",
        text="Buenos días, me he mudado. ¿Pueden cambiar la dirección de K-48405? Gracias.",
    ),
    _new(
        "Rohan Mehta",
        "rohan.mehta@hey.example",
        37,
        "Discount code did not apply",
        "SPRING15 was accepted in the cart and gone at checkout. Order K-48411.",
    ),
    _new(
        "Claire Dubois",
        "claire.dubois@post.example",
        33,
        "Heat pad turns off too early",
        "My heat pad stops after 20 minutes. Can the timer be set to 60?",
    ),
    Writes(
        who=JONAS,
        ago=minutes(28),
        subject="Crack in the ball head",
        text="Hello,\n\nthe ball head of my Pro 1 has a crack. Is that under warranty?\n\nJonas",
        html=_CRACK,
        files=(cracked_head(),),
    ),
    Move(who=JONAS, ago=minutes(27), by=NOA, to=WARRANTY),
    _new(
        "Elena Popescu",
        "elena.popescu@mail.example",
        23,
        "Please cancel K-48420",
        "I ordered the wrong model a minute ago. Please cancel K-48420 before it ships.",
    ),
    _new(
        "Samir Haddad",
        "samir.haddad@mail.example",
        19,
        "Customs asks for an invoice",
        "Customs in Beirut want an invoice with the value of K-48377. Could you send a PDF?",
    ),
    Writes(
        who=AMARA,
        ago=minutes(14),
        subject="Says delivered, nothing here",
        text="K-48398 was “delivered at the front door” at 10:12. There is nothing here.",
    ),
    Move(who=AMARA, ago=minutes(13), by=NOA, to=SHIPPING),
    Writes(
        who=Person(name="Alder & Finch Physiotherapy", address="orders@alderfinch.example"),
        ago=minutes(11),
        subject="Purchase order 2211",
        text="Good morning,\n\nplease find our purchase order attached.\n\nAlder & Finch",
        files=(purchase_order(),),
        cc=("Accounts <accounts@alderfinch.example>",),
    ),
    _new(
        "Yuki Tanaka",
        "yuki.tanaka@post.example",
        6,
        "Does the Pro 2 charge on 110 V?",
        "I live in Osaka. Does the charger take 100 to 240 V?",
    ),
    _new(
        "Bea Lindgren",
        "bea.lindgren@mail.example",
        4,
        "Refund still not visible",
        "You promised my refund for K-47998 last Tuesday. It is still not on my card.",
    ),
)
