"""Import order: packages import only downwards, and heavy libraries stand in few modules."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from chatbot.settings import ROOT

PACKAGE = ROOT / "chatbot"
MODULES = {
    path.relative_to(ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__"): path
    for path in sorted(PACKAGE.rglob("*.py"))
}

# Packages and modules of chatbot/, lowest first. A module imports only from its own package and from tuples before its
# own: members of one tuple never import each other.
LAYERS = (
    ("errors",),
    ("settings",),
    ("corpus",),
    ("models", "query"),
    ("triage", "retrieval", "ingestion", "editing"),
    ("indexing", "answering"),
    ("service", "evaluation"),
    ("",),  # chatbot/__init__.py, the public name
    ("cluster", "web"),
    ("preview",),
    ("workshop",),
    ("commands",),
    ("__main__",),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}

# Third-party packages, and the only modules of chatbot/ that may import them.
ONLY = {
    "sentence_transformers": {
        "models.encoder",
        "models.library_model",
        "models.reader",
        "indexing.adapter_training",
    },  # the latter for a type's name only
    "huggingface_hub": {"models.encoder"},
    "torch": {
        "models.bert",
        "models.library_model",
        "models.reader",
        "indexing.adapter_training",
        "indexing.classifier_training",
    },
    "safetensors": {"models.adapter", "models.bert"},
    "transformers": {"models.library_model"},
    "onnx": {"models.reader_weights"},
    "onnxruntime": {"models.reader"},
    "tokenizers": {"models.bert", "models.reader"},
    "faiss": {"retrieval.faiss_store"},
    "mmh3": {"models.ngrams"},
    "sklearn": {"indexing.classifier_training"},
    "scipy": {
        "models.classifier",
        "models.ngrams",
        "indexing.classifier_training",
        "indexing.ranker_training",
        "ingestion.readers.pdf.pictures",
    },
    "bm25s": {"retrieval.bm25"},
    "sentencex": {"corpus.segmentation"},
    "syllapy": {"evaluation.reading_grade"},
    "symspellpy": {"query.glossary", "triage.spelling"},
    "py3langid": {"query.language"},
    "lxml": {
        *(
            f"ingestion.readers.html.{module}"
            for module in ("elements", "lists", "reader", "styles", "visibility", "walk")
        ),
        *(f"ingestion.readers.word.{module}" for module in ("marks", "package", "reader", "symbols", "tables")),
    },
    "tinycss2": {"ingestion.readers.html.styles"},
    "cssselect": {"ingestion.readers.html.styles"},
    "webencodings": {"ingestion.readers.decoding"},
    "markdown_it": {"ingestion.readers.markdown"},
    "mdit_py_plugins": {"ingestion.readers.markdown"},
    "pypdfium2": {f"ingestion.readers.pdf.{module}" for module in ("letters", "reader", "scans")},
    "jinja2": {"web.templating", "workshop.teach_page"},
    "tomlkit": {"editing.approving", "editing.bank_edits"},
    "gradio": {"web.gradio_page", "web.gradio_sessions"},
    "fastapi": {
        "web.gradio_page",
        "web.api",
        "web.plain_form",
        "web.routes",
        "web.asgi",
        "web.startup",
        "workshop.server",
        "workshop.edit_routes",
    },
    "pydantic": {"answering.contract", "web.api_docs"},
    "uvicorn": {"web.connections", "web.server", "commands.preview"},
    "prometheus_client": {"service.metrics"},
    "tqdm": {"commands.build", "commands.build_process", "commands.evaluate"},
    "filelock": {"indexing.folder_lock"},
    "pickle": set(),
    "joblib": set(),
    "requests": set(),
    "httpx": {"cluster.client"},  # asks the operator's own cluster, and no other host
    "ray": {"cluster.replica", "indexing.ray_encoder"},
    "pymilvus": {"retrieval.milvus_store"},
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


def member(module: str) -> str:
    """The package of chatbot/ that a module belongs to, or the module itself when it stands beside the packages."""
    return module.removeprefix("chatbot").lstrip(".").partition(".")[0]


def imported(path: Path) -> set[str]:
    """The modules of chatbot/ that a file imports."""
    return {name for name in imports(path) if name in MODULES and name != "chatbot"}


def test_every_package_has_a_rank() -> None:
    """LAYERS names every package and every module beside them, and nothing else."""
    assert {member(module) for module in MODULES} == set(RANK)


@pytest.mark.parametrize("module", MODULES)
def test_imports_run_downwards(module: str) -> None:
    """A module imports only from packages that LAYERS names before its own."""
    own = member(module)
    upwards = [name for name in imported(MODULES[module]) if member(name) != own and RANK[member(name)] >= RANK[own]]

    assert sorted(upwards) == []


def test_no_circles() -> None:
    """No module imports itself through others, within a package either."""
    waiting = {module: imported(path) - {module} for module, path in MODULES.items()}
    while free := [module for module, needs in waiting.items() if not needs & waiting.keys()]:
        for module in free:
            del waiting[module]

    assert waiting == {}


@pytest.mark.parametrize("package", ONLY)
def test_only_importer(package: str) -> None:
    """Each heavy or dangerous package is imported only where ONLY says."""
    importers = {
        module.removeprefix("chatbot.")
        for module, path in MODULES.items()
        if any(f"{name}.".startswith(f"{package}.") for name in imports(path))
    }

    assert sorted(importers - ONLY[package]) == []


def test_web_knows_no_models() -> None:
    """Pages are made of replies, articles and wording: web/ imports no model, no triage, no index and no training."""
    closed = {"models", "triage", "retrieval", "indexing"}
    reached = {
        (module, name)
        for module, path in MODULES.items()
        if member(module) == "web"
        for name in imported(path)
        if member(name) in closed
    }

    assert reached == set()


@pytest.mark.parametrize("package", sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py")))
def test_packages_are_empty(package: str) -> None:
    """The ``__init__.py`` of a package is one docstring, so that importing ``chatbot`` stays light."""
    tree = ast.parse((PACKAGE / package / "__init__.py").read_text(encoding="utf-8"))

    assert ast.get_docstring(tree)
    assert len(tree.body) == 1


def test_importing_the_package_does_nothing() -> None:
    """Importing the package loads no library that takes seconds, and reads no file of the corpus."""
    heavy = ["torch", "transformers", "sentence_transformers", "faiss", "sklearn", "gradio"]
    script = (
        f"import sys, chatbot, chatbot.corpus.corpus, chatbot.corpus.notices; "
        f"print([m for m in {heavy} if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_serving_reads_no_files_of_other_kinds() -> None:
    """The page and the command line start without the libraries that read PDFs, Word files and HTML."""
    readers = ["pypdfium2", "lxml", "tinycss2"]
    script = f"import sys, chatbot.__main__, chatbot.web.asgi; print([m for m in {readers} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"


def test_modules_stay_small() -> None:
    """No module has more than 300 lines."""
    lengths = {module: len(path.read_text(encoding="utf-8").splitlines()) for module, path in MODULES.items()}

    assert {module: length for module, length in lengths.items() if length > 300} == {}


def test_no_public_name_stands_twice() -> None:
    """No public class, function or constant is defined at the top level of two modules."""
    places: dict[str, list[str]] = {}
    for module, path in MODULES.items():
        for name in public_names(path):
            places.setdefault(name, []).append(module)

    assert {name: modules for name, modules in places.items() if len(modules) > 1} == {}


def public_names(path: Path) -> set[str]:
    """Names that a file defines at its top level, without a leading underscore."""
    found = set[str]()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            flat = [part for target in targets for part in (target.elts if isinstance(target, ast.Tuple) else [target])]
            found |= {target.id for target in flat if isinstance(target, ast.Name)}
    return {name for name in found if not name.startswith("_")}


def test_no_folder_is_crowded() -> None:
    """No folder of chatbot/ but web/ and web/static/ holds more than ten files beside ``__init__.py``."""
    folders = [PACKAGE, *(path for path in PACKAGE.rglob("*") if path.is_dir() and path.name != "__pycache__")]
    counts = {
        folder.relative_to(PACKAGE).as_posix(): len(
            [p for p in folder.iterdir() if p.is_file() and p.name != "__init__.py"]
        )
        for folder in folders
    }

    assert {name for name, count in counts.items() if count > 10} <= {"web", "web/static"}


def test_nothing_outside_is_named_as_pickle() -> None:
    """No array is loaded or saved in a way that could run code."""
    for module, path in MODULES.items():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg == "allow_pickle":
                assert ast.unparse(node.value) == "False", module
