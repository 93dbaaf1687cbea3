"""A PDF, Word, HTML, Markdown or text file -> an article of the corpus."""
