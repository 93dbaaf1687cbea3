"""Who may open the workshop: this machine, under its token, with forms of its own."""

import pytest
from fastapi import FastAPI

from chatbot.workshop.access import LocalAccess
from tests.support.client import Client

TOKEN = "a-token-of-the-tests"


def client(address: str = "127.0.0.1") -> Client:
    """Somebody at this address, before a page that says which path it got."""
    app = FastAPI()

    @app.api_route("/{path:path}", methods=["GET", "POST"])
    def page(path: str) -> str:
        return f"path {path}"

    return Client(LocalAccess(app, token=TOKEN), address=address)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.8.0.1", "::1"])
def test_this_machine_with_the_token(address: str) -> None:
    """Behind the token every page is there for this machine."""
    assert client(address).get(f"/{TOKEN}/questions").json() == "path questions"
    assert client(address).ask("POST", f"/{TOKEN}/undo", headers={"sec-fetch-site": "same-origin"}).status_code == 200


@pytest.mark.parametrize("address", ["203.0.113.5", "10.0.0.2", "::ffff:203.0.113.5", "testclient", ""])
def test_other_machines_are_refused(address: str) -> None:
    """Another machine gets nothing, even with the token."""
    assert client(address).get(f"/{TOKEN}/").status_code == 404


@pytest.mark.parametrize(
    "path", ["/", "/questions", f"/{TOKEN}x/", f"/{TOKEN[:-1]}/", "/%20/", "//", f"/x/{TOKEN}/", f"/é{TOKEN}/"]
)
def test_without_the_token_nothing_is_there(path: str) -> None:
    """No path but that of the token leads anywhere, and nothing says whether it would exist."""
    for method in ("GET", "POST"):
        answer = client().ask(method, path)
        assert (answer.status_code, answer.text) == (404, "Not found")


@pytest.mark.parametrize("site", ["cross-site", "same-site", "odd"])
def test_forms_of_other_sites_are_refused(site: str) -> None:
    """A form that a browser says comes from elsewhere does nothing, even when it knows the token."""
    assert client().ask("POST", f"/{TOKEN}/undo", headers={"sec-fetch-site": site}).status_code == 404
