"""Wire format between a web process and the replicas of a cluster: a Reply as ids and spans, without any text.

The web process that decodes a reply slices its own articles. It refuses a reply that was computed from another version
of the corpus.
"""

from collections.abc import Mapping
from typing import Any

from chatbot.answering.contract import Asked, QuotedBefore, question_of, validated
from chatbot.answering.emergency import EmergencyNotices
from chatbot.answering.reply import Abstention, Quote, Reason, Reply, Section
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.notices import in_language
from chatbot.errors import CorpusError, RequestError
from chatbot.query.question import Question

Packed = Mapping[str, Any]  # numbers, texts of ids, and lists of them: what JSON can hold

_NEXT = "give both sides the same corpus and the same version of this program."


class AskedOfReplica(Asked):
    """A question as a page sends it to a replica: with ``calm``, see ``Question``."""

    calm: int = 0


def pack_question(question: Question) -> Packed:
    """A question as plain data."""
    return AskedOfReplica(
        id="",
        question=question.text,
        history=list(question.history),
        language=question.language,
        anyway=question.anyway,
        calm=question.calm,
        quoted=[QuotedBefore(document=one.document, start=one.start, end=one.end) for one in question.quoted],
        tapped=question.tapped,
    ).model_dump(exclude={"id"})


def unpack_question(packed: object) -> Question:
    """The question; RequestError when it has another form."""
    asked = validated(AskedOfReplica, packed)
    return question_of(asked, longest_history=len(asked.history), calm=asked.calm)


def pack(reply: Reply, corpus: Corpus) -> Packed:
    """A reply as plain data without a word of any article or notice."""
    return {
        "corpus": corpus.fingerprint,
        "notices": [[notice.id, notice.language, list(notice.added)] for notice in reply.notices],
        "companions": [notice.id for notice in reply.companions],
        "quotes": [_pack_quote(quote) for quote in reply.quotes],
        "reason": reply.abstention.reason.value if reply.abstention else "",
        "maybe": [_pack_quote(reply.maybe)] if reply.maybe else [],
        "related": [[section.document.name, section.number] for section in reply.related],
        "suggestions": [[answer.document.name, answer.name] for answer in reply.suggestions],
        "choices": [[answer.document.name, answer.name] for answer in reply.choices],
    }


def unpack(packed: Packed, corpus: Corpus, words: EmergencyNotices, *, language: str) -> Reply:
    """The reply, made of this corpus and these words; RequestError when it was made of others."""
    if not isinstance(packed, Mapping) or packed.get("corpus") != corpus.fingerprint:
        raise RequestError("A reply was made of other articles.", next_step=_NEXT)
    documents = {document.name: document for document in corpus.documents}
    wording = in_language(words.wordings, language)
    answers = {(answer.document.name, answer.name): answer for answer in corpus.answers}
    try:
        related = tuple(Section(documents[name], number) for name, number in packed["related"])
        maybe = next((_unpack_quote(quote, documents) for quote in packed["maybe"]), None)
        return Reply(
            notices=tuple(words.made(notice_id, spoken, added) for notice_id, spoken, added in packed["notices"]),
            companions=tuple(wording.notices[notice_id] for notice_id in packed["companions"]),
            quotes=tuple(_unpack_quote(quote, documents) for quote in packed["quotes"]),
            abstention=Abstention(Reason(packed["reason"]), related, maybe) if packed["reason"] else None,
            suggestions=tuple(answers[document, name] for document, name in packed["suggestions"]),
            choices=tuple(answers[document, name] for document, name in packed["choices"]),
        )
    except (KeyError, TypeError, ValueError, CorpusError) as error:
        raise RequestError("A reply names what this corpus does not have.", next_step=_NEXT) from error


def _pack_quote(quote: Quote) -> dict[str, Any]:
    return {
        "document": quote.document.name,
        "span": [quote.span.start, quote.span.end],
        "key": [quote.key.start, quote.key.end],
        "score": float(quote.score),
        "also": [_pack_quote(place) for place in quote.also],
    }


def _unpack_quote(packed: Packed, documents: Mapping[str, Document]) -> Quote:
    document, span = documents[packed["document"]], Span(*packed["span"])
    document.slice(span)  # it must lie within the article
    also = tuple(_unpack_quote(place, documents) for place in packed["also"])
    return Quote(document, span, Span(*packed["key"]), packed["score"], also)
