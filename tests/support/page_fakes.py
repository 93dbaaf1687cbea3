"""A chatbot for the page tests: the real corpus and wording, no model. Words in a question choose its reply."""

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import NamedTuple, TypeVar

from chatbot.answering.reply import CHOICE, Abstention, Quote, Reason, Reply, Section
from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import Wording, load_wordings
from chatbot.corpus.question_bank import Answer
from chatbot.query.question import Question
from chatbot.service.interface import NotReady
from chatbot.settings import Settings

T = TypeVar("T")


def made(make: Callable[[], T]) -> T:
    """What ``make`` returns, called within an event loop: outside of one Gradio opens loops and never closes them."""

    async def within() -> T:
        return make()

    return asyncio.run(within())


class FakeChatbot:
    """Answers by the first words that it knows: ``blue``, ``which one``, ``perhaps``, ``boom``, an answer's name ..."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.corpus = offering(load_corpus(self.settings.corpus))
        self.wordings: Mapping[str, Wording] = load_wordings(self.settings.corpus / "notices")
        self.asked: list[Question] = []

    def reply(self, question: Question) -> Reply:
        """A reply of the kind that the question names."""
        self.asked.append(question)
        text, wording = question.text.lower(), self.wordings.get(question.language, self.wordings["en"])
        if "boom" in text:
            raise KeyError(question.text)
        if "slow" in text:
            time.sleep(1.2)
        if len(text) > self.settings.longest_message:
            return Reply((wording.notice("not_covered.too_long"),), abstention=Abstention(Reason.TOO_LONG))
        if "blue" in text and not question.anyway:
            return Reply((wording.notice("crisis.overdose"),))
        if "which one" in text:
            choices = tuple(answer for answer in self.corpus.answers if answer.ask)[:3]
            return Reply((wording.notice(CHOICE),), choices=choices)
        if "perhaps" in text:
            return self._unsure(wording)
        if "weather" in text or "insurance" in text or not text.strip():
            return self._abstained(wording)
        notices = [wording.notice("watch.overdose")] if question.anyway else []
        notices += [wording.notice(advice_id(wording))] if "should i" in text else []
        return replace(self._quoted(text, wording), notices=tuple(notices))

    def is_urgent(self, question: Question) -> bool:
        """As the rules would see it."""
        return "blue" in question.text.lower() and not question.anyway

    def _quoted(self, text: str, wording: Wording) -> Reply:
        named = [answer for answer in self.corpus.answers if answer.name in text.split()]
        asked = [answer for answer in self.corpus.answers if text in [ask.lower() for ask in answer.ask.values()]]
        answers = (named or asked or [answer for answer in self.corpus.answers if answer.name == "signs"])[:3]
        cautions = {
            caution.notice: None
            for answer in answers
            for caution in answer.document.cautions
            if any(stretch.overlap(caution.span) for stretch in answer.stretches)
        }
        return Reply(
            quotes=tuple(quote_of(answer) for answer in answers),
            companions=tuple(wording.notice(notice_id) for notice_id in cautions),
            suggestions=tuple(answer for answer in self.corpus.answers if answer.ask)[:4],
        )

    def _unsure(self, wording: Wording) -> Reply:
        answer = next(answer for answer in self.corpus.answers if answer.name == "aftercare")
        return Reply(
            (wording.notice("not_covered.maybe"),), abstention=Abstention(Reason.MAYBE, maybe=quote_of(answer))
        )

    def _abstained(self, wording: Wording) -> Reply:
        document = self.corpus.documents[0]
        return Reply(
            (wording.notice("not_covered.topic"),),
            abstention=Abstention(Reason.TOPIC, (Section(document, 0), Section(document, 4))),
        )


def advice_id(wording: Wording) -> str:
    """The id of some notice about advice."""
    return next(notice_id for notice_id in wording.notices if notice_id.startswith("advice."))


def quote_of(answer: Answer) -> Quote:
    """The first stretch of an answer as the chatbot would quote it: a list whole, its first sentence marked."""
    stretch = answer.stretches[0]
    passage = answer.document.passage_at(stretch.start)
    span = passage.span if passage and passage.is_list else stretch
    return Quote(answer.document, span, Span(answer.units[0].start, answer.units[0].end), 0.9)


STARTERS = {
    "signs": ("What are the signs of heroin use?", "¿Cuáles son las señales de que consume heroína?"),
    "steps": ("What can we do, step by step?", "¿Qué podemos hacer, paso a paso?"),
    "inpatient-or-outpatient": ("Which kinds of treatment are there?", "¿Qué tipos de tratamiento hay?"),
    "what-is-intervention": ("How can we talk with them?", "¿Cómo podemos hablar con la persona?"),
    "withdrawal-like-flu": ("What is withdrawal like?", "¿Cómo es la abstinencia?"),
    "medications-named": ("Which medications are used?", "¿Qué medicamentos se usan?"),
    "aftercare": ("What comes after treatment?", "¿Qué sigue después del tratamiento?"),
}


def offering(corpus: Corpus) -> Corpus:
    """The corpus with a question to tap for seven of its answers, whatever the bank offers by now."""
    answers = tuple(
        replace(
            answer, ask=dict(zip(("en", "es"), STARTERS[answer.name], strict=True)) if answer.name in STARTERS else {}
        )
        for answer in corpus.answers
    )
    return replace(corpus, answers=answers)


def document_of(corpus: Corpus) -> Document:
    """The article."""
    return corpus.documents[0]


class LateChatbot(FakeChatbot):
    """Answers only when told that it is ready."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.ready = False

    def reply(self, question: Question) -> Reply:
        """See ``FakeChatbot``; NotReady before."""
        if not self.ready:
            raise NotReady("still loading")
        return super().reply(question)


class GatedChatbot(FakeChatbot):
    """Answers nobody before its gate is open: whoever asks meanwhile waits in the queue."""

    def __init__(self, settings: Settings | None = None) -> None:
        super().__init__(settings)
        self.gate = threading.Event()

    def reply(self, question: Question) -> Reply:
        """See ``FakeChatbot``. An emergency needs no gate."""
        if not self.is_urgent(question):
            self.gate.wait(timeout=60)
        return super().reply(question)


class Server(NamedTuple):
    """Where a page is, and the chatbot behind it."""

    address: str
    chatbot: FakeChatbot
