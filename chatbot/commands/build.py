"""`build`, `ready` and `adapt`: make the index, what every first build begins with, and the adapter of the encoder."""

import argparse
from dataclasses import replace
from pathlib import Path

from tqdm import tqdm

from chatbot.commands.articles import of_drafts
from chatbot.commands.build_process import BuildBar
from chatbot.indexing.build import build, make_ready
from chatbot.indexing.embedding_cache import CachingEmbedder
from chatbot.indexing.ready_made import READY
from chatbot.indexing.sources import load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.encoder import ADAPTER, NO_ADAPTER, load_embedder
from chatbot.settings import Settings


def build_command(settings: Settings, options: argparse.Namespace) -> int:
    """Make the index and say what is in it; with --drafts the one to try drafts with."""
    settings = settings.for_drafts() if options.drafts else settings
    sources, embedder = load_sources(settings, drafts=options.drafts), load_embedder(settings, packed=False)
    index = build(settings, sources, embedder, progress=BuildBar(), quick=options.quick)
    print(
        f"{len(sources.corpus.documents)} article(s), {len(sources.corpus.answers)} answers, "
        f"{len(sources.corpus.topics)} topics, {len(index.rows)} rows: {settings.index}"
    )
    for line in of_drafts(sources.corpus):
        print(line)
    return 0


def ready_command(settings: Settings, _: argparse.Namespace) -> int:
    """Write what the first build of every installation begins with, and say how much was added."""
    settings.index.mkdir(parents=True, exist_ok=True)
    # Not the vectors that builds keep: those may be rounded ones already.
    embedder = CachingEmbedder(load_embedder(settings, packed=False), settings.index / "exact-vectors.npz")
    added = make_ready(load_sources(settings), embedder, READY, progress=BuildBar())
    embedder.save()
    print(f"{added} vectors added: {READY}. Next step: commit this folder")
    return 0


def adapt_command(settings: Settings, _: argparse.Namespace) -> int:
    """Train the adapter of the encoder anew. Its index must be built again afterwards."""
    from chatbot.indexing.adapter_training import (  # torch takes seconds to import, and only this command trains
        adapt,
        steps_of,
    )

    sources = load_sources(settings)
    encoder = load_embedder(replace(settings, adapter=NO_ADAPTER, precision="float32"), packed=False)
    sets = list(make_training_sets(sources).values())
    path = Path(settings.adapter) if settings.adapter not in ("", NO_ADAPTER) else ADAPTER
    with tqdm(total=steps_of(sets), desc="adapting", unit=" batches") as bar:
        adapt(encoder, sets, path, progress=bar.update)
    print(f"{path}. Next step: python -m chatbot build")
    return 0
