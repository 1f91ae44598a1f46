"""What people can do. Every permission is checked here, so page, command line and DAG meet the same rules.

A verb takes who acts first. What it refuses, it refuses with a sentence that says why and what to do.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from governance import (
    answers,
    approvals,
    breaking_glass,
    deciding,
    learning,
    mending_lines,
    preferences,
    proposals,
    recipe_files,
    rollbacks,
    sending_back,
    setting_apart,
    splitting,
    talk,
    together,
)
from governance.backtest import LAST, BackTest, back_test
from governance.contract import odcs
from governance.contract.model import Contract
from governance.deciding import Wish
from governance.deep import asking
from governance.effect import Effect
from governance.errors import IllegalMove, InputError, Stale
from governance.house import House, newest_contract, open_house
from governance.intake import fetch, safe_source
from governance.people import Person, Verb
from governance.privacy.plan import ColumnMask, Plan
from governance.proposals import Proposed
from governance.reading.choice import NOTHING, ReadingChoice
from governance.records import run_plan
from governance.review.choices import Action, Fix, Terms
from governance.review.parts import Parting
from governance.sample.keeping import keep_sample
from governance.settings import Settings
from governance.states import State
from governance.transitions import move, queue
from storage import audit
from storage.models import MaskingPlan, Run, now

if TYPE_CHECKING:
    from governance.contract.drafting.suggestions import Drafted


class Workspace:
    """One installation, as people use it. Safe to share between threads."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.see = answers.Answers(house)

    @classmethod
    def open(cls, settings: Settings) -> Workspace:
        return cls(open_house(settings))

    def keep_upload(self, person: Person, stream: BinaryIO | bytes) -> str:
        """Store uploaded bytes once; returns their SHA-256."""
        person.must(Verb.SUBMIT)
        digest, _ = self.house.bench.vault.keep_bytes(
            io.BytesIO(stream) if isinstance(stream, bytes) else stream
        )
        return digest

    def fetch(self, person: Person, source: str, *, query: str = "") -> tuple[str, str]:
        """Store the bytes of a path, an `s3://` address, a pattern of either, or a table or `query` of a
        database by its SQLAlchemy URL; returns (SHA-256, file name)."""
        person.must(Verb.SUBMIT)
        return fetch(self.house.bench, source, query=query)

    def submit(
        self,
        person: Person,
        dataset: str,
        *,
        input_digest: str,
        file: str,
        source: str = "upload",
        force: bool = False,
        no_review: bool = False,
        contract: bytes | None = None,
        reading: ReadingChoice = NOTHING,
    ) -> str:
        """Queue a run and return its id.

        `contract`: the run is under these bytes; where they are not in force yet they are proposed, and the run
        can be published when someone else has approved them. `reading`: what this person says about how the
        file is written; it is recorded as their choice.
        """
        person.must(Verb.SUBMIT)
        promised = odcs.read(contract or self.house.contract(dataset).text)
        if no_review and promised.min_approvals > 1:
            raise IllegalMove(
                f"The contract of {dataset} asks for {promised.min_approvals} approvals, and --no-review is one.",
                "Run it without, and let people review it.",
            )
        if no_review and not promised.allow_no_review:
            raise IllegalMove(
                f"The contract of {dataset} does not allow --no-review.",
                "Run it without, and let a person review it.",
            )
        if contract:
            self._under(person, contract, no_review=no_review)
        run = Run(
            id=uuid.uuid4().hex[:10],
            dataset=promised.dataset,
            file=file,
            source=safe_source(source),
            input_digest=input_digest,
            contract_digest=promised.digest,
            state=State.QUEUED.value,
            submitted_by=person.name,
            options={
                "force": force,
                "no_review": no_review,
                **({"reading": reading.said} if reading.said else {}),
            },
        )
        with self.house.ledger.write() as session:
            session.add(run)
            session.flush()
            said = {"file": file, "input": input_digest, "contract": promised.digest, **run.options}
            audit.append(session, person.name, "run submitted", dataset=run.dataset, run=run.id, data=said)
            queue(session, "prepare", run.id, "0")
        return run.id

    def keep_sample(self, person: Person, dataset: str, *, rows: int = 0, seed: int = 0) -> tuple[str, str]:
        """Make a sample file of a dataset that has one, and store it; returns (SHA-256, file name).

        Without `rows` its usual size, without `seed` that of today: made twice a day, it is the same file.
        """
        person.must(Verb.SUBMIT)
        return keep_sample(self.house.bench, dataset, rows=rows, seed=seed, today=now().date())

    def draft_contract(
        self,
        person: Person,
        input_digest: str,
        file: str,
        dataset: str,
        *,
        reading: ReadingChoice = NOTHING,
    ) -> bytes:
        """A contract drafted from a file, as YAML to read, change and add. Nothing is recorded."""
        person.must(Verb.CONTRACT)
        drafted = self.suggestions(person, input_digest, file, dataset, reading=reading)
        return drafted.text.encode()

    def suggestions(
        self, person: Person, input_digest: str, file: str, dataset: str, *, reading: ReadingChoice = NOTHING
    ) -> Drafted:
        """A draft, and each of its suggestions with support and counter-examples. What was rejected for the
        dataset before is left out. Cells only for those who may see values; nothing is recorded."""
        person.must(Verb.CONTRACT)
        from governance.contract.draft import drafted

        rejected = proposals.rejected(self.house, dataset)
        found = drafted(
            self.house.bench, input_digest=input_digest, file=file, dataset=dataset, choice=reading,
            rejected=rejected,
        )  # fmt: skip
        if person.may(Verb.SEE_VALUES):
            return found
        bare = tuple(one.model_copy(update={"examples": ()}) for one in found.suggestions)
        return found.model_copy(update={"suggestions": bare})

    def reject_suggestion(self, person: Person, dataset: str, key: str, *, reason: str = "") -> None:
        """Remember that a suggestion (`column: what`) is not wanted for a dataset; later drafts leave it out."""
        person.must(Verb.CONTRACT)
        proposals.reject_suggestion(self.house, person.name, dataset, key, reason=reason)

    def allow_suggestion(self, person: Person, dataset: str, key: str) -> None:
        """Let a rejected suggestion come back."""
        person.must(Verb.CONTRACT)
        proposals.allow_suggestion(self.house, person.name, dataset, key)

    def add_contract(self, person: Person, text: bytes, *, reason: str = "") -> Proposed:
        """Give a contract: the first of its dataset is in force at once, a change when another approves it."""
        person.must(Verb.CONTRACT)
        return proposals.propose(self.house, person.name, text, reason=reason)

    def approve_contract(self, person: Person, change: str, *, digest: str, reason: str = "") -> int:
        """Bring exactly these proposed bytes into force; returns the contract's number."""
        person.must(Verb.APPROVE)
        return proposals.approve(self.house, person.name, change, digest=digest, reason=reason)

    def withdraw_contract(self, person: Person, change: str, *, reason: str) -> None:
        """Take a proposed contract back, or turn it down, before it is approved."""
        person.must(Verb.CONTRACT)
        proposals.withdraw(self.house, person.name, change, reason=reason)

    def back_test(
        self, person: Person, dataset: str, text: bytes, *, last: int = LAST, most: int | None = None
    ) -> BackTest:
        """What a changed contract would have blocked and let through; see `governance.backtest`. Counts only."""
        person.must(Verb.CONTRACT)
        return back_test(self.house, dataset, odcs.read(text), last=last, most=most)

    def preview(
        self,
        person: Person,
        run_id: str,
        item_key: str,
        action: Action,
        *,
        fix: Fix | None = None,
        expires: date | None = None,
        terms: Terms | None = None,
        recipe: int = 0,
    ) -> Effect:
        """What a decision would change, computed as a revision is, and not recorded."""
        wish = Wish(action, fix=fix, expires=expires, terms=terms, recipe=recipe)
        self._may_decide(person, wish)
        return deciding.preview(self.house, person, run_id, item_key, wish)

    def decide(
        self,
        person: Person,
        run_id: str,
        item_key: str,
        action: Action,
        *,
        reason: str,
        fix: Fix | None = None,
        expires: date | None = None,
        terms: Terms | None = None,
        recipe: int = 0,
        seen: int | None = None,
    ) -> int:
        """Record a decision and ask for a new revision. `seen`: the item's version that the person saw; `terms` and
        `expires` are those of a waiver; `recipe`: do what the recipe of that id proposes for the item.

        Raises Stale when someone else decided about the item meanwhile: nobody's work is overwritten.
        """
        wish = Wish(action, fix=fix, expires=expires, terms=terms, recipe=recipe)
        self._may_decide(person, wish)
        return deciding.decide(self.house, person, run_id, item_key, wish, reason=reason, seen=seen)

    def preview_all(self, person: Person, run_id: str, wanted: Sequence[together.One]) -> Effect:
        """What many decisions would change together, not recorded."""
        self._may_decide(person, *(one.wish for one in wanted))
        return together.preview(self.house, person, run_id, wanted)

    def decide_all(
        self, person: Person, run_id: str, wanted: Sequence[together.One], *, reason: str
    ) -> together.Together:
        """Record many decisions, each of its own; what changed meanwhile stays as it is, and it is said why."""
        self._may_decide(person, *(one.wish for one in wanted))
        return together.decide(self.house, person, run_id, wanted, reason=reason)

    def undo(self, person: Person, run_id: str, decision_id: int, *, reason: str = "undone") -> int:
        """Take a decision back by one of its own; later decisions stay, and those that were about rows which it
        changed are shown as needing another look. Possible until the run is released."""
        person.must(Verb.DECIDE)
        return deciding.undo(self.house, person, run_id, decision_id, reason=reason)

    def confirm(self, person: Person, run_id: str, decision_id: int, *, reason: str) -> int:
        """Keep a decision that needs another look, because one that it depended on was taken back."""
        person.must(Verb.DECIDE)
        return deciding.confirm(self.house, person, run_id, decision_id, reason=reason)

    def retire_recipe(self, person: Person, recipe: int, *, reason: str) -> None:
        """Propose a recipe no more, or turn down an imported one."""
        person.must(Verb.DECIDE)
        learning.retire(self.house, person, recipe, reason=reason)

    def bring_back_recipe(self, person: Person, recipe: int, *, reason: str) -> None:
        """Propose a retired recipe again."""
        person.must(Verb.DECIDE)
        learning.bring_back(self.house, person, recipe, reason=reason)

    def export_recipes(self, person: Person, dataset: str = "") -> str:
        """The recipes in force as YAML, with what their fixes say; for who may see values and decide. On record."""
        self._may_mend(person)
        return recipe_files.export(self.house, person, dataset)

    def import_recipes(self, person: Person, text: bytes) -> recipe_files.Imported:
        """Put the recipes of a file on record; they are proposed when another person has approved them."""
        self._may_mend(person)
        return recipe_files.take(self.house, person, text)

    def approve_recipe(self, person: Person, recipe: int, *, digest: str, reason: str = "") -> None:
        """Let exactly this imported recipe be proposed."""
        person.must(Verb.APPROVE)
        learning.approve(self.house, person.name, recipe, digest=digest, reason=reason)

    def set_apart(
        self, person: Person, run_id: str, column: str, low: float, high: float, *, reason: str
    ) -> str:
        """Make an item of the rows whose number lies in a range, kept ones too; returns its key. The range is
        people's values: it is kept in the vault, and only who may see values can choose one."""
        person.must(Verb.DECIDE)
        person.must(Verb.SEE_VALUES)
        found = self.see.rows_between(person, run_id, column, low=low, high=high)
        return setting_apart.set_apart(self.house, person, run_id, found, reason=reason)

    def parting(
        self, person: Person, run_id: str, item_key: str, column: str,
        *, within: tuple[float, float] | None = None,
    ) -> Parting:  # fmt: skip
        """The parts that a column would make of a cluster, with their rows; `within`: those in a range, and the rest.
        The parts are told by people's values: only for who may see them. Nothing is recorded."""
        self._may_mend(person)
        return splitting.parting(self.house, run_id, item_key, column, within=within)

    def split(
        self, person: Person, run_id: str, item_key: str, column: str,
        *, within: tuple[float, float] | None = None, reason: str = "", seen: int | None = None,
    ) -> tuple[str, ...]:  # fmt: skip
        """Make items of the parts of a cluster, each to be decided by itself; returns their keys. No row changes."""
        self._may_mend(person)
        return splitting.split(
            self.house, person, run_id, item_key, column, within=within, reason=reason, seen=seen
        )

    def merge_back(self, person: Person, run_id: str, item_key: str, *, reason: str = "") -> str:
        """Undo a split while no part is decided; returns the key of the cluster."""
        self._may_mend(person)
        return splitting.merge_back(self.house, person, run_id, item_key, reason=reason)

    def unread_lines(
        self, person: Person, run_id: str, *, offset: int = 0, limit: int = 50
    ) -> tuple[mending_lines.Unread, ...]:
        """The lines that could not be read, to be mended; for who may see values and decide."""
        self._may_mend(person)
        return mending_lines.lines(self.house, run_id, offset=offset, limit=limit)

    def preview_line(self, person: Person, run_id: str, line: int, text: str) -> mending_lines.Mended:
        """The row that a mended line would become, its verdict and its effect; nothing is recorded."""
        self._may_mend(person)
        return mending_lines.preview(self.house, run_id, line, text)

    def mend_line(self, person: Person, run_id: str, line: int, text: str, *, reason: str) -> int:
        """Read a line that could not be read with another text; it becomes a row of the next revision."""
        self._may_mend(person)
        return mending_lines.mend(self.house, person, run_id, line, text, reason=reason)

    def send_back(
        self, person: Person, run_id: str, item_key: str, *, reason: str, seen: int | None = None
    ) -> int:
        """Mark an item as sent back to the supplier: its rows stay out until they come again."""
        return self.decide(person, run_id, item_key, Action.SEND_BACK, reason=reason, seen=seen)

    def export_rows(self, person: Person, run_id: str, item_key: str, out: Path) -> int:
        """Write an item's rows as CSV with ids and reasons, for the supplier; returns their number. On record."""
        self._may_mend(person)
        return sending_back.export(self.house, person, run_id, item_key, out)

    def preview_corrections(
        self, person: Person, run_id: str, item_key: str, digest: str, *, file: str = "corrected.csv"
    ) -> sending_back.Corrections:
        """How the rows of a corrected file match those that were sent back, and what they would change."""
        self._may_mend(person)
        return sending_back.preview(self.house, person, run_id, item_key, digest, file)

    def take_corrections(
        self, person: Person, run_id: str, item_key: str, digest: str, *, reason: str, seen: int | None = None
    ) -> int:
        """Take the rows of a corrected file that match as one decision of fixed rows."""
        self._may_mend(person)
        return sending_back.take(self.house, person, run_id, item_key, digest, reason=reason, seen=seen)

    def change_plan(self, person: Person, run_id: str, mask: ColumnMask) -> str:
        """Mask one column of a run otherwise; returns the new plan's digest. It needs approval again."""
        person.must(Verb.PLAN)
        if not mask.reason.strip():
            raise InputError(
                "Changing the plan needs a reason.", "Say in a few words why, for those who ask later."
            )
        run, _ = self._run(run_id)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, run.id)
            deciding.may_change(run)
            current = run_plan(session, run.id, run.revision)
            if current is None:
                raise Stale(f"Run {run.id} has no masking plan yet.", "Wait until stage 12 is done.")
            plan = Plan.model_validate(current.plan).changed(mask)
            if plan.digest == current.digest:
                return current.digest
            revision = run.revision + 1
            session.add(
                MaskingPlan(
                    dataset=run.dataset,
                    digest=plan.digest,
                    plan=plan.model_dump(mode="json"),
                    proposed_by=person.name,
                    run=run.id,
                    revision=revision,
                )
            )
            audit.append(
                session,
                person.name,
                "masking plan changed",
                dataset=run.dataset,
                run=run.id,
                subject=mask.column,
                data={"operator": mask.operator.kind, "reason": mask.reason, "digest": plan.digest},
            )
            deciding.revise(session, run, person.name, revision)
        return plan.digest

    def approve_plan(self, person: Person, run_id: str, *, digest: str, reason: str = "") -> None:
        """Approve a run's masking plan, for it and for later runs of the dataset."""
        person.must(Verb.APPROVE)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, self.house.run(run_id).id)
            approvals.approve_plan(session, run, person.name, digest=digest, reason=reason)

    def approve_waiver(
        self, person: Person, run_id: str, decision_id: int, *, digest: str, reason: str = ""
    ) -> None:
        """Approve the terms of a waiver that is above the contract's threshold."""
        person.must(Verb.APPROVE)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, self.house.run(run_id).id)
            approvals.approve_waiver(session, run, person.name, decision_id, digest=digest, reason=reason)

    def approve(self, person: Person, run_id: str, *, digest: str, reason: str = "") -> None:
        """Approve the publishing of exactly this candidate."""
        person.must(Verb.APPROVE)
        run, contract = self._run(run_id)
        self._lapse(run)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, run.id)
            approvals.approve(session, run, contract, person.name, digest=digest, reason=reason)

    def publish(self, person: Person, run_id: str, *, reason: str = "") -> None:
        """Start the release of an approved run."""
        person.must(Verb.PUBLISH)
        run, contract = self._run(run_id)
        self._lapse(run)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, run.id)
            approvals.publish(session, run, contract, person.name, reason=reason)

    def break_glass(self, person: Person, run_id: str, *, digest: str, reason: str) -> None:
        """Publish exactly this candidate without another person's approval; it must be signed off afterwards."""
        person.must(Verb.BREAK_GLASS)
        breaking_glass.publish(self.house, person, run_id, digest=digest, reason=reason)

    def sign_off(self, person: Person, run_id: str, *, reason: str) -> None:
        """Say afterwards, as another person, that a publish without a second person was right."""
        person.must(Verb.APPROVE)
        breaking_glass.sign_off(self.house, person, run_id, reason=reason)

    def reject_run(self, person: Person, run_id: str, *, reason: str) -> None:
        """End a run without publishing it."""
        person.must(Verb.DECIDE)
        if not reason.strip():
            raise InputError("Rejecting a run needs a reason.", "Say in a few words why.")
        with self.house.ledger.write() as session:
            run = session.get_one(Run, self.house.run(run_id).id)
            move(session, run, State.REJECTED, by=person.name, reason=reason.strip(), outcome="rejected",
                 error=reason.strip())  # fmt: skip

    def resume(self, person: Person, run_id: str) -> None:
        """Go on with a run that failed, after the last stage that finished."""
        person.must(Verb.SUBMIT)
        with self.house.ledger.write() as session:
            run = session.get_one(Run, self.house.run(run_id).id)
            if run.state != State.FAILED:
                raise IllegalMove(f"Run {run.id} is {run.state}.", "Only a run that failed can be resumed.")
            if run.options.get("version"):
                move(session, run, State.RELEASING, by=person.name, error="")
                queue(session, "release", run.id)
            elif run.computed >= 0:
                move(session, run, State.REVISING, by=person.name, error="")
                queue(session, "revise", run.id, str(run.revision))
            else:
                move(session, run, State.QUEUED, by=person.name, error="")
                queue(session, "prepare", run.id, "0")

    def ask_deep_report(self, person: Person, run_id: str) -> asking.Deep:
        """Ask a worker for the deep report of a run as it stands; it is made once a revision."""
        return asking.ask(self.house, person, run_id)

    def ask_rollback(self, person: Person, dataset: str, number: int, *, reason: str) -> str:
        """Ask to make an earlier version current again; returns the request's id."""
        person.must(Verb.ROLL_BACK)
        return rollbacks.ask(self.house, person.name, dataset, number, reason=reason)

    def approve_rollback(self, person: Person, rollback_id: str, *, digest: str, reason: str = "") -> None:
        """Approve a rollback, which a worker then carries out."""
        person.must(Verb.APPROVE)
        rollbacks.approve(self.house, person.name, rollback_id, digest=digest, reason=reason)

    def withdraw_rollback(self, person: Person, rollback_id: str, *, reason: str) -> None:
        """Take a request for a rollback back, before it is approved."""
        person.must(Verb.ROLL_BACK)
        rollbacks.withdraw(self.house, person.name, rollback_id, reason=reason)

    def assign(self, person: Person, run_id: str, item_key: str, *, to: str, due: date | None = None) -> None:
        """Give an item to someone who may decide, until a day; to nobody with an empty name."""
        talk.assign(self.house, person, run_id, item_key, to=to, due=due)

    def comment(self, person: Person, run_id: str, item_key: str, text: str) -> None:
        """Say something about an item; `@ben` names a person, who finds it in the inbox."""
        talk.comment(self.house, person, run_id, item_key, text)

    def set_keyboard(self, person: Person, wanted: preferences.Keyboard) -> None:
        """Keep which key does what for this person. Raises InputError for keys that cannot be."""
        checked = preferences.checked(wanted)
        with self.house.ledger.write() as session:
            preferences.keep(session, person, checked)

    def verify_audit(self, person: Person) -> audit.Verdict:
        """Walk the whole audit chain and every signed head."""
        person.must(Verb.AUDIT)
        with self.house.ledger.read() as session:
            return audit.verify(session, self.house.signing_key.public_key())

    def _under(self, person: Person, contract: bytes, *, no_review: bool) -> None:
        """Put a contract that comes with a file on record. Raises IllegalMove where nobody could approve it."""
        promised = odcs.read(contract)
        with self.house.ledger.read() as session:
            newest = newest_contract(session, promised.dataset)
        if newest is None or newest.digest != promised.digest:
            person.must(Verb.CONTRACT)
            if newest is not None and no_review:
                raise IllegalMove(
                    f"This contract is a change of that of {promised.dataset}, and --no-review asks nobody.",
                    "Propose it with `contract add`, let another person approve it, then run.",
                )
            proposals.propose(self.house, person.name, contract, reason="given with a file")

    def _may_decide(self, person: Person, *wishes: Wish) -> None:
        """Who decides; of cells that are edited by hand only who sees what stands in them."""
        if any(wish.fix and wish.fix.cells for wish in wishes):
            person.must(Verb.SEE_VALUES)
        person.must(Verb.DECIDE)

    def _may_mend(self, person: Person) -> None:
        """Who sees raw rows to decide about them."""
        person.must(Verb.DECIDE)
        person.must(Verb.SEE_VALUES)

    def _lapse(self, run: Run) -> None:
        """Take waivers back whose day is over, and then refuse: the candidate is no longer what was looked at."""
        if ended := deciding.lapse(self.house, run.id):
            raise IllegalMove(" ".join(ended), "The rows stay out again: look at the new revision.")

    def _run(self, run_id: str) -> tuple[Run, Contract]:
        run = self.house.run(run_id)
        return run, self.house.contract_of(run)
