"""Stage 14: valid Prometheus text, few labels, one HELP a metric over all datasets; and what reads it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given
from hypothesis import settings as profile
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from release_facts import facts

from governance.bench import Bench, open_bench
from governance.reporting.samples import FAMILIES, Sample, keep
from governance.settings import PROJECT, Settings
from governance.stages.metrics import Metered, exposition, metrics

LABELS = {"dataset", "stage", "severity", "state", "channel"}
DEPLOY = PROJECT / "deploy"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return open_bench(Settings(home=tmp_path))


def read(text: bytes) -> dict[tuple[str, ...], float]:
    """{(metric, sorted label values …): value}, by the reference parser."""
    families = text_string_to_metric_families(text.decode())
    return {
        (sample.name, *(sample.labels[name] for name in sorted(sample.labels))): sample.value
        for family in families
        for sample in family.samples
    }


def test_the_figures_are_there_in_base_units(bench: Bench) -> None:
    done = metrics(bench, facts())
    found = read(done.textfile.read_bytes())
    assert done.textfile == bench.settings.root / "metrics" / "assay_customers.prom"
    assert found["assay_rows", "customers", "kept"] == 28_796
    assert found["assay_pass_ratio", "customers", "waived"] == 0.9812
    assert found["assay_stage_duration_seconds", "customers", "validate"] == 61
    assert found["assay_findings", "customers", "high"] == 1
    assert found["assay_findings", "customers", "critical"] == 0
    assert found["assay_input_size_bytes", "customers"] == 4_183_221
    assert found["assay_published_timestamp_seconds", "customers"] == 1_772_357_400
    assert done.samples == len(found)
    assert Metered.model_validate_json(done.model_dump_json()) == done


def test_no_run_file_or_person_in_any_label(bench: Bench) -> None:
    metrics(bench, facts(run="run-secret", file="file-secret.csv", requested_by="person-secret"))
    text = exposition(bench.settings.root)
    assert b"secret" not in text
    labels = {name for line in text.decode().splitlines() for name in re.findall(r'[{,](\w+)="', line)}
    assert labels <= LABELS
    assert all(set(extra) <= LABELS for _, extra in FAMILIES.values())


def test_all_datasets_share_one_help_a_metric(bench: Bench) -> None:
    for dataset in ("customers", "divers", 'we"ird\n\\name'):
        metrics(bench, facts(dataset=dataset))
    text = exposition(bench.settings.root).decode()
    for kind in ("HELP", "TYPE"):
        names = re.findall(rf"^# {kind} (\S+)", text, re.M)
        assert sorted(names) == sorted(set(names)) == sorted(FAMILIES)
    assert read(text.encode())["assay_version_number", 'we"ird\n\\name'] == 3


def test_a_later_release_replaces_the_earlier_and_leaves_other_groups(bench: Bench) -> None:
    sent = Sample(metric="assay_deliveries", value=1, labels={"channel": "slack", "state": "sent"})
    keep(bench.settings.root, "customers", group="deliveries", samples=(sent,))
    metrics(bench, facts())
    once = exposition(bench.settings.root)
    metrics(bench, facts())
    assert exposition(bench.settings.root) == once
    metrics(bench, facts(version=4, stages=()))
    found = read(exposition(bench.settings.root))
    assert found["assay_version_number", "customers"] == 4
    assert found["assay_deliveries", "slack", "customers", "sent"] == 1
    assert not any(key[0] == "assay_stage_duration_seconds" for key in found)


def test_before_any_release_the_exposition_is_valid_and_empty(tmp_path: Path) -> None:
    assert read(exposition(tmp_path / "none")) == {}


def test_a_draft_has_neither_version_nor_time(bench: Bench) -> None:
    metrics(bench, facts(version=None, published_at="", pass_rate_raw=None, input_bytes=None))
    names = {key[0] for key in read(exposition(bench.settings.root))}
    assert names.isdisjoint({"assay_version_number", "assay_published_timestamp_seconds"})


@profile(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(dataset=st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_dataset_name_gives_text_that_can_be_parsed(
    tmp_path_factory: pytest.TempPathFactory, dataset: str
) -> None:
    bench = open_bench(Settings(home=tmp_path_factory.mktemp("home")))
    assert len(read(metrics(bench, facts(dataset=dataset)).textfile.read_bytes())) > 8


def expressions() -> list[str]:
    rules = yaml.safe_load((DEPLOY / "prometheus" / "assay.rules.yml").read_text())
    board: dict[str, Any] = json.loads((DEPLOY / "grafana" / "dashboard.json").read_text())
    alerts = [rule["expr"] for group in rules["groups"] for rule in group["rules"]]
    return alerts + [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def test_alerts_and_dashboard_ask_only_for_what_is_there() -> None:
    asked = {name for text in expressions() for name in re.findall(r"\bassay_\w+", text)}
    assert asked <= set(FAMILIES)
    assert len(asked) >= 6
    labels = {name for text in expressions() for name in re.findall(r'[{,](\w+)=~?"', text)}
    assert labels <= LABELS


def test_prometheus_is_told_of_the_rules() -> None:
    chosen = yaml.safe_load((DEPLOY / "prometheus" / "prometheus.yml").read_text())
    assert all((DEPLOY / "prometheus" / name).exists() for name in chosen["rule_files"])
