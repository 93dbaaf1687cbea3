"""How good the answers are, beside today's usual way, and whether the probabilities are honest.

The usual way: the three sentences of the article whose embeddings are nearest to the question. Both answer the same
labelled questions, ``../shared/questions/dev.jsonl``, which were never learned from. Honesty is measured by
cross-validation on bank questions that the adapter never saw. Run: ``python -m benchmarks.answers``.
"""

import argparse
import os
from collections.abc import Callable

from benchmarks.support.report import FOLDER, circumstances, table, write_section
from chatbot.answering.reply import Quote, Reply
from chatbot.evaluation.evaluate import evaluate, evaluate_by_tag, load_cases
from chatbot.evaluation.label_errors import review_bank
from chatbot.indexing.sources import Sources, load_sources
from chatbot.indexing.training_sets import make_training_sets
from chatbot.models.adapter import EncoderForm, is_unseen
from chatbot.models.encoder import load_embedder
from chatbot.query.question import Question
from chatbot.retrieval.candidates import ANSWERS
from chatbot.service import factory
from chatbot.settings import ROOT, Settings

CASES = ROOT.parent / "shared" / "questions" / "dev.jsonl"


def nearest_sentences(sources: Sources, settings: Settings) -> Callable[[Question], Reply]:
    """Today's usual way: the nearest sentences, whatever was asked."""
    embedder = load_embedder(settings)
    pairs = [
        (document, unit)
        for document in sources.corpus.documents
        for passage in document.passages
        for unit in passage.units
    ]
    vectors = embedder.encode([document.slice(unit) for document, unit in pairs])

    def reply(question: Question) -> Reply:
        scores = vectors @ embedder.encode([question.text])[0]
        best = [int(number) for number in scores.argsort()[::-1][: settings.most_quotes]]
        return Reply(quotes=tuple(Quote(document, unit, unit, 0.0) for document, unit in map(pairs.__getitem__, best)))

    return reply


def main() -> None:
    """Write the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--smoke", action="store_true", help="a few questions, nothing written: does it run?")
    options = parser.parse_args()
    settings = Settings.from_environment(os.environ)
    sources, embedder = load_sources(settings), load_embedder(settings)
    parts = []
    if CASES.exists():
        index = factory.load_or_build(settings, sources, embedder)
        ours = factory.make_chatbot(settings, sources, index, embedder).reply
        cases = load_cases(CASES)[:: 20 if options.smoke else 1]
        pairs = zip(evaluate(cases, nearest_sentences(sources, settings)), evaluate(cases, ours), strict=True)
        rows = [[one.name, one.of, _shown(one.share), _shown(other.share)] for one, other in pairs]
        parts.append(table(["measure", "of", "nearest sentences", "ours"], rows))
        by_tag = [
            [tag, measures[3].of, _shown(measures[3].share), _shown(measures[0].share), _shown(measures[5].share)]
            for tag, measures in evaluate_by_tag(cases, ours).items()
        ]
        parts.append(table(["tag", "of", "hit@any", "hit@1, single", "abstained"], by_tag))
    bank = make_training_sets(sources)[ANSWERS]
    if options.smoke:
        kept = set(sorted({label for _, label in bank})[::40])
        bank = [pair for pair in bank if pair[1] in kept]
    texts = [text for text, _ in bank]
    review = review_bank(
        bank, embedder.encode(texts, form=EncoderForm.BANK), trusted=[is_unseen(text) for text in texts]
    )
    parts.append(
        f"Bank questions that the adapter never saw: {review.of}, filed right when held out: {review.right:.3f}."
    )
    bins = [[f"{part.low:.1f} to {part.high:.1f}", part.of, part.mean, part.right] for part in review.reliability]
    parts.append(table(["probability", "questions", "mean probability", "right"], bins))
    shown = "\n\n".join(parts)
    print(shown)
    if not options.smoke:
        write_section(FOLDER / "quality.md", "answers", f"{circumstances('python -m benchmarks.answers')}\n\n{shown}")


def _shown(share: float | None) -> object:
    return "-" if share is None else share


if __name__ == "__main__":
    main()
