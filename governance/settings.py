"""The only reader of the environment. Every setting is `GOVERNANCE_…`; docs/settings.md lists them all."""

from __future__ import annotations

import os
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

PROJECT = Path(__file__).resolve().parent.parent
PREFIX = "GOVERNANCE_"


class Settings(BaseSettings):
    """What an installation may choose. Paths are made absolute against the working directory."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="Folder that holds everything the product keeps")
    ledger_url: str = Field("", description="SQLAlchemy URL of the ledger; empty: SQLite under the home")
    contracts: Path = Field(PROJECT / "contracts", description="Contracts a new ledger starts with")
    person: str = Field("ana", description="Who acts on the command line when --as is not given")
    worker_id: str = Field("local", description="Stable name of this worker; one process at a time has it")
    memory_limit: str = Field("1GB", description="Memory DuckDB may use before it spills to disk")
    threads: int = Field(0, description="Threads DuckDB may use; 0: one a core")
    sample_rows: int = Field(10_000, description="Rows Great Expectations is run on, at most")
    blind_share: float = Field(
        0.0, ge=0, le=1, description="Share of the items with a recipe that are decided without seeing it"
    )
    waiver_days: int = Field(90, ge=1, le=90, description="Days a waiver may last, 90 at most")
    address: str = Field("127.0.0.1", description="Address the app listens on; local mode: loopback only")
    port: int = Field(8501, description="Port the app listens on")
    log_level: str = Field("INFO", description="Least level that is written to logs/")

    s3_bucket: str = Field("", description="Bucket of stage 15; empty: nothing is uploaded")
    s3_prefix: str = Field("", description="Folder inside the bucket")
    s3_endpoint: str = Field("", description="Endpoint of an S3-compatible store; empty: AWS")
    s3_region: str = Field("", description="Region; empty: as the AWS configuration says")

    slack_webhook: SecretStr = Field(SecretStr(""), description="Slack incoming webhook; all severities")
    smtp_host: str = Field("", description="Mail server; high and critical")
    smtp_port: int = Field(25, description="Port of the mail server")
    smtp_starttls: bool = Field(False, description="Use STARTTLS with the mail server")
    smtp_user: str = Field("", description="User of the mail server")
    smtp_password: SecretStr = Field(SecretStr(""), description="Password of the mail server")
    mail_from: str = Field("assay@localhost", description="Sender of e-mails")
    mail_to: str = Field("", description="Receivers of e-mails, separated by commas")
    pagerduty_key: SecretStr = Field(SecretStr(""), description="PagerDuty routing key; critical")
    pagerduty_url: str = Field("https://events.pagerduty.com/v2/enqueue", description="PagerDuty Events API")

    @property
    def root(self) -> Path:
        return self.home.absolute()

    @property
    def database(self) -> str:
        return self.ledger_url or f"sqlite:///{self.root / 'ledger.db'}"

    def environment(self) -> dict[str, str]:
        """This process's environment for a child in another folder: the home stays where it is."""
        return {**os.environ, f"{PREFIX}HOME": str(self.root)}


def settings() -> Settings:
    """The settings of this process, checked once for each environment: pages ask for them many times."""
    return _checked(frozenset(one for one in os.environ.items() if one[0].upper().startswith(PREFIX)))


@lru_cache(maxsize=8)
def _checked(environment: frozenset[tuple[str, str]]) -> Settings:
    return Settings()


def is_loopback(address: str) -> bool:
    """Whether only this machine can reach an address (a name other than localhost counts as reachable)."""
    try:
        return address == "localhost" or ip_address(address.strip("[]")).is_loopback
    except ValueError:
        return False
