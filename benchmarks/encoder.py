"""Whether the encoder should run with fewer bits or on other threads: what that saves, and what it costs in answers.

Each variant reads the same questions in turn with the others; the index stays as it is. Quality: the labelled
questions, and the first questions of SQuAD 2.0, where the first quote holds the answer. Run: ``python -m
benchmarks.encoder [--smoke]``.
"""

import argparse
import copy
import os
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from sentence_transformers import SentenceTransformer

from benchmarks.answers import CASES
from benchmarks.articles import DATA, Library, Row, alone, holds, load_library, rows_of
from benchmarks.latency import mixed_questions
from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.evaluation.evaluate import evaluate, load_cases
from chatbot.indexing.sources import load_sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import SentenceEncoder, Vectors, load_embedder
from chatbot.models.library_model import unit_vectors
from chatbot.service import factory
from chatbot.settings import Settings

ROUNDS = 5
TOGETHER = 32
MEASURES = ("hit@1, single", "hit@1, follow-up", "hit@any", "abstained", "crisis or watch", "crisis now")
HEAD = ["encoder", "ms a question", "of the first", f"texts a second, {TOGETHER} together", "farthest off", *MEASURES]


@dataclass(slots=True)  # not frozen: an ``Embedder`` has plain attributes
class Variant:
    """The encoder in one variant, with so many threads; see ``chatbot.models.encoder.Embedder``."""

    name: str
    fingerprint: str
    has_adapter: bool
    read: Callable[[list[str], EncoderForm], Vectors]
    threads: int

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """Unit vectors, one pass for all texts."""
        torch.set_num_threads(self.threads)
        return self.read(list(texts), form)

    def shortened(self, texts: Sequence[str]) -> Sequence[str]:
        """The texts as they are: what is measured here is short."""
        return texts


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    sources, encoder = load_sources(settings), load_embedder(settings)
    index = factory.load_or_build(settings, sources, encoder)
    variants = _variants(encoder, settings)
    texts = [question.text for question in mixed_questions(sources, count=20 if options.smoke else 200)]
    times = _times(variants, texts, rounds=1 if options.smoke else ROUNDS)
    library, queries = _squad(encoder, settings, most=10 if options.smoke else 400)
    right = variants[0].encode(texts, form=EncoderForm.BANK)
    rows = []
    for variant, (alone_ms, together) in zip(variants, times, strict=True):
        off = float(np.abs(variant.encode(texts, form=EncoderForm.BANK) - right).max())
        chatbot = factory.make_chatbot(settings, sources, index, variant)
        cells = _labelled(chatbot.reply, 20 if options.smoke else 1) if CASES.exists() else ["-"] * len(MEASURES)
        found = _held(library, variant, queries) if library else "-"
        rows.append([variant.name, alone_ms, alone_ms / times[0][0], round(together), off, *cells, found])
    shown = table([*HEAD, "SQuAD 2.0"], rows)
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "RESULTS.md", "encoder", f"{circumstances('python -m benchmarks.encoder')}\n\n{shown}")


def _variants(encoder: SentenceEncoder, settings: Settings) -> list[Variant]:
    """The encoder as it is, then with fewer bits or threads, and by the library that it does without."""
    half = load_embedder(replace(settings, precision="bfloat16"))
    library = {form: encoder.model(form=form) for form in EncoderForm}
    bytewise = {form: _bytewise(model) for form, model in library.items()}
    kinds: dict[str, tuple[Callable[[list[str], EncoderForm], Vectors], int]] = {
        "32 bits, 2 threads": (lambda texts, form: encoder.encode(texts, form=form), 2),
        "32 bits, 1 thread": (lambda texts, form: encoder.encode(texts, form=form), 1),
        "bf16, 2 threads": (lambda texts, form: half.encode(texts, form=form), 2),
        "the library's, 32 bits, 2 threads": (lambda texts, form: unit_vectors(library[form], texts), 2),
        "the library's, int8, 2 threads": (lambda texts, form: unit_vectors(bytewise[form], texts), 2),
    }
    own = encoder.fingerprint, encoder.has_adapter
    return [Variant(name, *own, read, threads) for name, (read, threads) in kinds.items()]


def _bytewise(model: SentenceTransformer) -> SentenceTransformer:
    """Linear layers in bytes, scaled anew for each input (PyTorch's dynamic quantisation)."""
    # Deprecated in favour of a further package, and good enough to see what bytes would bring.
    quantized: Callable[..., SentenceTransformer] = torch.ao.quantization.quantize_dynamic
    return quantized(copy.deepcopy(model), {torch.nn.Linear}, dtype=torch.qint8)


def _times(variants: Sequence[Variant], texts: Sequence[str], *, rounds: int) -> list[tuple[float, float]]:
    """For each variant: median milliseconds for a text alone, and texts a second when many come together."""
    ones: list[list[float]] = [[] for _ in variants]
    manies: list[list[float]] = [[] for _ in variants]
    for _ in range(rounds):
        for variant, one, many in zip(variants, ones, manies, strict=True):
            one.append(statistics.median(_seconds(variant, [text]) for text in texts))
            batches = [texts[start : start + TOGETHER] for start in range(0, len(texts), TOGETHER)]
            many.append(len(texts) / sum(_seconds(variant, batch) for batch in batches))
    return [(1000 * statistics.median(one), statistics.median(many)) for one, many in zip(ones, manies, strict=True)]


def _seconds(variant: Variant, texts: Sequence[str]) -> float:
    begun = time.perf_counter()
    variant.encode(texts, form=EncoderForm.BANK)
    return time.perf_counter() - begun


def _labelled(reply: Callable[..., object], every: int) -> list[object]:
    measures = {measure.name: measure.share for measure in evaluate(load_cases(CASES)[::every], reply)}  # type: ignore[arg-type]  # a chatbot's reply
    return ["-" if measures[name] is None else measures[name] for name in MEASURES]


def _squad(encoder: SentenceEncoder, settings: Settings, *, most: int) -> tuple[Library | None, list[Row]]:
    if not DATA.exists():
        return None, []
    queries = [query for query in rows_of("squad2.queries", most=most) if query["is_answerable"]]
    return load_library("squad2", {query["doc_id"] for query in queries}, encoder, settings), queries


def _held(library: Library, variant: Variant, queries: Sequence[Row]) -> float:
    """Share of questions whose first quote holds the answer."""
    places = [library.find(query["doc_id"], alone(query["question"], variant)).candidates[0] for query in queries]
    return float(
        np.mean([holds(place.stretches[0], query["answers"]) for place, query in zip(places, queries, strict=True)])
    )


if __name__ == "__main__":
    main()
