"""Texts for customers: plain, positive, and not doubted where there is nothing to doubt."""

import pytest

from candor.domain.catalogue.wording import doubts


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("Do not stop us unless you want to", "en"),
        ("We won't write without asking", "en"),
        ("You can opt out at any time", "en"),
        ("Submit your choice", "en"),
        ("Every data subject has rights", "en-GB"),
        ("Wir schreiben nicht ohne Erlaubnis", "de"),
        ("Die betroffene Person entscheidet", "de"),
        ("Prawa osoby, której dane dotyczą", "pl"),
        ("Права субъекта персональных данных", "ru"),
        ("O titular dos dados decide", "pt-BR"),
    ],
)
def test_what_may_mislead_is_doubted(text: str, locale: str) -> None:
    assert list(doubts(text, locale))


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("We keep them for that and nothing else", "en"),
        ("We never sell it, and we do not share it", "en"),
        ("Your points and your address stay yours", "en"),
        ("Wir verkaufen nichts", "de"),
        ("Nigdy nikomu niczego nie sprzedajemy", "pl"),
        ("Мы никому ничего не продаём", "ru"),
        ("Não vendemos nada a ninguém", "pt"),
        ("Nous n'avons rien", "fr"),
    ],
)
def test_plain_words_are_not_doubted(text: str, locale: str) -> None:
    assert list(doubts(text, locale)) == []
