"""Word for Word: a chatbot that answers families only with quoted, cited text.

The pipeline of one question, by package and module::

    corpus, indexing, retrieval.index   articles, question bank and notices; the index that is built from them
    message -> triage                   an emergency, a request for advice or harm, or small talk?
            -> query.rewriting          query variants: alone, by sentence, with the previous topic
            -> retrieval                candidates: bank_search (question bank), text_search (embeddings and BM25)
            -> answering.decision       are candidates good enough to quote? If none is, the reason
            -> answering.quoting        quotes, as places in the articles
            -> answering.reply          a Reply: notices, and quotes or an abstention
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
