"""Structured logs that cannot contain personal data.

One JSON object per line on standard error. A field's value is written only if it is a number, a
boolean, an id, or a short text without anything that looks like a contact, a card or free text;
everything else becomes its type. Exceptions are logged by class, code and place, never by their
text: drivers put values into messages.
"""

import logging
import sys
import traceback
from collections.abc import MutableMapping
from datetime import datetime
from enum import Enum
from pathlib import Path
from typing import Any, Final, TextIO, cast
from uuid import UUID

import structlog
from typing_extensions import override

from candor.kernel.errors import CandorError
from candor.kernel.redact import mask_text

_LEVELS: Final = {"debug": 10, "info": 20, "warning": 30, "error": 40}
_LONGEST: Final = 120
Fields = MutableMapping[str, Any]


def configure(level: str) -> None:
    """Set up logging for this process, ours and that of the libraries that we use."""
    number = _LEVELS.get(level, 20)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _places_not_texts,
            _only_safe_values,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(number),
        logger_factory=structlog.PrintLoggerFactory(cast("TextIO", _StandardError())),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level=max(number, logging.WARNING), handlers=[_Bridge()], force=True)


def logger(name: str) -> "structlog.typing.FilteringBoundLogger":
    """Return the logger of a part of the system; events are short sentences in lower case."""
    return structlog.get_logger(part=name)


class _StandardError:
    """Standard error as it is at the moment of writing: somebody may have put another there."""

    def write(self, text: str) -> int:
        """Write a text."""
        return sys.stderr.write(text)

    def flush(self) -> None:
        """Write what waits."""
        sys.stderr.flush()


class _Bridge(logging.Handler):
    """Brings what libraries log into the same form, without their arguments."""

    @override
    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger(part=record.name)
        # The template only: arguments may hold values.
        log.log(record.levelno, str(record.msg), exc_info=record.exc_info)


def _places_not_texts(_logger: object, _method: str, fields: Fields) -> Fields:
    """Replace an exception by the names and places of its chain."""
    problem = fields.pop("exc_info", None)
    error = sys.exc_info()[1] if problem is True else problem
    if isinstance(error, tuple):
        error = cast("tuple[object, object, object]", error)[1]
    if isinstance(error, BaseException):
        fields["error"] = _chain(error)
        if isinstance(error, CandorError):
            fields["code"] = error.code
    return fields


def _chain(error: BaseException) -> str:
    names: list[str] = []
    current: BaseException | None = error
    while current is not None and len(names) < 6:
        frames = traceback.extract_tb(current.__traceback__)
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"
        names.append(f"{type(current).__name__} at {place}")
        current = current.__cause__ or current.__context__
    return " <- ".join(names)


def _only_safe_values(_logger: object, _method: str, fields: Fields) -> Fields:
    for name, value in fields.items():
        fields[name] = _safe(value)
    return fields


def _safe(value: object) -> object:
    match value:
        case bool() | None:
            return value
        case int() | float():
            masked = mask_text(str(value))  # the number of a card is one, too
            return value if masked == str(value) else masked
        case UUID() | datetime():
            return str(value)
        case Enum():
            return _safe(value.value)
        case str():
            return mask_text(value)[: 3 * _LONGEST]
        case list() | tuple() | set() | frozenset() | dict():
            return f"{type(value).__name__} of {len(value)}"  # pyright: ignore[reportUnknownArgumentType] - only its size is used
        case _:
            return type(value).__name__
