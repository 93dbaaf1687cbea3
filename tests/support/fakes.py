"""Stand-ins for the slow parts: an embedder without a model, and a corpus of a few sentences."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np

from chatbot.answering.pipeline import AnswerPipeline
from chatbot.corpus.approvals import text_sha256
from chatbot.corpus.corpus import load_corpus
from chatbot.editing.approving import approved
from chatbot.indexing.sources import load_sources
from chatbot.models.adapter import EncoderForm
from chatbot.models.encoder import Vectors
from chatbot.models.reader import NO_READER, Logits, Reader
from chatbot.service import factory
from chatbot.settings import Settings

ARTICLE = """A Small Article

Step 1: Look for signs.

Some people hide it well. It can take “years” to see it, and *that* is <no> fault & no shame: it costs $5.

Signs can include:

  • Track marks
  • A need for money

Buy our product today!

Step 2: Find help.

A doctor can help. Two medicines are used: alpha and beta. They do not cause a high.
"""

QUESTIONS = """
[[answers]]
name = "hidden"
stretches = [{ first = "Some people hide", last = "hide it well." }]
ask = { en = "Can it be hidden?", es = "¿Se puede esconder?" }
[answers.questions]
en = ["can he hide it from us", "could my son keep this secret", "is it possible she hid it", "how do people hide it",
  "did he hide it for long", "can somebody conceal this"]
es = ["¿se puede esconder?", "cómo lo esconde"]

[[answers]]
name = "signs"
stretches = [{ first = "Signs can include", last = "A need for money" }]
[answers.questions]
en = ["what are the signs", "which signs should we look for", "signs of use", "how can i tell if he uses",
  "what should i look for", "marks on her arms and money gone"]
es = ["¿cuáles son las señales?", "señales de consumo"]

[[answers]]
name = "medicines"
stretches = [{ first = "Two medicines are used", last = "alpha and beta." }]
[answers.questions]
en = ["which medicines are used", "what medications are there", "names of the medicines", "is there a medicine for it",
  "alpha or beta medicine", "which drugs do doctors give"]
es = ["¿qué medicinas se usan?", "nombres de las medicinas"]
"""

TOPICS = """
[[topics]]
name = "cost"
[topics.questions]
en = ["how much does it cost", "what is the price", "can we afford this", "is it expensive", "cost of a clinic",
  "who pays for it"]
es = ["¿cuánto cuesta?", "quién paga"]

[[topics]]
name = "weather"
[topics.questions]
en = ["will it rain tomorrow", "weather today", "is it cold outside", "how hot will it be", "snow this weekend",
  "forecast for friday"]
es = ["¿va a llover?", "clima de hoy"]
"""

SIGNS = """
[turns]
en = ["but", "now"]
es = ["pero", "ahora"]

[short_forms.en]
hes = "he is"
[short_forms.es]
q = "que"

[lists.en]
colour = ["blue", "grey"]
[lists.es]
colour = ["azules"]

[[cancellations]]
name = "past"
reach = "sentence"
en = ["years ago"]
es = ["hace años"]

[[cancellations]]
name = "if"
reach = "before"
en = ["if"]
es = ["si"]

[[cancellations]]
name = "denied"
reach = "touching"
en = ["not [going] [to]"]
es = ["no [se]"]

[[cancellations]]
name = "over"
reach = "onward"
en = ["fine again", "the ambulance came"]
es = ["llegó la ambulancia"]

[[signs]]
name = "blue lips"
notice = "crisis.overdose"
en = ["{colour} & lips"]
es = ["{colour} & labios"]
but.en = ["lipstick"]
[signs.knows]
en = ["his lips are blue"]
es = ["tiene los labios azules"]
[signs.leaves]
en = ["his lips were blue years ago"]
es = ["tenía los labios azules hace años"]

[[signs]]
name = "wants to die"
notice = "crisis.suicide"
en = ["want|wants to die", "kill* (himself|herself)"]
es = ["quiere morirse"]
[[signs.instead]]
notice = "crisis.violence"
en = ["gun"]
es = ["pistola"]
[signs.knows]
en = ["he wants to die"]
es = ["quiere morirse"]
[signs.leaves]
en = ["he is not going to kill himself"]
es = ["no quiere morirse"]

[[signs]]
name = "pregnant"
notice = "caution.pregnancy"
en = ["pregnant"]
es = ["embarazada"]
"""

EMERGENCIES = """
[[examples]]
notice = "crisis.overdose"
[examples.messages]
en = ["his lips are blue", "she will not wake up after using", "he stopped breathing after a shot", "blue lips help",
  "not breathing and gurgling", "wake up he took too much"]

[[examples]]
notice = "none"
[examples.messages]
en = ["this wait is killing me", "he overdosed years ago and lives", "dead tired of this", "a film about an overdose",
  "my battery is dead", "blue shoes"]
"""

REQUESTS = """
[[examples]]
notice = "advice.dose"
[examples.messages]
en = ["how many mg should he take", "what dose for my son", "can she take half a pill", "how much should i give him",
  "when is the next dose due", "should he double the dose"]

[[examples]]
notice = "chitchat.hello"
[examples.messages]
en = ["hello", "hi there", "good evening", "hey anyone here", "hello friend", "hi hi"]
"""


class HashEmbedder:
    """Each word has a fixed random direction; a text points where its words point together. No model, no download."""

    name = "words hashed to directions"
    has_adapter = False
    dimension = 64

    def __init__(self, *, fingerprint: str = "one") -> None:
        self.fingerprint = fingerprint
        self.encoded = 0

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """See ``chatbot.models.encoder.Embedder``."""
        self.encoded += len(texts)
        vectors = np.stack([self._direction(text) for text in texts]).astype(np.float32)
        if progress:
            progress(len(texts))
        return vectors

    def shortened(self, texts: Sequence[str]) -> Sequence[str]:
        """The texts as they are: hashing is quick."""
        return texts

    def _direction(self, text: str) -> np.ndarray:
        total = np.zeros(self.dimension)
        for word in ["", *text.lower().split()]:
            seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4], "big")
            total += np.random.default_rng(seed).standard_normal(self.dimension)
        return total / np.linalg.norm(total)


class BrokenEmbedder(HashEmbedder):
    """A model that fails whenever it is asked, with the question in its message as real ones do."""

    def encode(
        self,
        texts: Sequence[str],
        *,
        form: EncoderForm = EncoderForm.PLAIN,
        progress: Callable[[int], object] | None = None,
    ) -> Vectors:
        """Fail."""
        raise RuntimeError(f"cannot encode {texts[0]!r}")


def write_article(folder: Path, text: str, *, about: str = "", questions: str = "", status: str = "unreviewed") -> Path:
    """A folder of the corpus; ``about`` adds lines to about.toml."""
    folder.mkdir(parents=True)
    raw = text.encode()
    (folder / "article.txt").write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    known = (
        f'status = "{status}"\ntitle = "A Small Article"\nlanguage = "en"\npublisher = "Nobody"\nsha256 = "{digest}"\n'
    )
    (folder / "about.toml").write_text(known + about, encoding="utf-8")
    if questions:
        (folder / "questions.toml").write_text(questions, encoding="utf-8")
    return folder


def approve_all(corpus: Path) -> None:
    """Approve every draft of a corpus, without the checks of the command, which would take minutes for hundreds."""
    for name in load_corpus(corpus).drafts:
        about = corpus / name / "about.toml"
        known, sha256 = about.read_text(encoding="utf-8"), text_sha256(about.parent)
        text = approved(known, by="Ana Diaz, nurse", on=date(2026, 11, 28), sha256=sha256)
        about.write_text(text, encoding="utf-8")


ABOUT = """headings = ["Step \\\\d+: .+"]
starters = ["hidden", "signs"]
[[leave_out]]
text = "A Small Article"
reason = "title"
[[leave_out]]
text = "Buy our product today!"
reason = "promotion"
[[cautions]]
text = "They do not cause a high."
notice = "caution.medication"
"""


def write_corpus(root: Path, *, notices: Path) -> Path:
    """A small corpus with every kind of file; the wording is a copy of the real one in ``notices``."""
    corpus = root / "corpus"
    write_article(corpus / "small", ARTICLE, about=ABOUT, questions=QUESTIONS)
    (corpus / "not-covered.toml").write_text(TOPICS, encoding="utf-8")
    (corpus / "signs.toml").write_text(SIGNS, encoding="utf-8")
    (corpus / "emergencies.toml").write_text(EMERGENCIES, encoding="utf-8")
    (corpus / "requests.toml").write_text(REQUESTS, encoding="utf-8")
    (corpus / "notices").mkdir()
    for path in notices.glob("*.toml"):
        (corpus / "notices" / path.name).write_bytes(path.read_bytes())
    return corpus


def write_model(folder: Path, texts: Sequence[str]) -> Path:
    """A real sentence-transformers model of a few kilobytes: each word of ``texts`` has a fixed random direction."""
    from sentence_transformers import SentenceTransformer  # takes seconds, and few tests need it
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

    words = sorted({word for text in texts for word in re.findall(r"\w+", text.lower())})
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0} | {word: number for number, word in enumerate(words, 1)}))
    tokenizer.model.unk_token = "[UNK]"
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    weights = np.random.default_rng(0).standard_normal((len(words) + 1, 64)).astype(np.float32)
    SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_weights=weights)], device="cpu").save(str(folder))
    return folder


def write_bert(folder: Path, texts: Sequence[str]) -> Path:
    """The same with two attention layers of random weights, such as an adapter is trained for."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast, set_seed

    words = sorted({word for text in texts for word in re.findall(r"\w+", text.lower())})
    raw = folder / "raw"
    raw.mkdir(parents=True)
    (raw / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]), encoding="utf-8")
    BertTokenizerFast(vocab=str(raw / "vocab.txt")).save_pretrained(raw)
    set_seed(0)
    config = BertConfig(
        vocab_size=len(words) + 5,
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
    )
    BertModel(config).save_pretrained(raw)
    transformer = Transformer(str(raw))
    modules = [transformer, Pooling(transformer.get_embedding_dimension())]
    SentenceTransformer(modules=modules, device="cpu").save(str(folder))
    return folder


class FailingStore:
    """Vectors that were there at the start and are away now; see ``chatbot.retrieval.faiss_store.VectorStore``."""

    def __len__(self) -> int:
        return 1

    def nearest(self, vectors: np.ndarray, *, count: int, rows: range) -> list[list[tuple[int, float]]]:
        """Fails, with what a client might say."""
        raise ConnectionError("away")

    similarities = nearest


# A question of the small corpus for every kind of reply: quotes, an abstention, an emergency, small talk, too little.
EVERY_KIND = [
    "which medicines are used",
    "what are the signs",
    "how much does it cost",
    "his lips are blue",
    "hello",
    "it",
]


class WordReader:
    """A reader that likes words of the question, and short passages; keeps what it was asked to read."""

    name = "words in common"

    def __init__(self) -> None:
        self.questions: list[str] = []
        self.passages: list[str] = []

    def read(self, question: str, passages: Sequence[str]) -> Logits:
        """Minus 8 for none, 8 more for each word in common, one less for 20 characters."""
        self.questions.append(question)
        self.passages += passages
        asked = set(_words(question))
        common = [len(asked & set(_words(passage))) for passage in passages]
        return np.array(
            [8 * many - 8 - len(passage) / 20 for many, passage in zip(common, passages, strict=True)], dtype=np.float32
        )


def _words(text: str) -> list[str]:
    return [word for word in re.findall(r"\w+", text.lower()) if len(word) > 3]


def chatbot_over(settings: Settings, *, reader: Reader | None = None) -> AnswerPipeline:
    """A chatbot over what lies on disk, with an index built where none fits, and an embedder that needs no model."""
    settings = replace(settings, reader=NO_READER)
    sources, embedder = load_sources(settings), HashEmbedder()
    index = factory.load_or_build(settings, sources, embedder)
    return factory.make_chatbot(settings, sources, index, embedder, reader=reader)
