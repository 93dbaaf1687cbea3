"""A question as a person typed it, with the messages before it."""

from dataclasses import dataclass

MOST_EARLIER = 2  # earlier messages that are looked at for an emergency


@dataclass(frozen=True, slots=True)
class Question:
    """What a person typed, after what they typed before (oldest first).

    ``anyway`` is set when the person answered the emergency notice with "I am safe, show what the article says";
    ``calm`` counts the oldest messages of ``history`` of which they have said so since.
    """

    text: str
    history: tuple[str, ...] = ()
    language: str = "en"
    anyway: bool = False
    calm: int = 0

    @property
    def recent(self) -> tuple[str, ...]:
        """The last earlier messages in which an emergency may still go on: an "ok what now" does not end one."""
        return tuple(message for message in self.history[self.calm :] if message.strip())[-MOST_EARLIER:]
