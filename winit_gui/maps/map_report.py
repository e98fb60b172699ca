"""One page about a map, as HTML that needs no other file."""

from __future__ import annotations

import base64
import csv
import html
import io

from winit_core import __version__
from winit_core.experiment import Experiment
from winit_core.files.share_line import encode
from winit_core.translation import tr
from winit_gui import language, wording
from winit_gui.maps.typography import rich

_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff;
  max-width: 72rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; } img { max-width: 100%; }
.muted, th { color: #57606a; font-weight: normal; font-size: .87rem; }
table { border-collapse: collapse; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0; }
code { overflow-wrap: anywhere; }
"""


def map_report(
    title: str,
    sentences: list[str],
    experiment: Experiment,
    png: bytes,
    numbers: str,
    extra: str = "",
) -> str:
    """Return a report: what is shown, the picture, what it says, and all its numbers.

    Parameters
    ----------
    title
        Of the map.
    sentences
        Plain text.
    experiment
        What it is a map of.
    png
        The picture.
    numbers
        CSV, which becomes a table.
    extra
        HTML that comes before the numbers.
    """
    said = "".join(f"<p>{rich(sentence)}</p>\n" for sentence in sentences if sentence)
    picture = base64.b64encode(png).decode("ascii")
    head, *rows = csv.reader(io.StringIO(numbers))
    body = "".join(f"<tr>{_cells('td', row)}</tr>\n" for row in rows)
    all_numbers, to_open = tr("All numbers"), tr("To open this experiment:")
    return (
        f'<!DOCTYPE html>\n<html lang="{language.tag()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{html.escape(title)}</h1>\n"
        f'<p class="muted">{html.escape(wording.network_in_words(experiment))}.</p>\n{said}'
        f'<img alt="{html.escape(title, quote=True)}" src="data:image/png;base64,{picture}">\n'
        f"{extra}\n<details><summary>{html.escape(all_numbers)}</summary>\n"
        f"<table><tr>{_cells('th', head)}</tr>\n{body}</table></details>\n"
        f'<p class="muted">winit {__version__}. {html.escape(to_open)} '
        f"<code>{html.escape(encode(experiment))}</code></p>\n</body></html>\n"
    )


def _cells(tag: str, row: list[str]) -> str:
    return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in row)
