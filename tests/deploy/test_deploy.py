"""What is in deploy/ does what it says: the container file, the unit, and nginx in front of the page."""

import json
import re
import shutil
import signal
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from playwright.sync_api import Browser, expect

from chatbot.settings import ROOT, Settings
from chatbot.web.asgi import build_server
from tests.browser.browser import GRADIO_AND_PANDAS, PHONE, ask, opened, served
from tests.support.page_fakes import FakeChatbot
from tests.web.test_server import BODY, answer_of, free_port, until

DEPLOY = ROOT / "deploy"
BASE = "/family-support"
MARKER = "Zebrafinch"

pytestmark = pytest.mark.filterwarnings(GRADIO_AND_PANDAS)


def text(name: str) -> str:
    """One file of deploy/."""
    return (DEPLOY / name).read_text(encoding="utf-8")


def test_container_is_pinned_and_has_no_root() -> None:
    """The base image has an exact version; the program runs as a user by number, with a health check."""
    lines = text("Containerfile")
    assert re.findall(r"^FROM python:3\.\d+\.\d+-slim-\w+$", lines, re.MULTILINE)
    assert re.findall(r"^USER (\d+):\1$", lines, re.MULTILINE) == ["10001"]
    assert lines.index("USER ") < lines.index("\nCMD ")
    assert "HEALTHCHECK" in lines
    assert "latest" not in lines


def test_container_gets_all_it_needs() -> None:
    """Everything that is copied into the image exists, and nothing is left out that the ignore file would keep away."""
    sources = [
        name for line in re.findall(r"^COPY (.+) \S+$", text("Containerfile"), re.MULTILINE) for name in line.split()
    ]
    assert [name for name in sources if not (ROOT / name).exists()] == []
    let_in = {line[1:].removesuffix("**") for line in text("Containerfile.dockerignore").splitlines() if line[0] == "!"}
    assert set(sources) == let_in


def test_settings_in_deploy_exist() -> None:
    """Every setting that a file of deploy/ or its guide names is one."""
    for path in [*DEPLOY.iterdir(), ROOT / "docs" / "operating.md"]:
        for name in re.findall(r"CHATBOT_([A-Z_]+[A-Z])\b", path.read_text(encoding="utf-8")):
            assert name in ("NAME",) or hasattr(Settings(), name.lower()), (path.name, name)


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd-analyze is not installed")
def test_unit_is_sound_and_confined(tmp_path: Path) -> None:
    """The unit has no fault, and systemd's own measure of its exposure is below 2 of 10."""
    path = tmp_path / "word-for-word.service"
    path.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text(path.name), flags=re.MULTILINE))
    verified = subprocess.run(["systemd-analyze", "verify", path], capture_output=True, text=True, check=False)
    assert (verified.returncode, verified.stderr) == (0, "")
    command = ["systemd-analyze", "security", "--offline=true", path]
    measured = subprocess.run(command, capture_output=True, text=True, check=False)
    (exposure,) = re.findall(r"Overall exposure level for \S+: ([\d.]+)", measured.stdout)
    assert float(exposure) < 2


class Site(NamedTuple):
    """nginx in front of the page, somebody who asks it, and the folder that holds what it writes."""

    address: str
    folder: Path
    client: httpx.Client


def configured(folder: Path, page: str, *, base: str) -> int:
    """Write the example as an operator would, over other ports and folders; the port that it listens on."""
    port, plain = free_port(), free_port()
    site = text("nginx.conf")
    for old, new in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        ("/etc/ssl/support.clinic.example.pem", f"{folder}/site.pem"),
        ("/etc/ssl/private/support.clinic.example.key", f"{folder}/site.key"),
        ("/var/log/nginx/word-for-word.log", f"{folder}/error.log"),
        ("/var/www/word-for-word", str(folder)),
        ("include word-for-word-proxy.conf", f"include {DEPLOY}/nginx-proxy.conf"),
        ("http://127.0.0.1:7860", page),
        ("location / {", f"location {base}/ {{"),
    ):
        assert old in site, old
        site = site.replace(old, new)
    folders = "".join(
        f"{name}_temp_path {folder}/{name};" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log stderr; events {{}} http {{ {folders} types {{ text/html html; }} {site} }}"
    )
    (folder / "word-for-word-help.html").write_text("<a href=tel:911>911</a>")
    command = f"openssl req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN=127.0.0.1 -keyout {folder}/site.key"
    subprocess.run([*command.split(), "-out", f"{folder}/site.pem"], capture_output=True, check=True)
    return port


needs_nginx = pytest.mark.skipif(
    not (shutil.which("nginx") and shutil.which("openssl")), reason="nginx or openssl is not installed"
)


@pytest.fixture(
    scope="module",
    params=[pytest.param(base, marks=[pytest.mark.slow, needs_nginx]) for base in ("", BASE)],
    ids=["root", "part of a site"],
)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The example, at the root and on a part of a site, in front of the page over the fake chatbot."""
    base, folder = str(request.param), tmp_path_factory.mktemp("nginx")
    settings = Settings(base_path=base, trusted_proxy="127.0.0.1", question_burst=10_000, stop_file=folder / "stop")
    with served(lambda: build_server(FakeChatbot(settings))) as page:
        port = configured(folder, page, base=base)
        checked = subprocess.run(
            ["nginx", "-t", "-c", folder / "nginx.conf"], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        with (
            subprocess.Popen(
                ["nginx", "-g", "daemon off; master_process off;", "-c", folder / "nginx.conf"]
            ) as process,
            client(f"https://127.0.0.1:{port}{base}", folder) as asking,
        ):
            until(lambda: asking.get("/ready").status_code == 200, seconds=20)
            yield Site(str(asking.base_url).rstrip("/"), folder, asking)
            process.send_signal(signal.SIGTERM)


def client(address: str, folder: Path) -> httpx.Client:
    """Somebody who does not mind that the certificate is homemade."""
    context = ssl.create_default_context(cafile=f"{folder}/site.pem")
    context.check_hostname = False
    return httpx.Client(base_url=address, verify=context, timeout=20)


def test_page_knows_its_own_address(site: Site) -> None:
    """Behind nginx the page asks for its parts over the address, and the secure protocol, that the browser used."""
    page = site.client.get("/", headers={"x-forwarded-host": "evil.example", "x-forwarded-prefix": "/evil"}).text
    (config,) = re.findall(r"window\.gradio_config = (.*?);</script>", page)
    assert json.loads(config)["root"] == site.address
    assert "evil" not in page


def test_headers_pass(site: Site) -> None:
    """The page's own security headers arrive, each once."""
    headers = site.client.get("/").headers
    assert len(headers.get_list("content-security-policy")) == 1
    assert "frame-ancestors 'self'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"


def test_answer_comes_as_it_is_made(site: Site) -> None:
    """An answer's events arrive at once, not when a buffer is full."""
    assert (
        site.client.post("/gradio_api/queue/join", json={**BODY, "data": ["slow signs", None, "en", ""]}).status_code
        == 200
    )
    begun = time.monotonic()
    with site.client.stream("GET", "/gradio_api/queue/data", params={"session_hash": "abc"}) as stream:
        lines = stream.iter_lines()
        assert next(line for line in lines if line)
        assert time.monotonic() - begun < 1
        assert "<blockquote" in answer_of(lines)


@pytest.mark.browser
def test_page_works_behind_nginx(browser: Browser, site: Site) -> None:
    """A person can ask, open the article at a quote, switch the language and go to the article's own page."""
    context = browser.new_context(viewport=PHONE, ignore_https_errors=True)
    page = context.new_page()
    failed: list[str] = []
    page.on("response", lambda response: failed.append(response.url) if response.status >= 400 else None)
    page.on("pageerror", lambda error: failed.append(str(error)))
    outside: list[str] = []
    page.on("request", lambda request: outside.append(request.url))
    opened(page, f"{site.address}/")
    ask(page, f"signs {MARKER}")
    page.locator("#log a.citation").click()
    expect(page.locator("#article .current").first).to_be_in_viewport()
    page.locator("#close-article").click()
    page.get_by_role("link", name="Español").click()
    expect(page.locator("#ask")).to_have_text("Preguntar")
    assert page.url == f"{site.address}/?lang=es"
    page.goto(f"{site.address}/article/1")
    page.locator("main a").first.click()
    page.wait_for_selector("#box textarea")
    assert page.url == f"{site.address}/"
    assert failed == []
    assert [url for url in outside if not url.startswith((f"{site.address}/", "data:"))] == []
    context.close()


@pytest.mark.browser
def test_switch_reaches_an_open_page(browser: Browser, site: Site) -> None:
    """With a page open and a question typed, the switch brings the numbers, keeps the text, and holds on reload."""
    context = browser.new_context(ignore_https_errors=True)
    page = opened(context.new_page(), f"{site.address}/")
    (site.folder / "stop").touch()
    try:
        page.fill("#box textarea", "signs")
        page.press("#box textarea", "Enter")
        expect(page.locator("#trouble")).to_contain_text("does not answer questions right now")
        expect(page.locator(".bar a[href='tel:911']")).to_be_visible()
        assert page.input_value("#box textarea") == "signs"
        page.reload()
        expect(page.locator("main")).to_contain_text("does not answer questions right now")
        page.locator("main li a[href*='/article/']").first.click()
        expect(page.locator("#text h1")).to_be_visible()
    finally:
        (site.folder / "stop").unlink()
    context.close()


def test_flood_is_held_off(site: Site) -> None:
    """More questions than a house asks are refused by nginx with the status that the page knows."""
    statuses = [site.client.post("/gradio_api/queue/join", json=BODY).status_code for _ in range(40)]
    assert 429 in statuses
    assert set(statuses) <= {200, 429}


@pytest.mark.slow
@needs_nginx
def test_numbers_are_there_when_the_page_is_down(tmp_path: Path) -> None:
    """With nothing behind it nginx shows the help page that the operator has put there."""
    port = configured(tmp_path, f"http://127.0.0.1:{free_port()}", base="")
    command = ["nginx", "-g", "daemon off; master_process off;", "-c", tmp_path / "nginx.conf"]
    with subprocess.Popen(command) as process, client(f"https://127.0.0.1:{port}", tmp_path) as asking:
        until(lambda: asking.get("/").status_code, seconds=20)
        down = asking.get("/")
        process.send_signal(signal.SIGTERM)
    assert (down.status_code, "tel:911" in down.text) == (502, True)
    assert "frame-ancestors" in down.headers["content-security-policy"]


def test_nothing_is_written(site: Site) -> None:
    """After all this, neither an address nor a request stands in anything that nginx wrote."""
    site.client.get(f"/article/1?quote={MARKER}")
    written = [
        path for path in site.folder.rglob("*") if path.is_file() and path.suffix not in (".key", ".pem", ".conf")
    ]
    for path in written:
        assert MARKER not in path.read_text(errors="replace"), path
        assert path.suffix != ".log" or "127.0.0.1" not in path.read_text(errors="replace")
