"""The editor's pages: everything of the corpus is there, escaped, and every reply is explained by the road itself."""

import html
import re
from dataclasses import replace
from pathlib import Path

import pytest

from chatbot.answering.reply import Abstention, Reason, Reply
from chatbot.indexing import build
from chatbot.indexing.sources import load_sources
from chatbot.preview.corpus_pages import overview_sheet
from chatbot.preview.explain import Explainer, Explanation
from chatbot.preview.explain_page import trial_sheet
from chatbot.query.question import Question
from chatbot.settings import Settings
from chatbot.workshop.server import build_preview, question_from_form
from chatbot.workshop.workshop import Workshop
from tests.conftest import REAL_CORPUS
from tests.support.client import Client
from tests.support.fakes import HashEmbedder, write_article, write_corpus

TOKEN = "a-token-of-the-tests"
MISSING = ["/article?number=3", "/article", "/x"]
PATHS = [
    *("/", "/article?number=1", "/article?number=2", "/topics", "/try", "/questions", "/questions?find=signs"),
    *("/missing", "/notices", "/changes", "/build", "/answer?of=small/signs", "/answer?of=small/signs&near=1"),
    *("/passage?article=plain&start=0&end=45", *MISSING),
]
LOCAL = {"host": "127.0.0.1"}
PLAIN = "Naloxone can undo an overdose of opioids. <b>Bold</b> words are no tags here.\n"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Explainer:
    """The small corpus with one more article that has no question bank."""
    root = tmp_path_factory.mktemp("preview")
    settings = Settings(corpus=write_corpus(root, notices=REAL_CORPUS / "notices"), index=root / "index")
    write_article(settings.corpus / "plain", PLAIN)
    sources, embedder = load_sources(settings), HashEmbedder()
    return Explainer(settings, sources, build.build(settings, sources, embedder), embedder)


@pytest.fixture(scope="module")
def editor(bench: Explainer) -> Client:
    """Somebody at the machine itself."""
    return editor_of(bench)


def editor_of(bench: Explainer) -> Client:
    """Somebody at the machine itself, who knows the address."""
    app = build_preview(Workshop(bench, bench.chatbot.settings), token=TOKEN)
    return Client(app, address="127.0.0.1")


def tried(editor: Client, question: str, **fields: str) -> str:
    """The page about a question."""
    answer = editor.ask("POST", f"/{TOKEN}/try", data={"question": question, **fields}, headers=LOCAL)
    assert answer.status_code == 200
    return answer.text


def test_every_answer_with_its_questions(editor: Client, bench: Explainer) -> None:
    """An article's page has the exact stretch of each answer, and each of its questions."""
    (number,) = [number for number, one in enumerate(bench.chatbot.corpus.documents, 1) if one.name == "small"]
    page = editor.get(f"/{TOKEN}/article?number={number}", headers=LOCAL).text
    for answer in bench.chatbot.corpus.answers:
        for span in answer.stretches:
            assert f"<blockquote>{html.escape(answer.document.slice(span))}</blockquote>" in page
        for question in answer.questions:
            assert f">{html.escape(question.text)}</li>" in page


def test_cautions_left_out_and_unreached(editor: Client, bench: Explainer) -> None:
    """Cautions come with their notice, left-out stretches with their reason, and sentences in no answer are listed."""
    page = editor.get(f"/{TOKEN}/article?number=2", headers=LOCAL).text
    assert "Because: promotion" in page
    assert "Buy our product today!</blockquote>" in page
    assert html.escape(bench.chatbot.wordings["en"].notice("caution.medication").text) in page
    unreached = page.partition('id="unreached"')[2].partition('id="cautions"')[0]
    assert "A doctor can help.</blockquote>" in unreached
    assert "Two medicines" not in unreached


def test_overview_and_topics(editor: Client, bench: Explainer) -> None:
    """The first page counts what each article has; the topics are there with their questions."""
    first = editor.get(f"/{TOKEN}/", headers=LOCAL).text
    assert re.findall(r'class="number">(\d+)<', first)[-6:] == ["3", "24", "8", "3", "1", "2"]
    topics = editor.get(f"/{TOKEN}/topics", headers=LOCAL).text
    assert all(html.escape(one.text) in topics for topic in bench.chatbot.corpus.topics for one in topic.questions)


@pytest.mark.parametrize("path", PATHS)
def test_pages_run_and_fetch_nothing(editor: Client, path: str) -> None:
    """No page has a script or fetches anything, and the policy of the public page holds here as well."""
    answer = editor.get(f"/{TOKEN}{path}", headers=LOCAL)
    assert answer.status_code == (404 if path in MISSING else 200)
    assert "<script" not in answer.text
    assert re.findall(r'(?:src|href|action)="(?![a-z-]+(?:[?#"])|\./"|#|data:,)', answer.text) == []
    assert "default-src 'self'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_text_of_the_corpus_is_no_markup(editor: Client) -> None:
    """Tags in an article, in a question and in what was said before are shown as they were written."""
    page = editor.get(f"/{TOKEN}/article?number=1", headers=LOCAL).text
    assert "&lt;b&gt;Bold&lt;/b&gt;" in page
    page = tried(editor, "<i>which</i> medicines", history="</textarea><b>x", language='"><b>')
    assert "<i>" not in page
    assert "</textarea><b>" not in page
    assert "&lt;/textarea&gt;&lt;b&gt;x" in page


def test_only_this_machine(bench: Explainer) -> None:
    """Another name than this machine's is refused, whatever address it leads to."""
    answer = editor_of(bench).get(f"/{TOKEN}/", headers={"host": "clinic.example"})
    assert answer.status_code == 400
    assert "small" not in answer.text


def test_winning_answer_is_explained(editor: Client, bench: Explainer) -> None:
    """For a quote the page names the answer, its probability, and the probability that any answer fits."""
    page = tried(editor, "which medicines are used")
    trace = bench.chatbot.trace(Question("which medicines are used"))
    assert "Outcome: answer" in page
    assert "<mark>Two medicines are used: alpha and beta.</mark>" in page
    assert "From small/medicines" in page
    assert trace.bank
    assert f"<b>{trace.bank.covered:.3f}</b>" in page
    assert f'<tr class=won><td>fits</td><td class="number">{trace.bank.candidates[0].score:.3f}</td>' in page


def test_explanation_is_of_the_reply(bench: Explainer) -> None:
    """What is explained is what is answered, for every kind of message."""
    for text in ("which medicines are used", "hello", "blue lips", "how much does it cost", "", "x" * 5000, "hola"):
        for anyway in (False, True):
            question = Question(text, anyway=anyway)
            assert bench.try_out(question).trace.reply == bench.chatbot.reply(question)


def test_abstention_is_explained(editor: Client) -> None:
    """For an abstention the page gives the reason, and the topic that it was taken for."""
    page = tried(editor, "how much does it cost who pays for it can we afford this is it expensive")
    assert "Outcome: not_covered" in page
    assert "No answer fits surely enough" in page
    assert "Likeliest topic not covered: cost" in page


def test_rule_is_named_with_its_words(editor: Client) -> None:
    """For an emergency that a rule raised, the words that it found are shown, also in what was said before."""
    assert "the sign “blue lips” found <b>lips are blue</b>" in tried(editor, "her lips are BLUE")
    assert "in “blue lips!”" in tried(editor, "ok what now", history="blue lips!")


def test_classifier_is_named_with_its_examples(editor: Client) -> None:
    """For a notice that a classifier raised, the threshold and the most similar examples are shown."""
    page = tried(editor, "what dose for my son")
    assert f"the classifier “requests” raised advice.dose (advice.* in all from {Settings().advice_threshold})" in page
    assert "an example of advice.dose is like it (1.00): “what dose for my son”" in page


@pytest.mark.parametrize("reason", Reason)
def test_every_silence_has_its_reason(bench: Explainer, reason: Reason) -> None:
    """For whatever reason nothing is quoted, the page says it in words."""
    trial = bench.try_out(Question("which medicines are used"))
    quote = trial.trace.reply.quotes[0]
    notice = bench.chatbot.wordings["en"].notice(reason.value)
    silent = Reply(notices=(notice,), abstention=Abstention(reason, maybe=quote if reason is Reason.MAYBE else None))
    page = trial_sheet(replace(trial, trace=replace(trial.trace, reply=silent)), bench.chatbot.settings, ["en"])
    assert "<li>" in page.partition(reason.value)[2].partition("</ul>")[0]


def test_caution_is_named_with_its_stretch(bench: Explainer) -> None:
    """For a notice that about.toml ties to a quote, the stretch is shown."""
    document = next(one for one in bench.chatbot.corpus.documents if one.cautions)
    caution = document.cautions[0]
    trial = bench.try_out(Question("which medicines are used"))
    quote = replace(trial.trace.reply.quotes[0], span=caution.span, key=caution.span)
    notice = bench.chatbot.wordings["en"].notice(caution.notice)
    reply = replace(trial.trace.reply, quotes=(quote,), companions=(notice,))
    page = trial_sheet(replace(trial, trace=replace(trial.trace, reply=reply)), bench.chatbot.settings, ["en"])
    assert f"about.toml ties it to “{html.escape(document.slice(caution.span))}”" in page


def test_sentences_without_a_bank_are_explained(editor: Client) -> None:
    """For an article without a bank, meaning and words of sentence and passage are shown apart."""
    page = tried(editor, "naloxone can undo an overdose of opioids")
    row = re.search(r"<tr class=won><td>fits</td>(.*?)</tr>", page.partition("without a bank")[2])
    assert row
    assert len(re.findall(r'class="number"', row.group(1))) == 5
    assert "1.000" in row.group(1)


def test_rows_of_every_kind_are_shown(bench: Explainer) -> None:
    """What is like the question is shown for each kind of row, the best first."""
    trial = bench.try_out(Question("which medicines are used"))
    kinds = list(dict.fromkeys(like.kind for like in trial.rows))
    assert kinds == ["sentence", "passage", "question", "topic", "words"]
    for kind in kinds:
        scores = [like.score for like in trial.rows if like.kind == kind]
        assert scores == sorted(scores, reverse=True)
    best = next(like for like in trial.rows if like.kind == "question")
    assert (best.text, best.belongs_to) == ("which medicines are used", "small/medicines")


def test_form_is_read() -> None:
    """Lines of what was said before are messages, empty ones are none, and the latest count."""
    body = b"question=a%0D%0Ab&history=one%0D%0A%0D%0Atwo%0D%0Athree&language=es&anyway=1"
    assert question_from_form(body, longest_history=2) == Question("a\nb", ("two", "three"), "es", anyway=True)
    assert question_from_form(b"\xff%ff", longest_history=2) == Question("")


def test_nothing_tried_is_logged(editor: Client, caplog: pytest.LogCaptureFixture) -> None:
    """What an editor tries is not logged either."""
    tried(editor, "a secret of the seventh of May")
    assert "seventh" not in caplog.text


def test_box_is_empty_at_first(bench: Explainer) -> None:
    """Before anything is tried there is a box and no result."""
    nothing: Explanation | None = None
    page = trial_sheet(nothing, bench.chatbot.settings, ["en", "es"])
    assert "Outcome" not in page
    assert "<option>es</option>" in page


@pytest.mark.parametrize(
    ("file", "shown", "not_shown"),
    [
        (None, "Topics are not counted", "five times"),
        ("", "none was asked about five times", "not counted"),
        ('{"2026-01-31": {"answer small/signs": 7, "not_covered topic/cost": 4}}', "answer small/signs", "topic/cost"),
        ('{"2026-01-30": {"answer a/b": 6}, "2026-01-31": {"answer a/b": 5}}', ">11</td>", "not counted"),
    ],
)
def test_the_tally_of_topics(
    bench: Explainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, file: str | None, shown: str, not_shown: str
) -> None:
    """Counts are added up over the days where they are on; a number under five is never shown."""
    path = tmp_path / "tally.json"
    if file:
        path.write_text(file, encoding="utf-8")
    settings = replace(bench.chatbot.settings, topic_counts="" if file is None else str(path))
    monkeypatch.setattr(bench.chatbot, "settings", settings)
    page = editor_of(bench).get(f"/{TOKEN}/missing", headers=LOCAL).text

    assert shown in page
    assert not_shown not in page


def test_what_an_editor_needs_to_see_next(editor: Client, bench: Explainer) -> None:
    """The build page has its buttons before the first build, and an article without a publisher says so."""
    built = editor.get(f"/{TOKEN}/build", headers=LOCAL).text
    document = replace(bench.chatbot.corpus.documents[0], publisher="")

    assert "Build, to try it here</button>" in built
    assert "Build for families, without drafts</button>" in built
    assert "publisher not named in about.toml yet" in overview_sheet(
        replace(bench.chatbot.corpus, documents=(document,))
    )
