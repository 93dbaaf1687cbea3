"""Word (.docx) -> parts of a source, by the library lxml."""
