"""The editor's workshop, on this machine only: looks at the corpus, tries it, and changes it through checked forms."""
