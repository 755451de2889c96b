"""Fills the page Your account."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from babel import Locale

from candor.domain.access.model.sign_in import (
    CUSTOMER_SESSION_LASTS,
    LINK_LASTS,
    Method,
    Session,
    SignIn,
    kind_of,
)
from candor.domain.catalogue.model import InForce
from candor.domain.profiles.service.read import PersonRead
from candor.infra.web.reading import Reader, message, written_languages, zone_names
from candor.infra.web.reading import translate as _
from candor.infra.web.reading import translate_many as ngettext
from candor.surface.portal.account.views import AccountPage, Option, Setting, SignInLine
from candor.surface.portal.desk import HOME, mail_to
from candor.surface.portal.person import LANGUAGE, ZONE, ZONES

URL: Final = f"{HOME}/account"
_HOUR: Final = timedelta(hours=1)
_SHOWN: Final = 20  # sign-ins
_HOW: Final = {
    Method.LINK: message("by a personal link"),
    Method.CODE: message("by a code from a mail"),
    Method.PASSKEY: message("with a passkey"),
}


def languages() -> tuple[Option, ...]:
    """Return the languages of these pages, each by its own name, in the order of their codes."""
    names = ((tag, Locale.parse(tag).get_display_name(tag)) for tag in written_languages())
    return tuple(Option(tag, _capital(name or tag)) for tag, name in sorted(names))


def fill(
    person: PersonRead,
    in_force: InForce,
    signed_in: Sequence[SignIn],
    this: Session,
    reader: Reader,
    *,
    public_url: str,
    contact: str,
    done: str | None = None,
    wrong: str | None = None,
) -> AccountPage:
    """Return the page, for use inside `reading`.

    Args:
        person: opened for themselves.
        in_force: the catalogue, which says whether language and time zone are kept.
        signed_in: the last sign-ins of all profiles of the person.
        this: the sign-in that reads the page.
        reader: how the person reads now.
        public_url: how the addresses of these pages begin.
        contact: whom to write to.
        done: code of what was changed a moment ago.
        wrong: the setting whose answer could not be taken.
    """
    lines = tuple(_line(one, this, reader.now) for one in signed_in)
    open_lines = tuple(line for line in lines if line.ended_at is None)
    ended = tuple(line for line in lines if line.ended_at is not None)
    own = {fact.attribute for fact in person.facts if fact.is_own_word}
    return AccountPage(
        sign_ins=(*open_lines, *ended)[:_SHOWN],
        others=sum(not line.is_this for line in open_lines),
        sign_out_one_url=f"{URL}/sign-out-one",
        passkeys_url=f"{URL}/passkeys",
        sign_out_others_url=f"{URL}/sign-out-others",
        sign_out_everywhere_url=f"{URL}/sign-out-everywhere",
        language=Setting(reader.language, languages(), LANGUAGE in own, _error(wrong, LANGUAGE))
        if LANGUAGE in in_force.attributes
        else None,
        language_url=f"{URL}/language",
        zone=Setting(reader.zone, _zones(reader.zone), ZONE in own, _error(wrong, ZONE))
        if ZONE in in_force.attributes
        else None,
        zone_url=f"{URL}/time-zone",
        link_begins=f"{public_url}/",
        link_hours=LINK_LASTS // _HOUR,
        session_days=CUSTOMER_SESSION_LASTS.days,
        contact=contact,
        contact_url=mail_to(contact),
        done=_done(done),
    )


def _line(one: SignIn, this: Session, now: datetime) -> SignInLine:
    is_this, ended_at = one.session_hash == this.session_hash, one.ended_at(now)
    return SignInLine(
        at=one.created_at,
        last_seen_at=one.last_seen_at,
        is_this=is_this,
        ended_at=ended_at,
        ends_at=one.expires_at,
        device=kind_of(one.device),
        how=", ".join(
            str(_(_HOW[way])) for way in Method if way in one.methods and way in _HOW
        ),
        which="" if is_this or ended_at else one.session_hash.hex(),
    )


def _zones(chosen: str) -> tuple[Option, ...]:
    """Return the time zones; that of the reader is among them under whatever name it has."""
    found = tuple(Option(code, place) for code, place in zone_names())
    if chosen in {option.code for option in found}:
        return found
    return (Option(chosen, chosen.replace("_", " ")), *found)


def _error(wrong: str | None, setting: str) -> str | None:
    if wrong != setting:
        return None
    return str(_("Choose one of the answers in the list."))


def _done(code: str | None) -> str | None:
    match (code or "").partition("-"):
        case ("language", _, _):
            return str(_("These pages are in your language now."))
        case ("zone", _, _):
            return str(_("Hours and days are shown as they are where you live."))
        case ("ended", _, _):
            return str(_("Done: that sign-in has ended."))
        case ("gone", _, _):
            return str(_("That sign-in had ended already."))
        case ("out", _, times) if (
            times.isascii() and times.isdigit() and len(times) <= len("99")
        ):
            return str(
                ngettext(
                    "Done: %(n)s other sign-in has ended.",
                    "Done: %(n)s other sign-ins have ended.",
                    int(times),
                    n=int(times),
                )
            )
        case _:
            return None


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:]


def language_of(tag: str) -> str | None:
    """Return the tag of a language in which these pages are written; None: there is none."""
    return tag if tag in written_languages() else None


def zone_of(name: str) -> str | None:
    """Return a time zone by its name (IANA); None: there is none of this name."""
    return name if name in ZONES else None
