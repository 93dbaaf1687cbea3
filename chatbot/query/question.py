"""Question: one request, the message that a person typed or tapped, with the messages and quotes before it."""

from dataclasses import dataclass, replace

MOST_EARLIER = 2  # earlier messages that the classifiers read
MOST_STANDING = 5  # earlier messages in which an emergency may still go on: as many as are typed until help is there
MOST_SHOWN = 24  # places quoted before that are looked at


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A place of an article that was quoted before: the name of the document, and a half-open span of its text."""

    document: str
    start: int
    end: int


def readable(text: str) -> str:
    """The text with a question mark for each half of a surrogate pair, which nothing can encode.

    >>> readable("café " + chr(0xD83D))
    'café ?'
    """
    return text.encode("utf-8", "replace").decode("utf-8")


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed, after what they typed before (oldest first).

    ``quoted`` are the places that the last replies have quoted, newest last. ``tapped`` is set when the page offered
    the question: such a question is complete, and is read without what was said before.

    ``anyway`` is set when the person answered the emergency notice with "I am safe, show what the article says";
    ``calm`` counts the oldest messages of ``history`` of which they have said so since.
    """

    text: str
    history: tuple[str, ...] = ()
    language: str = "en"
    anyway: bool = False
    calm: int = 0
    quoted: tuple[ShownPlace, ...] = ()
    tapped: bool = False

    @property
    def readable(self) -> "Question":
        """The same question, of texts that can be encoded."""
        text, history = readable(self.text), tuple(map(readable, self.history))
        return self if (text, history) == (self.text, self.history) else replace(self, text=text, history=history)

    @property
    def recent(self) -> tuple[str, ...]:
        """The last earlier messages in which an emergency may still go on: an "ok what now" does not end one."""
        return tuple(message for message in self.history[self.calm :] if message.strip())[-MOST_STANDING:]
