"""What a person typed: the question with its history, its language, its spelling, and its variants."""
