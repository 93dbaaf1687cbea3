"""The editor's afternoon in small, in a browser: add, look, write an answer, build, try, approve, build, ask."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from chatbot.commands.cli import main
from chatbot.models.encoder import load_embedder
from chatbot.preview.explain import Explainer
from chatbot.settings import Settings
from chatbot.workshop.server import build_preview
from chatbot.workshop.workshop import Workshop
from tests.browser.browser import WIDE, served
from tests.conftest import REAL_CORPUS
from tests.support.fakes import ARTICLE, EMERGENCIES, QUESTIONS, REQUESTS, TOPICS, write_corpus, write_model

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEAFLET = """# Keeping pills safe

## At home

Lock the pills in a box. Children find what lies about.

## Later

Bring old pills to a pharmacy. They are burned there.
"""
ASKED = "where do we keep the pills"
TOKEN = "token-of-a-test"
BUILT = 120_000  # milliseconds: a process of its own loads libraries for tens of seconds on a busy machine


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A corpus with a real model of a few kilobytes, named by the environment as an operator's is."""
    corpus = write_corpus(tmp_path, notices=REAL_CORPUS / "notices")
    texts = [ARTICLE, QUESTIONS, TOPICS, EMERGENCIES, REQUESTS, LEAFLET, ASKED]
    settings = Settings(
        corpus=corpus, index=tmp_path / "index", model=str(write_model(tmp_path / "model", texts)), reader="none"
    )
    for name in ("corpus", "index", "model", "reader"):
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", str(getattr(settings, name)))
    return settings


@pytest.fixture
def editor(settings: Settings, browser: "Page") -> Iterator[Page]:
    """A browser at the workshop, after ``add``; fails when the page runs a script that fails."""
    leaflet = settings.corpus.parent / "leaflet.md"
    leaflet.write_text(LEAFLET, encoding="utf-8")
    assert main(["add", str(leaflet), "--name", "pills"]) == 0
    workshop = Workshop(Explainer.open(settings, load_embedder(settings)), settings)
    with served(lambda: build_preview(workshop, token=TOKEN)) as address:
        page = browser.new_page(viewport=WIDE)
        page.goto(f"{address}/{TOKEN}/")
        yield page
        page.close()


def test_afternoon(editor: Page, settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    """An editor makes an answer of a draft with forms alone; families get it after the approval and not before."""
    page = editor
    expect(page.get_by_role("row", name=re.compile("Keeping pills safe"))).to_contain_text("draft")
    page.get_by_role("link", name="Keeping pills safe").click()
    page.locator("section[id^=lock-the-pills]").get_by_role("link", name="write questions").click()
    page.fill("[name=ask-en]", "How do we keep pills safe?")
    page.fill(
        "[name=questions-en]", f"{ASKED}\nlock pills box where\nchildren find pills\npills at home\nbox for pills"
    )
    page.get_by_role("button", name="Save").click()
    expect(page.locator("pre .come").first).to_be_visible()

    page.get_by_role("button", name="Build, to try it here").click()
    expect(page.locator(".notice")).to_contain_text("Built with drafts", timeout=BUILT)
    page.get_by_role("link", name="Try a question").first.click()
    page.fill("textarea[name=question]", ASKED)
    page.get_by_role("button", name="Try").click()
    families = page.frame_locator("iframe.families")
    expect(families.locator(".quote").first).to_contain_text("Lock the pills in a box.")
    expect(page.locator("main")).to_contain_text("Quote 1: pills/lock-the-pills-in")

    page.fill("textarea[name=question] >> nth=0", "box with a key")
    page.get_by_role("button", name="Try").click()
    page.get_by_role("button", name="Add this question to this answer").first.click()
    expect(page.locator("main")).to_contain_text("box with a key")
    page.get_by_role("button", name="Undo this").click()
    expect(page.locator(".notice")).to_contain_text("undone")

    assert main(["build"]) == 0
    capsys.readouterr()
    assert main(["ask", "--json", ASKED]) == 0
    assert "Lock the pills" not in capsys.readouterr().out
    page.get_by_role("link", name="Articles").click()
    page.get_by_role("link", name="Keeping pills safe").click()
    page.fill("[name=by]", "Ana Diaz, nurse")
    page.get_by_role("button", name="Approve").click()
    page.get_by_role("button", name="Build for families").click()
    expect(page.locator(".notice")).to_contain_text("Built for families", timeout=BUILT)
    assert main(["ask", "--json", ASKED]) == 0
    assert "Lock the pills in a box." in capsys.readouterr().out
