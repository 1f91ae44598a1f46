"""The server: pages/desk.py, `/metrics` and `/healthz`, and a worker that lives as long as the app.

`streamlit run app.py` finds `app` here. Local mode listens on the loopback interface only: whoever reaches
the pages may choose who to be, so any other address is refused.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from governance.settings import PROJECT, is_loopback, settings
from governance.stages.metrics import exposition
from pages.parts import worker

log = logging.getLogger("assay.app")
TEXT = "text/plain; version=0.0.4; charset=utf-8"


def refuse_other_addresses() -> None:
    """End the process, in a sentence, when the server would listen where others can reach it."""
    for address in (str(st.get_option("server.address") or "0.0.0.0"), settings().address):  # noqa: S104
        if not is_loopback(address):
            sys.exit(
                "Assay is in local mode, where anyone who reaches it may act as anyone: it does not listen "
                f"on {address}. Use 127.0.0.1 (server.address, GOVERNANCE_ADDRESS), with a tunnel if need be."
            )


def metrics(_: Request) -> Response:
    return Response(exposition(settings().root), media_type=TEXT)


def healthz(_: Request) -> JSONResponse:
    """200 while the pages are served; `worker` says whether runs are worked on."""
    return JSONResponse({"status": "ok", "worker": worker.is_working()})


@asynccontextmanager
async def living(_: Any) -> AsyncIterator[None]:
    worker.start_worker()
    try:
        yield
    finally:
        worker.stop_worker()


def apologise(error: Exception) -> bool:
    """What a page says when something of ours breaks; the traceback goes to the server's log."""
    log.error("a page stopped", exc_info=error)
    st.error(
        "**Something broke on our side.**  \nNothing was changed by it. Load the page again; "
        "the server's log says what happened.",
        icon=":material/error:",
    )
    return True


refuse_other_addresses()
ROUTES = [
    Route("/metrics", metrics),
    Route("/healthz", healthz),
    Mount("/app/static", StaticFiles(directory=PROJECT / "static")),
]
app = st.App("pages/desk.py", routes=ROUTES, lifespan=living, on_script_error=apologise)
