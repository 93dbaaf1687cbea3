"""The fields that a form of the workshop sends, as they were typed, and what they mean."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qs

from chatbot.errors import RequestError
from chatbot.query.language import OTHER, detect


@dataclass(frozen=True, slots=True)
class Form:
    """Every value of each field; a line ends with a line feed."""

    fields: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, body: bytes) -> "Form":
        """The form of a request's body; RequestError when it is not UTF-8."""
        try:
            fields = parse_qs(body.decode("utf-8"), keep_blank_values=True, errors="strict", max_num_fields=5000)
        except ValueError as error:
            raise RequestError("The form cannot be read.", next_step="go back, and send it again.") from error
        return cls({name: [value.replace("\r\n", "\n") for value in values] for name, values in fields.items()})

    def text(self, name: str) -> str:
        """The first value of a field; empty when it was not sent."""
        return (self.fields.get(name) or [""])[0]

    def texts(self, name: str) -> list[str]:
        """Every value of a field."""
        return list(self.fields.get(name, ()))

    def number(self, name: str) -> int:
        """A whole number; RequestError when it is none."""
        text = self.text(name)
        if not (text.isascii() and text.isdigit() and len(text) < 12):
            raise RequestError(f"`{name}` is no number.", next_step="go back, and look at the page again.")
        return int(text)

    def asks(self, languages: Sequence[str]) -> dict[str, str]:
        """The question that the page offers, by language."""
        return {language: self.text(f"ask-{language}").strip() for language in languages}

    def questions(self, languages: Sequence[str]) -> dict[str, list[str]]:
        """New questions by language, one a line."""
        return {
            language: [line.strip() for line in self.text(f"questions-{language}").splitlines() if line.strip()]
            for language in languages
        }


def by_language(texts: Sequence[str], languages: Sequence[str]) -> dict[str, list[str]]:
    """Texts by the language that each is in; English where that is none of these."""
    found: dict[str, list[str]] = {}
    for text in texts:
        language = detect(text)
        found.setdefault(language if language != OTHER and language in languages else "en", []).append(text)
    return found
