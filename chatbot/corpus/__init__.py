"""Reads and checks the corpus: articles (the only text that may be quoted), the question bank, and the notices."""
