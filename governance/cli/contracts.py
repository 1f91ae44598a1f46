"""Contracts: draft one from a file, show, check, compare, add."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import telling
from governance.cli.desk import Desk, open_desk
from governance.cli.failing import files_of
from governance.cli.options import COMMAND, As, Dataset, Json, Out
from governance.errors import InputError

if TYPE_CHECKING:
    from governance.contract.model import Contract

contract = typer.Typer(help="Contracts: draft, show, check, compare, add.")
ContractFile = Annotated[Path, typer.Argument(metavar="FILE", help="A contract as YAML (ODCS v3.1).")]


@contract.command()
def draft(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A CSV file, or s3://bucket/key.")],
    *,
    dataset: Dataset = "",
    out: Out = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do not add it to the ledger.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even when the dataset has a contract.")] = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Propose a contract from what a file holds, print it, and add it unless --dry-run."""
    from governance.contract.draft import draft as drafted
    from governance.house import dataset_name

    desk = open_desk(acting, as_json=as_json)
    digest, name = desk.fetch(file)
    wanted = dataset or dataset_name(name)
    if wanted in desk.house.datasets() and not (dry_run or force):
        raise InputError(
            f"The dataset {wanted} has a contract already.",
            "Name another with --dataset, look only with --dry-run, or put the draft over it with --force.",
        )
    text = drafted(desk.house.bench, input_digest=digest, file=name, dataset=wanted)
    version = None if dry_run else desk.workspace.add_contract(desk.person, text)
    if out is not None:
        with files_of(out):
            out.write_bytes(text)
    number = version.number if version else None
    if as_json:
        telling.document(
            {**_document(_parsed(text)), "number": number, "out": out and str(out), "yaml": text.decode()}
        )
        return
    if out is None:
        sys.stdout.write(text.decode())
    _advise(file, wanted, number, out)


@contract.command()
def show(
    dataset: Annotated[str, typer.Argument(metavar="DATASET")], acting: As = "", as_json: Json = False
) -> None:
    """The newest contract of a dataset, byte for byte."""
    desk = open_desk(acting, as_json=as_json)
    version = desk.house.contract(dataset)
    if as_json:
        told = {**_document(_parsed(version.text)), "number": version.number, "added_by": version.added_by}
        telling.document({**told, "added_at": version.added_at.isoformat(), "yaml": version.text.decode()})
    else:
        sys.stdout.write(version.text.decode())


@contract.command()
def check(file: ContractFile, as_json: Json = False) -> None:
    """Say whether a contract can be used, and what it promises. Adds nothing."""
    promised = _parsed(_read(file))
    if as_json:
        telling.document(_document(promised))
        return
    parts = (("column", promised.columns), ("rule", promised.rules), ("threshold", promised.thresholds))
    holds = ", ".join(telling.counted(len(listed), noun) for noun, listed in parts)
    telling.say(f"{file} is a contract of {promised.dataset}, version {promised.version}: {holds}.")
    telling.say(*(f"  kept, but not run: {words}" for words in promised.not_run))


@contract.command()
def add(file: ContractFile, acting: As = "", as_json: Json = False) -> None:
    """Make a contract the newest of its dataset."""
    desk: Desk = open_desk(acting, as_json=as_json)
    text = _read(file)
    version = desk.workspace.add_contract(desk.person, text)
    if as_json:
        telling.document({**_document(_parsed(text)), "number": version.number})
    else:
        telling.say(f"Contract {version.number} of {version.dataset} is {version.digest[:8]}.")


@contract.command()
def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A file, a DATASET, or DATASET@NUMBER.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The same; the contract that A is changed to.")],
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Say what changes from contract A to B: breaking, tightening, loosening, cosmetic."""
    from governance.contract.diff import diff as compared
    from governance.contract.diff import worst

    old, new = (_parsed(_either(one, acting)) for one in (a, b))
    changes = compared(old, new)
    grade = worst(changes)
    if as_json:
        listed = [change.model_dump(mode="json") for change in changes]
        telling.document({"from": old.digest, "to": new.digest, "worst": grade, "changes": listed})
    elif grade is None:
        telling.say("The two contracts are the same, byte for byte.")
    else:
        telling.say(*(f"{change.grade.value:<10}  {change.words}" for change in changes))


def _either(wanted: str, acting: str) -> bytes:
    """The bytes of a file, or of a dataset's contract on record."""
    dataset, _, number = wanted.partition("@")
    if Path(wanted).is_file() or not re.fullmatch(r"\w+(@\d+)?", wanted):
        return _read(Path(wanted))
    house = open_desk(acting).house
    return house.contract(dataset, int(number) if number else None).text


def _read(file: Path) -> bytes:
    with files_of(file, "Check the spelling."):
        return file.read_bytes()


def _parsed(text: bytes) -> Contract:
    from governance.contract import odcs

    return odcs.read(text)


def _document(promised: Contract) -> dict[str, Any]:
    return {
        "dataset": promised.dataset,
        "title": promised.title,
        "version": promised.version,
        "digest": promised.digest,
        "columns": [column.model_dump(mode="json") for column in promised.columns],
        "rules": [rule.model_dump(mode="json") for rule in promised.rules],
        "thresholds": [line.model_dump(mode="json") for line in promised.thresholds],
        "not_run": list(promised.not_run),
    }


def _advise(file: str, dataset: str, number: int | None, out: Path | None) -> None:
    if number is None:
        how = f"--contract {quote(str(out))}" if out else "--contract PATH.yaml, when it is saved"
        telling.aside(f"Nothing was added. Run under it: {COMMAND} run {quote(file)} {how}")
    else:
        telling.aside(
            f"Added as contract {number} of {dataset}. Run: {COMMAND} run {quote(file)} --dataset {dataset}"
        )
