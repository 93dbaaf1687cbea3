"""`add` makes an article of a file, `approve` lets it be quoted; `remove` moves it out without deleting it."""

import argparse
import sys
from collections.abc import Iterator
from datetime import date

from chatbot.corpus.corpus import Corpus
from chatbot.errors import RequestError
from chatbot.indexing.sources import load_sources
from chatbot.settings import Settings


def add_command(settings: Settings, options: argparse.Namespace) -> int:
    """Make an article of a file, and say what to look at."""
    from chatbot.ingestion.add_article import add_article  # what reads files is loaded by this command only
    from chatbot.ingestion.convert import convert
    from chatbot.ingestion.report import report_page, to_review

    converted = convert(options.file)
    added = add_article(converted, options.file, corpus=settings.corpus, name=options.name)
    print("\n".join(to_review(added, options.file, converted)))
    if options.report:
        try:
            options.report.write_text(report_page(added, options.file, converted), encoding="utf-8")
        except OSError as error:
            raise RequestError(
                f"The report cannot be written: {error.strerror}.", where=options.report, next_step="name another file."
            ) from error
        print(f"The same as a page to read beside the original: {options.report}")
    return 0


def approve_command(settings: Settings, options: argparse.Namespace) -> int:
    """Let an article be quoted as it is now, and say who said so."""
    from chatbot.editing.approving import approve  # what edits TOML is loaded by this command and `preview` only

    load_sources(settings, drafts=True)  # a fault of it would stop the page
    change = approve(options.name, by=options.by, on=date.today(), corpus=settings.corpus)
    print("\n".join([f"{settings.corpus / change.path}: {change.title}", *change.diff()]))
    print("The page quotes it after: python -m chatbot build")
    return 0


def of_drafts(corpus: Corpus) -> Iterator[str]:
    """Which articles are left out since nobody has approved them, and what to do."""
    if corpus.drafts:
        yield f"{len(corpus.drafts)} draft(s), not quoted: {', '.join(corpus.drafts)}."
        yield "  To try them: python -m chatbot build --drafts, then ask --drafts or evaluate --drafts; or preview."
        yield f'  To quote them: python -m chatbot approve {corpus.drafts[0]} --by "name, role", then build.'


def name_drafts(corpus: Corpus) -> None:
    """The same on standard error, where replies go to standard output."""
    for line in of_drafts(corpus):
        print(line, file=sys.stderr)


def remove_command(settings: Settings, options: argparse.Namespace) -> int:
    """Put an article aside, and say where it is now."""
    from chatbot.ingestion.add_article import remove_article

    aside = remove_article(options.name, corpus=settings.corpus)
    print(f"No longer an article: {options.name}. Its files, with its questions, are now in {aside}")
    print(f"To undo: mv {aside} {settings.corpus / options.name}\nThen: python -m chatbot build")
    return 0
