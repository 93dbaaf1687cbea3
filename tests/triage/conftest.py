"""The small grammar of the tests, and the one that is shipped."""

from pathlib import Path

import pytest

from chatbot.query.gloss import load_gloss
from chatbot.query.glossary import common_words
from chatbot.settings import ROOT
from chatbot.triage.sign_file import load_grammar
from chatbot.triage.signs import Grammar
from tests.support.fakes import SIGNS


@pytest.fixture(scope="session")
def grammar(tmp_path_factory: pytest.TempPathFactory) -> Grammar:
    """Three signs and four cancellations."""
    path: Path = tmp_path_factory.mktemp("signs") / "signs.toml"
    path.write_text(SIGNS, encoding="utf-8")
    return load_grammar(path, real={})


@pytest.fixture(scope="session")
def shipped() -> Grammar:
    """The signs of corpus/signs.toml, as the page reads them."""
    forms = load_gloss(ROOT / "corpus" / "gloss-es.toml").forms
    return load_grammar(ROOT / "corpus" / "signs.toml", real={"en": common_words(), "es": forms})
