"""The editor's workshop: the chatbot to try questions on, the files to change, and the builds that bring both together.

A change is in the files at once, and in the replies after a build. Until then the trial answers as before.
"""

import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote, urlencode

from chatbot.corpus.question_bank import BankQuestion
from chatbot.evaluation.coverage import ENOUGH, find_clashes, unreached_units
from chatbot.preview.explain import Explainer
from chatbot.query.question import Question
from chatbot.retrieval.candidates import TOPIC, answer_label, bank_examples
from chatbot.service.topic_counts import LEAST_COUNT, read_counts
from chatbot.settings import Settings
from chatbot.web.transcript import Exchange, Transcript
from chatbot.workshop.builds import Builds
from chatbot.workshop.desk import Desk


@dataclass(frozen=True, slots=True)
class GapPlace:
    """Something to do, and the address of the page where it is done; empty for none."""

    name: str
    address: str = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A kind of thing that is missing, and where."""

    what: str
    places: tuple[GapPlace, ...]


class Workshop:
    """One editor's work on one corpus; ``settings`` are those of the page. Nothing that is tried is kept."""

    def __init__(self, bench: Explainer, settings: Settings) -> None:
        self.bench = bench
        self.desk = Desk(settings)
        self.builds = Builds(settings, on_success=self._built)
        self._opening = threading.Lock()

    def _built(self, drafts: bool) -> None:
        """Try with the new index from now on."""
        if drafts:
            with self._opening:
                self.bench = self.bench.reopened()

    @property
    def stale(self) -> bool:
        """Whether a file was changed since the replies were built."""
        return self.desk.corpus.files != self.bench.sources.corpus.files

    def conversation(self, question: Question) -> tuple[Question, Transcript]:
        """The question as it is asked at the end of a conversation, and the conversation with their replies."""
        chatbot, transcript = self.bench.chatbot, Transcript()
        longest = chatbot.settings.longest_history
        for text in question.history:
            asked = transcript.question(text, language=question.language, longest=longest)
            transcript = transcript.with_exchange(Exchange(asked, chatbot.reply(asked)))
        asked = transcript.question(question.text, language=question.language, longest=longest)
        return replace(asked, anyway=question.anyway), transcript

    def labels(self) -> list[str]:
        """Every answer and every topic, by label."""
        corpus = self.desk.corpus
        return [*map(answer_label, corpus.answers), *(TOPIC + topic.name for topic in corpus.topics)]

    def questions(self) -> Iterator[tuple[str, BankQuestion]]:
        """Every question with the label that it stands under."""
        corpus = self.desk.corpus
        for answer in corpus.answers:
            yield from ((answer_label(answer), question) for question in answer.questions)
        for topic in corpus.topics:
            yield from ((TOPIC + topic.name, question) for question in topic.questions)

    def found(self, find: str, *, label: str, language: str) -> list[tuple[str, BankQuestion]]:
        """The questions with all of these words, of one label and language where they are given."""
        words = find.lower().split()
        return [
            (of, question)
            for of, question in self.questions()
            if (not label or of == label)
            and (not language or question.language == language)
            and all(word in question.text.lower() for word in words)
        ]

    def gaps(self) -> list[Gap]:
        """What is missing, what keeps families from an answer first."""
        return [gap for gap in self._gaps() if gap.places]

    def _gaps(self) -> Iterator[Gap]:
        corpus, english = self.desk.corpus, self.bench.chatbot.wordings
        drafts = [document.name for document in corpus.documents if document.draft]
        pages = {document.name: number for number, document in enumerate(corpus.documents, 1)}
        yield Gap("drafts", tuple(GapPlace(name, f"article?number={pages[name]}") for name in drafts))
        unsigned = [
            f"{one.id} ({code})" for code, w in english.items() for one in w.notices.values() if not one.reviewed_by
        ]
        yield Gap("notices that nobody has signed", tuple(GapPlace(name, "notices") for name in unsigned))
        few = sorted((len(one.questions), answer_label(one)) for one in corpus.answers if len(one.questions) < ENOUGH)
        yield Gap(
            f"answers with fewer than {ENOUGH} questions",
            tuple(GapPlace(f"{label}: {count}", _answer_address(label)) for count, label in few),
        )
        yield Gap(
            "sentences in no answer",
            tuple(
                GapPlace(document.slice(unit), passage_address(document.name, unit.start, unit.end))
                for document in corpus.documents
                for unit in unreached_units(corpus, document)
            ),
        )
        one_sided = [
            answer_label(one) for one in corpus.answers if len({question.language for question in one.questions}) == 1
        ]
        yield Gap(
            "answers asked for in one language only", tuple(GapPlace(one, _answer_address(one)) for one in one_sided)
        )
        twins = find_clashes((example.text, example.label) for example in bank_examples(corpus))
        yield Gap(
            "questions that stand under two things",
            tuple(
                GapPlace(f"{one.text}: {', '.join(one.labels)}", f"questions?{urlencode({'find': one.text})}")
                for one in twins
            ),
        )

    def counts(self) -> Sequence[tuple[str, int]] | None:
        """How often each topic was asked about, most often first; None where that is not counted.

        A number of a day that is too small to be written is not read either: somebody else may have written it.
        """
        path = self.bench.chatbot.settings.topic_counts
        if not path:
            return None
        total = Counter[str]()
        for counts in read_counts(Path(path)).values():
            total.update({name: count for name, count in counts.items() if count >= LEAST_COUNT})
        return total.most_common()


def passage_address(article: str, start: int, end: int) -> str:
    """The page where an answer is made of a stretch."""
    return f"passage?{urlencode({'article': article, 'start': start, 'end': end})}"


def _answer_address(label: str) -> str:
    return f"answer?of={quote(label)}"
