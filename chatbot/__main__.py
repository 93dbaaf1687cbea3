"""The command line: ``python -m chatbot build | ask | check | evaluate``."""

import argparse
import json
import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path

from tqdm import tqdm

from chatbot.answering.contract import error_object, read_question, reply_object
from chatbot.errors import ChatbotError, RequestError
from chatbot.evaluation.coverage import find_covered, find_gaps, lines_of, lines_of_covered
from chatbot.evaluation.evaluate import Measure, evaluate, evaluate_by_tag, load_cases
from chatbot.evaluation.label_errors import review_bank
from chatbot.evaluation.safety_report import make_record, try_out
from chatbot.evaluation.safety_report_text import printed
from chatbot.models.adapter import is_unseen
from chatbot.models.encoder import ADAPTER, NO_ADAPTER, load_embedder
from chatbot.query.rewriting import Question
from chatbot.retrieval import bank_search
from chatbot.service import factory
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 when all went well, 2 on an error.

    1 when a line of a batch could not be read, or when ``--strict`` finds something unsigned or overdue.
    """
    options = _parser().parse_args(arguments)
    try:
        settings = Settings.from_environment(os.environ)
        return int(options.command(settings, options))
    except ChatbotError as error:
        print(error, file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m chatbot", description="Answers only by quoting the articles.")
    commands = parser.add_subparsers(required=True)
    build = commands.add_parser("build", help="make the index of the corpus")
    build.set_defaults(command=build_command)
    adapt = commands.add_parser("adapt", help="train the encoder's adapter on the bank: minutes; then build")
    adapt.set_defaults(command=adapt_command)
    ask = commands.add_parser("ask", help="answer a question, or with --batch one JSON object a line")
    ask.add_argument("question", nargs="?", help="the question, in quotation marks")
    ask.add_argument("--history", action="append", default=[], help="an earlier message; may be given again")
    ask.add_argument("--language", default="en", help="language of the notices: en or es")
    ask.add_argument("--json", action="store_true", help="print the reply as JSON")
    ask.add_argument("--batch", action="store_true", help="read questions from standard input")
    ask.set_defaults(command=ask_command)
    preview = commands.add_parser("preview", help="open the editor's pages on this machine")
    preview.add_argument("--port", type=int, default=7861, help="where they are served; 7861 unless given")
    preview.set_defaults(command=preview_command)
    add = commands.add_parser("add", help="make an article of a file: .txt, .md, .html, .docx or .pdf")
    add.add_argument("file", type=Path, help="the article as received; it is copied")
    add.add_argument("--name", default="", help="name of its folder; otherwise made of the title")
    add.set_defaults(command=add_command)
    remove = commands.add_parser("remove", help="put an article aside; nothing is deleted")
    remove.add_argument("name", help="name of its folder")
    remove.set_defaults(command=remove_command)
    check = commands.add_parser("check", help="say what is wrong with the corpus and the index, and where")
    check.add_argument(
        "--safety", nargs="*", type=Path, metavar="FILE", help="print what a clinician signs; files: labelled questions"
    )
    check.add_argument("--gaps", action="store_true", help="list everything that the corpus lacks, not only the first")
    check.add_argument("--strict", action="store_true", help="with --safety: status 1 if something is due")
    check.set_defaults(command=check_command)
    measure = commands.add_parser("evaluate", help="measure the answers on labelled questions")
    measure.add_argument("file", type=Path, nargs="?", help="labelled questions, one JSON object a line")
    measure.add_argument("--bank", action="store_true", help="hold the bank against itself instead: wrong labels")
    measure.add_argument("--by", choices=["tag"], help="one table for each tag as well")
    measure.add_argument("--misses", action="store_true", help="list the cases that count against each measure")
    measure.add_argument("--json", action="store_true", help="print the measures as JSON")
    measure.set_defaults(command=evaluate_command)
    return parser


def build_command(settings: Settings, _: argparse.Namespace) -> int:
    """Make the index and say what is in it."""
    sources, embedder = factory.load_sources(settings), load_embedder(settings)
    with tqdm(total=len(factory.texts_to_embed(sources)), desc="embedding", unit=" texts") as bar:
        index = factory.build(settings, sources, embedder, progress=bar.update)
    print(
        f"{len(sources.corpus.documents)} article(s), {len(sources.corpus.answers)} answers, "
        f"{len(sources.corpus.topics)} topics, {len(index.rows)} rows: {settings.index}"
    )
    return 0


def adapt_command(settings: Settings, _: argparse.Namespace) -> int:
    """Train the adapter of the encoder anew. Its index must be built again afterwards."""
    from chatbot.indexing.adapter_training import (  # torch takes seconds to import, and only this command trains
        adapt,
        steps_of,
    )

    sources = factory.load_sources(settings)
    encoder = load_embedder(replace(settings, adapter=NO_ADAPTER, precision="float32"))
    sets = list(factory.training_sets(sources).values())
    path = Path(settings.adapter) if settings.adapter not in ("", NO_ADAPTER) else ADAPTER
    with tqdm(total=steps_of(sets), desc="adapting", unit=" batches") as bar:
        adapt(encoder, sets, path, progress=bar.update)
    print(f"{path}. Next step: python -m chatbot build")
    return 0


def ask_command(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one question, or a batch of them."""
    if options.batch:
        return _batch(Chatbot.open(settings), settings, sys.stdin.buffer)
    if options.question is None:
        raise RequestError("There is no question.", next_step='python -m chatbot ask "…", or --batch')
    question = Question(options.question, tuple(options.history), options.language)
    chatbot = Chatbot.open(settings)
    reply = reply_object("", chatbot.reply(question))
    if options.json:
        print(json.dumps(reply, ensure_ascii=False))
        return 0
    for notice in reply["notices"]:
        print(f"[{notice['text']}]\n")
    for quote in reply["quotes"]:
        cited = [f"  {at['section']} · {at['title']} · {at['start']}-{at['end']}\n" for at in (quote, *quote["also"])]
        print(f"“{quote['text']}”\n{''.join(cited)}")
    for section in reply["related"]:
        print(f"  {section['section']} · {section['start']}-{section['end']}")
    return 0


def preview_command(settings: Settings, options: argparse.Namespace) -> int:
    """Serve the editor's pages until interrupted."""
    import uvicorn  # these are needed by no other command

    from chatbot.preview.explain import Bench
    from chatbot.preview.server import HOST, build_preview

    server = build_preview(Bench.open(settings))
    print(f"Open http://{HOST}:{options.port} in a browser on this machine. Stop with Ctrl+C.", flush=True)
    uvicorn.run(server, host=HOST, port=options.port, log_level="warning", access_log=False)
    return 0


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


def check_command(settings: Settings, options: argparse.Namespace) -> int:
    """Read everything as answering would; the first fault ends the command with its message."""
    if options.safety is not None:
        return _check_safety(settings, options)
    if options.strict:
        raise RequestError("--strict goes with --safety.", next_step="python -m chatbot check --safety --strict")
    sources = factory.load_sources(settings)
    wordings = factory.load_words(settings, sources.corpus)
    for document in sources.corpus.documents:
        answers = [answer for answer in sources.corpus.answers if answer.document == document]
        print(f"{document.name}: {len(document.passages)} passages, {len(answers)} answers")
    print(f"{len(sources.corpus.topics)} topics; wording: {', '.join(sorted(wordings))}")
    gaps = find_gaps(sources.corpus, factory.training_sets(sources).values())
    print(*lines_of(gaps, everything=options.gaps), sep="\n")
    embedder = load_embedder(settings)
    index = factory.index_in_place(settings, sources, embedder)
    print("The index fits the corpus.")
    if sources.corpus.unbanked:
        print(*lines_of_covered(find_covered(sources.corpus, index, embedder.encode)), sep="\n")
    return 0


def _check_safety(settings: Settings, options: argparse.Namespace) -> int:
    """Print the clinician's record. Needs index and model only to put labelled questions to the chatbot."""
    sets = [(path.name, load_cases(path)) for path in options.safety]
    sources = factory.load_sources(settings)
    reply_to = Chatbot.open(settings).reply if sets else None
    record = make_record(
        factory.load_words(settings, sources.corpus),
        sources.examples,
        sources.corpus,
        today=date.today(),
        trials=[try_out(name, cases, reply_to) for name, cases in sets] if reply_to else [],
    )
    print(printed(record))
    return 1 if options.strict and not record.settled else 0


def evaluate_command(settings: Settings, options: argparse.Namespace) -> int:
    """Print every measure, as a table or as JSON."""
    if options.bank:
        return _evaluate_bank(settings, options)
    if options.file is None:
        raise RequestError("There is no file.", next_step="python -m chatbot evaluate FILE, or --bank")
    cases = load_cases(options.file)
    chatbot = Chatbot.open(settings)
    tables = {"all": evaluate(cases, chatbot.reply)}
    if options.by:
        tables |= evaluate_by_tag(cases, chatbot.reply)
    if options.json:
        print(json.dumps({name: [_measure_object(measure) for measure in table] for name, table in tables.items()}))
        return 0
    for name, table in tables.items():
        print(f"\n{name}")
        for measure in table:
            if measure.share is not None:
                misses = " ".join(measure.misses) if options.misses else ""
                print(f"  {measure.name:28} {measure.share:6.3f}  of {measure.of:4}  {misses}".rstrip())
    return 0


def _evaluate_bank(settings: Settings, options: argparse.Namespace) -> int:
    """Print which questions of the bank cross-validation files elsewhere, and how honest probabilities are."""
    sources = factory.load_sources(settings)
    pairs = factory.training_sets(sources)[bank_search.ANSWERS]
    texts, encoder = [text for text, _ in pairs], load_embedder(settings)
    with tqdm(total=2 * len(pairs), desc="embedding", unit=" texts") as bar:
        plain = encoder.encode(texts, progress=bar.update)
        bent = encoder.encode(texts, adapted=True, progress=bar.update)
    # Labels are judged by the model as it is: the adapter has learned most of them, right or wrong. How honest the
    # probabilities are is judged on what it never saw.
    found = review_bank(pairs, plain).disagreements
    unseen = [is_unseen(text) for text in texts] if encoder.has_adapter else []
    review = replace(review_bank(pairs, bent, trusted=unseen), disagreements=found)
    if options.json:
        print(json.dumps(asdict(review)))
        return 0
    for entry in review.disagreements:
        print(f"{entry.own:.2f} {entry.label}\n{entry.probability:.2f} {entry.predicted}\n     {entry.text}\n")
    print(f"{len(review.disagreements)} of {len(pairs)} questions are filed elsewhere when they are held out.")
    print(
        f"Of {review.of} that the adapter never saw, {review.right:.3f} are filed right. How honest are probabilities?"
    )
    for part in review.reliability:
        print(
            f"  {part.low:.1f} to {part.high:.1f}: {part.of:5} questions, mean {part.mean:.2f}, right {part.right:.2f}"
        )
    return 0


def _measure_object(measure: Measure) -> dict[str, object]:
    return {"name": measure.name, "share": measure.share, "of": measure.of, "misses": measure.misses}


def _batch(chatbot: Chatbot, settings: Settings, lines: Iterable[bytes]) -> int:
    """One reply a line, in the order of the questions; 1 when a line could not be read.

    Lines come as bytes, so that one that is not UTF-8 spoils no other, and go as ASCII, which every pipe takes.
    """
    status = 0
    for line in lines:
        if not line.strip():
            continue
        question_id = ""
        try:
            entry = json.loads(line)
            question_id = str(entry.get("id", "")) if isinstance(entry, dict) else ""
            question_id, question = read_question(entry, longest_history=settings.longest_history)
            result = reply_object(question_id, chatbot.reply(question))
        except (ValueError, RecursionError, RequestError) as error:
            status, result = 1, error_object(question_id, error)
        print(json.dumps(result), flush=True)
    return status


if __name__ == "__main__":
    sys.exit(main())
