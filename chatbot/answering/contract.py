"""The data contract: JSON schemas of question and reply, as pydantic models, for the command line and the HTTP API.

Offsets of spans count Unicode code points of the article's text; the end is exclusive. The cluster takes the question's
schema from here; its reply has a form of its own (``cluster/codec.py``).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic_core import PydanticCustomError

from chatbot.answering.reply import Outcome, Quote, Reply, Section
from chatbot.corpus.notices import Wording
from chatbot.corpus.question_bank import Answer
from chatbot.errors import RequestError
from chatbot.query.question import MOST_SHOWN, Question, ShownPlace

_NEXT = 'send {"id": "…", "history": ["…"], "question": "…", "language": "en", "anyway": false}.'
FURTHEST = 10**9  # code point of an article; JSON allows numbers of thousands of digits
_HALF = "half_a_surrogate_pair"
_Model = TypeVar("_Model", bound=BaseModel)


def _whole(text: str) -> str:
    r"""The text, if it can be written as UTF-8: JSON lets ``\ud800`` pass, which is no character."""
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise PydanticCustomError(_HALF, "half a surrogate pair")
    return text


def _integer(number: object) -> object:
    """In JSON 3.0 is an integer."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


Offset = Annotated[int, Field(ge=0, le=FURTHEST), BeforeValidator(_integer)]
Text = Annotated[str, AfterValidator(_whole)]


class QuotedBefore(BaseModel):
    """A place that was quoted, as a reply named it."""

    model_config = ConfigDict(strict=True)

    document: Text
    start: Offset
    end: Offset


class Asked(BaseModel):
    """A question as it is sent. Only ``question`` is needed."""

    model_config = ConfigDict(strict=True, json_schema_extra={"example": {"question": "Which medications are used?"}})

    question: Text = Field(description="What the person typed. When it is too long, a notice says so.")
    history: list[Text] = Field(
        [], description="What the same person typed before, oldest first; of many the latest count."
    )
    language: Text = Field("en", description="Language of the notices: en or es; any other is taken for en.")
    anyway: bool = Field(
        False,
        description="True when the person was shown an emergency notice, says that nobody is in danger, and wants to "
        "see what the article says. Leave the message that raised it out of `history` from then on.",
    )
    quoted: list[QuotedBefore] = Field(
        [], description="What the last replies quoted, newest last: it tells what “the second one” means."
    )
    tapped: bool = Field(
        False, description="True when the question is one that a reply offered: it is read without `history`."
    )
    id: Text | int | float = Field("", description="Comes back with the reply, as a text.")


class Shown(BaseModel):
    """A fixed text, to be shown before the quotes, whole."""

    id: str = Field(description="crisis.* (an emergency: alone), watch.*, advice.*, harm.*, caution.*, not_covered.* …")
    text: str


class Place(BaseModel):
    """A stretch of an article."""

    document: str
    title: str
    section: str
    start: int = Field(description="First code point in the article's text.")
    end: int = Field(description="One past the last.")
    page: int = Field(0, description="Page of the original, from 1; 0 when the article has no pages.")


class Quoted(Place):
    """A stretch of an article, word for word. Show it unchanged, with title and section."""

    text: str
    score: float = Field(description="How sure it is, up to 1; higher is better.")
    also: list[Place] = Field(description="Where other articles have the same words. Cite these as well.")


class Offered(BaseModel):
    """A question of the bank, to be shown as a button. Send it with `tapped` true."""

    document: str
    answer: str = Field(description="Name of the answer that it belongs to.")
    question: str


class Near(BaseModel):
    """A section that may be near when nothing is quoted."""

    document: str
    section: str
    start: int
    end: int


class Answered(BaseModel):
    """A reply as it comes back."""

    id: str
    outcome: Outcome = Field(
        description="answer: quotes, maybe with notices; choice: one of the questions in `choices` was probably meant; "
        "not_covered: the articles do not say; notice: nothing else."
    )
    notices: list[Shown]
    quotes: list[Quoted]
    choices: list[Offered] = Field(description="Questions of which one was probably meant; empty, or two or three.")
    suggestions: list[Offered] = Field(description="What could be asked next.")
    related: list[Near]
    maybe: list[Quoted] = Field(
        description="One place, or none, that comes near and may be no answer. Show it apart, under its notice."
    )


class Called(BaseModel):
    """Somebody to call, text or open; empty where that cannot be done."""

    id: str
    language: str
    name: str
    shown: str
    tel: str
    sms: str
    url: str


class Told(BaseModel):
    """A fixed text in one language."""

    id: str
    language: str
    text: str


class Refused(BaseModel):
    """What comes back when no reply is given."""

    error: str = Field(description="For the developer of the program that asks.")
    notices: list[Told] = Field(description="What to show to the person who waits, once in each language.")
    contacts: list[Called] = Field(description="Whom to call meanwhile. Always there.")


def validated(model: type[_Model], entry: object) -> _Model:
    """The object as this model; RequestError that names the first field of another form."""
    try:
        return model.model_validate(entry)
    except ValidationError as error:
        fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
        if fault["type"] == _HALF:
            raise RequestError("A text holds half a surrogate pair.", next_step="send Unicode text.") from error
        if not fault["loc"]:
            raise RequestError("A question is a JSON object.", next_step=_NEXT) from error
        raise RequestError(f"`{fault['loc'][0]}` is missing, or has another form.", next_step=_NEXT) from error


def asked_schema() -> dict[str, Any]:
    """The JSON schema of a question in one piece: a reference would point nowhere within the OpenAPI document."""
    schema = Asked.model_json_schema()
    schema["properties"]["quoted"]["items"] = schema.pop("$defs")[QuotedBefore.__name__]
    return schema


def read_question(entry: object, *, longest_history: int) -> tuple[str, Question]:
    """Id and question of one request; RequestError when it has another form. Of a long history the latest count."""
    asked = validated(Asked, entry)
    return str(asked.id), question_of(asked, longest_history=longest_history)


def question_of(asked: Asked, *, longest_history: int, calm: int = 0) -> Question:
    """The question that was sent. Of a long history, and of many places that were quoted, the latest count."""
    kept = tuple(asked.history[max(0, len(asked.history) - longest_history) :])
    quoted = tuple(ShownPlace(place.document, place.start, place.end) for place in asked.quoted[-MOST_SHOWN:])
    return Question(asked.question, kept, asked.language, asked.anyway, calm, quoted, asked.tapped)


def answered(question_id: str, reply: Reply, *, language: str = "en") -> Answered:
    """A reply as it comes back; questions are offered in ``language``."""
    return Answered(
        id=question_id,
        outcome=reply.outcome,
        notices=[Shown(id=notice.id, text=notice.text) for notice in (*reply.notices, *reply.companions)],
        quotes=[_quoted(quote) for quote in reply.quotes],
        choices=_offered(reply.choices, language),
        suggestions=_offered(reply.suggestions, language),
        related=[_near(section) for section in reply.related],
        maybe=[_quoted(reply.maybe)] if reply.maybe else [],
    )


def _offered(answers: Iterable[Answer], language: str) -> list[Offered]:
    return [
        Offered(document=answer.document.name, answer=answer.name, question=answer.ask[language])
        for answer in answers
        if answer.ask.get(language)
    ]


def reply_object(question_id: str, reply: Reply, *, language: str = "en") -> dict[str, Any]:
    """The same as plain data."""
    return answered(question_id, reply, language=language).model_dump()


def error_object(question_id: str, error: Exception) -> dict[str, Any]:
    """What stands in the place of a reply when a line could not be read."""
    return {"id": question_id, "error": str(error)}


def refused(error: str, wordings: Mapping[str, Wording], *, notice_id: str = "") -> Refused:
    """What stands in the place of a reply when none is given: why, and in every language what to show meanwhile.

    The contacts are there whatever went wrong: no trouble may hide whom to call.
    """
    notices = [
        Told(id=notice_id, language=language, text=wording.notice(notice_id).text)
        for language, wording in wordings.items()
        if notice_id
    ]
    contacts = [
        Called(
            id=contact.id,
            language=language,
            name=contact.name,
            shown=contact.shown,
            tel=contact.tel,
            sms=contact.sms,
            url=contact.url,
        )
        for language, wording in wordings.items()
        for contact in wording.notice("trouble.failed").contacts
    ]
    return Refused(error=error, notices=notices, contacts=contacts)


def _quoted(quote: Quote) -> Quoted:
    return Quoted(
        **_place(quote).model_dump(),
        text=quote.text,
        score=round(quote.score, 4),
        also=[_place(place) for place in quote.also],
    )


def _place(quote: Quote) -> Place:
    return Place(
        document=quote.document.name,
        title=quote.document.title,
        section=quote.section,
        page=quote.page,
        start=quote.span.start,
        end=quote.span.end,
    )


def _near(section: Section) -> Near:
    span = section.span
    return Near(document=section.document.name, section=section.title, start=span.start, end=span.end)
