"""One reader for each kind of file: text, Markdown, HTML, Word, PDF -> parts of a source."""
