"""What a corpus lacks is found, and nothing else."""

from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.evaluation.coverage import ConflictingLabels, find_clashes, find_coverage, unreached_units
from chatbot.indexing.sources import load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.query.normalising import plain_sentences
from chatbot.settings import Settings
from tests.support.fakes import write_article


@pytest.fixture
def small_corpus(small_settings: Settings) -> Corpus:
    """The small corpus and an article without a bank."""
    write_article(small_settings.corpus / "plain", "One sentence. And another one.\n")
    return load_corpus(small_settings.corpus)


def test_few_questions_come_first(small_corpus: Corpus) -> None:
    """Answers and topics with few questions are named with their number, the fewest first."""
    few = find_coverage(small_corpus, []).few
    assert dict(few) == {
        "small/hidden": 8,
        "small/signs": 8,
        "small/medicines": 8,
        "not-covered/cost": 8,
        "not-covered/weather": 8,
    }
    assert [count for _, count in few] == sorted(count for _, count in few)


def test_sentences_in_no_answer(small_corpus: Corpus) -> None:
    """Sentences of an article with a bank that no answer holds are listed; without a bank all are searched."""
    found = [document.slice(span) for document, span in find_coverage(small_corpus, []).unreached]
    assert [text[:14] for text in found] == ["It can take “y", "A doctor can h", "They do not ca"]


def test_reached_and_unreached_are_all(real_corpus: Corpus) -> None:
    """Each sentence is in an answer or is listed, never both."""
    for document in real_corpus.documents:
        unreached = set(unreached_units(real_corpus, document))
        reached = {unit for answer in real_corpus.answers if answer.document == document for unit in answer.units}
        units = {unit for passage in document.passages for unit in passage.units}
        assert not unreached & reached
        assert unreached | reached >= units


def test_one_question_under_two_answers() -> None:
    """A question that differs in case, accents, marks or stretched letters only is the same; labels are all named."""
    pairs = [("¿Qué es?", "a"), ("que  ES", "b"), ("QUEEEEE es", "a"), ("que son", "b"), ("queee es!", "c")]
    assert find_clashes(pairs) == [ConflictingLabels("¿Qué es?", ("a", "b", "c"))]


def test_harmless_kinds_do_not_clash() -> None:
    """Messages that raise nothing may stand in several of the editor's groups, but in none that raises something."""
    assert find_clashes([("hi there", "none"), ("Hi there!", "none.general")]) == []
    assert find_clashes([("blue lips", "none"), ("Blue lips!", "crisis.overdose")]) == [
        ConflictingLabels("blue lips", ("none", "crisis.overdose"))
    ]


@given(st.lists(st.tuples(st.sampled_from(["a b", "A b!", "á b", "b a", "c"]), st.sampled_from("xyz"))))
def test_clashes_against_an_oracle(pairs: list[tuple[str, str]]) -> None:
    """As many texts clash as have, once alike, two labels."""
    under = defaultdict(set)
    for text, label in pairs:
        under[" ".join(plain_sentences(text))].add(label)
    assert {frozenset(clash.labels) for clash in find_clashes(pairs)} == {
        frozenset(labels) for labels in under.values() if len(labels) > 1
    }


def test_clashes_of_the_small_corpus(small_settings: Settings) -> None:
    """A bank question that stands under a topic as well is found by what the classifiers are taught."""
    path = small_settings.corpus / "not-covered.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"weather today"', '"Signs of use?"'), encoding="utf-8")
    sources = load_sources(small_settings)
    gaps = find_coverage(sources.corpus, make_training_sets(sources).values())
    assert [set(clash.labels) for clash in gaps.clashes] == [{"small/signs", "not-covered/weather"}]
