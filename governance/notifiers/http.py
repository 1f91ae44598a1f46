"""One JSON message to one address: what Slack and PagerDuty have in common."""

from __future__ import annotations

from typing import Any

import httpx

from governance.notifiers import PATIENCE, NotDelivered, Unanswered


def post(address: str, body: dict[str, Any], *, receiver: str, hint: str) -> str:
    """POST once and say what the receiver answered. Addresses are secrets: no message holds one.

    Raises NotDelivered (no connection, or a refusal) and Unanswered (sent, but no answer in time).
    """
    try:
        answer = httpx.post(address, json=body, timeout=PATIENCE)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as error:
        raise NotDelivered(f"{receiver} cannot be reached", again=True) from error
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise NotDelivered(f"the address is not a web address; {hint}", again=False) from error
    except httpx.HTTPError as error:
        raise Unanswered(f"{receiver} did not answer; the message may have arrived") from error
    if answer.is_success:
        return f"{receiver} answered {answer.status_code}"
    again = answer.status_code == httpx.codes.TOO_MANY_REQUESTS or answer.is_server_error
    raise NotDelivered(
        f"{receiver} answered {answer.status_code}" + ("" if again else f"; {hint}"), again=again
    )
