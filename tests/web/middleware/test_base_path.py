"""The page on a part of a site."""

import re

import pytest

from chatbot.settings import Settings
from chatbot.web.asgi import build_server
from tests.support.client import Client
from tests.support.page_fakes import FakeChatbot, made

BASE = "/family-support"


@pytest.fixture(scope="module")
def client() -> Client:
    """Somebody who asks a page below a base path."""
    return Client(made(lambda: build_server(FakeChatbot(Settings(base_path=BASE, question_burst=10_000)))))


@pytest.mark.parametrize("path", ["/", "/?lang=es", "/article/1", "/nothing"])
def test_every_own_link_has_the_base_path(client: Client, path: str) -> None:
    """No link of the page, of an article or of a refusal leads out of the part of the site that is ours."""
    page = client.get(f"{BASE}{path}").text
    links = re.findall(r'(?:src|href|content|data-address)="(/[^"]*)"', page)
    assert links
    assert [link for link in links if not link.startswith(f"{BASE}/")] == []


def test_own_links_lead_somewhere(client: Client) -> None:
    """Each of these links is answered, also when the proxy takes the base path away before."""
    links = re.findall(r'(?:src|href|content)="(/[^"#]*)', client.get(f"{BASE}/").text)
    assert [link for link in links if client.get(link.replace("&amp;", "&")).status_code != 200] == []
    assert [link for link in links if client.get(link.removeprefix(BASE)).status_code != 200] == []


def test_base_path_alone_is_the_page(client: Client) -> None:
    """Without its last slash the address brings the page as well; a longer name is another place."""
    assert "gradio_config" in client.get(BASE).text
    assert client.get(f"{BASE}er/").status_code == 404


def test_questions_are_let_in_and_guarded(client: Client) -> None:
    """Below the base path the guard stands as it does at the root."""
    body = {"data": ["signs", None, "en", ""], "fn_index": 0, "session_hash": "abc"}
    assert client.ask("POST", f"{BASE}/gradio_api/queue/join", json=body).status_code == 200
    assert client.ask("POST", f"{BASE}/gradio_api/upload", json=body).status_code == 404
    assert client.get(f"{BASE}/").headers["cache-control"] == "no-store"


def test_gradio_knows_where_it_is(client: Client) -> None:
    """The part of the page that is Gradio's asks below the base path, too, in each language."""
    for query, root in (("", BASE), ("?lang=es", f"{BASE}/es")):
        assert f'"root":"http://families.example.org{root}"' in client.get(f"{BASE}/{query}").text.replace(
            '": "', '":"'
        )
