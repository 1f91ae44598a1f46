"""E-mail, by SMTP: hears of high and critical."""

from __future__ import annotations

import contextlib
import hashlib
import smtplib
import ssl
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import formatdate
from typing import Any

from governance.findings import Severity
from governance.notifiers import PATIENCE, Message, NotDelivered, Unanswered
from governance.settings import Settings

IMPLICIT_TLS = 465


class Email:
    name = "email"
    severities = frozenset({Severity.CRITICAL, Severity.HIGH})
    repeatable = False

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.receivers = [one for one in (part.strip() for part in settings.mail_to.split(",")) if one]
        missing = {"GOVERNANCE_SMTP_HOST": settings.smtp_host, "GOVERNANCE_MAIL_TO": self.receivers}
        self.missing = " and ".join(name for name, value in missing.items() if not value)

    def send(self, message: Message) -> str:
        mail = letter(message, sender=self.settings.mail_from, receivers=self.receivers)
        server = self._server()
        try:
            self._greet(server)
            refused = self._hand_over(server, mail)
            with contextlib.suppress(
                smtplib.SMTPException, OSError
            ):  # it was taken: how we part is no matter
                server.quit()
        finally:
            server.close()
        taken = len(self.receivers) - len(refused)
        return f"the mail server took it for {taken:,} of {len(self.receivers):,} receivers"

    def _server(self) -> smtplib.SMTP:
        host, port = self.settings.smtp_host, self.settings.smtp_port
        with _before_sending():
            if port == IMPLICIT_TLS:
                return smtplib.SMTP_SSL(host, port, timeout=PATIENCE, context=ssl.create_default_context())
            return smtplib.SMTP(host, port, timeout=PATIENCE)

    def _greet(self, server: smtplib.SMTP) -> None:
        chosen = self.settings
        with _before_sending():
            if chosen.smtp_starttls:
                server.starttls(context=ssl.create_default_context())
            if chosen.smtp_user:
                server.login(chosen.smtp_user, chosen.smtp_password.get_secret_value())

    def _hand_over(self, server: smtplib.SMTP, mail: EmailMessage) -> Any:
        """Send, and return the receivers that were refused. After this began, silence proves nothing."""
        try:
            return server.send_message(mail, self.settings.mail_from, self.receivers)
        except smtplib.SMTPRecipientsRefused as error:
            raise NotDelivered("the mail server refused every receiver", again=False) from error
        except smtplib.SMTPResponseException as error:
            raise _answered(error) from error
        except (smtplib.SMTPServerDisconnected, OSError) as error:
            raise Unanswered("the mail server did not answer; the mail may have arrived") from error


def letter(message: Message, *, sender: str, receivers: list[str]) -> EmailMessage:
    """The mail. Its Message-ID is derived from the message's key, so a mailbox can tell a repeat."""
    mail = EmailMessage()
    mail["Subject"] = f"[{message.severity}] {message.title}"
    mail["From"] = sender
    mail["To"] = ", ".join(receivers)
    mail["Date"] = formatdate()
    mail["Message-ID"] = f"<{hashlib.sha256(message.key.encode()).hexdigest()[:32]}@assay>"
    mail["Auto-Submitted"] = "auto-generated"
    width = max(len(name) for name, _ in message.facts) + 2
    lines = [message.title, "", *(f"{name + ':':<{width}}{value}" for name, value in message.facts)]
    mail.set_content("\n".join([*lines, "", message.link]).rstrip() + "\n")
    return mail


@contextlib.contextmanager
def _before_sending() -> Iterator[None]:
    """Until the mail is handed over, every fault means that it surely did not arrive."""
    try:
        yield
    except smtplib.SMTPResponseException as error:
        raise _answered(error) from error
    except smtplib.SMTPNotSupportedError as error:
        raise NotDelivered("the mail server does not offer STARTTLS or a login", again=False) from error
    except ssl.SSLError as error:
        raise NotDelivered("TLS with the mail server failed; check its certificate", again=False) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NotDelivered("the mail server cannot be reached", again=True) from error


def _answered(error: smtplib.SMTPResponseException) -> NotDelivered:
    """4yz is a passing fault, 5yz is not (RFC 5321, 4.2.1)."""
    return NotDelivered(f"the mail server answered {error.smtp_code}", again=400 <= error.smtp_code < 500)
