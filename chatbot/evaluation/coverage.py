"""Coverage of the question bank: answers with few questions, duplicate questions, sentences without any question.

``check`` prints these hints for an editor after it has found no error.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer
from chatbot.ingestion.source import has_number_to_call
from chatbot.models.encoder import Vectors
from chatbot.query.normalising import plain_sentences
from chatbot.retrieval.candidates import TOPIC, answer_label
from chatbot.retrieval.index import Index
from chatbot.retrieval.text_search import WeightedQuery, search_texts
from chatbot.triage.severity import NONE

ENOUGH = 20  # questions an answer, as corpus/README.md asks for


ASKED = 12  # questions of a topic that are tried
NEAR = 0.4  # similarity that half of them must reach


@dataclass(frozen=True, slots=True)
class ConflictingLabels:
    """One question that teaches a classifier two things: ``labels`` are what it stands under, ``text`` is one form."""

    text: str
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CoverageReport:
    """``few`` counts the questions of answers and topics that have few; ``unreached`` are sentences in no answer."""

    few: tuple[tuple[str, int], ...]
    clashes: tuple[ConflictingLabels, ...]
    unreached: tuple[tuple[Document, Span], ...]


def find_coverage(corpus: Corpus, taught: Iterable[Sequence[tuple[str, str]]]) -> CoverageReport:
    """What the corpus lacks; ``taught`` are the (text, class) pairs of each classifier (assembly.training_sets)."""
    return CoverageReport(
        few=_few(corpus),
        clashes=tuple(clash for pairs in taught for clash in find_clashes(pairs)),
        unreached=tuple(
            (document, unit)
            for number, document in enumerate(corpus.documents)
            if number not in corpus.unbanked  # its sentences are all searched
            for unit in unreached_units(corpus, document)
        ),
    )


@dataclass(frozen=True, slots=True)
class PossiblyCovered:
    """A topic that stands as not covered, and where an article without a bank seems to speak of it after all."""

    topic: str
    document: Document
    span: Span
    score: float


def find_covered(corpus: Corpus, index: Index, encode: Callable[[Sequence[str]], Vectors]) -> list[PossiblyCovered]:
    """Topics near to a sentence of an article without a bank, the nearest first.

    Measured on the seed article as if it had no bank: of 156 topics that it does not cover 11 are named, of the 73
    that it does 27. So it is a list to look through, no verdict.
    """
    found = []
    for topic in corpus.topics:
        texts = [question.text for question in topic.questions][:: max(1, len(topic.questions) // ASKED)][:ASKED]
        asked = [
            search_texts(corpus, index, [WeightedQuery(text, vector, 1.0)], width=0)
            for text, vector in zip(texts, encode(texts), strict=True)
        ]
        middle = sorted(asked, key=lambda findings: findings.covered)[len(asked) // 2]
        if middle.covered >= NEAR:
            best = middle.candidates[0]
            found.append(PossiblyCovered(topic.name, best.document, best.key, middle.covered))
    return sorted(found, key=lambda covered: covered.score, reverse=True)


def lines_of_covered(found: Sequence[PossiblyCovered]) -> Iterator[str]:
    """The same in words."""
    yield f"{len(found)} topics may be covered now: read, and take them out of not-covered.toml if they are."
    for covered in found:
        yield f"  {covered.topic}: {_place(covered.document, covered.span)}"


def lines_of(gaps: CoverageReport, *, everything: bool) -> Iterator[str]:
    """What an editor could do next; of each kind the first few unless everything is asked for."""
    kinds = {
        f"of the answers and topics have fewer than {ENOUGH} questions": [f"{name}: {of}" for name, of in gaps.few],
        "questions teach two things": [f"{clash.text}: {', '.join(clash.labels)}" for clash in gaps.clashes],
        "sentences stand in no answer": [_place(document, span) for document, span in gaps.unreached],
    }
    for kind, found in kinds.items():
        shown = found if everything else found[:3]
        yield f"{len(found)} {kind}" + (":" if shown else ".")
        yield from (f"  {line}" for line in shown)
        if len(found) > len(shown):
            yield f"  … and {len(found) - len(shown)} more: python -m chatbot check --gaps"


def _place(document: Document, span: Span) -> str:
    return f"{document.name} {span.start}-{span.end}: {' '.join(document.slice(span).split())}"


def numbers_left_out(corpus: Corpus) -> list[tuple[Document, Span]]:
    """Left-out stretches that hold a number to call: a helpline is lost more easily than promotion is quoted."""
    return [
        (document, entry.span)
        for document in corpus.documents
        for entry in document.left_out
        if has_number_to_call(document.slice(entry.span))
    ]


def lines_of_numbers(found: Sequence[tuple[Document, Span]]) -> Iterator[str]:
    """The warning of ``check``, each stretch whole."""
    if found:
        yield f"{len(found)} left-out stretches hold a number to call. Look whether a family should see it:"
        yield from (f"  {_place(document, span)}" for document, span in found)


def find_clashes(pairs: Iterable[tuple[str, str]]) -> list[ConflictingLabels]:
    """Texts that are the same but for case, accents, punctuation and stretched letters, under different classes."""
    texts: dict[str, str] = {}
    labels: Mapping[str, dict[str, None]] = defaultdict(dict)
    for text, label in pairs:
        form = " ".join(plain_sentences(text))
        texts.setdefault(form, text)
        # Kinds of harmless messages are told apart for the editor's order only.
        labels[form][NONE if label.startswith(f"{NONE}.") else label] = None
    return [ConflictingLabels(texts[form], tuple(found)) for form, found in labels.items() if len(found) > 1]


def answers_of(corpus: Corpus, document: Document) -> list[Answer]:
    """The answers of an article in the order of their place."""
    return sorted(
        (answer for answer in corpus.answers if answer.document == document), key=lambda answer: answer.stretches
    )


def unreached_units(corpus: Corpus, document: Document) -> list[Span]:
    """Sentences and list items of an article that stand in no answer: no question of the bank leads to them."""
    reached = {unit for answer in answers_of(corpus, document) for unit in answer.units}
    return [unit for passage in document.passages for unit in passage.units if unit not in reached]


def _few(corpus: Corpus) -> tuple[tuple[str, int], ...]:
    """Answers and topics with few questions, the fewest first."""
    counts = [(answer_label(answer), len(answer.questions)) for answer in corpus.answers]
    counts += [(TOPIC + topic.name, len(topic.questions)) for topic in corpus.topics]
    return tuple(sorted((pair for pair in counts if pair[1] < ENOUGH), key=lambda pair: pair[1]))
