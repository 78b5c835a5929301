"""The page as a whole."""

import html

from skxai.reporting._html import Markup, element, markup
from skxai.reporting._style import STYLE

# Nothing is fetched and nothing runs, whatever the page may hold.
_POLICY = (
    "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'"
)


class Page(str):
    """A whole document; notebooks show it in a frame."""

    __slots__ = ()

    def _repr_html_(self):
        style = "width:100%;height:42rem;border:1px solid #d5d5d5"
        return (
            f'<iframe title="Report" sandbox="" style="{style}" '
            f'srcdoc="{html.escape(self)}"></iframe>'
        )


def page(title, lead, short, sections, footer):
    """The document.

    Parameters
    ----------
    title : str
    lead : list of Markup
        Paragraphs below the title.
    short : list of Markup
        What there is to say in short.
    sections : list of Markup
    footer : str
    """
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        element("link", rel="icon", href="data:,"),  # or a browser asks for one
        element("title", title),
        element("style", Markup(STYLE)),
    )
    points = element("ul", *(element("li", point) for point in short))
    box = element("section", element("h2", "In short", id="short"), points, aria_labelledby="short")
    body = element(
        "body",
        element("header", element("h1", title), *(element("p", part) for part in lead)),
        element("main", element("div", box, class_="short"), *sections),
        element("footer", element("p", footer, class_="note")),
    )
    return Page(markup(Markup("<!DOCTYPE html>\n"), element("html", head, body, lang="en"), "\n"))
