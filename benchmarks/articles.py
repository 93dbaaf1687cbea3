"""Articles without a question bank: whether the first quote holds the answer, and silence is kept where there is none.

One index an article, made by the product's own splitter, encoder and search. SQuAD 2.0 (questions with and without an
answer), Doc2Dial (turns of a dialogue) and questions on anything else lie in ``../shared/data``; rows are measured with
and never copied. Run: ``python -m benchmarks.articles [--smoke]``.
"""

import argparse
import gzip
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reading import read_candidates
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.segmentation import split_passages
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder, load_embedder
from chatbot.models.reader import load_reader
from chatbot.query.glossary import Glossary
from chatbot.query.message_form import dependence
from chatbot.query.question import Question
from chatbot.query.rewriting import Query, variants
from chatbot.retrieval.candidates import Candidate, SearchResult
from chatbot.retrieval.index import Index, build_index, make_rows
from chatbot.retrieval.text_search import WeightedQuery, read_as, search_texts, weighted_queries
from chatbot.settings import ROOT, Settings

DATA = ROOT.parent / "shared" / "data"
HELD = 0.8  # share of a gold answer that a quote must hold

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Library:
    """The articles of a set, each as a corpus of its own with its index."""

    corpora: Mapping[str, Corpus]
    indexes: Mapping[str, Index]
    embedder: Embedder
    width: int

    def find(self, doc_id: str, seen_as: Sequence[WeightedQuery]) -> SearchResult:
        """What the product would find in one article."""
        return search_texts(self.corpora[doc_id], self.indexes[doc_id], seen_as, width=self.width)


def rows_of(name: str, *, most: int | None) -> list[Row]:
    """The rows of a file, or the first ones."""
    with gzip.open(DATA / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for _, line in zip(range(most or 10**9), lines, strict=False)]


def load_library(name: str, wanted: set[str], embedder: Embedder, settings: Settings) -> Library:
    """An index for each wanted article."""
    corpora, indexes = {}, {}
    for row in rows_of(f"{name}.docs", most=None):
        if row["doc_id"] in wanted:
            text = row["text"]
            passages = split_passages(text, language="en", headings=(), left_out=())
            document = Document(row["doc_id"], row["title"], "", "en", text, (), (), (), passages)
            corpus = Corpus((document,), (), (), {})
            pairs = make_rows(corpus)
            vectors = embedder.encode([line for _, line in pairs])
            corpora[row["doc_id"]], indexes[row["doc_id"]] = corpus, build_index(pairs, vectors)
    return Library(corpora, indexes, embedder, settings.quote_width)


def holds(stretch: Span, answers: Sequence[Row]) -> bool:
    """Whether a quote holds enough of one of the gold answers."""
    gold = [Span(answer["start"], answer["end"]) for answer in answers if answer["end"] > answer["start"]]
    return any(stretch.overlap(span) >= HELD * len(span) for span in gold)


def alone(text: str, embedder: Embedder) -> list[WeightedQuery]:
    """A message read without what was said before."""
    return [WeightedQuery(text, embedder.encode([text], form=EncoderForm.SEARCH)[0], 1.0)]


def squad(embedder: Embedder, settings: Settings, *, most: int | None) -> str:
    """The table for SQuAD 2.0, with the two usual ways beside ours."""
    queries = rows_of("squad2.queries", most=most)
    library = load_library("squad2", {query["doc_id"] for query in queries}, embedder, settings)
    answerable = np.array([query["is_answerable"] for query in queries])
    found = [library.find(query["doc_id"], alone(query["question"], embedder)) for query in queries]
    scores = np.array([findings.covered for findings in found])
    others = rows_of("out_of_domain", most=most)
    one = next(iter(library.corpora))
    other_scores = np.array([library.find(one, alone(row["text"], embedder)).covered for row in others])
    rows = [
        [name, _share(queries, [place(library, query) for query in queries])]
        for name, place in (("sentence, BM25 alone", _by_words), ("sentence, embedding alone", _by_meaning))
    ]
    rows.append(["sentence, ours", _share(queries, [findings.candidates[0].key for findings in found])])
    rows.append(["quote, ours", _share(queries, [findings.candidates[0].stretches[0] for findings in found])])
    quoted = scores >= settings.similarity_threshold
    facts = [
        ["AUROC, answerable against made to look so", float(roc_auc_score(answerable, scores))],
        ["AUROC, answerable against anything else", _auroc(scores[answerable], other_scores)],
        [f"quoted at {settings.similarity_threshold}: answerable", float(quoted[answerable].mean())],
        [f"quoted at {settings.similarity_threshold}: made to look so", float(quoted[~answerable].mean())],
        [
            f"quoted at {settings.similarity_threshold}: anything else",
            float((other_scores >= settings.similarity_threshold).mean()),
        ],
    ]
    return "\n\n".join(
        [
            f"SQuAD 2.0: {len(queries)} questions, {len(library.corpora)} articles.",
            table(["first place", "holds the answer"], rows),
            table(["silence", "share"], facts),
        ]
    )


def _share(queries: Sequence[Row], places: Sequence[Span]) -> float:
    pairs = [(query, place) for query, place in zip(queries, places, strict=True) if query["is_answerable"]]
    return float(np.mean([holds(place, query["answers"]) for query, place in pairs]))


def _auroc(inside: np.ndarray, outside: np.ndarray) -> float:
    truth = np.concatenate([np.ones(len(inside)), np.zeros(len(outside))])
    return float(roc_auc_score(truth, np.concatenate([inside, outside])))


def _by_words(library: Library, query: Row) -> Span:
    index = library.indexes[query["doc_id"]]
    scores = index.bm25.scores(query["question"])
    sentences = [number for number in range(index.text_rows) if index.rows[number].kind == "sentence"]
    return index.rows[max(sentences, key=lambda number: float(scores[number]))].span


def _by_meaning(library: Library, query: Row) -> Span:
    index = library.indexes[query["doc_id"]]
    (vector,) = library.embedder.encode([query["question"]])
    near = index.nearest_texts(vector, count=index.text_rows)
    return next(index.rows[number].span for number, _ in near if index.rows[number].kind == "sentence")


def doc2dial(embedder: Embedder, settings: Settings, *, most: int | None) -> str:
    """The table for Doc2Dial: the last turn alone, glued to the one before, as the product reads it, and by its reader.

    The page knows which place it showed last. Here that is the place nearest to what the agent said last.
    """
    queries = rows_of("doc2dial.queries", most=most)
    library = load_library("doc2dial", {query["doc_id"] for query in queries}, embedder, settings)
    glossaries = {name: _glossary(corpus) for name, corpus in library.corpora.items()}
    reader = load_reader(settings)

    def first_windows(query: Row) -> dict[str, Candidate]:
        """By the way that a turn is read."""
        find = partial(library.find, query["doc_id"])
        asked = Query(Question(query["question"], tuple(_said(query, "user")), "en"), glossaries[query["doc_id"]])
        plain = variants(asked)
        found = {
            "last turn alone": find(alone(plain.whole, embedder)).candidates,
            "glued to the turn before": find(alone(plain.glued, embedder)).candidates,
            "ours": (windows := find(weighted_queries(plain, embedder)).candidates),
        }
        if reader:
            places = [find(alone(text, embedder)).candidates[0] for text in _said(query, "agent")[-1:]]
            shown = [place.document.slice(place.stretches[0]) for place in places]
            for name, read in (("nothing", plain), ("the place", variants(asked, shown=shown))):
                found[f"ours, read by the reader with {name} shown last"] = read_candidates(
                    reader, read_as(read), windows, gloss=str
                )
        return {name: windows[0] for name, windows in found.items()}

    later = [query for query in queries if _said(query, "user")]
    found = [(query, first_windows(query)) for query in later]
    rows = [
        [name, float(np.mean([holds(first[name].stretches[0], query["answers"]) for query, first in found]))]
        for name in found[0][1]
    ]
    depends = float(np.mean([dependence(query["question"]) for query in later]))
    about = f"Doc2Dial: {len(later)} turns with a turn before; they lean on it by {depends:.2f} in the mean."
    return f"{about}\n\n{table(['reading', 'first quote holds the answer'], rows)}"


def _said(query: Row, role: str) -> list[str]:
    """The turns of one side before the question, oldest first."""
    return [turn["text"] for turn in query["history"] if turn["role"] == role]


def _glossary(corpus: Corpus) -> Glossary:
    """That of a page without slang and bank."""
    return Glossary(phrases={}, bank=(), articles=[document.text for document in corpus.documents])


def main() -> None:
    """Write both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, nothing written: does it run?")
    options = parser.parse_args()
    if not DATA.exists():
        print(f"{Path(DATA)} is not there; these sets are not part of the project.")
        return
    settings = Settings.from_environment(os.environ)
    embedder, most = load_embedder(settings), 12 if options.smoke else None
    shown = "\n\n".join([squad(embedder, settings, most=most), doc2dial(embedder, settings, most=most)])
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "quality.md", "articles", f"{circumstances('python -m benchmarks.articles')}\n\n{shown}")


if __name__ == "__main__":
    main()
