"""Who imports whom. The reading order is the tree of README.md; it is the import order, too."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.settings import ROOT
from tests.test_readme import tree

PACKAGE = ROOT / "chatbot"
MODULES = sorted(path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__")

# Third-party packages that only these modules may import.
ONLY = {
    "sentence_transformers": {"embedder", "adapting"},  # the latter for the name of its type only
    "huggingface_hub": {"embedder"},
    "torch": {"embedder", "adapting"},
    "safetensors": {"adapter"},
    "transformers": {"embedder"},
    "faiss": {"vectors"},
    "sklearn": {"classifier"},
    "scipy": {"classifier"},
    "bm25s": {"lexical"},
    "sentencex": {"splitting"},
    "symspellpy": {"glossary"},
    "py3langid": {"language"},
    "inscriptis": {"markup"},
    "lxml": {"markup"},
    "markdown_it": {"converting"},
    "mammoth": {"converting"},
    "pdfminer": {"pdf"},
    "gradio": {"page"},
    "fastapi": {"page", "api", "fixed", "server", "preview"},
    "pydantic": {"api"},
    "uvicorn": {"serving", "__main__"},
    "prometheus_client": {"ledger"},
    "tqdm": {"__main__"},
    "pickle": set(),
    "joblib": set(),
    "requests": set(),
    "httpx": {"remote"},  # asks the operator's own cluster, and nobody else
    "ray": {"cluster", "parallel"},
    "pymilvus": {"milvus"},
    "urllib.request": set(),
}


def imports(path: Path) -> Iterator[str]:
    """The full name of every module that a file imports, at its top or within a function."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module)
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def reading_order() -> list[str]:
    """The modules of the package, as README.md lists them."""
    return [path.stem for path in tree() if path.parent.name == "chatbot" and path.suffix == ".py"]


@pytest.mark.parametrize("module", MODULES)
def test_imports_only_what_was_read_before(module: str) -> None:
    """A module imports only modules that stand above it in README.md."""
    order = reading_order()
    known = {f"chatbot.{name}" for name in MODULES}
    imported = {name.partition(".")[2] for name in imports(PACKAGE / f"{module}.py") if name in known}

    assert sorted(name for name in imported if order.index(name) >= order.index(module)) == []


@pytest.mark.parametrize("package", ONLY)
def test_only_importer(package: str) -> None:
    """Each heavy or dangerous package is imported only where the architecture says."""
    importers = {
        module
        for module in MODULES
        if any(f"{name}.".startswith(f"{package}.") for name in imports(PACKAGE / f"{module}.py"))
    }

    assert sorted(importers - ONLY[package]) == []


def test_page_knows_no_parts() -> None:
    """What is shown is made from replies, documents and wording: no page module reaches for the index or the model."""
    parts = {f"chatbot.{name}" for name in ("embedder", "index", "lexical", "classifier", "search")}
    for module in (
        "render",
        "article",
        "transcript",
        "shell",
        "privacy",
        "page",
        "dressing",
        "limit",
        "guard",
        "manual",
        "api",
        "server",
    ):
        assert parts.isdisjoint(imports(PACKAGE / f"{module}.py")), module


def test_importing_the_package_does_nothing() -> None:
    """Importing the package loads no library that takes seconds, and reads no file of the corpus."""
    heavy = ["torch", "transformers", "sentence_transformers", "faiss", "sklearn", "gradio"]
    script = f"import sys, chatbot, chatbot.corpus, chatbot.notices; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_serving_reads_no_files_of_other_kinds() -> None:
    """The page and the command line start without the libraries that read PDFs, Word files and HTML."""
    readers = ["pdfminer", "mammoth", "inscriptis"]
    script = f"import sys, chatbot.__main__, chatbot.server; print([m for m in {readers} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_modules_stay_small() -> None:
    """No module has more than 300 lines."""
    lengths = {module: len((PACKAGE / f"{module}.py").read_text(encoding="utf-8").splitlines()) for module in MODULES}

    assert {module: length for module, length in lengths.items() if length > 300} == {}


def test_nothing_outside_is_named_as_pickle() -> None:
    """No array is loaded or saved in a way that could run code."""
    for module in MODULES:
        for node in ast.walk(ast.parse((PACKAGE / f"{module}.py").read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", module
