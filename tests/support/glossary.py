"""A small glossary for tests of queries."""

from chatbot.query.glossary import Glossary

GLOSSARY = Glossary(
    phrases={"subs": "suboxone", "dope sick": "withdrawal"},
    bank=["what does withdrawal feel like", "which medications are there", "does suboxone help"] * 3,
    articles=["Suboxone is a medication. Withdrawal feels like the flu."],
)
