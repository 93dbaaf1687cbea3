"""Characters -> HTML that shows exactly these characters."""

import html


def escaped(text: str) -> str:
    r"""The text as HTML that shows exactly these characters.

    >>> escaped("a < b\n *c*")
    'a &lt; b<br> *c*'
    """
    return html.escape(text).replace("\n", "<br>")
