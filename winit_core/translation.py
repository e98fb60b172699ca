"""The language of the words: English in the source, any other from a gettext catalogue.

Call `tr` where a text is made, never on a variable: the texts are collected from the source.
The tables of this package are data and stay English; they are marked here and translated where
they are shown.
"""

from __future__ import annotations

import gettext

_catalogue: gettext.NullTranslations = gettext.NullTranslations()


def install(catalogue: gettext.NullTranslations) -> None:
    """Translate with this catalogue from now on; texts made before stay as they are."""
    global _catalogue
    _catalogue = catalogue


def tr(text: str, /, **values: object) -> str:
    """Return a text in the language of the user.

    Parameters
    ----------
    text
        English; a literal, for it is the key of the translation.
    values
        Fill the placeholders, as in ``tr("layer {number}", number=3)``. Without any the text is
        taken as it is, braces and all. A translation whose placeholders do not fit is not used.
    """
    if not text:
        return ""  # for it, a catalogue has its own head
    # A catalogue keeps what it says about itself under the empty text.
    return _filled(_catalogue.gettext(text), text, values) if text else ""


def tr_n(one: str, many: str, count: int, /, **values: object) -> str:
    """Return the text for a number of things; ``{count}`` stands for it.

    ``tr_n("{count} layer", "{count} layers", 3)``: other languages have other plurals than two.
    """
    english = one if count == 1 else many
    return _filled(_catalogue.ngettext(one, many, count), english, {"count": count, **values})


def mark(text: str, /) -> str:
    """Return the text itself, to be translated by ``tr(text)`` when it is shown."""
    return text


def _filled(translated: str, english: str, values: dict[str, object]) -> str:
    if not values:
        return translated
    try:
        return translated.format(**values)
    except (LookupError, ValueError, AttributeError, TypeError):
        return english.format(**values)
