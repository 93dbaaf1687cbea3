"""Memory of the process: whether it may have enough, and what of it the garbage collector need not look through."""

import gc

from chatbot.errors import ModelError

NEEDED = (
    2600  # megabytes of addresses; a page that has answered takes 2,310, of which it holds 720 (benchmarks/attack.py)
)


def refuse_small_memory() -> None:
    """ModelError when this process may have fewer addresses than the model needs: torch may wait instead of failing."""
    try:
        import resource  # not on every system
    except ImportError:
        return
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    if soft != resource.RLIM_INFINITY and soft < NEEDED * 2**20:
        raise ModelError(
            f"This process may have {soft // 2**20} MB of memory, the model needs {NEEDED}.",
            where="ulimit -v",
            next_step=f"ulimit -v {NEEDED * 1024}, or unlimited; bound the memory that is held instead (MemoryMax).",
        )


def settle() -> None:
    """Collect what nobody refers to, and never look through the rest again until the next call.

    The loaded page has some 420,000 objects. A full round through them takes 160 ms of processor time with the
    interpreter held, and 370 ms where the cores are busy: an emergency that came then waited for it.
    """
    gc.unfreeze()
    gc.collect()
    gc.freeze()
