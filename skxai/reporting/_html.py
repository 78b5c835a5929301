"""HTML that is escaped where it is made: text becomes markup in `element` alone."""

import html
import re

# No character of XML, or one that moves a cursor and no reader should meet.
_UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_VOID = {"img", "meta", "link", "br", "col"}


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def clean(text):
    """Text without the characters that a document can't hold."""
    return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", str(text))


def markup(*children):
    """Children one after the other; all but `Markup` are escaped, None is left out.

    Examples
    --------
    >>> markup("a < b", element("b", "!"))
    'a &lt; b<b>!</b>'
    """
    return Markup(
        "".join(
            child if isinstance(child, Markup) else html.escape(clean(child))
            for child in children
            if child is not None
        )
    )


def element(tag, *children, **attributes):
    """One element; a trailing underscore of an attribute is dropped, others become hyphens.

    Examples
    --------
    >>> element("td", "<b>", class_="number", aria_label='"')
    '<td class="number" aria-label="&quot;">&lt;b&gt;</td>'
    """
    written = "".join(
        f' {name.removesuffix("_").replace("_", "-")}="{html.escape(clean(value))}"'
        for name, value in attributes.items()
        if value is not None
    )
    if tag in _VOID:
        return Markup(f"<{tag}{written}>")
    return Markup(f"<{tag}{written}>{markup(*children)}</{tag}>")


def name(text):
    """A name from the data; its direction of writing does not leak into the sentence."""
    return element("bdi", text)


def listed(parts):
    """Parts of a sentence as ``a, b and c``."""
    if len(parts) < 2:
        return markup(*parts)
    commas = [piece for part in parts[:-1] for piece in (", ", part)][1:]
    return markup(*commas, " and ", parts[-1])


def paragraph(*children, class_=None):
    """A paragraph."""
    return element("p", *children, class_=class_)


def table(caption, columns, rows, *, numbers=()):
    """A table whose first column names its rows; wide ones scroll by themselves.

    Parameters
    ----------
    caption : str
    columns : list of str
    rows : list of lists
        Cells: text or markup.
    numbers : collection of int
        Columns that are aligned to the right.
    """

    def cell(tag, j, content, **attributes):
        shown = content if isinstance(content, Markup) else name(content)
        return element(tag, shown, class_="number" if j in numbers else None, **attributes)

    head = element("tr", *(cell("th", j, text, scope="col") for j, text in enumerate(columns)))
    body = [
        element(
            "tr",
            cell("th", 0, row[0], scope="row"),
            *(cell("td", j, row[j]) for j in range(1, len(row))),
        )
        for row in rows
    ]
    whole = element(
        "table", element("caption", caption), element("thead", head), element("tbody", *body)
    )
    # A region that scrolls is reached by the keyboard, and says what it is.
    about = {"role": "region", "aria_label": caption, "tabindex": "0"}
    return element("div", whole, class_="scroll", **about)


def details(summary, *children):
    """What is shown on demand."""
    return element("details", element("summary", summary), *children)


def section(title, key, *children):
    """A section with its heading."""
    heading = element("h2", title, id=key)
    return element("section", heading, *children, aria_labelledby=key)


def first_of(n_shown, n_all):
    """How much of a table is shown, where that is not all."""
    return "" if n_shown == n_all else f", the first {n_shown} of {n_all}"
