"""One question -> one reply: the pipeline, quoting, suggestions, and the JSON contract."""
