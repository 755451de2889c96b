"""The counterparts of the tests as other systems to be told, each in a process of its own.

`python -m bench.opposites NAME FILE` runs one until it is ended, and writes its host and port into
a file. They follow what vendors document and keep everything in lists, so with tens of thousands
of people it is they who are slow: what stands beside each is a bare loop against the same.
"""

import asyncio
import smtplib
import sys
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from time import perf_counter
from typing import Final
from urllib.parse import urlencode

import msgspec

from bench.corresponding import PURPOSE
from bench.stage import Stage
from candor.app import Candor
from candor.domain.connections.model.connection import Field, What
from tests.counterparts import hubspot, mautic, rest, salesforce, twilio
from tests.counterparts.hubspot import Hubspot
from tests.counterparts.mail_server import MailServer
from tests.counterparts.mautic import Mautic
from tests.counterparts.rest import Rest
from tests.counterparts.salesforce import Salesforce
from tests.counterparts.twilio import Twilio

Bare = Callable[[Candor, int], Awaitable[float]]
_AT_ONCE: Final = 8
_UP_SECONDS: Final = 30.0
_SYSTEMS: Final[Mapping[str, Callable[[], object]]] = {
    "hubspot": Hubspot,
    "salesforce": Salesforce,
    "mautic": Mautic,
    "rest": Rest,
    "sms": Twilio,
    "smtp": MailServer,
}
_REST: Final = {
    "auth": "bearer",
    "find": "POST /people/search",
    "find_body": '{"filter": {"email": "{attributes.email}"}}',
    "found_at": "results",
    "read": "GET /people/{id}",
    "create": "POST /people",
    "create_body": '{"person": "{record}"}',
    "update": "PATCH /people/{id}",
    "update_body": '{"person": "{record}"}',
    "delete": "DELETE /people/{id}",
    "record_at": "data",
    "version_at": "header:ETag",
    "error_at": "ok!=true",
    "yes": "subscribed",
    "no": "unsubscribed",
    "chosen_suffix": "_at",
}


@dataclass(frozen=True, slots=True)
class Opposite:
    """Another system: how it is connected, and how a bare loop fills it, in people a second."""

    about: str
    bare: Bare
    settings: Mapping[str, str] = field(default_factory=dict[str, str])
    secrets: Mapping[str, str] = field(default_factory=dict[str, str])
    mapping: Sequence[Field] = ()


def start(here: Stage) -> dict[str, str]:
    """Start all of them; return where each listens, by its name."""
    files = {name: here.folder / f"{name}.host" for name in _SYSTEMS}
    for name, file in files.items():
        here.start(name, "bench.opposites", name, str(file))
    deadline = time.monotonic() + _UP_SECONDS
    while not all(file.exists() for file in files.values()):
        if time.monotonic() > deadline:
            raise RuntimeError("a counterpart did not come up: see its log")
        time.sleep(0.05)
    return {name: file.read_text() for name, file in files.items()}


def mirrors(hosts: Mapping[str, str]) -> dict[str, Opposite]:
    """Return those that keep people, by kind of adapter."""
    return {
        "hubspot": Opposite(
            "100 contacts a call",
            _hubspot(f"http://{hosts['hubspot']}"),
            {"base_url": f"http://{hosts['hubspot']}", "removal": "gdpr_delete"},
            {"token": hubspot.TOKEN, "client_secret": hubspot.SECRET},
            _mapped("email", "firstname", "newsletter"),
        ),
        "salesforce": Opposite(
            "200 records a call",
            _salesforce(f"http://{hosts['salesforce']}"),
            {
                "login_url": f"http://{hosts['salesforce']}",
                "client_id": salesforce.CLIENT,
                "flow": "client_credentials",
                "object": "Contact",
            },
            {"client_secret": salesforce.SECRET},
            _mapped("Email", "FirstName", "HasOptedOutOfEmail"),
        ),
        "mautic": Opposite(
            "200 contacts a call",
            _mautic(f"http://{hosts['mautic']}"),
            {"base_url": f"http://{hosts['mautic']}", "auth": "basic", "user": mautic.USER},
            {"password": mautic.PASSWORD},
            _mapped("email", "firstname", "newsletter"),
        ),
        "rest": Opposite(
            "searched and made",
            _rest(f"http://{hosts['rest']}"),
            {"base_url": f"http://{hosts['rest']}/v1", **_REST},
            {"secret": rest.TOKEN},
            _mapped(
                "attributes.email",
                "attributes.first_name",
                f"attributes.channels.{rest.CHOICE}",
            ),
        ),
    }


def carriers(hosts: Mapping[str, str]) -> dict[str, Opposite]:
    """Return those that bring messages, by kind of adapter."""
    host, _, port = hosts["smtp"].rpartition(":")
    return {
        "smtp": Opposite(
            "one mail a person, signed",
            _smtp(host, int(port)),
            {
                "host": host,
                "port": port,
                "tls": "none",
                "from": "Nordmarkt <news@nordmarkt.example>",
                "bounce_domain": "bounces.nordmarkt.example",
                "channel": "email",
            },
        ),
        "sms": Opposite(
            "one text a person",
            _sms(f"http://{hosts['sms']}"),
            {
                "base_url": f"http://{hosts['sms']}",
                "account": twilio.ACCOUNT,
                "service": twilio.SERVICE,
                "channel": "sms",
            },
            {"token": twilio.TOKEN},
        ),
    }


def _mapped(address: str, name: str, news: str) -> tuple[Field, ...]:
    return (
        Field(address, What.IDENTIFIER, "email", is_key=True),
        Field(name, What.ATTRIBUTE, "first_name"),
        Field(news, What.PURPOSE, PURPOSE),
    )


# ------------------------------------------------------------------ bare loops
async def in_lanes(one: Callable[[int], Awaitable[None]], number: int) -> float:
    """Do something so many times, some at once; return how often a second."""
    left = iter(range(number))

    async def lane() -> None:
        for place in left:
            await one(place)

    began = perf_counter()
    await asyncio.gather(*(lane() for _ in range(_AT_ONCE)))
    return number / (perf_counter() - began)


async def _by_batches(
    candor: Candor,
    number: int,
    size: int,
    url: str,
    headers: Mapping[str, str],
    body_of: Callable[[range], object],
) -> float:
    """Post people in batches; return how many a second."""
    batches = [range(first, min(first + size, number)) for first in range(0, number, size)]

    async def one(place: int) -> None:
        body = body_of(batches[place])
        answer = await candor.outbound.request("POST", url, headers=dict(headers), json=body)
        if not answer.is_well:
            raise RuntimeError(f"a bare loop was refused: {answer.status}")

    return await in_lanes(one, len(batches)) * number / max(len(batches), 1)


def _hubspot(base: str) -> Bare:
    def body(some: range) -> object:
        return {
            "inputs": [
                {
                    "id": _address(one),
                    "idProperty": "email",
                    "objectWriteTraceId": str(one),
                    "properties": {
                        "email": _address(one),
                        "firstname": f"Ada {one}",
                        "newsletter": "true",
                    },
                }
                for one in some
            ]
        }

    async def bare(candor: Candor, number: int) -> float:
        url = f"{base}/crm/v3/objects/contacts/batch/upsert"
        proof = {"authorization": f"Bearer {hubspot.TOKEN}"}
        return await _by_batches(candor, number, 100, url, proof, body)

    return bare


def _salesforce(base: str) -> Bare:
    def body(some: range) -> object:
        records = [
            {
                "attributes": {"type": "Contact"},
                "LastName": "–",
                "FirstName": f"Ada {one}",
                "Email": _address(one),
                "HasOptedOutOfEmail": False,
            }
            for one in some
        ]
        return {"allOrNone": False, "records": records}

    async def bare(candor: Candor, number: int) -> float:
        asked = {
            "grant_type": "client_credentials",
            "client_id": salesforce.CLIENT,
            "client_secret": salesforce.SECRET,
        }
        answer = await candor.outbound.request(
            "POST",
            f"{base}/services/oauth2/token",
            headers={"content-type": "application/x-www-form-urlencoded"},
            content=urlencode(asked).encode(),
        )
        proof = {"authorization": f"Bearer {_token(answer.json())}"}
        url = f"{base}/services/data/v60.0/composite/sobjects"
        return await _by_batches(candor, number, 200, url, proof, body)

    return bare


def _mautic(base: str) -> Bare:
    def body(some: range) -> object:
        return [
            {"email": _address(one), "firstname": f"Ada {one}", "newsletter": "1"}
            for one in some
        ]

    async def bare(candor: Candor, number: int) -> float:
        proof = {"authorization": _basic(mautic.USER, mautic.PASSWORD)}
        url = f"{base}/api/contacts/batch/new"
        return await _by_batches(candor, number, 200, url, proof, body)

    return bare


def _rest(base: str) -> Bare:
    def body(some: range) -> object:
        known = {
            "email": _address(some.start),
            "first_name": f"Ada {some.start}",
            "channels": {rest.CHOICE: "subscribed"},
        }
        return {"person": {"attributes": known}}

    async def bare(candor: Candor, number: int) -> float:
        proof = {"authorization": f"Bearer {rest.TOKEN}"}
        return await _by_batches(candor, number, 1, f"{base}/v1/people", proof, body)

    return bare


def _sms(base: str) -> Bare:
    url = f"{base}/2010-04-01/Accounts/{twilio.ACCOUNT}/Messages.json"
    headers = {
        "authorization": _basic(twilio.ACCOUNT, twilio.TOKEN),
        "content-type": "application/x-www-form-urlencoded",
    }

    async def bare(candor: Candor, number: int) -> float:
        async def one(place: int) -> None:
            form = {"To": number_of(place), "Body": "News", "From": "Nordmarkt"}
            await candor.outbound.request(
                "POST", url, headers=headers, content=urlencode(form).encode()
            )

        return await in_lanes(one, number)

    return bare


def _smtp(host: str, port: int) -> Bare:
    async def bare(candor: Candor, number: int) -> float:
        del candor

        def send() -> float:
            began = perf_counter()
            with smtplib.SMTP(host, port) as session:
                for place in range(number):
                    mail = EmailMessage()
                    mail["From"], mail["To"] = "news@nordmarkt.example", _address(place)
                    mail["Subject"] = "News"
                    mail.set_content("News")
                    session.send_message(mail)
            return number / (perf_counter() - began)

        return await asyncio.to_thread(send)

    return bare


def number_of(place: int) -> str:
    """Return a number of nobody (Ofcom's for drama)."""
    return f"+447700{900_000 + place % 1_000:06d}"


def _address(place: int) -> str:
    return f"q{place}@example.org"


def _basic(user: str, word: str) -> str:
    return f"Basic {b64encode(f'{user}:{word}'.encode()).decode()}"


def _token(content: object) -> str:
    return msgspec.convert(content, dict[str, str])["access_token"]


async def _run(name: str, file: Path) -> None:
    system = _SYSTEMS[name]()
    async with system.running() as there:  # type: ignore[attr-defined] - each has it
        made = file.with_suffix(".part")
        made.write_text(there.host)
        made.replace(file)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_run(sys.argv[1], Path(sys.argv[2])))
