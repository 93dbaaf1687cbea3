"""Argument parser and dispatch of ``python -m chatbot COMMAND``."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from chatbot.commands.articles import add_command, approve_command, remove_command
from chatbot.commands.ask import ask_command
from chatbot.commands.build import adapt_command, build_command, ready_command
from chatbot.commands.check import check_command
from chatbot.commands.evaluate import evaluate_command
from chatbot.commands.preview import preview_command
from chatbot.errors import ChatbotError
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
    _take_drafts(build, "make the index to try drafts with: articles that nobody has approved")
    build.add_argument(
        "--quick",
        action="store_true",
        help="in seconds, after a few changed questions; the next without it trains all anew",
    )
    build.set_defaults(command=build_command)
    ready = commands.add_parser("ready", help="renew ready/, with which first builds begin: minutes; then commit it")
    ready.set_defaults(command=ready_command)
    adapt = commands.add_parser("adapt", help="train the encoder's adapter on the bank: minutes; then build")
    adapt.set_defaults(command=adapt_command)
    ask = commands.add_parser("ask", help="answer a question, or with --batch one JSON object a line")
    ask.add_argument("question", nargs="?", help="the question, in quotation marks")
    ask.add_argument("--history", action="append", default=[], help="an earlier message; may be given again")
    ask.add_argument("--language", default="en", help="language of the notices: en or es")
    ask.add_argument("--json", action="store_true", help="print the reply as JSON")
    ask.add_argument("--batch", action="store_true", help="read questions from standard input")
    _take_drafts(ask, "quote drafts as well; first: build --drafts")
    ask.set_defaults(command=ask_command)
    preview = commands.add_parser("preview", help="open the editor's pages on this machine")
    preview.add_argument("--port", type=int, default=7861, help="where they are served; 7861 unless given")
    preview.add_argument("--no-drafts", action="store_true", help="without drafts, as families see the page")
    preview.set_defaults(command=preview_command)
    add = commands.add_parser("add", help="make an article of a file: .txt, .md, .html, .docx or .pdf")
    add.add_argument("file", type=Path, help="the article as received; it is copied")
    add.add_argument("--name", default="", help="name of its folder; otherwise made of the title")
    add.add_argument("--report", type=Path, metavar="FILE", help="write the report as an HTML page as well")
    add.set_defaults(command=add_command)
    approve = commands.add_parser("approve", help="let an article be quoted as its text is now")
    approve.add_argument("name", help="name of its folder")
    approve.add_argument("--by", required=True, help="who has read it: “name, role”")
    approve.set_defaults(command=approve_command)
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
    _take_drafts(measure, "quote drafts as well; first: build --drafts")
    measure.set_defaults(command=evaluate_command)
    return parser


def _take_drafts(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--drafts", action="store_true", help=what)
