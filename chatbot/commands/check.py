"""`check` reports faults of the corpus and the index; with --safety it prints the safety report for a clinician."""

import argparse
from datetime import date

from chatbot.commands.articles import of_drafts
from chatbot.corpus.corpus import load_corpus
from chatbot.errors import RequestError
from chatbot.evaluation.coverage import (
    find_coverage,
    find_covered,
    lines_of,
    lines_of_covered,
    lines_of_numbers,
    numbers_left_out,
)
from chatbot.evaluation.evaluate import load_cases
from chatbot.evaluation.reading_grade import grade_all, lines_of_grades, refuse_hard
from chatbot.evaluation.safety_report import make_safety_report, try_out
from chatbot.evaluation.safety_report_text import printed
from chatbot.indexing.sources import load_sources, load_words
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.encoder import load_embedder
from chatbot.service import factory
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings


def check_command(settings: Settings, options: argparse.Namespace) -> int:
    """Read everything as answering would; the first fault ends the command with its message."""
    if options.safety is not None:
        return _check_safety(settings, options)
    if options.strict:
        raise RequestError("--strict goes with --safety.", next_step="python -m chatbot check --safety --strict")
    sources = load_sources(settings)
    wordings = load_words(settings, sources.corpus)
    for document in sources.corpus.documents:
        answers = [answer for answer in sources.corpus.answers if answer.document == document]
        print(f"{document.name}: {len(document.passages)} passages, {len(answers)} answers")
    for line in of_drafts(sources.corpus):
        print(line)
    print(f"{len(sources.corpus.topics)} topics; wording: {', '.join(sorted(wordings))}")
    graded = grade_all(wordings, sources.places)
    refuse_hard(graded, settings.corpus / "notices")
    print(*lines_of_grades(graded), sep="\n")
    gaps = find_coverage(sources.corpus, make_training_sets(sources).values())
    print(*lines_of(gaps, everything=options.gaps), sep="\n")
    for line in lines_of_numbers(numbers_left_out(load_corpus(settings.corpus, drafts=True))):
        print(line)
    embedder = load_embedder(settings)
    index = factory.index_in_place(settings, sources, embedder)
    print("The index fits the corpus.")
    if sources.corpus.unbanked:
        print(*lines_of_covered(find_covered(sources.corpus, index, embedder.encode)), sep="\n")
    return 0


def _check_safety(settings: Settings, options: argparse.Namespace) -> int:
    """Print the clinician's record. Needs index and model only to put labelled questions to the chatbot."""
    sets = [(path.name, load_cases(path)) for path in options.safety]
    sources = load_sources(settings)
    reply_to = Chatbot.open(settings).reply if sets else None
    record = make_safety_report(
        load_words(settings, sources.corpus),
        sources.examples,
        sources.corpus,
        today=date.today(),
        trials=[try_out(name, cases, reply_to) for name, cases in sets] if reply_to else [],
    )
    print(printed(record))
    return 1 if options.strict and not record.settled else 0
