"""Loads in one call what both the build and the running chatbot read: corpus, triage examples, glossary, notices."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from chatbot.corpus.corpus import Corpus, load_corpus
from chatbot.corpus.notices import Wording, load_wordings
from chatbot.corpus.places import CallingPlace, load_places
from chatbot.errors import CorpusError
from chatbot.query.gloss import load_gloss
from chatbot.query.glossary import Glossary, common_words, load_phrases
from chatbot.retrieval import candidates
from chatbot.settings import Settings
from chatbot.triage import severity
from chatbot.triage.examples import Examples, load_examples
from chatbot.triage.severity import NONE


@dataclass(frozen=True, slots=True)
class Sources:
    """Everything read from corpus/ that building and answering share."""

    corpus: Corpus
    examples: Examples
    glossary: Glossary
    places: tuple[CallingPlace, ...] = ()


def load_sources(settings: Settings, *, drafts: bool = False) -> Sources:
    """Read and check the corpus, with its drafts or without; CorpusError on the first fault."""
    gloss = load_gloss(settings.corpus / "gloss-es.toml")
    corpus = load_corpus(settings.corpus, drafts=drafts)
    examples = load_examples(settings.corpus, real={"en": common_words(), "es": gloss.forms})
    refuse_unworded(corpus, examples, load_words(settings, corpus), folder=settings.corpus)
    bank = [example.text for example in candidates.bank_examples(corpus)]
    articles = [document.text for document in corpus.documents]
    glossary = Glossary(
        phrases=load_phrases(settings.corpus / "glossary.toml"),
        bank=bank,
        articles=articles,
        gloss=gloss,
    )
    return Sources(corpus, examples, glossary, load_places(settings.corpus / "notices" / "places.toml"))


def load_words(settings: Settings, corpus: Corpus) -> dict[str, Wording]:
    """The wording in the languages that are set, with the helplines that are set, for these articles."""
    contacts = Path(settings.contacts) if settings.contacts else None
    read = load_wordings(settings.corpus / "notices", contacts=contacts, languages=settings.languages.split())
    return {
        language: wording.for_articles(len(corpus.documents)).by_operator(settings.operator)
        for language, wording in read.items()
    }


def refuse_unworded(corpus: Corpus, examples: Examples, wordings: Mapping[str, Wording], *, folder: Path) -> None:
    """CorpusError when something names a notice that a language does not have: it would fail when it is needed."""
    cautions = [(document.name, caution.notice) for document in corpus.documents for caution in document.cautions]
    named = [
        *((folder / "signs.toml", notice) for sign in examples.grammar.signs for notice in sign.notices),
        *((folder / "emergencies.toml", example.notice) for example in examples.emergencies),
        *((folder / "requests.toml", example.notice) for example in examples.requests),
        *((folder / "not-covered.toml", topic.notice) for topic in corpus.topics if topic.notice),
        *((folder / name / "about.toml", notice) for name, notice in cautions),
    ]
    for where, notice_id in dict.fromkeys(named):
        for language, wording in wordings.items():
            for missing in _shown_for(notice_id) - wording.notices.keys():
                raise CorpusError(
                    f"Names the notice `{notice_id}`, but {language}.toml has no `{missing}`.",
                    where=where,
                    next_step="mend the id, or add the notice in every language.",
                )


def _shown_for(notice_id: str) -> set[str]:
    """The notices that can be shown for an id: of an emergency the one for now and the softer one."""
    strength, _, kind = notice_id.partition(".")
    if strength == NONE:
        return set()
    return {f"crisis.{kind}", f"watch.{kind}"} if severity.is_alarm(notice_id) else {notice_id}
