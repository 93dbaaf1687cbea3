"""PDF -> parts of a source, by the library pypdfium2: letters -> lines -> columns and tables -> paragraphs."""
