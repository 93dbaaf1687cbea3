"""Batching: texts of several threads are encoded in one pass. Eight messages take little longer than one."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future

from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Embedder, EmbedderWrapper, Vectors


class BatchingEmbedder(EmbedderWrapper):
    """An embedder for many threads.

    While one call is under way, others wait; the first of them to go on takes the texts of all with it. No thread of
    its own, and nothing is kept.
    """

    def __init__(self, embedder: Embedder) -> None:
        super().__init__(embedder)
        self._waiting: list[tuple[list[str], EncoderForm, Future[Vectors]]] = []
        self._changing = threading.Lock()  # held while the list of those who wait is changed
        self._turn = threading.Lock()  # held while texts are encoded

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``Embedder``."""
        own: Future[Vectors] = Future()
        with self._changing:
            self._waiting.append((list(texts), form, own))
        with self._turn:
            if not own.done():
                self._encode_all_waiting()
        if progress:
            progress(len(texts))
        return own.result()

    def _encode_all_waiting(self) -> None:
        with self._changing:
            jobs, self._waiting = self._waiting, []
        try:
            done = encode_together(self._inner, [(texts, form) for texts, form, _ in jobs])
        except Exception as error:  # everybody who waits is told, not only the one whose turn it was
            for _, _, future in jobs:
                future.set_exception(error)
            return
        for (_, _, future), vectors in zip(jobs, done, strict=True):
            future.set_result(vectors)


def encode_together(embedder: Embedder, jobs: Sequence[tuple[Sequence[str], EncoderForm]]) -> list[Vectors]:
    """Vectors for each job: its texts, and the form of the model. One pass for each form."""
    together = {form: [text for texts, wanted in jobs if wanted == form for text in texts] for _, form in jobs}
    vectors = {form: embedder.encode(texts, form=form) for form, texts in together.items()}
    taken = dict.fromkeys(together, 0)
    done = []
    for texts, form in jobs:
        start = taken[form]
        taken[form] += len(texts)
        done.append(vectors[form][start : taken[form]])
    return done
