"""The training of the search's adapter: what it is trained on, and that it teaches."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from benchmarks.support.open_articles import TRAINED_ON, rows_under
from benchmarks.train_search import SearchLesson, Sentences, sentences_of, trained
from chatbot.corpus.corpus import load_corpus
from chatbot.corpus.documents import Span
from chatbot.models.adapter import Adapter, EncoderForm, load_adapter
from chatbot.models.encoder import MINILM_SHA256, SEARCH_ADAPTER, SentenceEncoder, load_embedder
from chatbot.settings import Settings
from tests.support.fakes import HashEmbedder

SAID = ("red moon", "blue sun", "green leaf", "old house")
ASKED = ("when do we sing", "whose is the boat", "how far is it", "may I bring a dog")


def test_every_sentence_has_its_article_and_place() -> None:
    """The sentences that a question chooses among are those of all articles, each with its own article and place."""
    corpus = load_corpus(TRAINED_ON, drafts=True)
    few = replace(corpus, documents=corpus.documents[:3])
    sentences = sentences_of([few, few], HashEmbedder())

    assert set(sentences.articles.tolist()) == set(range(6))
    assert len(sentences.articles) == len(sentences.spans) == len(sentences.vectors)
    for article, span in zip(sentences.articles.tolist(), sentences.spans, strict=True):
        document = few.documents[article % 3]
        assert any(span in passage.units for passage in document.passages)


@pytest.mark.model
def test_training_brings_questions_to_their_sentences() -> None:
    """After training each question is nearest to the sentence that answers it, though they share no word."""
    encoder = load_embedder(Settings(adapter="none"), packed=False)
    sentences = Sentences(
        torch.from_numpy(encoder.encode(SAID)), np.array([0, 0, 1, 1]), [Span(at, at + 1) for at in range(len(SAID))]
    )
    lessons = [SearchLesson(text, at // 2, np.array([at])) for _ in range(100) for at, text in enumerate(ASKED)]
    adapter = Adapter(encoder.weights, "", trained(encoder, sentences, lessons, []))
    taught = SentenceEncoder(encoder.folder, name="", weights=encoder.weights, adapters={EncoderForm.SEARCH: adapter})

    near = taught.encode(ASKED, form=EncoderForm.SEARCH) @ sentences.vectors.numpy().T
    assert near.argmax(axis=1).tolist() == [0, 1, 2, 3]


def test_the_adapter_belongs_to_the_packaged_model() -> None:
    """What is shipped was trained on the packaged weights, so it is used with them."""
    assert load_adapter(SEARCH_ADAPTER).base == MINILM_SHA256


def test_questions_that_are_measured_with_are_not_trained_on() -> None:
    """The adapter is trained on the articles that were written for training, and their questions name no other."""
    assert {row["article"] for row in rows_under(TRAINED_ON)} == {path.name for path in TRAINED_ON.iterdir()}
