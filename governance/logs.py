"""Where processes write what happened to them: `<home>/logs/assay.log`, one JSON document a line, rotating.

No personal data comes in. Our own messages are counts and names; an exception that is not ours is told by its
kind and the places it went through, because its message may hold a value; of other libraries' messages only
the fact and the place are kept, for the same reason.
"""

from __future__ import annotations

import logging
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog

from governance.errors import GovernanceError, InputError
from governance.settings import Settings

OURS = "assay"
LIBRARIES = ("dbos", "great_expectations", "presidio-analyzer", "botocore", "sqlglot")
"""Loggers that bring handlers of their own or talk much."""

BYTES = 5_000_000
KEPT = 5


def configure(settings: Settings) -> Path:
    """Send this process's log to the file, and nothing of it to the terminal. May be called again.

    Raises InputError when the settings name a level that there is not.
    """
    level = logging.getLevelNamesMapping().get(settings.log_level.upper())
    if level is None:
        raise InputError(
            f"There is no log level {settings.log_level!r}.", "GOVERNANCE_LOG_LEVEL: DEBUG, INFO, …"
        )
    path = settings.root / "logs" / "assay.log"
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = RotatingFileHandler(path, maxBytes=BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    handler.setFormatter(_formatter())
    handler.addFilter(_matters)
    root = logging.getLogger()
    _replace(root, handler)
    root.setLevel(logging.WARNING)
    logging.getLogger(OURS).setLevel(level)
    for name in LIBRARIES:
        _replace(logging.getLogger(name), handler)
        logging.getLogger(name).propagate = False
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return path


def places(error: BaseException) -> str:
    """An exception and its causes without their messages, our own aside: kinds, files, lines."""
    told, seen = [], set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        said = f": {current}" if isinstance(current, GovernanceError) else ""
        frames = traceback.extract_tb(current.__traceback__)
        told.append(f"{type(current).__name__}{said}\n{''.join(traceback.format_list(frames))}".rstrip())
        current = current.__cause__ or current.__context__
    return "\nfrom ".join(told)


def _formatter() -> logging.Formatter:
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[_withhold, *_shared()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.ExceptionRenderer(_exception),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
    )


def _shared() -> list[Any]:
    return [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _matters(record: logging.LogRecord) -> bool:
    return _is_ours(record) or record.levelno >= logging.WARNING


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == OURS


def _withhold(_logger: Any, _method: str, event: Any) -> Any:
    """Keep only the place of a message that others wrote."""
    record: logging.LogRecord = event["_record"]
    if not _is_ours(record):
        event["event"] = f"a message of {record.name}, withheld: {record.module}:{record.lineno}"
    return event


def _exception(exc_info: tuple[Any, BaseException, Any]) -> str:
    return places(exc_info[1])


def _replace(logger: logging.Logger, handler: logging.Handler) -> None:
    for old in list(logger.handlers):
        if isinstance(old, RotatingFileHandler) or type(old) is logging.StreamHandler:
            logger.removeHandler(old)
            old.close()
    logger.addHandler(handler)
