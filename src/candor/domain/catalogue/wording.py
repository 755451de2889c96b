"""Reading a purpose's words as a customer would: no office words, no double negatives.

CCPA regulations (11 CCR 7003, 7004) and EDPB guidelines 03/2022 ask for plain words, and name
the double negative as a dark pattern. These are doubts, not verdicts: a person decides. The
double negative is looked for only in English and German: Polish, Russian and Portuguese use two
negations where English uses one.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Final

_OFFICE: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        r"submit\w*": "say what the button does",
        r"opt(?:s|ed|ing)?[ \-]?(?:out|in)\b": "say yes or no to what",
        r"data subjects?": "say you",
        r"(?:data )?controller": "say we",
        r"pursuant to|hereby|thereof": "write as you would speak",
    },
    "de": {
        r"opt[ \-]?(?:out|in)\b": "sagen, wozu ja oder nein",
        r"betroffenen? person(?:en)?": "Sie sagen",
        r"gemäß|hiermit": "schreiben, wie man spricht",
    },
    "pl": {
        r"opt[ \-]?(?:out|in)\b": "powiedzieć, na co tak lub nie",
        r"osob\w+, której dane dotyczą|podmiot\w* danych": "zwracać się do klienta",
    },
    "ru": {
        r"opt[ \-]?(?:out|in)\b": "сказать, на что да или нет",
        r"субъект\w* (?:персональных )?данных": "обращаться к человеку",
    },
    "pt": {
        r"opt[ \-]?(?:out|in)\b": "dizer sim ou não a quê",
        r"titular(?:es)? (?:de|dos) dados": "falar com a pessoa",
    },
}
_DOUBLE: Final[Mapping[str, re.Pattern[str]]] = {
    # A negation and, before the clause ends, a second one that turns it around.
    "en": re.compile(
        r"\b(?:not|never|cannot|\w+n['\u2019]t)\b[^.,;:!?]{0,60}?"
        r"\b(?:not|without|unless|refus\w+|object\w*|declin\w+|disabl\w+|unsubscrib\w+"
        r"|unwanted|untick\w*|uncheck\w*|opt[ \-]?out)\b",
        re.IGNORECASE,
    ),
    "de": re.compile(
        r"\b(?:nicht|kein\w*|nie|niemals)\b[^.,;:!?]{0,60}?"
        r"\b(?:nicht|kein\w*|ohne|unerwünscht\w*|widersprech\w+|ablehn\w+|abbestell\w+)\b",
        re.IGNORECASE,
    ),
}


def doubts(text: str, locale: str) -> Iterator[str]:
    """Yield what may be hard to understand or may mislead in a text for customers."""
    language = locale.partition("-")[0]
    for pattern, instead in _OFFICE.get(language, {}).items():
        if match := re.search(rf"\b(?:{pattern})", text, re.IGNORECASE):
            yield f'"{match.group()}" is a word of offices; {instead}'
    double = _DOUBLE.get(language)
    if double and (match := double.search(text)):
        yield f'"{match.group()}" is a double negative; say it once and positively'
