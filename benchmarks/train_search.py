"""Trains the LoRA adapter by which a question finds its passage in an article without a bank: 15 minutes on two cores.

Only questions are read by it: articles keep the vectors of the plain model, so that a question is compared with all
sentences of many articles at once, at no cost. Each question of ``benchmarks/data/reader``, and in each pass some of
the seed's bank, chooses twice, by softmax over similarities: among all sentences of the articles of its batch, and
among those of its own (contrastive learning with negatives in the batch; Karpukhin et al., 2020, arXiv:2004.04906).
What is written is .7 of what was learned, a step back towards the plain model (WiSE-FT; Wortsman et al., 2022,
arXiv:2109.01903). Run: ``python -m benchmarks.train_search``.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from tqdm import tqdm

from benchmarks.support.open_articles import TRAINED_ON, rows_under
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.documents import Span
from chatbot.indexing.adapter_training import (
    Pair,
    add_low_ranks,
    descend,
    embedded,
    mistyped,
    remove_low_ranks,
    thin_pair,
)
from chatbot.models.adapter import EncoderForm, save_adapter
from chatbot.models.encoder import SEARCH_ADAPTER, Embedder, SentenceEncoder, load_embedder
from chatbot.retrieval.index import make_rows
from chatbot.retrieval.text_search import PASSAGE
from chatbot.settings import ROOT, Settings

PASSES = 3
OF_BANK = 2000  # questions of the seed's bank in a pass: it is one article among many
BATCH = 64  # questions
RATE = 1e-3  # highest learning rate, after a tenth of the steps
SHARPNESS = 30.0  # what similarities are multiplied by
MISTYPED = 0.2  # share of the questions in which words are mistyped
STRENGTH = 0.7  # of what was learned
WITHIN = 0.5  # share of a sentence that must lie in what answers


@dataclass(frozen=True, slots=True, eq=False)
class Sentences:
    """All sentences of all articles.

    ``vectors`` (sentences, dimension) are the weighted means of a sentence's and its passage's, by which a question is
    compared with both at once. ``articles`` (sentences,) are the numbers of their articles, ``spans`` their places.
    """

    vectors: Tensor
    articles: NDArray[np.intp]
    spans: Sequence[Span]


@dataclass(frozen=True, slots=True, eq=False)
class SearchLesson:
    """A question, the number of its article, and the numbers of the sentences that answer it."""

    text: str
    article: int
    right: NDArray[np.intp]


def main() -> None:
    """Train, and write the adapter."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    encoder = load_embedder(Settings(), packed=False)
    written, seed = load_corpus(TRAINED_ON, drafts=True), load_corpus(ROOT / "corpus")
    sentences = sentences_of([written, seed], encoder)
    own = [lesson for lesson in _lessons(written, sentences) if len(lesson.right)]
    banked = [lesson for lesson in _banked(seed, sentences, len(written.documents)) if len(lesson.right)]
    print(f"{len(own)} questions, and {len(banked)} of the bank")
    pairs = trained(encoder, sentences, own, banked)
    save_adapter(SEARCH_ADAPTER, base=encoder.weights, pairs=pairs)


def sentences_of(corpora: Sequence[Corpus], embedder: Embedder) -> Sentences:
    """Read by the plain model; articles are numbered through."""
    vectors, articles, spans = [], list[int](), list[Span]()
    first = 0
    for corpus in corpora:
        rows = [(row, text) for row, text in make_rows(corpus) if row.kind in ("sentence", "passage")]
        read = embedder.encode([text for _, text in rows], form=EncoderForm.PLAIN)
        passage = read[-1]
        for (row, _), vector in zip(reversed(rows), read[::-1], strict=True):  # a passage follows its sentences
            if row.kind == "passage":
                passage = vector
            else:
                vectors.append((vector + PASSAGE * passage) / (1 + PASSAGE))
                articles.append(first + row.document)
                spans.append(row.span)
        first += len(corpus.documents)
    return Sentences(torch.from_numpy(np.stack(vectors)), np.array(articles), spans)


def _lessons(corpus: Corpus, sentences: Sentences) -> Iterator[SearchLesson]:
    """Of the articles that were written for training; a follow-up is read with the message before."""
    numbers = {document.name: number for number, document in enumerate(corpus.documents)}
    for row in rows_under(TRAINED_ON):
        text = " ".join([*row["history"][-1:], row["question"]])
        yield _lesson(text, numbers[row["article"]], [Span(*must) for must in row["must"]], sentences)


def _banked(corpus: Corpus, sentences: Sentences, first: int) -> Iterator[SearchLesson]:
    """Of the seed's bank; ``first`` is the number of its first article."""
    for answer in corpus.answers:
        article = first + corpus.documents.index(answer.document)
        for question in answer.questions:
            yield _lesson(question.text, article, answer.stretches, sentences)


def _lesson(text: str, article: int, gold: Sequence[Span], sentences: Sentences) -> SearchLesson:
    right = [
        number
        for number in np.flatnonzero(sentences.articles == article).tolist()
        if any((own := sentences.spans[number]).overlap(span) >= WITHIN * len(own) for span in gold)
    ]
    return SearchLesson(text, article, np.array(right, dtype=np.intp))


def trained(
    encoder: SentenceEncoder, sentences: Sentences, own: Sequence[SearchLesson], banked: Sequence[SearchLesson]
) -> dict[str, Pair]:
    """The thin matrices, by the name of the weight that they belong to."""
    torch.manual_seed(0)
    chance = random.Random(0)
    model = encoder.model(form=EncoderForm.PLAIN).requires_grad_(requires_grad=False)
    low_ranks = add_low_ranks(model)
    thin = [parameter for low in low_ranks.values() for parameter in low.parameters()]
    optimizer = torch.optim.AdamW(thin)
    steps = PASSES * -(-(len(own) + min(OF_BANK, len(banked))) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=steps, pct_start=0.1)
    model.train()
    with tqdm(total=steps) as bar:
        for _ in range(PASSES):
            lessons = [*own, *chance.sample(banked, min(OF_BANK, len(banked)))]
            chance.shuffle(lessons)
            for start in range(0, len(lessons), BATCH):
                batch = lessons[start : start + BATCH]
                texts = [mistyped(one.text, chance) if chance.random() < MISTYPED else one.text for one in batch]
                descend(_loss(embedded(model, texts), batch, sentences), thin, optimizer, schedule)
                bar.update()
    model.eval()
    remove_low_ranks(model)
    return {name: _weakened(thin_pair(low)) for name, low in low_ranks.items()}


def _loss(vectors: Tensor, batch: Sequence[SearchLesson], sentences: Sentences) -> Tensor:
    """Cross-entropy of the right sentences among those of all articles of the batch, and among those of their own."""
    shown = np.flatnonzero(np.isin(sentences.articles, [lesson.article for lesson in batch]))
    scores = SHARPNESS * vectors @ sentences.vectors[shown].T
    total = torch.zeros(())
    for row, lesson in zip(scores, batch, strict=True):
        right = torch.logsumexp(row[np.isin(shown, lesson.right)], dim=0)
        own = torch.logsumexp(row[sentences.articles[shown] == lesson.article], dim=0)
        total = total + torch.logsumexp(row, dim=0) + own - 2 * right
    return total / len(batch)


def _weakened(pair: Pair) -> Pair:
    down, up = pair
    return down, (STRENGTH * up.astype(np.float32)).astype(np.float16)


if __name__ == "__main__":
    main()
