"""Refuses to load the model where ``ulimit -v`` leaves too little memory: torch may then wait instead of failing."""

from chatbot.errors import ModelError

NEEDED = (
    2600  # megabytes of addresses; a page that has answered takes 2,310, of which it holds 720 (benchmarks/attack.py)
)


def refuse_small_memory() -> None:
    """ModelError when this process may have fewer addresses than the model needs."""
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
