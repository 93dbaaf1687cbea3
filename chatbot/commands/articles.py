"""`add` makes an article of a file; `remove` moves an article out of the corpus without deleting it."""

import argparse

from chatbot.settings import Settings


def add_command(settings: Settings, options: argparse.Namespace) -> int:
    """Make an article of a file, and say what to look at."""
    from chatbot.ingestion.add_article import add_article, to_review  # what reads files is loaded by this command only
    from chatbot.ingestion.convert import convert

    converted = convert(options.file)
    added = add_article(converted, options.file, corpus=settings.corpus, name=options.name)
    print("\n".join(to_review(added, options.file, converted.remarks)))
    return 0


def remove_command(settings: Settings, options: argparse.Namespace) -> int:
    """Put an article aside, and say where it is now."""
    from chatbot.ingestion.add_article import remove_article

    aside = remove_article(options.name, corpus=settings.corpus)
    print(f"No longer an article: {options.name}. Its files, with its questions, are now in {aside}")
    print(f"To undo: mv {aside} {settings.corpus / options.name}\nThen: python -m chatbot build")
    return 0
