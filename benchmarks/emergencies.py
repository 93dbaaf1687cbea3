"""Emergencies by independent writers: the signs alone, and with the classifier when the writer is left out.

Each writer of ``corpus/emergencies.toml`` wrote 132 plain and 84 roundabout emergencies, 30 worries and 144 hard
negatives, mixed by kind in the file, and conversations: figures are over all sorts of emergencies. Thirty-eight more
wrote of dangers that may come, or come again and again, and hard negatives. Nobody who wrote the signs has read
``data/unread-emergencies.jsonl``, by twelve more writers, each answered by the whole pipeline: four wrote plain
emergencies and hard negatives, six dangers that may come, two hints at suicide, and illness without a drug.
Run: ``python -m benchmarks.emergencies [--unread]``.
"""

import argparse
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.indexing.classifier_training import fit, fit_space
from chatbot.indexing.embedding_cache import CACHE_FILE, CachingEmbedder
from chatbot.indexing.sources import load_sources
from chatbot.indexing.training_sets import emergency_messages
from chatbot.models.adapter import EncoderForm
from chatbot.models.classifier import softmax
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings
from chatbot.triage.assessment import emergency_now, sign_flags
from chatbot.triage.examples import Example
from chatbot.triage.severity import any_crisis, is_alarm
from chatbot.triage.signs import Grammar

UNREAD = Path(__file__).parent / "data" / "unread-emergencies.jsonl"
_COLUMNS = (
    "now",
    "by the signs alone",
    "first",
    "noticed",
    "later",
    "later, noticed",
    "none",
    "false crisis",
    "false watch",
)
_DANGERS = {"now": "crisis.", "later": "watch.", "none": "none"}  # when the danger is, and how its notices begin


@dataclass(frozen=True, slots=True)
class Seen:
    """What was made of one message: by the signs alone, and by signs and classifier together."""

    by_signs: bool
    first: bool
    noticed: bool


def main() -> None:
    """Print the tables and put them into quality.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--unread", action="store_true", help="the writers that nobody has read only")
    settings = Settings.from_environment(os.environ)
    body = by_unread_writers(settings)
    write_section(
        FOLDER / "quality.md",
        "emergencies of unread writers",
        f"{circumstances('python -m benchmarks.emergencies --unread')}\n\n{body}",
    )
    print(body, flush=True)
    if parser.parse_args().unread:
        return
    sources = load_sources(settings)
    embedder = CachingEmbedder(load_embedder(settings), settings.index / CACHE_FILE)
    messages = emergency_messages(sources)
    texts = [sources.glossary.standard(message.text) for message in messages]
    flags = np.array([sign_flags(sources.examples.grammar, [message.text]) for message in messages])
    features = np.hstack([embedder.encode(texts, form=EncoderForm.BANK), fit_space(texts).reduce(texts), flags])
    labels = np.array([message.notice for message in messages])
    written = {example.by for example in sources.examples.emergencies} - {""}
    rows = [
        [writer, *_figures(writer, messages, features, labels, settings, sources.examples.grammar)]
        for writer in sorted(written)
    ]
    body = table(["writer left out", *_COLUMNS], rows)
    write_section(
        FOLDER / "quality.md", "emergencies by writer", f"{circumstances('python -m benchmarks.emergencies')}\n\n{body}"
    )
    print(body)


def by_unread_writers(settings: Settings) -> str:
    """How the pipeline answers the messages of ``UNREAD``, a row a writer."""
    chatbot, grammar = Chatbot.open(settings), load_sources(settings).examples.grammar
    rows: list[Mapping[str, Any]] = [json.loads(line) for line in UNREAD.read_text(encoding="utf-8").splitlines()]
    seen: dict[tuple[str, str], list[Seen]] = {}
    for row in rows:
        ids = [notice.id for notice in chatbot.reply(Question(row["text"], (), row["language"])).notices]
        found = Seen(any_crisis(grammar.raised(row["text"])), any_crisis(ids), any(map(is_alarm, ids)))
        seen.setdefault((row["by"], row["danger"]), []).append(found)
    writers = sorted({row["by"] for row in rows})
    lines = [[writer, *_shares(*(seen.get((writer, danger), []) for danger in _DANGERS))] for writer in writers]
    return table(["unread writer", *_COLUMNS], lines)


def _figures(
    writer: str,
    messages: Sequence[Example],
    features: NDArray[np.float32],
    labels: NDArray[np.str_],
    settings: Settings,
    grammar: Grammar,
) -> list[object]:
    held = np.array([message.by == writer for message in messages])
    classes, targets = np.unique(labels[~held], return_inverse=True)
    probabilities = softmax(fit(features[~held], targets).scores(features[held]))
    now = probabilities[:, [name.startswith("crisis.") for name in classes]].sum(1)
    later = probabilities[:, [name.startswith("watch.") for name in classes]].sum(1)
    own = [message for message in messages if message.by == writer]
    seen = [
        _seen(grammar, message.text, float(one), float(other), settings)
        for message, one, other in zip(own, emergency_now(now, later), now + later, strict=True)
    ]
    labelled = list(zip(seen, own, strict=True))
    return _shares(
        *([one for one, message in labelled if message.notice.startswith(notice)] for notice in _DANGERS.values())
    )


def _shares(now: Sequence[Seen], later: Sequence[Seen], calm: Sequence[Seen]) -> list[object]:
    return [
        len(now),
        _share(one.by_signs for one in now),
        _share(one.first for one in now),
        _share(one.noticed for one in now),
        len(later),
        _share(one.noticed for one in later),
        len(calm),
        _share(one.first for one in calm),
        _share(one.noticed and not one.first for one in calm),
    ]


def _seen(grammar: Grammar, text: str, now: float, any_danger: float, settings: Settings) -> Seen:
    found = [sign for sign in grammar.read([text]) if sign.notice.startswith("crisis.")]
    by_signs = any(not sign.cancelled_by for sign in found)
    least = settings.crisis_cancelled_threshold if found and not by_signs else settings.crisis_threshold
    first = by_signs or now >= least
    return Seen(by_signs, first, first or any_danger >= settings.watch_threshold)


def _share(truths: Iterable[bool]) -> float:
    values = list(truths)
    return float(np.mean(values)) if values else np.nan


if __name__ == "__main__":
    main()
