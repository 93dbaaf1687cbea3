"""`evaluate`: measure the replies to labelled questions; with --bank list likely label errors of the question bank."""

import argparse
import json
from dataclasses import asdict

from tqdm import tqdm

from chatbot.commands.articles import name_drafts
from chatbot.errors import RequestError
from chatbot.evaluation.evaluate import Measure, evaluate, evaluate_by_tag, load_cases
from chatbot.evaluation.label_errors import review_with_adapter
from chatbot.indexing.sources import load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.encoder import load_embedder
from chatbot.retrieval.candidates import ANSWERS
from chatbot.service.factory import Chatbot
from chatbot.settings import Settings


def evaluate_command(settings: Settings, options: argparse.Namespace) -> int:
    """Print every measure, as a table or as JSON."""
    if options.bank:
        return _evaluate_bank(settings, options)
    if options.file is None:
        raise RequestError("There is no file.", next_step="python -m chatbot evaluate FILE, or --bank")
    cases = load_cases(options.file)
    chatbot = Chatbot.open(settings, drafts=options.drafts)
    name_drafts(chatbot.corpus)
    tables = {"all": evaluate(cases, chatbot.reply)}
    if options.by:
        tables |= evaluate_by_tag(cases, chatbot.reply)
    if options.json:
        print(json.dumps({name: [_measure_object(measure) for measure in table] for name, table in tables.items()}))
        return 0
    for name, table in tables.items():
        print(f"\n{name}")
        for measure in table:
            if measure.share is not None:
                misses = " ".join(measure.misses) if options.misses else ""
                print(f"  {measure.name:28} {measure.share:6.3f}  of {measure.of:4}  {misses}".rstrip())
    return 0


def _evaluate_bank(settings: Settings, options: argparse.Namespace) -> int:
    """Print which questions of the bank cross-validation files elsewhere, and how honest probabilities are."""
    sources = load_sources(settings, drafts=options.drafts)
    pairs = make_training_sets(sources)[ANSWERS]
    with tqdm(total=2 * len(pairs), desc="embedding", unit=" texts") as bar:
        review = review_with_adapter(pairs, load_embedder(settings), progress=bar.update)
    if options.json:
        print(json.dumps(asdict(review)))
        return 0
    for entry in review.label_errors:
        print(f"{entry.own:.2f} {entry.label}\n{entry.probability:.2f} {entry.predicted}\n     {entry.text}\n")
    print(f"{len(review.label_errors)} of {len(pairs)} questions are filed elsewhere when they are held out.")
    print(
        f"Of {review.of} that the adapter never saw, {review.right:.3f} are filed right. How honest are probabilities?"
    )
    for part in review.reliability:
        print(
            f"  {part.low:.1f} to {part.high:.1f}: {part.of:5} questions, mean {part.mean:.2f}, right {part.right:.2f}"
        )
    return 0


def _measure_object(measure: Measure) -> dict[str, object]:
    return {"name": measure.name, "share": measure.share, "of": measure.of, "misses": measure.misses}
