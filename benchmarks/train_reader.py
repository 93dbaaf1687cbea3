"""Trains the LoRA adapter of the reader on two cores: some three hours for 171 articles, 20 minutes of it for passages.

Each question is a choice between its passages and none of them: cross-entropy over the logits of the passages and one
of 0 that stands for "not answered here". Only the upper layers are adapted. What is written is the mean of the states
at the ends of passes (stochastic weight averaging; Izmailov et al., 2018, arXiv:1803.05407), cut to the rank of one,
and at less than its full strength, a step back towards the public model (WiSE-FT; Wortsman et al., 2022,
arXiv:2109.01903): it knows questions of other kinds than ours.
Run: ``python -m benchmarks.train_reader``.
"""

import argparse
import math
import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor, nn
from tqdm import tqdm

from benchmarks.support.reading_lessons import ReadingLesson, lessons
from chatbot.indexing.adapter_training import Pair, descend, mean_pair
from chatbot.models.adapter import delta, save_adapter
from chatbot.models.encoder import load_embedder
from chatbot.models.reader import READER_ADAPTER, READER_SHA256, packaged_reader
from chatbot.models.reader_weights import float_weights
from chatbot.settings import Settings

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from transformers import BertForSequenceClassification

RANK = 8
SCALE = 2.0  # of the product of the thin matrices
LOWEST = 4  # first layer that is adapted
RATE = 5e-4  # highest learning rate of a pass, after a tenth of its steps
PASSES = 4  # over the questions, with other passages each time; each a cycle of its own (Loshchilov and Hutter, 2017)
AVERAGED = 2  # the states after every second pass are averaged: the first has not seen enough
STRENGTH = 0.8  # of what was learned; 1 is best on articles of our own, .7 on SQuAD 2.0
BATCH = 8  # questions
PASSAGES = 6  # of a question
EXACT = 0.5  # share of the questions that are shown the answering sentences alone, and a neighbour
NEAREST = 5  # wrong windows from which most of a question's wrong ones are drawn
LONGEST = 256  # word pieces of a pair


class LoRALinear(nn.Module):
    """A linear layer with a low-rank sum: cheaper here than to add to its weight, of which no gradient is needed."""

    def __init__(self, linear: nn.Linear) -> None:
        super().__init__()
        self.linear = linear
        self.down = nn.Parameter(torch.randn(RANK, linear.in_features) * 0.1 / math.sqrt(RANK))
        self.up = nn.Parameter(torch.zeros(linear.out_features, RANK))

    def forward(self, rows: Tensor) -> Tensor:
        """What the linear layer gives, and SCALE · up · down of the same rows."""
        low = nn.functional.linear(nn.functional.linear(rows, self.down), self.up)
        found: Tensor = self.linear(rows) + SCALE * low
        return found


def main() -> None:
    """Train, and write the adapter."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    settings = Settings.from_environment(os.environ)
    with tempfile.TemporaryDirectory() as folder:
        taught = lessons(settings, load_embedder(settings), Path(folder), random.Random(0))
    print(f"{len(taught)} questions")
    save_adapter(READER_ADAPTER, base=READER_SHA256["model.onnx"], pairs=trained(taught))


def trained(taught: Sequence[ReadingLesson], *, seed: int = 0) -> dict[str, Pair]:
    """The thin matrices of a training, by the name of the weight that they belong to."""
    torch.manual_seed(seed)
    model, tokenizer = _model(), _tokenizer()
    layers = _with_low_ranks(model)
    thin = [parameter for layer in layers.values() for parameter in (layer.down, layer.up)]
    states = []
    for number in range(PASSES):
        _pass_over(taught, model, tokenizer, thin, random.Random(seed + number))
        if (number + 1) % AVERAGED == 0:
            states.append({f"{name}.weight": _pair(layer) for name, layer in layers.items()})
    return {name: cut_pair(mean_pair([state[name] for state in states]), RANK, STRENGTH) for name in states[0]}


def cut_pair(pair: Pair, rank: int, strength: float = 1.0) -> Pair:
    """The thin matrices of this rank whose product is nearest to that of others (Eckart and Young, 1936).

    ``strength``: factor of the product.
    """
    left, values, right = np.linalg.svd(strength * delta(*pair), full_matrices=False)
    root = np.sqrt(values[:rank])
    return (root[:, None] * right[:rank]).astype(np.float16), (left[:, :rank] * root).astype(np.float16)


def _pass_over(
    taught: Sequence[ReadingLesson],
    model: "BertForSequenceClassification",
    tokenizer: "Tokenizer",
    thin: Sequence[nn.Parameter],
    chance: random.Random,
) -> None:
    """One step for every few questions."""
    nothing = nn.Parameter(torch.zeros(1))
    groups = [{"params": thin, "weight_decay": 0.01}, {"params": [nothing], "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups)
    drawn = [pair for lesson in chance.sample(taught, len(taught)) if (pair := draw(lesson, chance))]
    batches = [drawn[at : at + BATCH] for at in range(0, len(drawn), BATCH)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=len(batches) + 1, pct_start=0.1)
    for batch in tqdm(batches, unit="batch"):
        descend(_loss(model, tokenizer, batch, nothing), thin, optimizer, schedule)


Drawn = tuple[str, list[str], list[str]]  # question, passages that answer, passages that do not


def draw(lesson: ReadingLesson, chance: random.Random) -> Drawn | None:
    """A question with some of its passages; None when no passage of it was found to answer what is answerable."""
    if lesson.is_answerable and not (lesson.right or lesson.exact):
        return None
    alone = bool(lesson.exact) and (not lesson.right or chance.random() < EXACT)
    right = [chance.choice(lesson.exact)] if alone else chance.sample(lesson.right, min(2, len(lesson.right)))
    beside = chance.sample(lesson.beside, 1) if lesson.beside and chance.random() < EXACT else []
    room = (PASSAGES if lesson.is_answerable else PASSAGES - 1) - len(right) - len(beside)
    near, rest = lesson.wrong[:NEAREST], lesson.wrong[NEAREST:]
    wrong = chance.sample(near, min(3 if lesson.is_answerable else 4, room, len(near)))
    wrong += chance.sample(rest, min(room - len(wrong), len(rest)))
    return (lesson.question, right, [*beside, *wrong])


def _loss(
    model: "BertForSequenceClassification", tokenizer: "Tokenizer", batch: Sequence[Drawn], nothing: Tensor
) -> Tensor:
    """Mean cross-entropy of "a right passage", or of none, among the passages and none."""
    pairs = [(question, passage) for question, right, wrong in batch for passage in (*right, *wrong)]
    logits = _logits(model, tokenizer, pairs)
    losses, at = [], 0
    for _, right, wrong in batch:
        own = logits[at : at + len(right) + len(wrong)]
        at += len(own)
        target = own[: len(right)] if right else nothing
        losses.append(torch.logsumexp(torch.cat([nothing, own]), 0) - torch.logsumexp(target, 0))
    return torch.stack(losses).mean()


def _logits(
    model: "BertForSequenceClassification", tokenizer: "Tokenizer", pairs: Sequence[tuple[str, str]], *, parts: int = 3
) -> Tensor:
    """Shape (pairs,). Pairs of like length are read together, so that little is spent on padding."""
    order = sorted(range(len(pairs)), key=lambda number: len(pairs[number][0]) + len(pairs[number][1]))
    found = torch.zeros(len(pairs))
    for numbers in (order[part * len(order) // parts : (part + 1) * len(order) // parts] for part in range(parts)):
        rows = tokenizer.encode_batch([pairs[number] for number in numbers])
        with torch.autocast("cpu", torch.bfloat16):
            output = model(
                input_ids=torch.tensor([row.ids for row in rows]),
                attention_mask=torch.tensor([row.attention_mask for row in rows]),
                token_type_ids=torch.tensor([row.type_ids for row in rows]),
            )
        found = found.index_put((torch.tensor(numbers),), output.logits.flatten().float())
    return found


def _model() -> "BertForSequenceClassification":
    """The packaged reader in floats, without gradients and dropout."""
    from transformers import BertConfig, BertForSequenceClassification

    weights = {name: torch.tensor(array) for name, array in float_weights(packaged_reader() / "model.onnx").items()}
    words, width = weights["bert.embeddings.word_embeddings.weight"].shape
    config = BertConfig(
        vocab_size=words, hidden_size=width, num_hidden_layers=12, num_attention_heads=12, intermediate_size=4 * width
    )
    config.num_labels = 1
    config._attn_implementation = "eager"  # on a CPU the fastest backwards
    model = BertForSequenceClassification(config)
    model.load_state_dict(weights)
    model.requires_grad_(requires_grad=False)
    model.train(mode=False)
    return model


def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(packaged_reader() / "tokenizer.json"))
    tokenizer.enable_truncation(max_length=LONGEST, strategy="only_second")
    tokenizer.enable_padding()
    return tokenizer


def _with_low_ranks(model: nn.Module) -> dict[str, LoRALinear]:
    """The layers that were put in place of the linear ones, by their names."""
    found = {}
    for name, linear in _adapted(model):
        found[name] = LoRALinear(linear)
        owner, _, own = name.rpartition(".")
        setattr(model.get_submodule(owner), own, found[name])
    return found


def _adapted(model: nn.Module) -> Iterator[tuple[str, nn.Linear]]:
    for name, module in list(model.named_modules()):
        layer = name.partition("layer.")[2].partition(".")[0]
        if isinstance(module, nn.Linear) and (not layer or int(layer) >= LOWEST):
            yield name, module


def _pair(layer: LoRALinear) -> Pair:
    return layer.down.detach().numpy().astype(np.float16), (SCALE * layer.up.detach()).numpy().astype(np.float16)


if __name__ == "__main__":
    main()
