"""Somebody of whom everything is kept that can be, and their archive, read back."""

import csv
import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg

from candor.app import Candor
from candor.app.entitling import office_of
from candor.domain.access.model.passkey import Passkey
from candor.domain.access.model.sign_in import Audience
from candor.domain.access.queries import passkeys, sessions
from candor.domain.catalogue.model import Frequency
from candor.domain.collect.service.fold import fold
from candor.domain.connections.service.giving import SUBSCRIPTION
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.preference import Pause, Quiet, TopicWish
from candor.domain.consent.service import preferences
from candor.domain.consent.service.preferences import Said
from candor.domain.rights.model.request import Request, Right
from candor.domain.rights.service import words
from candor.domain.rights.service.automated.recording import DECISION
from candor.domain.rights.service.carrying import carry
from candor.domain.rights.service.export import archive, downloading
from candor.domain.rights.service.export.archive import Order
from candor.infra.jws import Signer
from candor.infra.web.reading import Reader
from candor.kernel.ids import ProfileId, new_id
from candor.kernel.pii import Pii
from tests.factories.house import (
    TEST,
    choose,
    fresh,
    make_person,
    order,
    policy_of,
    rules_of,
    send,
)
from tests.factories.offices import ask, request_of
from tests.factories.reaching import make_connection, make_delivery, make_link

Owner = psycopg.Connection[Any]
SIGNER = Signer(b"k" * 32)


async def make_rich(candor: Candor, owner: Owner, **traits: str) -> ProfileId:
    """Make somebody with rows in every table that can be about a person."""
    number, email = fresh("number"), f"{fresh('rich')}@example.org"
    known = {"email": email, "name": "Rosa Reich", "city": "=Graz"} | traits
    person = await make_person(candor, number=number, points=-5, **known)
    await send(candor, "crm", {"type": "identify", "userId": email, "traits": {"city": "Linz"}})
    bought = {
        "note": "leave at the door",
        "pieces": 2,
        "products": [{"category": "tea", "price": 3}],
    }
    await send(candor, "shop", order(candor, userId=number, properties=bought))
    await _steer(candor, person)
    await _sign_in(candor, person)
    await _entitle(candor, person)
    await _connect(candor, owner, person)
    _besides(owner, candor, person)
    rules = await rules_of(candor)
    async with candor.database.tx() as tx:
        while await fold(tx, rules.in_force):
            pass
    return person


async def _steer(candor: Candor, person: ProfileId) -> None:
    policy, now = await policy_of(candor), candor.clock.now()
    await choose(candor, person, "news", Choice.GRANTED)
    wishes = (TopicWish(0, 0, Frequency.DAILY), Pause(now), Quiet(7, "Asia/Kolkata"))
    async with candor.database.tx() as tx:
        said = [Said(new_id(), person, wish, now, "portal") for wish in wishes]
        await preferences.prefer(
            tx, said, actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )
        await preferences.contacted(tx, [person], "email", "offers", at=now, policy=policy)


async def _sign_in(candor: Candor, person: ProfileId) -> None:
    now = candor.clock.now()
    async with candor.database.tx() as tx:
        await sessions.insert_session(
            tx, session_hash=new_id().bytes * 2, audience=Audience.CUSTOMER, bearer_id=person,
            at=now, expires_at=now, methods=["code"], proved_at=now, device="Firefox, Linux",
            network=None,
        )  # fmt: skip
        await passkeys.insert_passkey(
            tx,
            Passkey(
                new_id().bytes, Audience.CUSTOMER, person, new_id().bytes * 4, b"secret-key", 0,
                ["internal"], None, is_backed_up=True, name="My phone", created_at=now,
                last_used_at=None,
            ),
        )  # fmt: skip


async def _entitle(candor: Candor, person: ProfileId) -> None:
    """Ask for something in words, have it answered, and let a machine decide something."""
    office = office_of(candor)
    opened = await ask(office, person, Right.COMPLAINT, words=Pii("You misspelt my name."))
    async with candor.database.tx() as tx:
        await words.write(
            tx, opened.request, words.ANSWER, Pii("We are sorry."), author=str(new_id()),
            office=office,
        )  # fmt: skip
        key = (await candor.vault.keys(tx, [person]))[person]
    decision_id = new_id()
    sealed = key.seal(DECISION.prefix(), b'{"points":3}', decision_id.bytes)
    async with candor.database.tx() as tx:
        await tx.connection.execute(
            """INSERT INTO rights.automated_decision (profile_id, decision_id, code, edition,
            outcome, sealed, source, decided_at, recorded_at, verdict, new_outcome, reviewed_at,
            reviewed_by) VALUES (%s, %s, 'credit', 1, 'no', %s, 'scorer', now(), now(),
            'changed', 'yes', now(), 'staff')""",
            (person, decision_id, sealed),
        )
        await tx.connection.execute(
            "INSERT INTO rights.by_people_only VALUES (%s, 'credit', now())", (person,)
        )


async def _connect(candor: Candor, owner: Owner, person: ProfileId) -> None:
    """Let another system hold the person, with what it was sent, and a browser take messages."""
    at = candor.clock.now()
    known = owner.execute(
        "SELECT connection_id FROM connections.connection WHERE code = 'posthorn'"
    ).fetchone()
    mail = known[0] if known else make_connection(owner, "posthorn", name="Posthorn", at=at)
    make_link(owner, person, mail, purposes=1, told_at=at)
    make_delivery(
        owner,
        person,
        mail,
        changed_at=at,
        state="acknowledged",
        act="put",
        fields=("email", "news"),
        settled_at=at,
    )
    subscription_id = new_id()
    async with candor.database.tx() as tx:
        key = (await candor.vault.keys(tx, [person]))[person]
    browser = b'{"endpoint":"https://push.example/1","keys":{"auth":"a","p256dh":"p"}}'
    owner.execute(
        "INSERT INTO connections.subscription (profile_id, subscription_id, connection_id,"
        " endpoint_index, sealed, added_at) VALUES (%s, %s, %s, %s, %s, %s)",
        (
            person,
            subscription_id,
            mail,
            new_id().bytes,
            key.seal(SUBSCRIPTION.prefix(), browser, subscription_id.bytes),
            at,
        ),
    )


def _besides(owner: Owner, candor: Candor, person: ProfileId) -> None:
    """Put in what takes long to come about by itself."""
    now = candor.clock.now()
    owner.execute(
        """INSERT INTO consent.signal (profile_id, signal_id, via_profile_id, kind, channel_id,
        value, is_readable, decided_at, recorded_at, surface)
        VALUES (%(p)s, %(i)s, %(p)s, 'tcf', NULL, 'CPstring', true, %(at)s, %(at)s, 'sdk')""",
        {"p": person, "i": new_id(), "at": now},
    )
    owner.execute(
        """INSERT INTO consent.confirmation (profile_id, confirmation_id, token_hash, choices,
        locale, surface, asked_at, expires_at, mailed_at) VALUES (%(p)s, %(i)s, %(h)s,
        '[{"purpose": "news"}]', 'en', 'sdk', %(at)s,
        %(at)s::timestamptz + interval '2 days', %(at)s)""",
        {"p": person, "i": new_id(), "h": new_id().bytes * 2, "at": now},
    )
    owner.execute(
        """INSERT INTO consent.guardian (profile_id, guardian_id, since, proof, recorded_by)
        VALUES (%s, %s, %s, 'case-7', 'staff')""",
        (person, new_id(), now),
    )
    owner.execute(
        """UPDATE consent.state SET minor_until = '2030-01-01', paused_until = %(at)s,
        quiet_hours = 7, zone = 'Asia/Kolkata' WHERE profile_id = %(p)s""",
        {"p": person, "at": now},
    )
    owner.execute(
        """UPDATE consent.reach SET daily = 1, weekly = 1, monthly = 1, blocked = 'complaint',
        topics = 3 WHERE profile_id = %s""",
        (person,),
    )
    owner.execute(
        """INSERT INTO rights.hold (profile_id, hold_id, ground, reference, placed_by, placed_at,
        review_on) VALUES (%s, %s, 'investigation', 'A-1', 'staff', %s, '2027-01-01')""",
        (person, new_id(), now),
    )


def fill_events(owner: Owner, candor: Candor, person: ProfileId, count: int) -> None:
    """Let somebody have viewed many pages, without their going through the door."""
    owner.execute(
        """INSERT INTO collect.event (profile_id, occurred_at, event_id, event_type_id, source_id,
        flush_id, received_at, purposes, properties)
        SELECT %(p)s, %(at)s::timestamptz - n * interval '1 second', gen_random_uuid(),
        (SELECT event_type_id FROM catalogue.event_type WHERE code = 'Page Viewed'), 1, 0,
        %(at)s, 1, jsonb_build_object('path', '/' || md5(n::text), 'name', md5((-n)::text))
        FROM generate_series(1, %(n)s) AS n""",
        {"p": person, "at": candor.clock.now(), "n": count},
    )


@dataclass(frozen=True, slots=True)
class Read:
    """An archive, read back."""

    files: dict[str, bytes]

    @property
    def data(self) -> dict[str, Any]:
        """Return what `data.json` says."""
        return json.loads(self.files["data.json"])

    @property
    def tables(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rows by table."""
        return self.data["tables"]

    @property
    def page(self) -> str:
        """Return the readable page."""
        return self.files["index.html"].decode()

    def csv(self, table: str) -> list[dict[str, str]]:
        """Return the rows of a CSV."""
        text = self.files[f"csv/{table}.csv"].decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))


async def prepared(candor: Candor, person: ProfileId, kind: Right = Right.ACCESS) -> Request:
    """Ask for an archive and let the worker get it ready."""
    office = office_of(candor)
    opened = await ask(office, person, kind)
    await carry(office, opened.request.request_id)
    return await request_of(office, opened.request.request_id)


async def ordered(
    candor: Candor, request_id: UUID, *, locale: str = "en_GB", whose: ProfileId | None = None
) -> Order:
    """Count a download and return what makes it."""
    async with candor.database.tx() as tx:
        return await downloading.take(
            tx,
            request_id,
            whose=None if whose is None else [whose],
            actor=TEST,
            office=office_of(candor),
            reader=Reader(candor.clock.now(), locale),
            signer=SIGNER,
            keys_at="https://example.org/keys",
        )


async def downloaded(
    candor: Candor, person: ProfileId, kind: Right = Right.ACCESS, *, locale: str = "en_GB"
) -> Read:
    """Ask for an archive, get it ready, download it, and read it back."""
    request = await prepared(candor, person, kind)
    made = archive.stream(
        await ordered(candor, request.request_id, locale=locale), office_of(candor)
    )
    return await read_back(made)


async def read_back(made: AsyncIterator[bytes]) -> Read:
    """Return what a stream of a ZIP holds."""
    body = b"".join([chunk async for chunk in made])
    with zipfile.ZipFile(io.BytesIO(body)) as found:
        assert found.testzip() is None
        return Read({name: found.read(name) for name in found.namelist()})
