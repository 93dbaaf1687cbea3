"""Whether an article may be quoted: about.toml says who approved which text, or that it is a draft.

``add`` makes a draft. It is one until a person approves it, and again when its text is another than the one that was
approved. A draft is tried in ``preview``; the corpus of the page does not hold it. An article without a status is one
from before there were any: it is shown, and the page says that nobody has approved it.
"""

import hashlib
from pathlib import Path

from chatbot.corpus.documents import Approval
from chatbot.corpus.toml_reader import TomlTable, read_any_toml, refuse_unknown
from chatbot.errors import CorpusError

DRAFT, APPROVED, UNREVIEWED = STATUSES = ("draft", "approved", "unreviewed")
APPROVAL = ("approved_by", "approved_on", "approved_sha256")
# What an editor may write into about.toml.
ABOUT = (
    *("title", "publisher", "language", "source", "published", "sha256", "rights", "headings"),
    *("starters", "who_decides", "sells_treatment", "leave_out", "cautions", "status", "pages", "languages"),
    *APPROVAL,
)


def is_draft(folder: Path) -> bool:
    """Whether nobody has approved ``article.txt`` as it is now; CorpusError when about.toml does not tell.

    A fault of a declared draft is none here: it must not stop the page.
    """
    return is_draft_by(read_any_toml(folder / "about.toml"), folder)


def is_draft_by(about: TomlTable, folder: Path) -> bool:
    """``is_draft`` by an about.toml that was read already."""
    status = _status(about)
    if status != DRAFT:
        refuse_unknown(about, ABOUT)  # a misspelt `status` would put a draft on the page in silence
    if status != APPROVED:
        return status == DRAFT
    return about.text("approved_sha256") != text_sha256(folder)


def read_approval(about: TomlTable) -> Approval | None:
    """Who approved an article, and when; None for a draft, and for an article that is shown unreviewed."""
    if _status(about) != APPROVED:
        return None
    return Approval(by=about.text("approved_by"), on=about.day("approved_on"))


def text_sha256(folder: Path) -> str:
    """Sha256 of an article's text; empty when it cannot be read, which ``load_document`` reports."""
    try:
        return hashlib.sha256((folder / "article.txt").read_bytes()).hexdigest()
    except OSError:
        return ""


def refuse_only_drafts(drafts: list[str], *, folder: Path) -> None:
    """CorpusError when there is no article but drafts."""
    if drafts:
        raise CorpusError(
            f"Every article here is a draft: {', '.join(drafts)}. Drafts are not quoted.",
            where=folder,
            next_step=f'read it, then: python -m chatbot approve {drafts[0]} --by "name, role". '
            "To try it before: build --drafts, then preview, ask --drafts or evaluate --drafts.",
        )


def _status(about: TomlTable) -> str:
    """The status; without the entry nobody has approved the article."""
    status = about.text("status", UNREVIEWED)
    if status not in STATUSES:
        raise about.fault(
            "status", f"is {status!r:.60}", next_step=f"write {', '.join(STATUSES[:-1])} or {STATUSES[-1]}."
        )
    return status
