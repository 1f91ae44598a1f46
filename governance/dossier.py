"""The facts of a run as the ledger has them, for its report, its messages and its metrics."""

from __future__ import annotations

from collections import Counter
from typing import Any

from sqlmodel import Session, col, select

from governance.contract.model import Contract
from governance.decisions import standing, terms_in_words
from governance.findings import Note, Severity
from governance.house import House
from governance.people import title
from governance.privacy.plan import Plan
from governance.release import ApprovalLine, DecisionLine, MaskLine, QuarantineLine, ReleaseFacts, StageLine
from governance.stages import Stage
from storage import audit
from storage.models import (
    Approval,
    AuditEvent,
    Finding,
    Item,
    MaskingPlan,
    Rollback,
    Run,
    StageResult,
    Version,
)


def facts_of(house: House, run_id: str, *, subject: str = "", number: int = 0) -> ReleaseFacts:
    """Everything about a run as it stands. `subject` is a rollback's id, `number` its new version."""
    run = house.run(run_id)
    contract = house.contract_of(run)
    with house.ledger.read() as session:
        rollback = session.get(Rollback, subject) if subject and subject != run_id else None
        version = _version(session, run, number)
        approvals = session.exec(
            select(Approval).where(Approval.subject == (subject or run_id)).order_by(col(Approval.id))
        ).all()
        plan = session.exec(
            select(MaskingPlan).where(
                MaskingPlan.digest == run.plan_digest, MaskingPlan.dataset == run.dataset
            )
        ).first()
        findings = _findings(session, run)
        approved = rollback.digest if rollback else run.candidate
        return ReleaseFacts(
            run=run.id,
            dataset=run.dataset,
            file=run.file,
            version=version.number if version else number or None,
            kind="rollback" if rollback else "publish",
            rollback=rollback.id if rollback else "",
            rolled_back_to=rollback.to_number if rollback else None,
            published_at=version.published_at.isoformat(timespec="seconds") if version else "",
            requested_by=rollback.requested_by if rollback else run.submitted_by,
            approved_by=", ".join(
                dict.fromkeys(
                    a.person for a in approvals if a.kind in ("publish", "rollback") and a.digest == approved
                )
            ),
            reason=rollback.reason if rollback else str(run.options.get("reason", "")),
            contract_title=contract.title,
            contract_version=contract.version,
            contract_digest=contract.digest,
            input_digest=run.input_digest,
            input_bytes=_size(house, run),
            candidate=run.candidate,
            plan_digest=run.plan_digest,
            rows={key: run.rows.get(key, 0) for key in ("in", "kept", "quarantined", "unreadable")},
            pass_rate_raw=_share(run, "passing"),
            pass_rate_waived=_share(run, "kept"),
            worst_severity=min((note.severity for note in findings), key=lambda s: s.rank, default=None),
            state=run.state,
            stages=_stages(session, run, subject if rollback else ""),
            findings=findings,
            decisions=_decisions(session, run),
            quarantine=_quarantine(findings, contract),
            masking=_masking(plan),
            approvals=tuple(
                ApprovalLine(
                    kind=a.kind,
                    person=a.person,
                    digest=a.digest,
                    reason=a.reason,
                    at=a.approved_at.isoformat(),
                )
                for a in approvals
            ),
            **_glass(run, list(approvals), rollback),
            audit_head=_head(session),
            app_url=f"http://{house.settings.address}:{house.settings.port}",
        )


def _glass(run: Run, approvals: list[Approval], rollback: Rollback | None) -> dict[str, Any]:
    """That a run was published without a second person, in a sentence, and whether that is signed off."""
    named = {one.kind: one for one in approvals if one.digest == run.candidate}
    broken, signed = named.get("break-glass"), named.get("sign-off")
    if rollback or broken is None or not run.options.get("break-glass"):
        return {}
    said = f"Published by {title(broken.person)} without a second person: {broken.reason}."
    after = (
        f"Signed off by {title(signed.person)}: {signed.reason}." if signed else "Nobody signed it off yet."
    )
    return {"break_glass": f"{said} {after}", "unsigned": signed is None}


def _size(house: House, run: Run) -> int | None:
    path = house.bench.vault.raw(run.input_digest)
    return path.stat().st_size if path.exists() else None


def _version(session: Session, run: Run, number: int) -> Version | None:
    query = select(Version).where(Version.dataset == run.dataset)
    query = query.where(Version.number == number) if number else query.where(Version.run == run.id)
    return session.exec(query.order_by(col(Version.number))).first()


def _share(run: Run, key: str) -> float | None:
    rows = run.rows.get("in", 0)
    return run.rows.get(key, 0) / rows if rows else None


def _stages(session: Session, run: Run, rollback: str) -> tuple[StageLine, ...]:
    """The stages of the revision as it stands: the newest result of each."""
    newest: dict[int, StageResult] = {}
    for subject in (run.id, rollback):
        query = select(StageResult).where(StageResult.run == subject).order_by(col(StageResult.revision))
        newest.update({row.number: row for row in session.exec(query)} if subject else {})
    return tuple(
        StageLine(
            number=row.number,
            name=row.name,
            state=row.state,
            seconds=row.seconds or 0.0,
            rows_in=row.rows_in,
            rows_out=row.rows_out,
            summary=row.summary,
        )
        for row in (newest[number] for number in sorted(newest))
    )


def _findings(session: Session, run: Run) -> tuple[Note, ...]:
    """Findings of the first seven stages, and of the later ones in the revision as it stands."""
    shared = [stage.label for stage in Stage if stage.number <= Stage.THRESHOLD.number]
    rows = session.exec(select(Finding).where(Finding.run == run.id).order_by(col(Finding.id)))
    return tuple(
        Note(
            kind=row.kind,
            severity=Severity(row.severity),
            message=row.message,
            dimension=row.dimension,
            column=row.column,
            rule=row.rule,
            rows=row.rows,
            details=row.details,
        )
        for row in rows
        if row.stage in shared or row.revision == run.computed
    )


def _decisions(session: Session, run: Run) -> tuple[DecisionLine, ...]:
    items = {item.key: item for item in session.exec(select(Item).where(Item.run == run.id))}
    return tuple(
        DecisionLine(
            item=decision.item,
            title=items[decision.item].title if decision.item in items else decision.item,
            action=decision.action,
            person=decision.person,
            reason=decision.reason,
            at=decision.decided_at.isoformat(timespec="seconds"),
            rows=int(decision.payload.get("rows", 0)),
            terms=terms_in_words(decision.payload),
        )
        for decision in standing(session, run.id)
    )


def _quarantine(findings: tuple[Note, ...], contract: Contract) -> tuple[QuarantineLine, ...]:
    rows: Counter[str] = Counter()
    for note in findings:
        if note.kind == "rule":
            rows[note.rule] = note.rows
    return tuple(
        QuarantineLine(reason_rule=rule.id, column=rule.column, severity=rule.severity, rows=rows[rule.id])
        for rule in contract.rules
        if rows[rule.id]
    )


def _masking(plan: MaskingPlan | None) -> tuple[MaskLine, ...]:
    if plan is None:
        return ()
    return tuple(
        MaskLine(
            column=mask.column,
            operator=mask.operator.kind,
            description=mask.operator.describe(),
            semantic=getattr(mask, "semantic", ""),
        )
        for mask in Plan.model_validate(plan.plan).columns
    )


def _head(session: Session) -> dict[str, object]:
    last = session.exec(select(AuditEvent).order_by(col(AuditEvent.seq).desc()).limit(1)).first()
    return {"seq": last.seq, "hash": last.hash, "genesis": audit.GENESIS} if last else {}
