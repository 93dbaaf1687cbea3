"""Trains the LoRA adapter of the encoder on the question bank and the triage examples: 30 to 50 minutes on two cores.

One encoder learns the tasks of the three classifiers (answers and topics, emergencies, requests) at once. Each task has
a linear layer of its own, which is thrown away afterwards. Learning rates, rank and epochs were chosen by training on
one part of the bank and testing on questions by other writers (benchmarks/quality.md).
"""

import math
import random
import string
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.utils import parametrize
from torch.optim.lr_scheduler import LRScheduler

from chatbot.models.adapter import EncoderForm, is_unseen, save_adapter
from chatbot.models.encoder import SentenceEncoder
from chatbot.triage.severity import NONE

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

RANK = 8
SCALE = 2.0  # of the product of the thin matrices
EPOCHS = 2
RUNS = 2  # trainings whose mean is taken
BATCH = 48
RATE = 1e-3  # the highest learning rate, after a tenth of the steps; the linear layers learn five times as fast
SHARPNESS = 16.0  # what the cosine-like scores of a linear layer are multiplied by
MOST_NONE = 1500  # of the examples that raise no notice; there are many more than of any other class
MISTYPED = 0.3  # share of the texts in which words are mistyped
LONGEST = 128  # tokens
Pair = tuple[NDArray[np.float16], NDArray[np.float16]]  # ``down`` (rank, inputs) and ``up`` (outputs, rank)


class LoRALayer(nn.Module):
    """W -> W + up · down."""

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        self.down = nn.Parameter(torch.randn(RANK, weight.shape[1]) * 0.1 / math.sqrt(RANK))
        self.up = nn.Parameter(torch.zeros(weight.shape[0], RANK))

    def forward(self, weight: Tensor) -> Tensor:
        """The weight to compute with."""
        return weight + SCALE * self.up @ self.down


@dataclass(frozen=True, slots=True)
class TrainingExample:
    """A text and what it should be told as: the number of its task and of its class there."""

    text: str
    task: int
    target: int


def adapt(
    encoder: SentenceEncoder,
    sets: Sequence[Sequence[tuple[str, str]]],
    path: Path,
    *,
    seed: int = 0,
    progress: Callable[[int], object] | None = None,
) -> None:
    """Train an adapter on the (text, class) pairs of each task, and write it to ``path``.

    It is the mean of several trainings: each alone errs in its own way (Wortsman et al., 2022, arXiv:2203.05482).
    """
    trained = [_trained(encoder, sets, seed=seed + run, progress=progress) for run in range(RUNS)]
    save_adapter(
        path, base=encoder.weights, pairs={name: mean_pair([pairs[name] for pairs in trained]) for name in trained[0]}
    )


def _trained(
    encoder: SentenceEncoder,
    sets: Sequence[Sequence[tuple[str, str]]],
    *,
    seed: int,
    progress: Callable[[int], object] | None,
) -> dict[str, Pair]:
    """The thin matrices of one training, by the name of the weight that they belong to; the model stays as it was."""
    torch.manual_seed(seed)
    chance = random.Random(seed)
    lessons, classes = lessons_of(sets, chance)
    model = encoder.model(form=EncoderForm.PLAIN)
    model.requires_grad_(requires_grad=False)
    low_ranks = add_low_ranks(model)
    heads = nn.ModuleList(nn.Linear(encoder.dimension, count) for count in classes)
    thin = [parameter for low in low_ranks.values() for parameter in low.parameters()]
    groups: list[dict[str, Any]] = [{"params": thin}, {"params": heads.parameters(), "weight_decay": 0.0}]
    optimizer = torch.optim.AdamW(groups)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, [RATE, 5 * RATE], total_steps=steps_of(sets) // RUNS + 1, pct_start=0.1
    )
    model.train()
    for _ in range(EPOCHS):
        for batch in batches(lessons, chance):
            texts = [mistyped(lesson.text, chance) if chance.random() < MISTYPED else lesson.text for lesson in batch]
            descend(_loss(embedded(model, texts), batch, heads), thin, optimizer, schedule)
            if progress:
                progress(1)
    model.eval()
    remove_low_ranks(model)
    return {name: thin_pair(low) for name, low in low_ranks.items()}


def descend(
    loss: Tensor, clipped: Sequence[nn.Parameter], optimizer: torch.optim.Optimizer, schedule: LRScheduler
) -> None:
    """One step against the gradient of a loss, that of the ``clipped`` parameters no longer than 1."""
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    nn.utils.clip_grad_norm_(clipped, 1.0)
    optimizer.step()
    schedule.step()


def add_low_ranks(model: nn.Module) -> dict[str, LoRALayer]:
    """Put one beside each weight matrix that the sentence vector depends on; by the name of the weight."""
    linear = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.Linear)]
    low_ranks = {}
    for name, layer in linear:
        if "pooler" not in name:  # of BERT's pre-training; the vectors are means over tokens
            low_ranks[f"{name}.weight"] = LoRALayer(layer.weight)
            parametrize.register_parametrization(layer, "weight", low_ranks[f"{name}.weight"])
    return low_ranks


def remove_low_ranks(model: nn.Module) -> None:
    """Leave the model as it was."""
    for layer in list(model.modules()):
        if parametrize.is_parametrized(layer):
            parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)


def steps_of(sets: Sequence[Sequence[tuple[str, str]]]) -> int:
    """How many batches the trainings on these pairs have."""
    return RUNS * EPOCHS * len(batches(lessons_of(sets, random.Random(0))[0], random.Random(0)))


def lessons_of(
    sets: Sequence[Sequence[tuple[str, str]]], chance: random.Random
) -> tuple[list[TrainingExample], list[int]]:
    """What is trained on, and how many classes each task has. Texts kept for calibration are left out."""
    lessons: list[TrainingExample] = []
    classes: list[int] = []
    for task, pairs in enumerate(sets):
        numbers = {label: number for number, label in enumerate(sorted({label for _, label in pairs}))}
        own = [
            TrainingExample(text, task, numbers[label]) for text, label in dict.fromkeys(pairs) if not is_unseen(text)
        ]
        calm = [lesson for lesson in own if lesson.target == numbers.get(NONE)]
        others = [lesson for lesson in own if lesson.target != numbers.get(NONE)]
        lessons += others + chance.sample(calm, min(MOST_NONE, len(calm)))
        classes.append(len(numbers))
    return lessons, classes


def batches(lessons: Sequence[TrainingExample], chance: random.Random) -> list[list[TrainingExample]]:
    """All lessons in random batches; texts of like length share one, so little is spent on padding."""
    mixed = chance.sample(lessons, len(lessons))
    like = [
        sorted(mixed[at : at + 20 * BATCH], key=lambda lesson: len(lesson.text))
        for at in range(0, len(mixed), 20 * BATCH)
    ]
    found = [group[at : at + BATCH] for group in like for at in range(0, len(group), BATCH)]
    chance.shuffle(found)
    return found


def mistyped(text: str, chance: random.Random, *, share: float = 1 / 6) -> str:
    """The text as a phone in a shaking hand would have it: a letter lost, doubled, swapped or wrong in some words."""
    words = text.split()
    for number, word in enumerate(words):
        if len(word) > 3 and chance.random() < share:
            at = chance.randrange(1, len(word) - 1)
            words[number] = chance.choice(
                [
                    word[:at] + word[at + 1 :],
                    word[:at] + word[at] + word[at:],
                    word[:at] + word[at + 1] + word[at] + word[at + 2 :],
                    word[:at] + chance.choice(string.ascii_lowercase) + word[at + 1 :],
                ]
            )
    return " ".join(words)


def embedded(model: "SentenceTransformer", texts: Sequence[str]) -> Tensor:
    """Unit vectors that remember how they came about, shape (texts, dimension)."""
    tokens = model.tokenizer(list(texts), padding=True, truncation=True, max_length=LONGEST, return_tensors="pt")
    with torch.autocast("cpu", torch.bfloat16):
        vectors: Tensor = model(dict(tokens))["sentence_embedding"]
    return nn.functional.normalize(vectors.float(), dim=1)


def _loss(vectors: Tensor, batch: Sequence[TrainingExample], heads: nn.ModuleList) -> Tensor:
    total = torch.zeros(())
    for task, head in enumerate(heads):
        own = [number for number, lesson in enumerate(batch) if lesson.task == task]
        if own:
            targets = torch.tensor([batch[number].target for number in own])
            scores = SHARPNESS * head(vectors[own])
            total = total + nn.functional.cross_entropy(scores, targets, reduction="sum", label_smoothing=0.05)
    return total / len(batch)


def mean_pair(pairs: Sequence[Pair]) -> Pair:
    """Matrices whose product is the mean of the products: side by side, the one half divided by their number."""
    downs, ups = zip(*pairs, strict=True)
    return np.concatenate(downs), np.concatenate(
        [(up.astype(np.float32) / len(ups)).astype(np.float16) for up in ups], axis=1
    )


def thin_pair(low: LoRALayer) -> Pair:
    """Its matrices in half precision, ``SCALE`` in the second."""
    return low.down.detach().numpy().astype(np.float16), (SCALE * low.up).detach().numpy().astype(np.float16)
