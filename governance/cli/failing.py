"""From an error to a sentence, a JSON document and an exit code. A traceback goes to the log only."""

from __future__ import annotations

import logging
import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from typer import TyperException

from governance.cli import telling
from governance.cli.options import COMMAND
from governance.errors import GovernanceError, InputError

OURS = 4
YOURS = 3
INTERRUPTED = 130
log = logging.getLogger("assay.cli")


def fail(error: BaseException, *, as_json: bool) -> int:
    """Say what went wrong; returns the exit code: 3 your input, 4 ours."""
    message, hint, kind, code = _told(error)
    telling.aside(f"error: {message}", *([f"       {hint}"] if hint else []))
    if as_json:
        telling.document({"error": said(message, hint, kind), "exit_code": code})
    return code


def said(message: str, hint: str, kind: str) -> dict[str, str]:
    """An error as it stands in every JSON document."""
    return {"message": message, "hint": hint, "kind": kind}


def hush() -> None:
    """After a broken pipe: nobody reads on, so nothing more is said, and nothing complains at exit."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, sys.stdout.fileno())


@contextmanager
def files_of(path: Path, hint: str = "Choose another place.") -> Iterator[None]:
    """What the operating system refuses at a path that a person chose, as an InputError."""
    try:
        yield
    except OSError as error:
        why = (error.strerror or type(error).__name__).lower()
        raise InputError(f"{path} cannot be used: {why}.", hint) from error


def _told(error: BaseException) -> tuple[str, str, str, int]:
    if isinstance(error, GovernanceError):
        if error.exit_code == OURS:
            log.error("command stopped", exc_info=error)
        return error.message, error.hint, type(error).__name__, error.exit_code
    if isinstance(error, TyperException):
        asked: Any = getattr(error, "ctx", None)
        path = asked.command_path if asked else COMMAND
        return _sentence(error), f"`{path} --help` shows what it takes.", "Usage", YOURS
    if isinstance(error, ValidationError):
        return _setting(error), "docs/settings.md lists the settings.", "InputError", YOURS
    log.error("command stopped", exc_info=error)
    kind = type(error).__name__
    hint = "Details are in logs/assay.log under the home; trying again may help."
    busy = isinstance(getattr(error, "orig", error), sqlite3.OperationalError)
    message = "The ledger could not be used" if busy else "Something went wrong in Assay itself"
    return f"{message} ({kind}).", hint, kind, OURS


def _sentence(error: TyperException) -> str:
    told: Any = error
    message = str(told.format_message() if hasattr(told, "format_message") else error)
    return message if message.endswith((".", "!", "?")) else f"{message}."


def _setting(error: ValidationError) -> str:
    """Which settings are wrong; not their values, one may be a secret."""
    names = sorted({f"GOVERNANCE_{str(one['loc'][0]).upper()}" for one in error.errors() if one["loc"]})
    return f"{', '.join(names) or 'A value'} cannot be used: {error.errors()[0]['msg'].lower()}."
