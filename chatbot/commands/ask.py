"""`ask`: answer one question; with --batch read one JSON object a line, and write one reply a line."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

from chatbot.answering.contract import error_object, read_question, reply_object
from chatbot.commands.articles import name_drafts
from chatbot.errors import ChatbotError, RequestError
from chatbot.query.question import Question
from chatbot.service.emergency_chatbot import EmergencyChatbot
from chatbot.service.factory import Chatbot
from chatbot.service.interface import ChatbotProtocol, NotReady
from chatbot.settings import Settings


def ask_command(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one question, or a batch of them."""
    if options.batch:
        return _batch(_open(settings, drafts=options.drafts), settings, sys.stdin.buffer)
    if options.question is None:
        raise RequestError("There is no question.", next_step='python -m chatbot ask "…", or --batch')
    question = Question(options.question, tuple(options.history), options.language)
    chatbot = _chatbot_for(question, settings, drafts=options.drafts)
    reply = reply_object("", chatbot.reply(question), language=question.language)
    if options.json:
        print(json.dumps(reply, ensure_ascii=False))
        return 0
    for notice in reply["notices"]:
        print(f"[{notice['text']}]\n")
    for quote in reply["quotes"]:
        page = chatbot.wordings[question.language].label("page")
        cited = "".join(_cited(place, page) for place in (quote, *quote["also"]))
        print(f"“{quote['text']}”\n{cited}")
    for offered in reply["choices"]:
        print(f"  {offered['question']}")
    for section in reply["related"]:
        print(f"  {section['section']} · {section['start']}-{section['end']}")
    return 0


def _cited(place: Mapping[str, Any], page: str) -> str:
    """Where a quote stands, on one line; ``page`` is the word for a page."""
    named = f", {page} {place['page']}" if place["page"] else ""
    return f"  {place['section']} · {place['title']}{named} · {place['start']}-{place['end']}\n"


def _chatbot_for(question: Question, settings: Settings, *, drafts: bool) -> ChatbotProtocol:
    """Of an emergency that the rules know one that needs neither model nor index; of anything else the whole one."""
    emergencies = EmergencyChatbot.open(settings, drafts=drafts)
    if emergencies.is_urgent(question):
        return emergencies
    return _with_drafts_named(Chatbot.open(settings, drafts=drafts))


def _with_drafts_named(chatbot: ChatbotProtocol) -> ChatbotProtocol:
    """The chatbot; which articles it leaves out is said on stderr."""
    name_drafts(chatbot.corpus)
    return chatbot


def _open(settings: Settings, *, drafts: bool) -> ChatbotProtocol:
    """The chatbot; where it cannot be opened, the one that answers emergencies, with the reason on stderr."""
    try:
        return _with_drafts_named(Chatbot.open(settings, drafts=drafts))
    except ChatbotError as error:
        print(f"Only emergencies are answered. {error}", file=sys.stderr)
        return EmergencyChatbot.open(settings, drafts=drafts)


def _batch(chatbot: ChatbotProtocol, settings: Settings, lines: Iterable[bytes]) -> int:
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
            result = reply_object(question_id, chatbot.reply(question), language=question.language)
        except (ValueError, RecursionError, RequestError, NotReady) as error:
            status, result = 1, error_object(question_id, error)
        print(json.dumps(result), flush=True)
    return status
