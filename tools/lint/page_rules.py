"""Rules on style sheets and templates: colours in one place, nothing inline or foreign."""

import re
from collections.abc import Iterator
from typing import Final

from tools.lint.source import Finding, Source

_COLOUR: Final = re.compile(
    r"#[0-9a-fA-F]{3,8}\b|\b(?:rgba?|hsla?|oklch|oklab|hwb|lab|lch)\(", re.IGNORECASE
)
_PIXELS: Final = re.compile(r"(?<![\w#.-])-?\d*\.?\d+px\b")
_CSS_COMMENT: Final = re.compile(r"/\*.*?\*/", re.DOTALL)
_JINJA_COMMENT: Final = re.compile(r"\{#.*?#\}", re.DOTALL)
_CSS_URL: Final = re.compile(r"@import|url\(\s*['\"]?(?:https?:)?//", re.IGNORECASE)
_INLINE: Final = re.compile(
    r"<style\b|<script(?![^>]*\bsrc=)[^>]*>|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|javascript:",
    re.IGNORECASE,
)
_FOREIGN: Final = re.compile(
    r"<(?:script|img|link|iframe|source|video|audio|object|embed)\b[^>]*\b(?:src|href|data)\s*=\s*[\"'](?:https?:)?//",
    re.IGNORECASE,
)
_ATTRIBUTE_COLOUR: Final = re.compile(
    r"\b(?:fill|stroke|stop-color|color)\s*=\s*[\"'](?:#|rgb|hsl|oklch)", re.IGNORECASE
)
_POST_FORM: Final = re.compile(
    r"<form\b[^>]*\bmethod\s*=\s*[\"']post[\"'].*?</form>", re.IGNORECASE | re.DOTALL
)
_UNSAFE: Final = re.compile(r"\|\s*safe\b|\{%-?\s*autoescape\s+false", re.IGNORECASE)

_AS_MARKUP: Final = re.compile(
    r"\b(?:innerHTML|outerHTML|insertAdjacentHTML|setHTMLUnsafe|createContextualFragment|srcdoc)\b"
    r"|\bdocument\s*\.\s*write(?:ln)?\b|\beval\s*\(|\bnew\s+Function\b"
)
_SCRIPT_COMMENT: Final = re.compile(r"/\*.*?\*/|(?<!:)//[^\n]*", re.DOTALL)


def tokens_only(source: Source) -> Iterator[Finding]:
    """Colours and pixels stand in tokens.css and nowhere else.

    The harm: a raw value is right in one of light, dark, large print and wrong in the others.
    """
    if not source.path.endswith(".css") or source.path.endswith("/tokens.css"):
        return
    text = _blank(_CSS_COMMENT, source.text)
    for pattern, what in ((_COLOUR, "colour"), (_PIXELS, "size in pixels")):
        for found in pattern.finditer(text):
            yield source.finding(
                source.line_of(found.start()),
                "tokens-only",
                f"raw {what} {found.group()}: use a token",
            )
    for found in _CSS_URL.finditer(text):
        yield source.finding(
            source.line_of(found.start()),
            "tokens-only",
            "a style sheet loads nothing from elsewhere",
        )


def nothing_inline(source: Source) -> Iterator[Finding]:
    """No inline script or style, no request to a third party, no raw colour in a drawing.

    The harm: a page that needs inline code needs a policy that lets an attacker's code run too;
    a third party that serves a part of the page learns who reads it.
    """
    if not source.path.endswith(".html") or not source.path.startswith("src/"):
        return
    text = _blank(_JINJA_COMMENT, source.text)
    # E-mail has no style sheets: its bodies may carry style attributes.
    is_mail = "/mail/" in source.path
    for pattern, what in (
        (_INLINE, "inline script or style"),
        (_FOREIGN, "request to a third party"),
        (_ATTRIBUTE_COLOUR, "raw colour in a drawing"),
        (_UNSAFE, "escaping switched off"),
    ):
        if is_mail and pattern is _INLINE:
            continue
        for found in pattern.finditer(text):
            yield source.finding(source.line_of(found.start()), "nothing-inline", what)


def text_not_markup(source: Source) -> Iterator[Finding]:
    """A script puts text into a page as text; it never makes markup or code of it.

    The harm: what somebody is called, or what a server answered, becomes a script of ours.
    """
    if not source.path.endswith(".js") or not source.path.startswith("src/"):
        return
    text = _blank(_SCRIPT_COMMENT, source.text)
    for found in _AS_MARKUP.finditer(text):
        yield source.finding(
            source.line_of(found.start()),
            "text-not-markup",
            f"{found.group()}: use textContent, createElement or replaceChildren",
        )


def forms_are_guarded(source: Source) -> Iterator[Finding]:
    """A form that changes something carries the hidden field against forged requests.

    The harm: another site makes the customer's browser withdraw, redeem or export.
    """
    if not source.path.endswith(".html") or not source.path.startswith("src/"):
        return
    text = _blank(_JINJA_COMMENT, source.text)
    for found in _POST_FORM.finditer(text):
        if "csrf" not in found.group():
            yield source.finding(
                source.line_of(found.start()),
                "forms-are-guarded",
                "form without the csrf field",
            )


def _blank(pattern: re.Pattern[str], text: str) -> str:
    """Return the text with what matches blanked, offsets kept."""
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text)
