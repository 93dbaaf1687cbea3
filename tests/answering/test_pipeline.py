"""The road of one question, over the small corpus, without a model."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.answering.reply import Abstention, Quote, Reason, Reply
from chatbot.indexing.sources import load_sources
from chatbot.query.question import Question
from chatbot.service import factory
from chatbot.settings import Settings
from tests.conftest import REAL_CORPUS
from tests.support.fakes import QUESTIONS, BrokenEmbedder, HashEmbedder, chatbot_over, write_article, write_corpus

HIGH = """
[[answers]]
name = "high"
stretches = [{ first = "They do not cause", last = "cause a high." }]
ask = { en = "Do they cause a high?", es = "¿Dan euforia?" }
[answers.questions]
en = ["do they cause a high", "does the medicine make him high", "will she be high on alpha", "high from beta",
  "is he just as high then", "another way to get high"]
"""


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The small corpus with one more answer, and an article without a question bank."""
    folder = tmp_path_factory.mktemp("bot")
    corpus = write_corpus(folder, notices=REAL_CORPUS / "notices")
    (corpus / "small" / "questions.toml").write_text(QUESTIONS + HIGH, encoding="utf-8")
    write_article(corpus / "unbanked", "Tools\n\nA wooden spoon hangs beside the oven. It belongs to grandmother.")
    # A bank of four answers is too sure of itself, hence the threshold.
    return Settings(corpus=corpus, index=folder / "index", longest_message=300, answer_threshold=0.9)


@pytest.fixture(scope="module")
def chatbot(settings: Settings) -> AnswerPipeline:
    """A chatbot over that corpus."""
    return chatbot_over(settings)


@pytest.fixture(scope="module")
def broken(settings: Settings, chatbot: AnswerPipeline) -> AnswerPipeline:
    """The same with a model that fails."""
    assert chatbot.corpus.answers
    sources = load_sources(settings)
    index = factory.load_or_build(settings, sources, HashEmbedder())
    return factory.make_chatbot(settings, sources, index, BrokenEmbedder())


def ids(reply: Reply) -> list[str]:
    """The ids of the notices of a reply."""
    return [notice.id for notice in reply.notices]


def texts(reply: Reply) -> list[str]:
    """The texts that a reply quotes."""
    return [quote.text for quote in reply.quotes]


def test_answer(chatbot: AnswerPipeline) -> None:
    """A question of the bank is answered with its stretch, under its heading, without a notice."""
    reply = chatbot.reply(Question("which medicines are used"))

    assert texts(reply) == ["Two medicines are used: alpha and beta."]
    assert (reply.outcome, ids(reply), reply.quotes[0].section) == ("answer", [], "Step 2: Find help.")


def test_list_is_quoted_whole(chatbot: AnswerPipeline) -> None:
    """A list comes with its lead-in and every item, bullets and indents as they are."""
    (text,) = texts(chatbot.reply(Question("what are the signs")))

    assert text == "Signs can include:\n\n  • Track marks\n  • A need for money"


def test_article_without_a_bank_is_quoted(chatbot: AnswerPipeline) -> None:
    """An article without a question bank is searched by meaning and by words."""
    (text,) = texts(chatbot.reply(Question("wooden spoon hangs beside the oven")))

    assert text.startswith("A wooden spoon hangs beside the oven.")


def test_articles_with_and_without_a_bank_stand_side_by_side(chatbot: AnswerPipeline) -> None:
    """An article without a bank is quoted behind the answer of the bank when it is very near, and not otherwise."""
    both = texts(chatbot.reply(Question("which medicines are used? A wooden spoon hangs beside the oven.")))

    assert both[-1].startswith("A wooden spoon")
    assert texts(chatbot.reply(Question("which medicines are used"))) == ["Two medicines are used: alpha and beta."]


def test_not_covered(chatbot: AnswerPipeline) -> None:
    """What no article answers is an abstention with its reason, and nothing is quoted."""
    reply = chatbot.reply(Question("forecast for friday"))

    assert (reply.outcome, reply.quotes) == ("not_covered", ())
    assert reply.abstention is not None
    assert ids(reply) == [reply.abstention.reason.value]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", Reason.EMPTY),
        ("?!  \n 123", Reason.EMPTY),
        ("why " * 100, Reason.TOO_LONG),
        ("mon fils prend de l'héroïne et je ne sais pas quoi faire", Reason.LANGUAGE),
    ],
)
def test_what_cannot_be_a_question(chatbot: AnswerPipeline, text: str, reason: Reason) -> None:
    """A message that cannot be searched is answered with the reason."""
    reply = chatbot.reply(Question(text))

    assert reply.abstention is not None
    assert (reply.abstention.reason, ids(reply)) == (reason, [reason.value])


def test_too_vague(chatbot: AnswerPipeline) -> None:
    """A message that says too little gets a prompt to say more, with the starters that have a question to tap."""
    reply = chatbot.reply(Question("and that?"))

    assert reply.abstention is not None
    assert reply.abstention.reason is Reason.VAGUE
    assert [answer.name for answer in reply.suggestions] == ["hidden"]


def test_emergency_stands_alone(chatbot: AnswerPipeline) -> None:
    """An emergency gets its notice and nothing else, whatever else is asked."""
    reply = chatbot.reply(Question("what are the signs? his lips are blue"))

    assert (reply.outcome, ids(reply), reply.quotes, reply.companions) == ("notice", ["crisis.overdose"], (), ())


@pytest.mark.parametrize("text", ["she will not wake up after using", "not breathing and gurgling"])
def test_emergency_that_no_rule_knows(chatbot: AnswerPipeline, text: str) -> None:
    """An emergency that only the classifier sees stands alone as well, and a person who is safe may ask on."""
    assert ids(chatbot.reply(Question(text))) == ["crisis.overdose"]
    assert "overdose" not in str(ids(chatbot.reply(Question(text, anyway=True))))


def test_safe_person_may_ask_on(chatbot: AnswerPipeline) -> None:
    """Somebody who said that it is no emergency gets the article, and no notice of one again."""
    reply = chatbot.reply(Question("what are the signs? his lips are blue", anyway=True))

    assert not any(notice.kind in ("crisis", "watch") for notice in reply.notices)
    assert reply.outcome == "answer"


@pytest.mark.parametrize("before", ["his lips are blue", "she will not wake up after using"])
def test_emergency_goes_on(chatbot: AnswerPipeline, before: str) -> None:
    """An emergency does not end because the next messages lean on it, until the person says that they are safe."""
    assert ids(chatbot.reply(Question("ok what now", (before,)))) == ["crisis.overdose"]
    assert ids(chatbot.reply(Question("and then", (before, "ok what now")))) == ["crisis.overdose"]
    assert "overdose" not in str(ids(chatbot.reply(Question("ok what now", (before,), calm=1))))


@pytest.mark.parametrize("before", ["his lips are blue", "she will not wake up after using"])
def test_new_question_after_an_emergency(chatbot: AnswerPipeline, before: str) -> None:
    """A question with a subject of its own is answered after a reminder; two messages on nothing reminds."""
    reply = chatbot.reply(Question("which medicines are used", (before,)))
    later = chatbot.reply(Question("which medicines are used", (before, "what are the signs", "can he hide it")))

    assert (ids(reply), reply.outcome) == (["watch.overdose"], "answer")
    assert (ids(later), later.outcome) == ([], "answer")


def test_emergency_across_two_messages(chatbot: AnswerPipeline) -> None:
    """A sign that is told in two messages is seen."""
    assert ids(chatbot.reply(Question("they are all blue", ("look at her lips",)))) == ["crisis.overdose"]


def test_emergency_at_the_end_of_a_long_message(chatbot: AnswerPipeline) -> None:
    """An emergency behind more text than the page answers is seen."""
    assert ids(chatbot.reply(Question("and so on. " * 1000 + "his lips are blue"))) == ["crisis.overdose"]


@pytest.mark.parametrize("text", ["his lips are blue", "LABIOS AZULES"])
def test_emergency_needs_no_model(broken: AnswerPipeline, text: str) -> None:
    """The rules of triage answer when the model fails."""
    assert ids(broken.reply(Question(text))) == ["crisis.overdose"]


def test_failure_is_no_abstention(broken: AnswerPipeline) -> None:
    """A crash has a notice of its own, with numbers to call; it never looks like "not covered"."""
    reply = broken.reply(Question("what are the signs"))

    assert (ids(reply), reply.abstention, reply.outcome) == (["trouble.failed"], None, "notice")
    assert reply.notices[0].contacts


def test_failure_logs_no_question(broken: AnswerPipeline, caplog: pytest.LogCaptureFixture) -> None:
    """The log of a failure names its class and holds no word that was typed."""
    with caplog.at_level(logging.DEBUG):
        broken.reply(Question("secretword of my daughter", ("earlierword",)))

    assert "RuntimeError" in caplog.text
    assert "secretword" not in caplog.text
    assert "earlierword" not in caplog.text


def test_nothing_is_logged(chatbot: AnswerPipeline, caplog: pytest.LogCaptureFixture) -> None:
    """An answered question leaves nothing in the log."""
    with caplog.at_level(logging.DEBUG):
        chatbot.reply(Question("which medicines are used"))

    assert "medicines" not in caplog.text


def test_advice_gets_its_notice(chatbot: AnswerPipeline) -> None:
    """A request for a medical decision gets the notice that the page cannot advise, first."""
    assert ids(chatbot.reply(Question("how many mg should he take")))[0] == "advice.dose"


def test_small_talk_is_not_searched(chatbot: AnswerPipeline) -> None:
    """A greeting gets a fixed answer and no quote."""
    reply = chatbot.reply(Question("hello"))

    assert (reply.outcome, ids(reply), reply.quotes) == ("notice", ["chitchat.hello"], ())


@pytest.mark.parametrize(("language", "shown"), [("en", "en"), ("es", "es"), ("xx", "en"), ("", "en")])
def test_notices_are_in_the_language_of_the_page(chatbot: AnswerPipeline, language: str, shown: str) -> None:
    """Notices are in the language that was asked for, and in English when there is no such wording."""
    (notice,) = chatbot.reply(Question("hello", language=language)).notices

    assert notice.language == shown


def test_quotes_stay_in_the_language_of_the_article(chatbot: AnswerPipeline) -> None:
    """A question in Spanish is answered with the article's own words."""
    assert texts(chatbot.reply(Question("¿qué medicinas se usan?", language="es"))) == [
        "Two medicines are used: alpha and beta."
    ]


def test_companion_comes_with_its_stretch(chatbot: AnswerPipeline) -> None:
    """A stretch that could mislead brings the notice that about.toml ties to it; other quotes bring none."""
    companions = chatbot.reply(Question("do they cause a high")).companions

    assert [notice.id for notice in companions] == ["caution.medication"]
    assert chatbot.reply(Question("what are the signs")).companions == ()


def test_next_questions_stand_behind_the_quote(chatbot: AnswerPipeline) -> None:
    """What could be asked next may be offered, and stands after the quote in the article."""
    reply = chatbot.reply(Question("can he hide it from us"))

    assert [answer.name for answer in reply.suggestions] == ["high"]


def test_threads_do_not_meet(chatbot: AnswerPipeline) -> None:
    """Many people asking at once get what each would get alone."""
    questions = [Question(text) for text in ("what are the signs", "his lips are blue", "hello", "price of it")] * 10
    alone = [chatbot.reply(question) for question in questions]

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(chatbot.reply, questions)) == alone


def test_reply_cannot_quote_and_abstain(chatbot: AnswerPipeline) -> None:
    """A reply that would quote and abstain cannot be made."""
    reply = chatbot.reply(Question("which medicines are used"))
    with pytest.raises(ValueError, match="never two of them"):
        replace(reply, abstention=Abstention(Reason.TOPIC))


def test_reply_has_no_field_for_text() -> None:
    """A reply is made of notices, quotes, an abstention and answers to tap; there is nowhere to put a sentence."""
    assert set(Reply.__slots__) == {"notices", "quotes", "companions", "abstention", "suggestions", "choices"}
    assert set(Abstention.__slots__) == {"reason", "related", "maybe"}
    assert "text" not in Quote.__slots__


def test_two_emergencies_show_one_notice(chatbot: AnswerPipeline) -> None:
    """When several signs are seen the most urgent notice is shown, once."""
    reply = chatbot.reply(Question("blue lips. his lips are blue! azules labios"))

    assert ids(reply) == ["crisis.overdose"]
