"""What one person asked and was shown, in order: in the server's memory until the tab is closed, and nowhere else."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate

from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Notice, Wording, in_language
from chatbot.corpus.question_bank import Answer
from chatbot.query.question import MOST_SHOWN, Question, ShownPlace
from chatbot.settings import Settings
from chatbot.web.question_html import render_question
from chatbot.web.reply_html import ReplyContext, article_addresses, render_reply

MOST_EXCHANGES = 40  # about an hour of questions; older ones leave the screen, so that a session stays small
MOST_CHARACTERS_KEPT = 60_000  # of their questions together, for the same reason: fifteen of the longest
# Exchanges that are answered again with one request, the newest first, and the characters of their questions: no
# request takes longer than the longest question.
MOST_AGAIN = 8
# Replies that stay unfolded, the newest: what is read, and what it is compared with. Twelve unfolded ones were thirteen
# screens of a phone.
OPEN_REPLIES = 2
MOST_CHARACTERS_AGAIN = 4000


@dataclass(frozen=True, slots=True)
class Exchange:
    """One question and its reply; ``suggestion`` offers the page in the language of the question.

    ``missed``: the person has said that the quotes did not answer.
    """

    question: Question
    reply: Reply
    suggestion: Notice | None = None
    missed: bool = False
    # Tells exchanges apart where the numbers cannot: after a lost line they begin anew.
    key: str = field(default_factory=lambda: secrets.token_hex(4))


class Transcript:
    """The exchanges so far, oldest first; ``dropped`` counts those that are no longer kept. Never changed.

    No dataclass: Gradio would turn one into dictionaries, with the whole article in each.
    """

    __slots__ = ("dropped", "exchanges")

    def __init__(self, exchanges: tuple[Exchange, ...] = (), *, dropped: int = 0) -> None:
        self.exchanges = exchanges
        self.dropped = dropped

    def question(self, text: str, *, language: str, longest: int, tapped: bool = False) -> Question:
        """The next question, typed or tapped, after at most ``longest`` earlier messages of the same person."""
        earlier, calm = list[str](), 0
        for exchange in self.exchanges:
            if exchange.question.anyway:
                calm = len(earlier)  # safe by their own word, up to here
            else:
                earlier.append(exchange.question.text)
        return Question(
            text,
            tuple(earlier[-longest:]),
            language,
            calm=max(0, calm - max(0, len(earlier) - longest)),
            quoted=self._quoted(),
            tapped=tapped,
        )

    def _quoted(self) -> tuple[ShownPlace, ...]:
        """The places that were quoted, the newest last; the oldest of many are left out."""
        quotes = [quote for exchange in self.exchanges for quote in exchange.reply.quotes]
        return tuple(
            ShownPlace(quote.document.name, quote.span.start, quote.span.end) for quote in quotes[-MOST_SHOWN:]
        )

    def again(self, number: int) -> Question | None:
        """The question of an exchange, asked by somebody who said that they are safe; None without one."""
        index = number - self.dropped - 1
        if not 0 <= index < len(self.exchanges):
            return None
        return replace(self.exchanges[index].question, anyway=True)

    def with_exchange(self, exchange: Exchange) -> "Transcript":
        """The transcript with one more exchange."""
        exchanges = (*self.exchanges, exchange)
        lengths = accumulate(len(one.question.text) for one in reversed(exchanges))
        fitting = sum(length <= MOST_CHARACTERS_KEPT for length in lengths)
        surplus = max(0, len(exchanges) - min(MOST_EXCHANGES, max(1, fitting)))
        return Transcript(exchanges[surplus:], dropped=self.dropped + surplus)

    def after(self, key: str) -> "Transcript":
        """The transcript without the exchange of this key and those before it; the same when it has none."""
        places = [place for place, exchange in enumerate(self.exchanges, 1) if exchange.key == key]
        gone = places[-1] if places else 0
        return Transcript(self.exchanges[gone:], dropped=self.dropped + gone)

    @property
    def newest(self) -> int:
        """The number of the newest exchange; that of the last dropped one when there is none."""
        return self.dropped + len(self.exchanges)

    def without_newest(self) -> "Transcript":
        """As if the newest question had never been asked, nor before it, when it was asked again by somebody safe."""
        *before, last = self.exchanges
        again = last.question.anyway
        kept = tuple(one for one in before if not (again and one.question.text == last.question.text))
        return Transcript(kept, dropped=self.dropped)

    def with_miss(self, number: int) -> "Transcript":
        """The transcript with an exchange marked as missed."""
        place = number - self.dropped - 1
        return self.with_replies({place: replace(self.exchanges[place], missed=True)})

    def _stands(self, place: int) -> bool:
        """Whether an emergency was raised there and is not over: every reply since has spoken of danger."""
        raised, *later = self.exchanges[place:]
        if not _speaks_of_danger(raised, "crisis"):
            return False
        return not any(one.question.anyway or not _speaks_of_danger(one, "crisis", "watch") for one in later)

    def in_another_language(self, language: str) -> tuple[int, ...]:
        """Places of the exchanges that are to be answered next in a language: the newest that are in another one."""
        places = [place for place, one in enumerate(self.exchanges) if one.question.language != language]
        chosen, characters = list[int](), 0
        for place in reversed(places[-MOST_AGAIN:]):
            question = self.exchanges[place].question
            characters += len(question.text) + sum(map(len, question.recent))
            if chosen and characters > MOST_CHARACTERS_AGAIN:
                break
            chosen.append(place)
        return tuple(chosen)

    def with_replies(self, changed: Mapping[int, Exchange]) -> "Transcript":
        """The transcript with other exchanges at some places."""
        exchanges = tuple(changed.get(place, one) for place, one in enumerate(self.exchanges))
        return Transcript(exchanges, dropped=self.dropped)

    def messages(
        self, corpus: Corpus, settings: Settings, *, wordings: Mapping[str, Wording], counting: bool = False
    ) -> list[tuple[str, str]]:
        """(role, HTML) of every exchange, for the log, each in the language of the page when it was answered.

        ``counting``: a reply that did not answer can be counted.
        """
        shown: list[tuple[str, str]] = []
        addresses = article_addresses(corpus, base_path=settings.base_path)
        quoted = 0
        for number, exchange in enumerate(self.exchanges, self.dropped + 1):
            wording = in_language(wordings, exchange.question.language)
            place = ReplyContext(
                wording,
                addresses,
                wordings,
                exchange=number,
                quoted_before=quoted,
                next_questions=()
                if number != self.newest
                else self._unseen(exchange.reply.suggestions, wording.language, until=number),
                newest=number == self.newest,
                folded=number <= self.newest - OPEN_REPLIES and not self._stands(number - self.dropped - 1),
                counting=counting,
                missed=exchange.missed,
                suggestion=exchange.suggestion,
                base_path=settings.base_path,
            )
            shown.append(
                (
                    "user",
                    render_question(
                        exchange.question.text,
                        wording,
                        key=exchange.key,
                        longest=settings.longest_message,
                        number=number if number == self.newest else None,
                    ),
                )
            )
            shown.append(("assistant", render_reply(exchange.reply, place)))
            quoted += len(exchange.reply.quotes)
        return shown

    def _unseen(self, answers: tuple[Answer, ...], language: str, *, until: int) -> tuple[Answer, ...]:
        """The answers that have a question in this language and were not quoted up to an exchange, three at most."""
        quotes = [quote for exchange in self.exchanges[: until - self.dropped] for quote in exchange.reply.quotes]
        fresh = (
            answer
            for answer in answers
            if answer.ask.get(language)
            and not any(
                quote.document.name == answer.document.name and quote.span.overlap(stretch)
                for quote in quotes
                for stretch in answer.stretches
            )
        )
        return tuple(fresh)[:3]


def _speaks_of_danger(exchange: Exchange, *kinds: str) -> bool:
    return any(notice.kind in kinds for notice in exchange.reply.notices)
