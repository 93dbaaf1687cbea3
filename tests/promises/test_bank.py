"""The question bank that is shipped: large, varied, and without a short cut to the answer."""

import re
from collections import Counter, defaultdict
from itertools import chain

from chatbot.corpus.corpus import Corpus

ALIKE = 0.85  # share of common words from which two questions count as copies
MOST_OF_A_CLASS = 0.85  # of its questions may hold one and the same telling word: its own name, for some


def words(text: str) -> frozenset[str]:
    """The words of a question, without order and case."""
    return frozenset(re.findall(r"\w+", text.lower()))


def test_every_class_is_large_and_in_both_languages(real_corpus: Corpus) -> None:
    """At least 25 questions an answer and 10 a topic, 4 of them in Spanish; 4,000 in all."""
    counts = {
        answer.name: Counter(question.language for question in answer.questions) for answer in real_corpus.answers
    }
    topics = {topic.name: Counter(question.language for question in topic.questions) for topic in real_corpus.topics}

    assert [name for name, count in counts.items() if count.total() < 25 or count["es"] < 4] == []
    assert [name for name, count in topics.items() if count.total() < 10 or count["es"] < 4] == []
    assert sum(count.total() for count in (counts | topics).values()) >= 4000


def test_no_two_questions_are_copies(real_questions: list[tuple[str, str]]) -> None:
    """No two longer questions share nearly all their words."""
    sets = [words(text) for text, _ in real_questions]
    where = defaultdict(list)
    for number, found in enumerate(sets):
        for word in found:
            where[word].append(number)
    copies = []
    for number, found in enumerate(sets):
        if len(found) >= 4:
            rarest = sorted(found, key=lambda word: len(where[word]))[:2]  # a copy shares at least one of them
            for other in set(chain(*(where[word] for word in rarest))):
                if other > number and len(found & sets[other]) >= ALIKE * len(found | sets[other]):
                    copies.append((real_questions[number][0], real_questions[other][0]))

    assert copies == []


def test_no_word_gives_the_answer_away(real_questions: list[tuple[str, str]]) -> None:
    """No word that is rare elsewhere stands in nearly all questions of a class: it could be answered by a list."""
    everywhere = Counter(chain(*(words(text) for text, _ in real_questions)))
    telling = {word for word, count in everywhere.items() if count < 0.03 * len(real_questions)}
    classes = defaultdict(list)
    for text, label in real_questions:
        classes[label].append(words(text) & telling)
    shares = {
        label: max(Counter(chain(*sets)).values(), default=0) / len(sets) for label, sets in classes.items() if sets
    }

    assert {label: share for label, share in shares.items() if share > MOST_OF_A_CLASS} == {}
