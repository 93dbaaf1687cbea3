"""Word for Word: a chatbot that answers families only with cited quotes from articles, and fixed, reviewed notices.

The words used everywhere: a *document* is one article, read and checked; a *span* is a half-open range of code points
in its text. The *question bank* holds *answers*: spans of a document, with example questions that they answer. A
*topic* is a subject that no document covers, with example questions. A *notice* is a fixed text of ours, no quote.

The pipeline of one question, by package and module::

    corpus, indexing, retrieval.index   articles, question bank and notices; the index that is built from them
    message -> triage                   an emergency, a request for advice or harm, or small talk?
            -> query.rewriting          query variants: alone, by sentence, with the subject spoken of before
            -> retrieval                candidates: bank_search (bank questions), text_search (the articles' text)
            -> answering.decision       quotes, a choice of questions, or an abstention with its reason
            -> answering.quoting        candidates become quotes: spans of documents
            -> answering.reply          a Reply: notices, and quotes, a choice or an abstention
            -> web.reply_html           the reply as HTML (answering.contract: as JSON)

Importing this package loads no model and reads no file. Its one public name is ``Chatbot``::

    from chatbot import Chatbot

    reply = Chatbot.open().ask("Which medications are used?")
"""

import os
from typing import TYPE_CHECKING

# Gradio and sentence-transformers bring a hub client, which reads these once, when it is imported, and would ask its
# hub about local models. So they are set before anything else, unless the operator allows a download.
if os.environ.get("CHATBOT_ALLOW_DOWNLOAD", "0").lower() not in ("1", "true"):
    os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["HF_HUB_DISABLE_TELEMETRY"] = "1"
# The same for Gradio, which would report usage and keep a list of runs.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
os.environ["GRADIO_RUN_HISTORY"] = "False"

if TYPE_CHECKING:
    from chatbot.service.factory import Chatbot

__all__ = ["Chatbot"]


def __getattr__(name: str) -> object:
    """``Chatbot``, loaded when it is asked for: it brings the model's library, which takes seconds."""
    if name == "Chatbot":
        from chatbot.service.factory import Chatbot

        return Chatbot
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
