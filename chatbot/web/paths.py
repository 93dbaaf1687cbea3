"""Allow-list of URL paths: method, label in the metrics, and whether a request counts as a question. No handlers.

Gradio opens routes that store uploads, write transcripts to disk and fetch other hosts. Only the paths of these tables
are let through; every other path is 404.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

_LANGUAGE = r"(?:/[a-z][a-z])?"  # Gradio's page in another language stands under its code
ASK_PATH = "/v1/ask"
JOIN = "/gradio_api/queue/join"
DATA = "/gradio_api/queue/data"
HEARTBEAT = "/gradio_api/heartbeat/"
SESSION = r"\w{1,64}"  # what a tab may name its conversation
FORM_PATH = "/ask"
EXIT_SCRIPT = "/shell/exit.js"


@dataclass(frozen=True, slots=True)
class ServedPath:
    """One kind of path. ``kind`` names it in the metrics.

    ``immutable``: a browser may keep it for ever. ``asks``: a request counts as a question. ``idle``: it stays open as
    long as a tab is open.
    """

    pattern: re.Pattern[str]
    method: str = "GET"
    kind: str = "other"
    immutable: bool = False
    asks: bool = False
    idle: bool = False


def _get(pattern: str, kind: str = "other", *, immutable: bool = False, idle: bool = False) -> ServedPath:
    return ServedPath(re.compile(pattern), kind=kind, immutable=immutable, idle=idle)


def _post(pattern: str, kind: str = "other", *, asks: bool = False) -> ServedPath:
    return ServedPath(re.compile(pattern), method="POST", kind=kind, asks=asks)


PAGE = (
    _get("/", "page"),
    _get("/ready|/privacy"),
    _get(r"/robots\.txt|/shell/[a-z]{1,20}\.js", "file"),
    _get(r"/article/\d{1,4}", "article"),
    _get(rf"{_LANGUAGE}/(?:assets|static)/(?:[\w-]+/)*[\w.-]+", "file", immutable=True),
    _get(rf"{_LANGUAGE}/theme\.css", "file"),
    _get(rf"{_LANGUAGE}(?:/config|/gradio_api/(?:info|startup-events|app_id))"),
    _get(rf"{_LANGUAGE}{DATA}", "answer"),
    _get(rf"{_LANGUAGE}{HEARTBEAT}{SESSION}", idle=True),
    _post(rf"{_LANGUAGE}{JOIN}", "question", asks=True),
    _post(rf"{_LANGUAGE}/gradio_api/cancel"),
    _post(FORM_PATH, "question", asks=True),
)
API = (_get(r"/docs|/openapi\.json"), _post(ASK_PATH, "question", asks=True))
# The pages of the editor's workshop, behind its token.
PREVIEW = (
    _get("/|/(?:topics|try|article|answer|passage|questions|missing|notices|changes|build)"),
    _post("/(?:try|answer|passage|question|take|take-away|approve|undo|build)"),
)


def find_path(paths: Iterable[ServedPath], path: str, method: str) -> ServedPath | None:
    """The entry for a path and method; None when it is not served. HEAD is served as GET is.

    >>> find_path(API, "/v1/ask", "POST").kind, find_path(PAGE, "/upload", "POST")
    ('question', None)
    """
    wanted = "GET" if method == "HEAD" else method
    return next((one for one in paths if one.method == wanted and one.pattern.fullmatch(path)), None)


def is_api(path: str) -> bool:
    """Whether a path belongs to the API, whatever the method."""
    return any(one.pattern.fullmatch(path) for one in API)


def kind_of(path: str) -> str:
    """What a path asks for, in one word that says nothing about the person.

    >>> kind_of("/es/gradio_api/queue/join"), kind_of("/article/1"), kind_of("/wp-login.php")
    ('question', 'article', 'other')
    """
    return next((one.kind for one in (*PAGE, *API) if one.pattern.fullmatch(path)), "other")


def is_idle(path: str) -> bool:
    """Whether a request for this path only says that a tab is open."""
    return any(one.idle and one.pattern.fullmatch(path) for one in PAGE)
