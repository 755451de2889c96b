"""What a mail asks for, guessed by its words: five languages, and only what is plain.

A guess begins nothing: whoever wrote confirms it by a letter, and what cannot be told from the
words is sorted by a person.
"""

import re
from collections.abc import Mapping
from typing import Final

from candor.domain.rights.model.request import Right
from candor.kernel.text import folded

# Words by right: English, German, Polish, Brazilian Portuguese, Russian. Folded.
_WORDS: Final[Mapping[Right, str]] = {
    Right.ERASURE: (
        r"delet(?:e|ion)|eras(?:e|ure)|forget me|right to be forgotten"
        r"|lösch|recht auf vergessen"
        r"|usun|usuń|zapomni"
        r"|apag|exclu(?:ir|são|a meus)|eliminação|esquec"
        r"|удал|стере|забы(?:ть|дьте|вен)"
    ),
    Right.PORTABILITY: (
        r"portab|machine.readable|transfer my data"
        r"|übertragbar|datenübertrag|maschinenlesbar"
        r"|przenies|przenos|portabilidade|переносим|перенос данных"
    ),
    Right.ACCESS: (
        r"access|copy of (?:my|all)|what (?:data )?(?:do )?you (?:have|hold|know|store)|\bdsar\b"
        r"|auskunft|kopie meiner|welche daten"
        r"|dostęp|kopi[aęi] (?:moich )?danych|jakie dane"
        r"|acesso|cópia d|quais dados"
        r"|доступ|копи[яюи] (?:моих )?данных|какие данные"
    ),
    Right.RECTIFICATION: (
        r"correct|rectif|wrong (?:name|address|data)|update my"
        r"|berichtig|korrigier|falsche (?:daten|adresse)"
        r"|popraw|sprostow|corrig|retific|исправ|уточн"
    ),
    Right.RESTRICTION: (
        r"restrict|einschränk|ogranicz|restring|bloque(?:io|ar)|ограничь|ограничен"
    ),
    Right.SALE_OPT_OUT: r"do not sell|don.t sell|opt.?out of (?:the )?sale|stop selling",
    Right.OBJECTION: (
        r"\bobject\b|objection|stop (?:sending|using)|unsubscribe"
        r"|widerspr|abbestell|keine werbung"
        r"|sprzeciw|wypis|opo(?:r-me|sição|nho)|возраж|отпи[сш]"
    ),
    Right.COMPLAINT: r"complain|beschwer|skarg|skarż|reclama|жалоб",
}
_PATTERNS: Final = {right: re.compile(words) for right, words in _WORDS.items()}
_BY_CODE: Final = re.compile(r"#?\bright[:=]\s*([a-z_]{4,20})\b")
LONGEST: Final = 20_000  # signs that are looked at


def right_of(text: str) -> Right | None:
    """Return the right that a text asks for; None: none, or several, and a person must read it."""
    plain = folded(text[:LONGEST])
    named = {one.group(1) for one in _BY_CODE.finditer(plain)} & set(Right)
    if len(named) == 1:
        return Right(named.pop())
    found = {right for right, pattern in _PATTERNS.items() if pattern.search(plain)}
    # Whoever wants their data and to be erased asks for two things; a person sorts that.
    return found.pop() if len(found) == 1 else None
