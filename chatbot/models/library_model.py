"""The encoder as sentence-transformers has it. The library is imported only when a model is loaded."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from chatbot.models.adapter import Adapter

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


def unit_vectors(model: "SentenceTransformer", texts: list[str]) -> NDArray[np.float32]:
    """Unit vectors of one batch, as ``model.encode`` gives them, without what it does besides for every call."""
    import torch

    prompt = model.prompts.get(model.default_prompt_name or "")
    with torch.inference_mode():
        pooled = model(model.preprocess(texts, prompt=prompt))["sentence_embedding"][:, : model.truncate_dim]
        unit: NDArray[np.float32] = torch.nn.functional.normalize(pooled.float(), dim=1).numpy()
    return unit


def library_model(folder: Path, adapter: Adapter | None) -> "SentenceTransformer":
    """The model in a folder with what an adapter adds to its weights."""
    import torch
    from sentence_transformers import SentenceTransformer
    from transformers.utils import logging as transformers_logging

    # A bar for a fraction of a second would only hide what is said.
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    model: SentenceTransformer = SentenceTransformer(str(folder), device="cpu")
    weights = model.state_dict()
    for name, delta in (adapter.deltas() if adapter else {}).items():
        weights[name] += torch.from_numpy(delta)
    return model.eval()
