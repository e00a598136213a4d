"""Who a visitor is by a shop's signature: what is taken, once, and what is not."""

import base64
import json
import os
import time
import uuid
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from channels_chat import proofs
from channels_chat.models import ChatSettings, SigningKey
from conversations.models import Channel, Customer, Identity
from tests.channels_chat.talk import Talk

CORPUS = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere") / "jwt/C2SP__wycheproof.cases.json"
SECRET = "a secret of the shop's that is long enough, whatever it is used with"


@pytest.fixture
def key(chat: ChatSettings) -> SigningKey:
    return SigningKey.objects.create(settings=chat, kid="k1", secret=SECRET)


def proof(chat: ChatSettings, *, secret: Any = SECRET, kid: str = "k1", **changed: Any) -> str:
    algorithm = changed.pop("alg", "HS256")
    header = {"kid": kid, **changed.pop("header", {})}
    claims = {
        "sub": "user-7",
        "aud": chat.key,
        "exp": int(time.time()) + 300,
        "jti": str(uuid.uuid4()),
        "email": "dana@post.example",
        "name": "Dana",
        **changed,
    }
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(claims, secret, algorithm=algorithm, headers=header)


@pytest.mark.django_db
class TestIdentify:
    @pytest.fixture(autouse=True)
    def _key(self, key: SigningKey) -> None:
        """Every channel here has one."""

    def test_who_is_proven_is_known_on_every_device(self, chat: ChatSettings) -> None:
        dana = Talk(chat)
        dana.say("Hello")
        before = dana.token
        token, welcome = dana.do("identify", jwt=proof(chat))
        assert token["token"] != before
        assert Talk(chat, before).welcome["expired"] is True
        assert welcome["visitor"]["identified"] is True
        assert welcome["visitor"]["address"] == "d•••@post.example"
        phone = Talk(chat)
        _, there = phone.do("identify", jwt=proof(chat))
        assert [entry["text"] for entry in there["entries"]] == ["Hello"]
        phone.say("From my phone")
        assert dana.texts == ["Hello", "From my phone"]
        assert Customer.objects.filter(merged_into=None).count() == 1

    def test_who_is_proven_before_the_first_word_has_no_customer_yet(
        self, chat: ChatSettings
    ) -> None:
        dana = Talk(chat)
        dana.do("identify", jwt=proof(chat))
        assert not Customer.objects.exists()
        dana.say("Hello")
        kinds = set(Identity.objects.values_list("kind", flat=True))
        assert kinds == {"visitor", "external", "email"}
        assert Customer.objects.get().name == "Dana"

    def test_two_people_at_one_browser_are_two(self, chat: ChatSettings) -> None:
        dana = Talk(chat)
        dana.do("identify", jwt=proof(chat))
        dana.say("Secret")
        _, welcome = dana.do("identify", jwt=proof(chat, sub="user-8", email=None))
        assert welcome["entries"] == []
        dana.say("Mine")
        assert dana.texts == ["Mine"]
        assert Customer.objects.filter(merged_into=None).count() == 2

    def test_a_proof_is_good_once(self, chat: ChatSettings) -> None:
        said = proof(chat)
        assert Talk(chat).do("identify", jwt=said)[0]["type"] == "token"
        assert Talk(chat).do("identify", jwt=said)[0]["code"] == "bad_proof"

    @pytest.mark.parametrize(
        "changed",
        [
            {"aud": "other"},
            {"aud": None},
            {"exp": 0},
            {"exp": None},
            {"exp": "soon"},
            {"exp": 1e300},
            {"exp": time.time() + 3600},
            {"nbf": time.time() + 3600},
            {"jti": None},
            {"jti": ""},
            {"sub": None},
            {"sub": 7},
            {"sub": "x" * 201},
            {"kid": "k2"},
            {"secret": "another secret that is long enough as well"},
            {"alg": "none", "secret": None},
            {"alg": "HS512"},
            {"header": {"crit": ["exp"]}},
        ],
    )
    def test_what_is_not_taken(self, chat: ChatSettings, changed: dict[str, Any]) -> None:
        answer = Talk(chat).do("identify", jwt=proof(chat, **changed))
        assert answer == [{"type": "error", "code": "bad_proof"}]

    @pytest.mark.parametrize("said", [None, 7, "", "a.b.c", "..", "x" * 5000, "é.é.é"])
    def test_nonsense_is_not_taken(self, chat: ChatSettings, said: object) -> None:
        assert Talk(chat).do("identify", jwt=said)[0]["code"] == "bad_proof"

    def test_every_altered_letter_is_noticed(self, chat: ChatSettings) -> None:
        said = proof(chat)
        for place in range(0, len(said), 3):
            other = "A" if said[place] != "A" else "B"
            with pytest.raises(proofs.BadProof):
                proofs.take(chat, said[:place] + other + said[place + 1 :])

    def test_one_key_follows_another(self, chat: ChatSettings, key: SigningKey) -> None:
        private = Ed25519PrivateKey.generate()
        public = private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        SigningKey.objects.create(
            settings=chat, kid="k2", algorithm="EdDSA", secret=public.decode()
        )
        new: dict[str, Any] = {"kid": "k2", "alg": "EdDSA", "secret": private}
        assert Talk(chat).do("identify", jwt=proof(chat))[0]["type"] == "token"
        assert Talk(chat).do("identify", jwt=proof(chat, **new))[0]["type"] == "token"
        # the public key is no secret: signed with it as one, nothing is proven
        forged = proof(chat, kid="k2", secret="x" * 40)
        assert Talk(chat).do("identify", jwt=forged)[0]["code"] == "bad_proof"
        key.retired_at = key.created_at
        key.save()
        assert Talk(chat).do("identify", jwt=proof(chat))[0]["code"] == "bad_proof"
        assert Talk(chat).do("identify", jwt=proof(chat, **new))[0]["type"] == "token"

    def test_a_key_of_another_channel_proves_nothing_here(
        self, chat: ChatSettings, channel_elsewhere: ChatSettings
    ) -> None:
        SigningKey.objects.create(settings=channel_elsewhere, kid="k9", secret=SECRET)
        said = proof(chat, kid="k9")
        assert Talk(chat).do("identify", jwt=said)[0]["code"] == "bad_proof"

    @pytest.fixture
    def channel_elsewhere(self, chat: ChatSettings) -> ChatSettings:
        channel = Channel.objects.create(kind="chat", name="other", team=chat.channel.team)
        return ChatSettings.objects.create(channel=channel)

    def test_who_signs_out_is_forgotten_here(self, chat: ChatSettings) -> None:
        from channels_chat.desk import TokenGone

        dana = Talk(chat)
        dana.do("identify", jwt=proof(chat))
        with pytest.raises(TokenGone):
            dana.do("forget")
        assert Talk(chat, dana.token).welcome["expired"] is True


@pytest.mark.corpora
def test_no_vector_is_wrongly_taken() -> None:
    cases = json.loads(CORPUS.read_text())["cases"]
    wrong, taken = [], 0
    for case in cases:
        key = case["group"].get("private") or case["group"]["public"]
        secret = base64.urlsafe_b64decode(key["k"] + "==") if "k" in key else b"x" * 32
        try:
            proofs.signed(case["jws"], algorithm="HS256", secret=secret)
        except proofs.BadProof:
            continue
        taken += 1
        if case["result"] != "valid":
            wrong.append(case["comment"])
    assert wrong == []
    assert taken > 0
