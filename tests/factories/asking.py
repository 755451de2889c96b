"""What tests of double opt-in need: a company that asks by mail, a form, the worker, the mails."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Final

import msgspec

from candor.app import Candor, worker
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Identifier, LegalBasis, Purpose, PurposeText
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import shown
from candor.domain.consent.service import confirmations
from candor.domain.consent.service.choices import Statement
from candor.domain.consent.service.confirmations import Outcome
from candor.kernel.ids import ProfileId, new_id
from tests.factories.catalogue import make_purpose
from tests.factories.house import apply_company, make_company, rules_of

FORM: Final = Actor.machine("form")
_TOKEN: Final = re.compile(r"/confirm/([A-Za-z0-9_-]+)")


def purposes(**of_news: object) -> tuple[Purpose, ...]:
    """Return the company's purposes: news needs a confirmation, and there is one for mails."""
    return (
        *(
            msgspec.structs.replace(p, confirm=True, **of_news) if p.code == "news" else p
            for p in make_company().purposes
        ),
        make_purpose("privacy_choices", LegalBasis.LEGAL_OBLIGATION),
    )


def identifiers() -> tuple[Identifier, ...]:
    """Return the company's identifiers: an address may be opened for mails about choices."""
    return tuple(
        msgspec.structs.replace(one, purposes=(*one.purposes, "privacy_choices"))
        if one.kind == "email"
        else one
        for one in make_company().identifiers
    )


async def apply_asking(candor: Candor, *, also: str = "", **of_news: object) -> None:
    """Put the catalogue of a company in force that asks by mail.

    Args:
        candor: the process.
        also: a language in which all purposes are written besides English.
        of_news: what is different about news.
    """
    said = purposes(**of_news)
    locales = ("en",)
    if also:
        locales = ("en", also)
        words = PurposeText(title="Neues", plain="Ganz neu.", gain="Gut.")
        said = tuple(
            msgspec.structs.replace(one, texts={**one.texts, also: words}) for one in said
        )
    await apply_company(candor, locales=locales, purposes=said, identifiers=identifiers())


async def fill_in(
    candor: Candor,
    via: ProfileId,
    *said: tuple[str, Choice],
    is_proven: bool = False,
    locale: str = "en",
) -> Outcome:
    """Send a form, by default with a yes to news, from somebody who proved nothing."""
    rules = await rules_of(candor)
    statements = [
        Statement(
            record_id=new_id(),
            via=via,
            purpose_id=rules.policy.bits[code],
            choice=choice,
            decided_at=candor.clock.now(),
            surface="form",
            notice=shown(rules, code, locale).notice_id,
            locale=locale,
        )
        for code, choice in said or (("news", Choice.GRANTED),)
    ]
    async with candor.database.tx("form") as tx:
        return await confirmations.choices_or_confirmation(
            tx,
            statements,
            is_proven=is_proven,
            actor=FORM,
            vault=candor.vault,
            keyring=candor.keyring,
            rules=rules,
            clock=candor.clock,
        )


async def work(candor: Candor) -> None:
    """Run the jobs that wait."""
    app = worker(candor)
    async with app.open_async():
        await app.run_worker_async(
            queues=["candor"], wait=False, listen_notify=False, install_signal_handlers=False
        )


def mails(candor: Candor) -> list[EmailMessage]:
    """Return the mails that were sent, in their order."""
    found: list[EmailMessage] = []
    for file in sorted((candor.settings.home / "outbox").glob("*.eml")):
        one = message_from_bytes(file.read_bytes(), policy=policy.default)
        assert isinstance(one, EmailMessage)
        found.append(one)
    return found


def token_in(mail: EmailMessage) -> str:
    """Return the token of the link in a mail."""
    body = mail.get_body(("plain",))
    assert body is not None
    found = _TOKEN.search(body.get_content())
    assert found
    return found.group(1)
