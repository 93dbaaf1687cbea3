"""Exceptions: what can go wrong, with the place and the next step.

::

    ChatbotError
    ├── CorpusError     a file in corpus/ cannot be used as it is
    ├── IndexMissing    there is no index yet
    ├── IndexStale      the index was built from other files, another model or another format
    ├── IndexDamaged    a file of the index is missing, cut off or changed
    ├── IndexUnwritable the index folder takes no files: its permissions, or no space
    ├── IndexBusy       another build works in the index folder and does not end
    ├── EngineError     a backend of the settings (Milvus, Ray) is not installed or cannot be reached
    ├── ModelError      the sentence encoder cannot be loaded or is not the one expected
    ├── RequestError    a question is not in the form of the data contract
    └── SettingsError   a setting has a value that cannot be used

"Not covered" is no error: it is a Reply that holds an ``Abstention``. Errors of a chatbot that does not run stand in
``service.interface``.
"""

from pathlib import Path


class ChatbotError(Exception):
    """Something went wrong; carries what happened, where, and the next step.

    >>> print(ChatbotError("The file is empty.", where="corpus/a/article.txt", next_step="Put the text in it."))
    corpus/a/article.txt: The file is empty. Next step: Put the text in it.
    """

    def __init__(self, what: str, *, where: str | Path = "", next_step: str = "") -> None:
        self.what = what
        self.where = str(where)
        self.next_step = next_step
        place = f"{self.where}: " if self.where else ""
        after = f" Next step: {next_step}" if next_step else ""
        super().__init__(f"{place}{what}{after}")


class CorpusError(ChatbotError):
    """A file in corpus/ cannot be used as it is."""


class IndexMissing(ChatbotError):
    """There is no index folder with a manifest."""


class IndexStale(ChatbotError):
    """The index was built from other files, another model or another format."""


class IndexDamaged(ChatbotError):
    """A file of the index is missing, cut off or changed."""


class IndexUnwritable(ChatbotError):
    """The index folder takes no files: a file system that is full or read-only, or permissions."""


class IndexBusy(ChatbotError):
    """Another build works in the index folder and does not come to its end."""


class EngineError(ChatbotError):
    """A backend that the settings name is not installed, or cannot be reached."""


class ModelError(ChatbotError):
    """The sentence encoder cannot be loaded, or its weights are not the expected ones."""


class RequestError(ChatbotError):
    """A question does not have the form that the data contract asks for."""


class SettingsError(ChatbotError):
    """A setting has a value that cannot be used."""
