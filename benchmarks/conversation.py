"""Conversations: the page's own questions alone and one after another, and typed questions after any other message.

A tapped question must give its own answer whatever was said before: the first quote covers most of a stretch of it. A
walk taps what a person would: a starter, then one of the suggestions. A typed question by an independent writer must
give the same first quote after an earlier message as it gives alone. Run: ``python -m benchmarks.conversation``.
"""

import argparse
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.quoting import begins_pointing, unit_before
from chatbot.answering.reply import Reply
from chatbot.answering.suggestions import starters
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.question_bank import Answer
from chatbot.query.question import MOST_SHOWN, Question, ShownPlace
from chatbot.retrieval.candidates import DocumentSpan, shows
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings

ORDERS = 60  # random orders of the starters
WALKS, TAPS = 100, 12
TYPED = 300  # typed questions, each after another message
SEED = 20_261_128

ReplyTo = Callable[[Question], Reply]


@dataclass(slots=True)
class Conversation:
    """What one person has typed and tapped so far, and what was quoted to them."""

    language: str
    reply_to: ReplyTo
    history: list[str] = field(default_factory=list)
    quoted: list[ShownPlace] = field(default_factory=list)

    def say(self, text: str, *, tapped: bool = False) -> Reply:
        """Ask the next question, as the page does."""
        reply = self.reply_to(
            Question(
                text,
                tuple(self.history[-12:]),
                self.language,
                quoted=tuple(self.quoted[-MOST_SHOWN:]),
                tapped=tapped,
            )
        )
        self.history.append(text)
        self.quoted += [ShownPlace(one.document.name, one.span.start, one.span.end) for one in reply.quotes]
        return reply


def is_right(reply: Reply, answer: Answer) -> bool:
    """Whether the first quote covers most of a stretch of the answer."""
    first = next(iter(reply.quotes), None)
    return first is not None and shows(DocumentSpan(first.document, first.span), answer)


def offered(corpus: Corpus) -> list[tuple[str, Answer]]:
    """(language, answer) for every question that the page offers."""
    return [(language, answer) for answer in corpus.answers for language in answer.ask]


def alone(corpus: Corpus, reply_to: ReplyTo) -> Iterator[bool]:
    """Each of the page's questions, with nothing before it."""
    for language, answer in offered(corpus):
        yield is_right(Conversation(language, reply_to).say(answer.ask[language], tapped=True), answer)


def typed_alone(corpus: Corpus, reply_to: ReplyTo) -> Iterator[bool]:
    """The same, typed."""
    for language, answer in offered(corpus):
        yield is_right(Conversation(language, reply_to).say(answer.ask[language]), answer)


def after_another(corpus: Corpus, reply_to: ReplyTo, chance: random.Random) -> Iterator[bool]:
    """Each of them, tapped after five others in the same language."""
    for language, answer in offered(corpus):
        others = [other for code, other in offered(corpus) if code == language and other is not answer]
        for other in chance.sample(others, 5):
            talk = Conversation(language, reply_to)
            talk.say(other.ask[language], tapped=True)
            yield is_right(talk.say(answer.ask[language], tapped=True), answer)


def starter_orders(corpus: Corpus, reply_to: ReplyTo, chance: random.Random) -> Iterator[bool]:
    """All starters in random orders."""
    for number in range(ORDERS):
        language = ("en", "es")[number % 2]
        answers = list(starters(corpus, language))
        chance.shuffle(answers)
        talk = Conversation(language, reply_to)
        for answer in answers:
            yield is_right(talk.say(answer.ask[language], tapped=True), answer)


def walks(corpus: Corpus, reply_to: ReplyTo, chance: random.Random) -> Iterator[bool]:
    """Walks from a starter through suggestions; where there are none, another starter."""
    for number in range(WALKS):
        language = ("en", "es")[number % 2]
        talk = Conversation(language, reply_to)
        following: Sequence[Answer] = ()
        for _ in range(TAPS):
            answer = chance.choice(following or starters(corpus, language))
            reply = talk.say(answer.ask[language], tapped=True)
            following = reply.suggestions
            yield is_right(reply, answer)


def changes_of_subject(corpus: Corpus, reply_to: ReplyTo, chance: random.Random) -> Iterator[bool]:
    """Questions of independent writers after one of the same writer about something else: is the reply as alone."""
    written = [(question, answer) for answer in corpus.answers for question in answer.questions if question.by]
    for question, answer in chance.sample(written, TYPED):
        first = Conversation(question.language, reply_to).say(question.text)
        if not first.quotes:
            continue
        before, _ = chance.choice([pair for pair in written if pair[0].by == question.by and pair[1] is not answer])
        talk = Conversation(question.language, reply_to)
        talk.say(before.text)
        after = talk.say(question.text)
        yield bool(after.quotes) and after.quotes[0].span == first.quotes[0].span


def stands_alone(corpus: Corpus, reply_to: ReplyTo) -> Iterator[bool]:
    """Whether the first quote of each answer begins with no word that points at a sentence that is not shown."""
    for language, answer in offered(corpus):
        reply = Conversation(language, reply_to).say(answer.ask[language], tapped=True)
        if reply.quotes:
            document, span = reply.quotes[0].document, reply.quotes[0].span
            yield not begins_pointing(document, span) or unit_before(document, span) is None


def measures(corpus: Corpus, reply_to: ReplyTo, *, seed: int = SEED) -> Iterable[tuple[str, list[bool]]]:
    """Each measure by name."""
    yield "the page's questions, tapped alone", list(alone(corpus, reply_to))
    yield "the same, typed", list(typed_alone(corpus, reply_to))
    yield "tapped after another", list(after_another(corpus, reply_to, random.Random(seed)))
    yield f"starters in {ORDERS} orders", list(starter_orders(corpus, reply_to, random.Random(seed)))
    yield f"{WALKS} walks of {TAPS} taps", list(walks(corpus, reply_to, random.Random(seed)))
    yield "typed change of subject, as alone", list(changes_of_subject(corpus, reply_to, random.Random(seed)))
    yield "first quotes that stand alone", list(stands_alone(corpus, reply_to))


def main() -> None:
    """Write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="one measure, nothing written: does it run?")
    options = parser.parse_args()
    chatbot = Chatbot.open(Settings.from_environment(os.environ))
    head = ["measure", "of", "right"]
    found = measures(chatbot.corpus, chatbot.reply)
    rows = [
        [name, len(held), sum(held) / max(1, len(held))]
        for name, held in ([next(iter(found))] if options.smoke else found)
    ]
    print(table(head, rows))
    if not options.smoke:
        about = circumstances("python -m benchmarks.conversation")
        write_section(FOLDER / "quality.md", "conversation", f"{about}.\n\n{table(head, rows)}")


if __name__ == "__main__":
    main()
