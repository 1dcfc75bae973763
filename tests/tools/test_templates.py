import textwrap

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import UndefinedError

from tools import templates

words = st.text(alphabet="abcσ×", min_size=1, max_size=30)
paragraphs = st.lists(words, min_size=1, max_size=60)


def fill(text: str) -> str:
    """Send a text through the filter as a template does."""
    template = templates._ENVIRONMENT.from_string("{% filter filled %}\n{{ text }}\n{% endfilter %}\n")
    return template.render(text=text)


def show(expression: str, **values: object) -> str:
    return templates._ENVIRONMENT.from_string("{{ " + expression + " }}").render(values)


def test_a_value_that_is_missing_is_refused() -> None:
    with pytest.raises(UndefinedError, match="album"):
        templates.render("demo/composer/library_readme.md.jinja", rows=[])


def test_markup_is_escaped_in_a_page_and_left_alone_in_markdown() -> None:
    environment = templates._ENVIRONMENT
    assert callable(environment.autoescape)
    assert environment.autoescape("library_report/page.html")
    assert not environment.autoescape("face_emotion/readme.md.jinja")


def test_figures_are_rounded_and_a_missing_one_is_a_dash() -> None:
    assert show("value | fixed(2)", value=0.12678) == "0.13"
    assert show("value | fixed(0)", value=912.7) == "913"
    assert show("value | fixed(2)", value=None) == "–"
    assert show("value | percent", value=0.638) == "64%"
    assert show("value | percent(1)", value=0.9859) == "98.6%"


@given(st.lists(paragraphs, min_size=1, max_size=4))
def test_filling_keeps_the_words_and_the_paragraphs_and_the_width_of_a_page(drawn: list[list[str]]) -> None:
    filled = fill("\n\n".join("\n".join(paragraph) for paragraph in drawn))
    assert [paragraph.split() for paragraph in filled.split("\n\n")] == drawn
    assert max(map(len, filled.splitlines())) <= 118
    assert filled.endswith("\n")


def test_items_of_a_list_follow_each_other_and_are_indented() -> None:
    long = " ".join(["word"] * 40)
    first, second = (textwrap.fill(f"- {item}", 118, subsequent_indent="  ") for item in (long, "short"))
    assert fill(f"Before:\n\n- {long}\n- short\n\nAfter.") == f"Before:\n\n{first}\n{second}\n\nAfter.\n"
    assert "\n  word" in first
