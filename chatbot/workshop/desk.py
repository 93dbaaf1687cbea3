"""The editor's changes: each goes through the checked edits of ``chatbot.editing``, and the last one can be undone."""

from collections.abc import Iterable, Mapping
from datetime import date

from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.documents import Document, Span
from chatbot.corpus.question_bank import Answer, stretch_words
from chatbot.editing.approving import approve
from chatbot.editing.bank_edits import (
    ANSWER_LIST,
    TOPIC_LIST,
    add_answer,
    add_questions,
    add_topic,
    remove_question,
    set_offered,
)
from chatbot.editing.changes import Change, apply, read_file
from chatbot.errors import CorpusError
from chatbot.ingestion.scaffold import name_from
from chatbot.retrieval.candidates import TOPIC, answer_label
from chatbot.service.reload import State, corpus_state
from chatbot.settings import Settings

TOPICS_FILE = "not-covered.toml"


class Desk:
    """The corpus as its files are now, with drafts, and what was changed since the workshop was opened."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._read: tuple[State, Corpus] | None = None
        self.done: list[Change] = []

    @property
    def corpus(self) -> Corpus:
        """The corpus; it is read again when a file has changed. CorpusError when a file cannot be used."""
        state = corpus_state(self.settings)
        if self._read is None or self._read[0] != state:
            self._read = (state, load_corpus(self.settings.corpus, drafts=True))
        return self._read[1]

    def answer(self, label: str) -> Answer:
        """The answer with this label; CorpusError when there is none."""
        for answer in self.corpus.answers:
            if answer_label(answer) == label:
                return answer
        raise CorpusError(f"There is no answer “{label}”.", next_step="go back, and look at the page again.")

    def document(self, name: str) -> Document:
        """The article of this name; CorpusError when there is none."""
        for document in self.corpus.documents:
            if document.name == name:
                return document
        raise CorpusError(f"There is no article “{name}”.", next_step="go back, and look at the page again.")

    def add_questions(self, label: str, questions: Mapping[str, Iterable[str]]) -> Change | None:
        """Add questions, by language, to an answer or a topic; None when it has them all."""
        path, kind, name = self._place(label)
        before = self._text(path)
        after = add_questions(before, kind, name, questions)
        count = sum(len(self._lines(texts)) for texts in questions.values())
        return self._do(Change(path, before, after, f"{count} question(s) for {label}"))

    def remove_question(self, label: str, question: str) -> Change | None:
        """Take a question away from an answer or a topic."""
        path, kind, name = self._place(label)
        before = self._text(path)
        after = remove_question(before, kind, name, question)
        return self._do(Change(path, before, after, f"“{question:.60}” taken away from {label}"))

    def write_answer(
        self, label: str, *, ask: Mapping[str, str], questions: Mapping[str, Iterable[str]]
    ) -> Change | None:
        """What the page offers, and further questions, of an answer; None when nothing is new."""
        path, _, name = self._place(label)
        before = self._text(path)
        after = add_questions(set_offered(before, name, ask), ANSWER_LIST, name, questions)
        return self._do(Change(path, before, after, f"the answer {label}"))

    def make_answer(
        self,
        document: Document,
        span: Span,
        *,
        name: str,
        ask: Mapping[str, str],
        questions: Mapping[str, Iterable[str]],
    ) -> Change | None:
        """A new answer of a passage; without a ``name`` it is called by its first words."""
        words = stretch_words(document.text, span)
        if words is None:
            raise CorpusError(
                "The same words stand elsewhere in the article as well.",
                where=document.name,
                next_step="take more of it.",
            )
        path = f"{document.name}/questions.toml"
        before = self._text(path)
        name = name_from(name or " ".join(document.slice(span).split()[:4])) or "passage"
        after = add_questions(set_offered(add_answer(before, name, [words]), name, ask), ANSWER_LIST, name, questions)
        return self._do(Change(path, before, after, f"the new answer {document.name}/{name}"))

    def add_topic(self, name: str, questions: Mapping[str, Iterable[str]]) -> Change | None:
        """A new topic that no article covers."""
        before, name = self._text(TOPICS_FILE), " ".join(name.split())
        if not name:
            raise CorpusError("The topic has no name.", next_step="give it one.")
        after = add_questions(add_topic(before, name), TOPIC_LIST, name, questions)
        return self._do(Change(TOPICS_FILE, before, after, f"the new topic {name}"))

    def approve(self, name: str, by: str) -> Change:
        """Let an article be quoted as it is now."""
        change = approve(name, by=by, on=date.today(), corpus=self.settings.corpus)
        self.done.append(change)
        return change

    def undo(self) -> Change:
        """Take the last change back; CorpusError when there is none, or its file was changed since."""
        if not self.done:
            raise CorpusError("There is nothing to undo.")
        change = self.done[-1].undone
        apply(change, self.settings.corpus)
        self.done.pop()
        return change

    def _do(self, change: Change) -> Change | None:
        if change.before == change.after:
            return None
        apply(change, self.settings.corpus)
        self.done.append(change)
        return change

    def _text(self, path: str) -> str:
        return read_file(self.settings.corpus, path)

    def _place(self, label: str) -> tuple[str, str, str]:
        """The file, the list in it, and the name of what a label means: never a path that was sent."""
        if label.startswith(TOPIC):
            name = label.removeprefix(TOPIC)
            if name not in {topic.name for topic in self.corpus.topics}:
                raise CorpusError(f"There is no topic “{name}”.", next_step="go back, and look at the page again.")
            return TOPICS_FILE, TOPIC_LIST, name
        answer = self.answer(label)
        return f"{answer.document.name}/questions.toml", ANSWER_LIST, answer.name

    @staticmethod
    def _lines(texts: Iterable[str]) -> list[str]:
        return list(texts)
