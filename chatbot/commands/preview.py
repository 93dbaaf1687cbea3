"""`preview`: serve the pages for content editors on this machine."""

import argparse

from chatbot.settings import Settings


def preview_command(settings: Settings, options: argparse.Namespace) -> int:
    """Serve the editor's pages until interrupted."""
    import uvicorn  # these are needed by no other command

    from chatbot.preview.explain import Explainer
    from chatbot.preview.server import HOST, build_preview

    server = build_preview(Explainer.open(settings))
    print(f"Open http://{HOST}:{options.port} in a browser on this machine. Stop with Ctrl+C.", flush=True)
    uvicorn.run(server, host=HOST, port=options.port, log_level="warning", access_log=False)
    return 0
