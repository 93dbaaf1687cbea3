"""Emergency notices: in the language of the message, with the numbers of a place that it names and why it stays."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chatbot.corpus.notices import Contact, Notice, Wording, in_language
from chatbot.corpus.places import CallingPlace, place_named
from chatbot.query.language import surely
from chatbot.query.question import Question
from chatbot.triage.assessment import Assessment

STILL = "still_raised"  # label of the line that says why an emergency stays


@dataclass(frozen=True, slots=True)
class EmergencyNotices:
    """Makes the notice of an emergency. It needs neither model nor index."""

    wordings: Mapping[str, Wording]
    places: Sequence[CallingPlace]

    def notice(self, notice_id: str, question: Question, assessment: Assessment) -> Notice:
        """The reviewed notice, with a line for a place that is named, and one that says why it stays."""
        place = place_named(self.places, [*question.recent, question.text])
        added = [place.id] if place else []
        if notice_id in assessment.still and notice_id not in (*assessment.rules, *assessment.emergencies):
            added.append(STILL)
        return self.made(notice_id, self._language(question, assessment), added)

    def made(self, notice_id: str, language: str, added: Sequence[str]) -> Notice:
        """The notice in a language, after the lines that ``added`` names: ids of places, or ``STILL``."""
        wording = in_language(self.wordings, language)
        notice = wording.notice(notice_id)
        if not added:
            return notice
        places = {place.id: place for place in self.places}
        lines, contacts = list[str](), list[Contact]()
        for name in added:
            if name == STILL:
                lines.append(wording.label(STILL))
            else:
                lines.append(places[name].line.get(language, places[name].line["en"]))
                contacts += places[name].contacts.get(language, places[name].contacts["en"])
        shown = {contact.shown for contact in contacts}
        others = [contact for contact in notice.contacts if contact.shown not in shown]
        return replace(notice, lines=(*lines, *notice.lines), contacts=(*contacts, *others), added=tuple(added))

    def _language(self, question: Question, assessment: Assessment) -> str:
        """That of the words that raised it, else that of the message when it is sure, else that of the page."""
        language = assessment.language or surely(question.text)
        return language if language in self.wordings else question.language
