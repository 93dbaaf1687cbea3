"""Word for Word: answers families only with quoted, cited text.

The road of one question, in reading order of the modules::

    corpus -> texts -> index            what may be shown, and where it is found
    message -> triage                   is somebody in danger, is it advice, is it small talk?
            -> conversation             what does a follow-up refer to?
            -> search, classifier       which stretches of the article answer it, how surely?
            -> quoting                  quotes, or an abstention with its reason
            -> bot.reply -> render      a Reply made of slices and reviewed notices

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
