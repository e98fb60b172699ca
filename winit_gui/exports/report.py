"""One page about one experiment: question, settings, pictures, verdicts with their numbers.

As HTML that needs no other file, and as PDF.
"""

from __future__ import annotations

import base64
import html
import platform
from dataclasses import dataclass

import numpy as np
import PySide6
import scipy
from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QUrl
from PySide6.QtGui import (
    QFont,
    QImage,
    QPageLayout,
    QPageSize,
    QPainter,
    QPdfWriter,
    QTextDocument,
)

from winit_core import Simulation, __version__
from winit_core.files.share_line import encode
from winit_core.translation import tr, tr_n
from winit_gui import language, wording
from winit_gui.exports.evidence import Evidence

_WIDTH, _HEIGHT = 700.0, 1030.0
"""Printable part of a page, in the units of the text: A4 without its margins at 96 dpi."""

_MARGIN_MM = 12.0
_WIDE = 2.2
_SIZES = ((9.0, 1.0), (9.0, 0.85), (8.0, 0.75), (7.5, 0.65), (7.0, 0.5), (6.0, 0.4), (4.5, 0.4))
"""Type in points, and the width of the pictures as a share of the page: the first that fits."""

_DPI = 96


@dataclass(frozen=True)
class ReportPicture:
    """One picture of a report.

    Attributes
    ----------
    title
        What it shows.
    png
        The picture as a PNG file; its size in pixels does not matter.
    """

    title: str
    png: bytes


@dataclass(frozen=True)
class Report:
    """What a report tells.

    Attributes
    ----------
    simulation
        The runs at the step that the pictures show.
    evidence
        One per run: what was found before training.
    pictures
        At most a few: all go onto one page.
    question
        What was asked; empty: the usual question.
    step
        How many updates the runs have behind them.
    """

    simulation: Simulation
    evidence: tuple[Evidence, ...]
    pictures: tuple[ReportPicture, ...]
    question: str = ""
    step: int = 0


def usual_question(simulation: Simulation) -> str:
    """Return what an experiment asks."""
    experiment = simulation.experiment
    return tr_n(
        "Does this scheme keep the signal and its gradient alive through {depth} layers of "
        "{activation}?",
        "Which of {count} schemes keeps the signal and its gradient alive through {depth} layers "
        "of {activation}?",
        len(experiment.schemes),
        depth=experiment.depth,
        activation=experiment.activation.label,
    )


def to_html(report: Report) -> str:
    """Return the report as one HTML file with its pictures in it."""
    pictures = "".join(
        f'<figure><img alt="{html.escape(p.title, quote=True)}" '
        f'src="data:image/png;base64,{base64.b64encode(p.png).decode("ascii")}">'
        f"<figcaption>{html.escape(p.title)}</figcaption></figure>\n"
        for p in report.pictures
    )
    title = html.escape(_question(report))
    return (
        f'<!DOCTYPE html>\n<html lang="{language.tag()}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>{title}</title><style>{_STYLE}</style></head><body>\n"
        f"<h1>{title}</h1>\n{_settings(report)}\n{pictures}{_verdicts(report)}\n{_foot(report)}\n"
        "</body></html>\n"
    )


def to_pdf(report: Report) -> bytes:
    """Return the report as one A4 page; the pictures and then the type shrink until all fits."""
    document = QTextDocument()
    document.setDocumentMargin(0)
    images = [QImage.fromData(picture.png) for picture in report.pictures]
    for number, image in enumerate(images):
        document.addResource(QTextDocument.ResourceType.ImageResource, _url(number), image)
    for points, share in _SIZES:
        font = QFont(document.defaultFont())
        font.setPointSizeF(points)
        document.setDefaultFont(font)
        document.setDefaultStyleSheet(_PDF_STYLE)
        document.setHtml(_pdf_html(report, images, share))
        document.setTextWidth(_WIDTH)
        if document.size().height() <= _HEIGHT:
            break
    return _printed(document, _question(report))


def _printed(document: QTextDocument, title: str) -> bytes:
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    margins = QMarginsF(_MARGIN_MM, _MARGIN_MM, _MARGIN_MM, _MARGIN_MM)
    writer.setPageLayout(
        QPageLayout(
            QPageSize(QPageSize.PageSizeId.A4),
            QPageLayout.Orientation.Portrait,
            margins,
            QPageLayout.Unit.Millimeter,
        )
    )
    writer.setResolution(_DPI)
    writer.setTitle(title)
    writer.setCreator(f"winit {__version__}")
    painter = QPainter(writer)
    # Whatever there is, it is one page: 32 schemes with long names come out small.
    size = document.size()
    fit = min(writer.width() / _WIDTH, writer.height() / max(size.height(), 1.0))
    painter.scale(fit, fit)
    document.drawContents(painter, QRectF(0, 0, _WIDTH, size.height()))
    painter.end()
    return bytes(data.data())


def _url(number: int) -> QUrl:
    return QUrl(f"picture:{number}")


def _pdf_html(report: Report, images: list[QImage], share: float) -> str:
    """Return the same content as QTextDocument knows it: tables in the place of figures."""
    pictures = "".join(
        f'<table width="100%" cellspacing="4"><tr>'
        f"{''.join(_cell(report, images, number, share / len(row)) for number in row)}"
        f"</tr></table>"
        for row in _rows_of_pictures(images)
    )
    return (
        f"<h2>{html.escape(_question(report))}</h2>{_settings(report)}"
        f"{pictures}{_verdicts(report)}{_foot(report)}"
    )


def _cell(report: Report, images: list[QImage], number: int, share: float) -> str:
    image = images[number]
    width = round(_WIDTH * share) - 8
    height = round(width * image.height() / max(image.width(), 1))
    return (
        f'<td align="center"><img src="{_url(number).toString()}" width="{width}" '
        f'height="{height}"><br>'
        f'<span class="muted">{html.escape(report.pictures[number].title)}</span></td>'
    )


def _rows_of_pictures(images: list[QImage]) -> list[list[int]]:
    """Put pictures of usual shape side by side; a wide one, or one left over, has its own row."""
    rows: list[list[int]] = []
    half = False
    for number, image in enumerate(images):
        wide = image.width() > _WIDE * image.height()
        if half and not wide:
            rows[-1].append(number)
            half = False
        else:
            rows.append([number])
            half = not wide
    return rows


def _question(report: Report) -> str:
    return report.question.strip() or usual_question(report.simulation)


def _settings(report: Report) -> str:
    experiment = report.simulation.experiment
    words = [wording.network_in_words(experiment)]
    words.append(_SAMPLED[experiment.library])
    for override in experiment.overrides:
        place = override.index(experiment.depth) + 1
        scheme = wording.scheme_name(override.choice)
        words.append(tr("layer {layer}: {scheme}", layer=place, scheme=scheme))
    return f'<p class="muted">{html.escape("; ".join(words))}.</p>'


_SAMPLED = {
    "reference": tr("schemes sampled as published"),
    "pytorch": tr("schemes sampled as PyTorch does"),
    "keras": tr("schemes sampled as Keras does"),
    "jax": tr("schemes sampled as JAX does"),
}
_HEAD = (
    tr("Scheme"),
    tr("Verdict"),
    tr("Measured"),
    tr("Error at layer 1"),
    tr("Signal"),
    tr("Loss"),
)


def _verdicts(report: Report) -> str:
    names, rows = list(_HEAD), [list(_row(evidence)) for evidence in report.evidence]
    if report.step:
        names.append(tr("Loss at step {step}", step=report.step))
        for row, run in zip(rows, report.simulation.runs, strict=True):
            row.append(wording.number(run.loss, 4))
    head = "".join(f'<th align="left">{html.escape(name)}</th>' for name in names)
    body = "".join(
        f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in row)}</tr>\n" for row in rows
    )
    return f'<table width="100%" cellspacing="0" cellpadding="2"><tr>{head}</tr>\n{body}</table>'


def _row(evidence: Evidence) -> tuple[str, ...]:
    verdict = evidence.verdict
    ratio = f"{wording.number(evidence.error_ratio)} ×"
    return (
        wording.scheme_name(verdict.run.choice),
        wording.VERDICTS[verdict.finding.kind],
        "; ".join([verdict.proofs[0], *verdict.others]),
        tr("0 (rounding)") if evidence.error_is_rounding else ratio,
        wording.number(evidence.signal),
        wording.number(verdict.loss, 4),
    )


def _foot(report: Report) -> str:
    experiment = report.simulation.experiment
    versions = (
        f"winit {__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"scipy {scipy.__version__}, Qt for Python {PySide6.__version__}"
    )
    read = tr(
        "Error at layer 1: RMS of ∂L/∂z there over the output layer’s. Signal: "
        "RMS of h in the last hidden layer."
    )
    said = html.escape(f"{read} {_nets(report)} {versions}.")
    opened = html.escape(tr("To open this experiment:"))
    return f'<p class="muted">{said}<br>{opened} <code>{_breakable(encode(experiment))}</code></p>'


def _nets(report: Report) -> str:
    """Return how many nets the table stands on, and whether training changed any."""
    seed = report.simulation.experiment.seed
    nets = max((evidence.nets for evidence in report.evidence), default=1)
    words = [tr("Seed {seed}.", seed=seed)]
    if nets > 1:
        words = [
            tr_n(
                "The verdict is the commonest among {count} net with seeds from {seed} on, every "
                "number its median.",
                "The verdict is the commonest among {count} nets with seeds from {seed} on, every "
                "number their median.",
                nets,
                seed=seed,
            )
        ]
    if report.step:
        words.append(
            tr(
                "The pictures and the loss at step {step} are of the net with seed {seed}; all "
                "else is before training.",
                step=report.step,
                seed=seed,
            )
        )
    return " ".join(words)


def _breakable(line: str) -> str:
    """Let a long share line break; the spaces that a copy may hold do not matter."""
    parts = [line[i : i + 60] for i in range(0, len(line), 60)]
    return " ".join(map(html.escape, parts))


_PDF_STYLE = """
.muted { color: #57606a; }
th { color: #57606a; font-weight: normal; }
h2 { font-size: 14pt; }
code { font-family: monospace; }
"""
_STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1b1f24; background: #fff;
  max-width: 60rem; margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin: 0 0 .3rem; }
.muted, figcaption, th { color: #57606a; font-weight: normal; font-size: .87rem; }
figure { margin: .8rem 0; } img { max-width: 100%; }
table { border-collapse: collapse; width: 100%; font-size: .87rem; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
  border-top: 1px solid #d0d7de; }
code { overflow-wrap: anywhere; }
@media print { @page { size: A4; margin: 12mm; } body { font-size: 10px; margin: 0; }
  h1 { font-size: 16px; } tr, figure { break-inside: avoid; } img { max-height: 14cm; } }
"""
