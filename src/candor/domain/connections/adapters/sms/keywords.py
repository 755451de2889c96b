"""What people answer to a text message: stop, again, help; in seven languages. Pure.

The whole message counts, whatever its case, blanks, accents and punctuation: "Stop!" and "OPT OUT"
are the same as STOP and OPTOUT. The seven words of 47 CFR 64.1200(a)(10) (STOP, QUIT, END, REVOKE,
OPT OUT, CANCEL, UNSUBSCRIBE) and STOPALL count in every language. A message that begins with STOP
and goes on ("stop sending me this") is a no as well: any reasonable way counts there, and a no that
was not meant is taken back by one word. A yes is believed only when it is the whole message.
"""

import re
import unicodedata
from enum import StrEnum
from typing import Final


class Asked(StrEnum):
    """What somebody asks for."""

    STOP = "stop"
    START = "start"
    HELP = "help"


_STOP: Final = frozenset({
    "stop", "stopall", "quit", "end", "revoke", "optout", "cancel", "unsubscribe",
    "stopp", "abmelden", "abbestellen", "kundigen", "ende",  # German
    "rezygnuje", "rezygnacja", "wypisz", "koniec",  # Polish
    "стоп", "отписка", "отписаться", "отмена", "хватит",  # Russian
    "sair", "parar", "pare", "cancelar", "descadastrar",  # Portuguese
    "baja", "alto", "darmedebaja",  # Spanish
    "arret", "arreter", "desabonner", "desinscrire",  # French
})  # fmt: skip
_START: Final = frozenset({
    "start", "unstop", "anmelden", "zapisz", "wznow", "старт", "подписаться", "iniciar", "voltar",
    "alta", "debut", "reprendre",
})  # fmt: skip
_HELP: Final = frozenset({
    "help", "info", "hilfe", "pomoc", "помощь", "справка", "инфо", "ajuda", "ayuda", "aide",
})  # fmt: skip
# With which a longer message begins that is a no, too.
_BEGINS: Final = frozenset({
    "stop", "stopp", "unsubscribe", "optout", "стоп", "отпишите", "arret", "parar", "baja",
})  # fmt: skip
_LONGEST: Final = 1_600  # signs of a message
# Latin letters that are no letter with an accent.
_SPELT: Final = str.maketrans({"ł": "l", "ß": "ss", "ё": "\u0435"})
_WORDS: Final = re.compile(r"[^\W_]+")


def asked(text: str) -> Asked | None:
    """Return what a message asks for; None: it is for a person to read."""
    words = _WORDS.findall(_folded(text[:_LONGEST]))
    whole = "".join(words)
    if whole in _STOP or (words and words[0] in _BEGINS) or words[:2] == ["opt", "out"]:
        return Asked.STOP
    if whole in _START:
        return Asked.START
    return Asked.HELP if whole in _HELP else None


def _folded(text: str) -> str:
    """Return a text in small letters without accents."""
    small = unicodedata.normalize("NFKD", text.casefold().translate(_SPELT))
    plain = "".join(sign for sign in small if not unicodedata.combining(sign))
    return unicodedata.normalize("NFC", plain)
