"""Language detection: English, Spanish or another language, by the library py3langid."""

import unicodedata
from functools import cache

from py3langid.langid import MODEL_FILE, LanguageIdentifier

ENGLISH, SPANISH, OTHER = "en", "es", "other"

# The languages told apart: the two that the page speaks and those most spoken at home in the US (Census, ACS table
# B16001). Fewer candidates, fewer mistakes on messages of three words.
_CANDIDATES = [
    "en",
    "es",
    "fr",
    "de",
    "it",
    "pt",
    "zh",
    "ja",
    "ko",
    "ru",
    "ar",
    "vi",
    "tl",
    "pl",
    "ht",
    "hi",
    "fa",
    "uk",
    "so",
    "hy",
]
_SURE = 0.9  # of another language; of 5,600 English bank questions none of four words or more reached it wrongly
_FEWEST_WORDS = 4


def _in_another_script(text: str) -> bool:
    """Whether most letters are not Latin ones: such a message is never English or Spanish, whatever a model says."""
    if text.isascii():
        return False
    letters = [character for character in text if character.isalpha()]
    latin = sum(unicodedata.name(character, "").startswith("LATIN") for character in letters)
    return latin * 2 < len(letters)


@cache
def _identifier() -> LanguageIdentifier:
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(_CANDIDATES)
    identifier._full_model = None  # 27 MB of tables for the languages that were just left out
    return identifier


def detect(text: str) -> str:
    """``en``, ``es`` or ``other``; English when in doubt, for then the words are searched as they are.

    >>> detect("mi hijo usa heroína y no sé qué hacer"), detect("is he using")
    ('es', 'en')
    """
    if _in_another_script(text):
        return OTHER
    language, probability = _identifier().classify(text.lower())
    if language == SPANISH:
        return SPANISH
    if language == ENGLISH or probability < _SURE:
        return ENGLISH
    return OTHER if len(text.split()) >= _FEWEST_WORDS or not text.isascii() else ENGLISH


def surely(text: str) -> str:
    """``en`` or ``es`` when the language is as good as certain; empty when not.

    >>> surely("my son uses heroin and i do not know what to do"), surely("naloxone?")
    ('en', '')
    """
    language, probability = _identifier().classify(text.lower())
    return language if language in (ENGLISH, SPANISH) and probability >= _SURE else ""


def wanted(detected: str, *, page: str) -> str:
    """The language that a person reads: that of the message, or of the page when the message could be in any.

    >>> wanted(detect("¿dónde guardo la naloxona en casa?"), page="en"), wanted(detect("naloxone?"), page="es")
    ('es', 'es')
    """
    return page if detected == ENGLISH else detected
