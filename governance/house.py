"""What every verb and every worker needs: settings, ledger, bench, keys, and the contracts on record."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlmodel import Session, col, select

from governance.bench import Bench, open_bench
from governance.contract import odcs
from governance.contract.binding import bind
from governance.contract.model import Contract
from governance.errors import UnknownName
from governance.settings import Settings
from governance.stages.version import clean_table
from storage import audit
from storage.ledger import Ledger
from storage.models import ContractChange, ContractVersion, Run, Version
from storage.snapshots import files

SYSTEM = "system"


@dataclass(frozen=True)
class House:
    settings: Settings
    ledger: Ledger
    bench: Bench

    @property
    def signing_key(self) -> Ed25519PrivateKey:
        return audit.signing_key(self.bench.vault.key("audit.pem"))

    def datasets(self) -> list[str]:
        with self.ledger.read() as session:
            return list(
                session.exec(select(ContractVersion.dataset).distinct().order_by(ContractVersion.dataset))
            )

    def contract(self, dataset: str, number: int | None = None) -> ContractVersion:
        """The newest contract of a dataset, or the one of that number. Raises UnknownName."""
        with self.ledger.read() as session:
            newest = newest_contract(session, dataset)
            numbered = _numbered(session, dataset, number)
        if newest is not None and number is not None:
            if numbered is None:
                raise UnknownName(
                    f"{dataset} has no contract {number}.", f"Its contracts are 1 to {newest.number}."
                )
            return numbered
        if newest is None:
            known = ", ".join(self.datasets()) or "none yet"
            raise UnknownName(
                f"There is no dataset {dataset!r}.",
                f"Known: {known}. Draft a contract on the Submit page, or with `contract draft FILE`.",
            )
        return newest

    def contract_by_digest(self, digest: str) -> Contract:
        """A contract on record, or one that was proposed. Raises UnknownName."""
        with self.ledger.read() as session:
            query = select(ContractVersion.text).where(ContractVersion.digest == digest)
            proposed = select(ContractChange.text).where(ContractChange.digest == digest)
            text = session.exec(query).first() or session.exec(proposed).first()
        if text is None:
            raise UnknownName(f"There is no contract {digest[:8]}.")
        return odcs.read(text)

    def contract_of(self, run: Run) -> Contract:
        """The contract that a run is judged by, compared with the versions that other datasets had when it
        was submitted: a run that is resumed later sees the same."""
        return self.bound(self.contract_by_digest(run.contract_digest), when=run.submitted_at)

    def bound(self, contract: Contract, *, when: datetime) -> Contract:
        """A contract compared with the versions that other datasets had at a time (naive UTC)."""
        return bind(contract, partial(self._version_at, when=when))

    def _version_at(self, dataset: str, *, when: datetime) -> tuple[int, tuple[str, ...]] | None:
        """Number and Parquet files of the version that a dataset had at a time (naive UTC); unmasked."""
        with self.ledger.read() as session:
            version = session.exec(
                select(Version)
                .where(Version.dataset == dataset, col(Version.published_at) <= when)
                .order_by(col(Version.number).desc())
                .limit(1)
            ).first()
        if version is None:
            return None
        history = clean_table(self.bench, dataset)
        return version.number, tuple(files(history, version.vault_commit))

    def run(self, run: str) -> Run:
        """A run by its id, or by a beginning of it that only one run has. Raises UnknownName."""
        with self.ledger.read() as session:
            exact = session.get(Run, run)
            if exact:
                return exact
            near = session.exec(
                select(Run).where(col(Run.id).startswith(run, autoescape=True)).limit(2)
            ).all()
        if len(near) == 1 and run:
            return near[0]
        raise UnknownName(f"There is no run {run!r}.", "The Inbox lists the runs, and so does `status`.")


def open_house(settings: Settings) -> House:
    """Open everything under the home, and put the project's contracts into a new ledger."""
    settings.root.mkdir(parents=True, exist_ok=True)
    for folder in ("shelf", "reports", "logs", "metrics", "inbox"):
        (settings.root / folder).mkdir(exist_ok=True)
    house = House(settings, Ledger(settings.database), open_bench(settings))
    _seed(house)
    return house


def add_contract(house: House, text: bytes, *, by: str) -> ContractVersion:
    """Record a contract byte for byte as the one in force; the same bytes are recorded once.

    What people add goes through `governance.proposals`, which asks a second person. Raises ContractError.
    """
    odcs.read(text)
    with house.ledger.write() as session:
        return record(session, text, by=by)


def record(session: Session, text: bytes, *, by: str) -> ContractVersion:
    """The same, inside a transaction of the caller."""
    contract = odcs.read(text)
    newest = newest_contract(session, contract.dataset)
    if newest is not None and newest.digest == contract.digest:
        return newest
    version = ContractVersion(
        dataset=contract.dataset,
        number=newest.number + 1 if newest else 1,
        digest=contract.digest,
        text=text,
        added_by=by,
    )
    session.add(version)
    audit.append(
        session,
        by,
        "contract added",
        dataset=contract.dataset,
        subject=f"contract {version.number}",
        data={"digest": contract.digest, "version": contract.version},
    )
    return version


def _numbered(session: Session, dataset: str, number: int | None) -> ContractVersion | None:
    query = select(ContractVersion).where(ContractVersion.dataset == dataset)
    return session.exec(query.where(ContractVersion.number == number)).first()


def newest_contract(session: Session, dataset: str) -> ContractVersion | None:
    return session.exec(
        select(ContractVersion)
        .where(ContractVersion.dataset == dataset)
        .order_by(col(ContractVersion.number).desc())
        .limit(1)
    ).first()


def _seed(house: House) -> None:
    """A first visitor finds the datasets of the contracts folder."""
    known = set(house.datasets())
    for path in sorted(house.settings.contracts.glob("*.yaml")):
        if path.stem not in known:
            add_contract(house, path.read_bytes(), by=SYSTEM)


def dataset_name(file: str) -> str:
    """A dataset's name from a file's: letters, digits and underscores, a letter first."""
    stem = re.sub(r"[^A-Za-z0-9]+", "_", file.rsplit("/", 1)[-1].split(".", maxsplit=1)[0]).strip("_").lower()
    return stem if re.match(r"[a-z]", stem) else f"table_{stem}".rstrip("_")
