"""Contracts: draft one from a file, show, check, compare, add, approve."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING, Annotated, Any

import typer

from governance.cli import telling
from governance.cli.approving import cite
from governance.cli.desk import Desk, open_desk
from governance.cli.failing import files_of
from governance.cli.options import (
    COMMAND,
    As,
    Dataset,
    Delimiter,
    Encoding,
    Footer,
    Header,
    HeaderLines,
    Json,
    Out,
    Query,
    Quote,
    Reason,
    Sheet,
    Skip,
)
from governance.errors import InputError
from governance.plural import many

if TYPE_CHECKING:
    from governance.backtest import Trial
    from governance.contract.model import Contract
    from governance.proposals import Proposed

contract = typer.Typer(help="Contracts: draft, show, check, compare, add, approve.")
ContractFile = Annotated[Path, typer.Argument(metavar="FILE", help="A contract as YAML (ODCS v3.1).")]


@contract.command()
def draft(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE", help="A file, s3://bucket/key, a pattern, or a database's address."),
    ],
    *,
    dataset: Dataset = "",
    out: Out = None,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    quote_sign: Quote = "",
    header: Header = None,
    header_lines: HeaderLines = 1,
    skip: Skip = None,
    footer: Footer = 0,
    sheet: Sheet = "",
    query: Query = "",
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", metavar="'COLUMN: WHAT'", help="Leave a suggestion out, now and later."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Do not add it to the ledger.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Even when the dataset has a contract.")] = False,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Propose a contract from what a file holds, print it, and add it unless --dry-run."""
    from governance.house import dataset_name
    from governance.intake import safe_source
    from governance.reading.choice import reading_choice

    desk = open_desk(acting, as_json=as_json)
    choice = reading_choice(
        encoding=encoding, delimiter=delimiter, quote=quote_sign, header=header, header_lines=header_lines,
        skip=skip, footer=footer, sheet=sheet,
    )  # fmt: skip
    digest, name = desk.fetch(file, query=query)
    wanted = dataset or dataset_name(name)
    if wanted in desk.house.datasets() and not (dry_run or force):
        raise InputError(
            f"The dataset {wanted} has a contract already.",
            "Name another with --dataset, look only with --dry-run, or put the draft over it with --force.",
        )
    for key in reject or ():
        desk.workspace.reject_suggestion(desk.person, wanted, key)
    found = desk.workspace.suggestions(desk.person, digest, name, wanted, reading=choice)
    text = found.text.encode()
    added = None if dry_run else desk.workspace.add_contract(desk.person, text)
    if out is not None:
        with files_of(out):
            out.write_bytes(text)
    if as_json:
        made = [one.model_dump(mode="json", exclude={"examples"}) for one in found.suggestions]
        told = {
            **_document(_parsed(text)),
            **_standing(added),
            "suggestions": made,
            "rejected": found.rejected,
        }
        telling.document({**told, "out": out and str(out), "yaml": text.decode()})
        return
    if out is None:
        sys.stdout.write(text.decode())
    _advise(safe_source(file), wanted, added, out)


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
    holds = ", ".join(many(len(listed), noun) for noun, listed in parts)
    telling.say(f"{file} is a contract of {promised.dataset}, version {promised.version}: {holds}.")
    telling.say(*(f"  kept, but not run: {words}" for words in promised.not_run))


@contract.command()
def add(file: ContractFile, *, reason: Reason = "", acting: As = "", as_json: Json = False) -> None:
    """Give a contract: a dataset's first is in force at once, a change when another person approves it."""
    desk: Desk = open_desk(acting, as_json=as_json)
    text = _read(file)
    added = desk.workspace.add_contract(desk.person, text, reason=reason)
    if as_json:
        telling.document({**_document(_parsed(text)), **_standing(added)})
    else:
        telling.say(f"Contract {added.number} of {added.dataset}, {added.digest[:8]}, {_stands(added)}.")
        telling.say(*_next(added))


@contract.command(name="list")
def list_(acting: As = "", as_json: Json = False) -> None:
    """The contract in force of each dataset, and the changes that wait for a second person."""
    desk = open_desk(acting, as_json=as_json)
    listed = desk.see.contracts(desk.person)
    if as_json:
        telling.document({"contracts": [line.model_dump(mode="json") for line in listed]})
        return
    for line in listed:
        telling.say(f"{line.dataset}: contract {line.number}, {line.digest[:8]}, by {line.added_by}")
        telling.say(*(f"  {one.id} waits, by {one.proposed_by}: {one.summary}" for one in line.waiting))


@contract.command()
def approve(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="The id under which it waits.")],
    *,
    digest: Annotated[str, typer.Option("--digest", metavar="DIGEST", help="What you approve.")] = "",
    reason: Reason = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Bring a proposed contract into force: as another person than its author."""
    desk = open_desk(acting, as_json=as_json)
    seen = desk.see.contract_change(desk.person, change)
    cite(digest, seen.digest, "proposed contract")
    number = desk.workspace.approve_contract(desk.person, change, digest=seen.digest, reason=reason)
    if as_json:
        telling.document({"change": change, "dataset": seen.dataset, "number": number, "digest": seen.digest})
    else:
        telling.say(f"{desk.person.title} approved contract {number} of {seen.dataset}; it is in force.")


@contract.command()
def withdraw(
    change: Annotated[str, typer.Argument(metavar="CHANGE", help="The id under which it waits.")],
    *,
    reason: Reason = "",
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Take a proposed contract back, or turn it down, with a reason."""
    desk = open_desk(acting, as_json=as_json)
    desk.workspace.withdraw_contract(desk.person, change, reason=reason)
    if as_json:
        telling.document({"change": change, "state": "withdrawn"})
    else:
        telling.say(f"The change {change} is withdrawn.")


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


@contract.command()
def backtest(
    file: ContractFile,
    *,
    last: Annotated[int, typer.Option("--last", metavar="N", help="Versions to try it on.")] = 5,
    acting: As = "",
    as_json: Json = False,
) -> None:
    """Try a changed contract on the inputs of the last versions: rows newly blocked and let through, by rule."""
    from governance.backtest import summary

    desk = open_desk(acting, as_json=as_json)
    text = _read(file)
    found = desk.workspace.back_test(desk.person, _parsed(text).dataset, text, last=last)
    if as_json:
        telling.document(found.model_dump(mode="json"))
        return
    if not found.trials:
        telling.say(f"{found.dataset} has no version and no run yet to try it on.")
        return
    telling.say(summary(found.trials))
    for trial in found.trials:
        name = f"version {trial.version}" if trial.version else f"run {trial.run}"
        telling.say(f"{name}, {trial.file}: {_moved(trial)}")
        telling.say(*([f"  {trial.refused}"] if trial.refused else []))
        telling.say(
            *(f"  {one.rule}: {one.blocks:,} blocked, {one.lets:,} let through" for one in trial.shifts)
        )


def _moved(trial: Trial) -> str:
    fixes = f", {many(trial.fixes, 'fix', 'fixes')} of people laid over them" if trial.fixes else ""
    return (
        f"{many(trial.rows, 'row')}{fixes}; {trial.newly_blocked:,} newly blocked, "
        f"{trial.newly_let:,} newly let through ({trial.blocked_before:,} → {trial.blocked_after:,} blocked)"
    )


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


def _standing(added: Proposed | None) -> dict[str, Any]:
    """Where a contract that was given stands; nothing where it was not."""
    if added is None:
        return {"number": None, "in_force": False, "change": ""}
    return {"number": added.number, "in_force": added.in_force, "change": added.change}


def _stands(added: Proposed) -> str:
    if added.in_force:
        return "is in force"
    return "is proposed, and waits for another person"


def _next(added: Proposed) -> list[str]:
    return [f"  {COMMAND} contract approve {added.change} --as …"] if added.change else []


def _advise(file: str, dataset: str, added: Proposed | None, out: Path | None) -> None:
    if added is None:
        how = f"--contract {quote(str(out))}" if out else "--contract PATH.yaml, when it is saved"
        telling.aside(f"Nothing was added. Run under it: {COMMAND} run {quote(file)} {how}")
        return
    telling.aside(f"Contract {added.number} of {dataset} {_stands(added)}.")
    telling.aside(*_next(added))
    if added.in_force:
        telling.aside(f"Run: {COMMAND} run {quote(file)} --dataset {dataset}")
