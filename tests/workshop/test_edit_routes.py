"""The workshop's forms: what they write, what they refuse, and that nothing is lost."""

import re
from pathlib import Path
from urllib.parse import urlencode

import pytest

from chatbot.corpus.corpus import load_corpus
from chatbot.preview.explain import Explainer
from chatbot.query.question import Question
from chatbot.settings import Settings
from chatbot.workshop.workshop import Workshop
from tests.support.client import Client
from tests.support.fakes import ARTICLE, HashEmbedder, WordReader, write_article
from tests.workshop.test_server import LOCAL, TOKEN, build_preview

PLAIN = "Naloxone can undo an overdose of opioids. It works for half an hour. The spray goes into the nose.\n"


@pytest.fixture
def workshop(small_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """A workshop over the small corpus and a draft, with a reader that counts words."""
    monkeypatch.setattr("chatbot.preview.explain.load_reader", lambda _: WordReader())
    write_article(small_settings.corpus / "plain", PLAIN, status="draft")
    return Workshop(Explainer.open(small_settings, HashEmbedder()), small_settings)


class Editor:
    """Somebody who sends forms and follows where they lead."""

    def __init__(self, workshop: Workshop) -> None:
        self._client = Client(build_preview(workshop, token=TOKEN), address="127.0.0.1")

    def see(self, page: str) -> str:
        """A page."""
        return self._client.get(f"/{TOKEN}/{page}", headers=LOCAL).text

    def send(self, page: str, *more: tuple[str, str], **fields: str) -> str:
        """The page that follows a form."""
        answer = self._client.ask(
            "POST",
            f"/{TOKEN}/{page}",
            content=urlencode([*fields.items(), *more]),
            headers={**LOCAL, "content-type": "application/x-www-form-urlencoded"},
        )
        return self.see(answer.headers["location"]) if answer.status_code == 303 else answer.text


@pytest.fixture
def editor(workshop: Workshop) -> Editor:
    """An editor at the workshop."""
    return Editor(workshop)


def files(corpus: Path) -> dict[Path, bytes]:
    """Every file of a corpus, hidden ones too."""
    return {path: path.read_bytes() for path in corpus.rglob("*") if path.is_file()}


def questions_of(workshop: Workshop, label: str) -> list[str]:
    """What stands under a label in the files now."""
    return [question.text for of, question in workshop.questions() if of == label]


def test_question_is_added_from_a_trial(editor: Editor, workshop: Workshop) -> None:
    """A question that was tried goes to the likely answer with one button, is shown as a line, and undone with one."""
    before = files(workshop.desk.settings.corpus)
    page = editor.send("try", question="marks on his arm", language="en")
    assert '<button name="to" value="small/signs">Add this question to this answer</button>' in page

    shown = editor.send("question", question="marks on his arm", language="en", to="small/signs")

    assert re.search(r'<span class="come">\+.*&#34;marks on his arm&#34;', shown)
    assert "marks on his arm" in questions_of(workshop, "small/signs")
    assert workshop.stale
    assert "they answer as before" in editor.send("try", question="x", language="en")
    assert "undone" in editor.send("undo")
    assert files(workshop.desk.settings.corpus) == before


def test_question_goes_to_a_topic_or_a_new_one(editor: Editor, workshop: Workshop) -> None:
    """A question that no article answers goes to a topic, or makes one."""
    editor.send("question", question="is there a bus", language="en", label="not-covered/cost")
    assert "is there a bus" in questions_of(workshop, "not-covered/cost")
    editor.send("question", question="dónde hay un autobús", language="es", topic="buses")
    assert questions_of(workshop, "not-covered/buses") == ["dónde hay un autobús"]
    assert "No answer and no topic is chosen" in editor.send("question", question="any", language="en", label="")


def test_answer_is_made_of_a_passage(editor: Editor, workshop: Workshop) -> None:
    """A passage becomes an answer with what the page offers and its questions, one a line."""
    start, end = PLAIN.index("It works"), PLAIN.index(" The spray")
    address = re.search(r'href="(passage\?[^"]*)">It works', editor.see("missing"))
    assert address
    assert "It works for half an hour.</blockquote>" in editor.see(address.group(1).replace("&amp;", "&"))

    editor.send(
        "passage",
        **{"article": "plain", "start": str(start), "end": str(end), "name": "How long", "ask-en": "How long?"},
        **{"questions-en": "how long does it work\r\n\r\nwhen is it over\r\n", "questions-es": "cuánto dura"},
    )

    answer = workshop.desk.answer("plain/how-long")
    assert [answer.document.slice(span) for span in answer.stretches] == ["It works for half an hour."]
    assert answer.ask == {"en": "How long?"}
    assert [question.text for question in answer.questions] == [
        "how long does it work",
        "when is it over",
        "cuánto dura",
    ]


def test_answer_gets_questions_and_loses_one(editor: Editor, workshop: Workshop) -> None:
    """The form of an answer changes what the page offers and adds questions; each can be taken away again."""
    editor.send("answer", **{"label": "small/signs", "ask-en": "Which signs?", "questions-es": "hay señales"})
    assert workshop.desk.answer("small/signs").ask == {"en": "Which signs?"}
    assert "hay señales" in questions_of(workshop, "small/signs")
    editor.send("take-away", label="small/signs", question="hay señales")
    assert "hay señales" not in questions_of(workshop, "small/signs")
    again = editor.send("answer", **{"label": "small/signs", "ask-en": "Which signs?"})
    assert "There was nothing new in it." in again


def test_topics_come_near_and_are_taken(editor: Editor, workshop: Workshop) -> None:
    """Questions of a topic that an answer seems to answer are proposed, and taken one by one or all, never alone."""
    for question in ("does the spray naloxone work for opioids", "naloxone spray works how"):
        editor.send("question", question=question, language="en", label="not-covered/weather")
    workshop.bench = Explainer.open(workshop.desk.settings, HashEmbedder())
    span = {"article": "plain", "start": "0", "end": str(len(PLAIN) - 1)}
    editor.send("passage", **span, name="naloxone")
    before = files(workshop.desk.settings.corpus)

    page = editor.see("answer?of=plain/naloxone&near=1")

    assert "of the topic <i>weather</i>" in page
    assert files(workshop.desk.settings.corpus) == before
    editor.send("take", label="plain/naloxone", question="naloxone spray works how")
    assert questions_of(workshop, "plain/naloxone") == ["naloxone spray works how"]
    assert "naloxone spray works how" not in questions_of(workshop, "not-covered/weather")
    every = [("all", "does the spray naloxone work for opioids"), ("all", "naloxone spray works how")]
    editor.send("take", *every, label="plain/naloxone", take="all")
    assert len(questions_of(workshop, "plain/naloxone")) == 2
    page_of_families = {
        one.text for topic in load_corpus(workshop.desk.settings.corpus).topics for one in topic.questions
    }
    assert "naloxone spray works how" in page_of_families  # the draft takes nothing from families


def test_refused_form_comes_back(editor: Editor, workshop: Workshop) -> None:
    """A form that would break the corpus changes nothing, says why, and comes back with everything typed in it."""
    before = files(workshop.desk.settings.corpus)
    place = {"article": "small", "start": str(ARTICLE.index("Signs can")), "end": str(ARTICLE.index("A doctor") + 18)}
    shown = editor.send("passage", **place, **{"questions-en": "typed <b>one</b>\ntyped two"})
    assert "Refused, nothing is changed" in shown
    assert "runs over a heading or a left-out stretch" in shown
    assert "typed &lt;b&gt;one&lt;/b&gt;\ntyped two</textarea>" in shown
    assert 'action="passage"' in shown
    about = workshop.desk.settings.corpus / "plain" / "about.toml"
    about.write_text(about.read_text(encoding="utf-8") + 'odd = "x"\n', encoding="utf-8")
    shown = editor.send("question", question="any", language="en", to="small/signs")
    assert "`odd` is unknown" in shown
    about.write_bytes(before[about])
    assert files(workshop.desk.settings.corpus) == before


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("passage", {"article": "../plain", "start": "0", "end": "5"}),
        ("passage", {"article": "plain", "start": "0", "end": "99999"}),
        ("passage", {"article": "plain", "start": "-1", "end": "x"}),
        ("passage", {"article": "plain", "start": "0", "end": "40", "name": "../../x", "questions-en": "a"}),
        ("answer", {"label": "../small/signs", "questions-en": "a"}),
        ("answer", {"label": "small/../small/signs", "questions-en": "a"}),
        ("answer", {"label": "not-covered/../x", "questions-en": "a"}),
        ("question", {"question": "a", "language": "en", "to": "/etc/passwd"}),
        ("question", {"question": "", "language": "en", "to": "small/signs"}),
        ("question", {"question": "a", "language": "../..", "label": "not-covered/none"}),
        ("take", {"label": "small/none", "question": "a"}),
        ("take-away", {"label": "small/signs", "question": "never asked"}),
        ("approve", {"article": "../plain", "by": "Ana Diaz, nurse"}),
        ("approve", {"article": "plain", "by": "Ana"}),
        ("undo", {}),
        ("try/../build", {}),
        ("..%2f..%2fx", {}),
    ],
)
def test_nothing_else_is_written(editor: Editor, workshop: Workshop, page: str, fields: dict[str, str]) -> None:
    """Names and places that are none of the corpus write no file anywhere in it or beside it."""
    folder = workshop.desk.settings.corpus.parent
    before = {path for path in folder.rglob("*") if "index" not in path.parts}
    known = files(workshop.desk.settings.corpus)

    shown = editor.send(page, **fields)

    changed = {path for path, raw in files(workshop.desk.settings.corpus).items() if known.get(path) != raw}
    assert changed <= {workshop.desk.settings.corpus / "plain" / "questions.toml"}  # a name is made plain
    assert {path for path in folder.rglob("*") if "index" not in path.parts} - before <= changed
    assert not changed or "name = &#34;x&#34;" in shown


def test_file_changed_meanwhile_is_not_overwritten(editor: Editor, workshop: Workshop) -> None:
    """What somebody wrote into a file since is kept: an undo is refused."""
    editor.send("question", question="one more", language="en", to="small/signs")
    path = workshop.desk.settings.corpus / "small" / "questions.toml"
    path.write_text(path.read_text(encoding="utf-8") + "# by hand\n", encoding="utf-8")
    assert "changed meanwhile" in editor.send("undo")
    assert path.read_text(encoding="utf-8").endswith("# by hand\n")
    assert len(workshop.desk.done) == 1


def test_approval_is_written(editor: Editor, workshop: Workshop) -> None:
    """Who has read a draft approves it with name and role; the page then says so."""
    assert "draft: families do not see it" in editor.see("article?number=1")
    editor.send("approve", article="plain", by="Ana Diaz, nurse")
    assert "approved by Ana Diaz, nurse" in editor.see("article?number=1")
    assert load_corpus(workshop.desk.settings.corpus).drafts == ()


def test_questions_are_found(editor: Editor) -> None:
    """A search finds the questions with all of its words, in one language or of one answer where that is chosen."""
    page = editor.see("questions?find=MEDICINE+for")
    assert re.findall(r"<p>(\d+) questions", page) == ["1"]
    assert "is there a medicine for it" in page
    assert re.findall(r"<p>(\d+) questions", editor.see("questions?label=small/signs&language=es")) == ["2"]


def test_what_is_missing(editor: Editor, tmp_path: Path) -> None:
    """Drafts, unsigned notices, poor answers and twins are listed, drafts first."""
    editor.send("question", question="what are the SIGNS?", language="en", to="small/medicines")
    heads = re.findall(r"<h2>\d+ ([^<]*)</h2>", editor.see("missing"))
    assert heads == [
        *("drafts", "notices that nobody has signed", "answers with fewer than 20 questions", "sentences in no answer"),
        "questions that stand under two things",
    ]


def test_notices_stand_side_by_side(editor: Editor, workshop: Workshop) -> None:
    """Every notice is there in each language, and who signed it or that nobody did."""
    page = editor.see("notices")
    for wording in workshop.bench.chatbot.wordings.values():
        assert [notice.id for notice in wording.notices.values() if notice.id not in page] == []
    assert "signed by nobody" in page


def test_conversation_is_the_one_of_the_page(editor: Editor, workshop: Workshop) -> None:
    """Earlier messages are answered first, and the last one knows what they were told, as on the page."""
    said = ("what are the signs", "which medicines are used")
    asked, before = workshop.conversation(Question("what about it", said))
    assert tuple(exchange.question.text for exchange in before.exchanges) == said
    assert [place.document for place in asked.quoted] == ["small", "small"]
    page = editor.send("try", question="what about it", history="\n".join(said), language="en")
    assert page.count("class=&quot;asked&quot;") == 3
    assert 'value="what are the signs\nwhich medicines are used\nwhat about it"' in page


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("which medicines are used", "Quote 1: small/medicines, sure: no other answer comes near."),
        ("how much does it cost who pays for it", "It was taken for the topic “cost”."),
        ("his lips are blue", "A notice stands alone"),
    ],
)
def test_why_is_said_in_words(editor: Editor, question: str, words: str) -> None:
    """Each reply is explained in words, and the numbers are folded."""
    page = editor.send("try", question=question, language="en")
    assert words in page
    assert page.index(words) < page.index("<details><summary>Numbers</summary>")
