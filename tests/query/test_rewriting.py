"""How a follow-up is read."""

from chatbot.query.message_form import dependence
from chatbot.query.question import Question
from chatbot.query.rewriting import MOST_PARTS, Query, variants
from tests.support.glossary import GLOSSARY


def test_form_tells_how_far_a_message_leans_back() -> None:
    """Short messages with pointing words lean on what was said before; long ones with a subject stand alone."""
    ordered = [
        "Why not?",
        "does it make them high",
        "What are the signs that somebody in the family has been using heroin for a while?",
    ]

    assert sorted(map(dependence, ordered), reverse=True) == list(map(dependence, ordered))


def test_first_message_is_read_alone() -> None:
    """Without history there is one reading."""
    assert variants(Query(Question("does suboxone help"), GLOSSARY)).all == ("does suboxone help",)


def test_follow_up_is_read_with_the_subject_before() -> None:
    """A follow-up is also read glued to the message before and pointed at its subject."""
    found = variants(Query(Question("for how long?", ("tell me about suboxone",)), GLOSSARY))

    assert found.glued == "tell me about suboxone for how long?"
    assert found.pointed == "for how long? suboxone"


def test_sentences_of_a_story_are_read_one_by_one() -> None:
    """The question buried in a long message is a reading of its own; the number of readings is bounded."""
    story = "My son is 24. He came home on Monday. Which medications are there?"

    assert "Which medications are there?" in variants(Query(Question(story), GLOSSARY)).parts
    assert len(variants(Query(Question("One. " * 200), GLOSSARY)).parts) <= MOST_PARTS


def test_blank_history_is_no_history() -> None:
    """Empty earlier messages do not count."""
    assert variants(Query(Question("why?", ("  ", "")), GLOSSARY)).earlier == ()


def test_rows_are_known_by_name() -> None:
    """Each name of a row leads to the text that it names, however many parts and earlier messages there are."""
    for history in ((), ("medication",), ("is suboxone safe", "medication"), ("a b", "is suboxone safe", "medication")):
        for text in ("why", "My son is 24. Which medications are there?"):
            found = variants(Query(Question(text, history), GLOSSARY))
            rows = found.all

            assert rows[found.own_rows] == (found.whole, *found.parts)
            assert rows[found.part_rows] == found.parts
            assert rows[found.earlier_rows] == found.earlier
            if history:
                assert rows[found.last_earlier_row] == found.earlier[-1]
                assert (rows[found.glued_row], rows[found.pointed_row]) == (found.glued, found.pointed)


def test_a_query_is_worked_out_once() -> None:
    """Language, dependence and subjects of a message are those of the functions that work them out."""
    query = Query(Question("is suboxone like a medication", language="es"), GLOSSARY)

    assert query.dependence == dependence(query.question.text)
    assert query.subjects == GLOSSARY.subjects(query.question.text)
    assert (query.language, query.reader_language) == ("en", "es")
    assert not query.depends(0.0)
