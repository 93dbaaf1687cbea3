"""What may be quoted: articles, question bank, and the reviewed wording of notices."""
