"""The chatbot that needs neither index nor model: answers emergencies by the rules, and nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chatbot.answering.emergency import EmergencyNotices
from chatbot.answering.reply import Reply
from chatbot.corpus.corpus import Corpus
from chatbot.corpus.notices import Notice, Wording
from chatbot.corpus.places import CallingPlace
from chatbot.indexing.sources import load_sources, load_words
from chatbot.query.question import Question
from chatbot.service.interface import NotReady
from chatbot.settings import Settings
from chatbot.triage.assessment import Assessment
from chatbot.triage.rules import raised_by_rules
from chatbot.triage.severity import any_crisis, shown
from chatbot.triage.signs import Grammar


@dataclass(frozen=True, slots=True)
class EmergencyChatbot:
    """Answers before there is a chatbot, or when there can be none."""

    settings: Settings
    corpus: Corpus
    wordings: Mapping[str, Wording]
    grammar: Grammar
    places: Sequence[CallingPlace]

    @classmethod
    def open(cls, settings: Settings, *, drafts: bool = False) -> "EmergencyChatbot":
        """Over the corpus of the settings; CorpusError on its first fault."""
        sources = load_sources(settings, drafts=drafts)
        wordings = load_words(settings, sources.corpus)
        return cls(settings, sources.corpus, wordings, sources.examples.grammar, sources.places)

    def reply(self, question: Question) -> Reply:
        """The notice of an emergency; NotReady when the rules see none."""
        notice = self._notice(question)
        if notice is None:
            raise NotReady("The page is still getting ready.", next_step="ask again in a moment.")
        return Reply(notices=(notice,))

    def is_urgent(self, question: Question) -> bool:
        """Whether the rules see an emergency."""
        return self._notice(question) is not None

    def _notice(self, question: Question) -> Notice | None:
        assessment = Assessment.of_rules(raised_by_rules(self.grammar, question.text, question.recent))
        urgent = shown(assessment.ids, calm=question.anyway)[:1]
        if not any_crisis(urgent):
            return None
        return EmergencyNotices(self.wordings, self.places).notice(urgent[0], question, assessment)
