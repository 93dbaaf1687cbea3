"""`preview`: serve the editor's workshop on this machine."""

import argparse
import secrets

from chatbot.commands.build_process import BuildBar
from chatbot.settings import Settings


def preview_command(settings: Settings, options: argparse.Namespace) -> int:
    """Serve the workshop until interrupted, at an address that cannot be guessed."""
    import uvicorn  # these are needed by no other command

    from chatbot.models.encoder import load_embedder
    from chatbot.preview.explain import Explainer
    from chatbot.workshop.server import HOST, build_preview
    from chatbot.workshop.workshop import Workshop

    embedder, token = load_embedder(settings), secrets.token_urlsafe(24)
    bench = Explainer.open(settings, embedder, drafts=not options.no_drafts, progress=BuildBar())
    print(f"Open http://{HOST}:{options.port}/{token}/ in a browser on this machine. Stop with Ctrl+C.", flush=True)
    server = build_preview(Workshop(bench, settings), token=token)
    uvicorn.run(server, host=HOST, port=options.port, log_level="warning", access_log=False)
    return 0
