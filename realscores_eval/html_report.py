"""One HTML file that holds everything: settings, tables, pictures and crops; opens without a network."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping, Sequence
from html import escape
from pathlib import Path

from notation.files import write_text
from notation.page import GreyImage
from realscores_eval.analysis import Analysis
from realscores_eval.analysis_tables import Section, sections
from realscores_eval.average_precision import Evaluation
from realscores_eval.crops import crops, png_bytes, worst
from realscores_eval.faults import FAULTS, Fault, FaultKind
from realscores_eval.pictures import confusion_svg, curve_classes, precision_recall_svg

#: Crops of each kind of fault.
CROPS = 18
_STYLE = """
body { font: 15px/1.45 Helvetica, Arial, sans-serif; color: #222; margin: 2em auto; max-width: 1180px; padding: 0 1em }
h1 { font-size: 1.6em; margin-bottom: .2em } h2 { font-size: 1.2em; margin: 2em 0 .3em; border-top: 1px solid #ddd;
padding-top: 1em } p { margin: .3em 0 .8em; color: #555; max-width: 60em }
.wide { overflow-x: auto } table { border-collapse: collapse; font-size: 13px }
td, th { padding: 2px 10px; text-align: left; white-space: nowrap; border-bottom: 1px solid #eee }
th { border-bottom: 2px solid #999; position: sticky; top: 0; background: white } tr:hover td { background: #f5f8fc }
.number { text-align: right; font-variant-numeric: tabular-nums }
.settings td { white-space: normal; overflow-wrap: anywhere } .settings th { border-bottom: 1px solid #eee }
figure { display: inline-block; margin: 6px; padding: 6px; border: 1px solid #ddd; vertical-align: top;
width: 340px; box-sizing: border-box } figure img { display: block; max-width: 100%; max-height: 300px; margin: auto }
figcaption { font-size: 12px; color: #444; margin-top: 4px; overflow-wrap: anywhere }
.true { color: #009632 } .found { color: #dc2828 }
nav a { margin-right: 1.2em } details summary { cursor: pointer; color: #06c; margin: .4em 0 }
"""
_FAULT_WORDS: Mapping[FaultKind, str] = {
    "missed": "No detection takes the symbol in the green box; a thin red box is what comes nearest.",
    "false": "The red box takes no symbol: off, twice, or nothing there; a thin green box is what comes nearest.",
    "confused": "The symbol in the green box was found in the right place as something else.",
}
#: Tables with more rows are folded.
_LONG = 30


def write_report(
    target: Path,
    analysis: Analysis,
    images: Sequence[Callable[[], GreyImage]],
    settings: Mapping[str, str],
    title: str,
) -> list[Path]:
    """Write a report; return the files that were written.

    Arguments:
        target: a file `*.html`, or a folder, which then also gets the pictures as files of their own.
        images: the pictures of the pages, in the order of the analysis.
        settings: what was measured and how, by name.

    Raises:
        OutputError: a file cannot be written.
    """
    pictures = report_pictures(analysis)
    page = report_html(analysis, images, settings, title)
    files = {path: page if path.suffix == ".html" else pictures[path.stem] for path in report_files(target)}
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    return list(files)


def report_files(target: Path) -> list[Path]:
    """Return the files that a report writes to `target`."""
    if target.suffix.lower() in {".html", ".htm"}:
        return [target]
    return [target / "report.html", target / "precision_recall.svg", target / "confusion.svg"]


def report_pictures(analysis: Analysis) -> dict[str, str]:
    """Return the pictures of a report as SVG, by file name without ending."""
    standard = _standard(analysis)
    return {
        "precision_recall": precision_recall_svg(standard, curve_classes(standard)),
        "confusion": confusion_svg(analysis.confusion),
    }


def report_html(
    analysis: Analysis, images: Sequence[Callable[[], GreyImage]], settings: Mapping[str, str], title: str
) -> str:
    """Return a report as the text of one HTML file."""
    pictures = report_pictures(analysis)
    parts = [_head(title, settings, analysis), *(_table(one) for one in sections(analysis))]
    words = (
        f"{_standard(analysis).title}: all symbols pooled, the most common classes, and the weakest with enough "
        "instances. Precision upward, recall to the right."
    )
    parts.append(_chapter("Precision and recall", words, f'<div class="wide">{pictures["precision_recall"]}</div>'))
    words = (
        f"Classes with most confusions at score {analysis.confusion.least_score:.2f} and more, overlap "
        f"{analysis.confusion.threshold:g}. Shade: share of the row."
    )
    parts.append(_chapter("Confusion matrix", words, f'<div class="wide">{pictures["confusion"]}</div>'))
    parts += [_crop_chapter(kind, analysis, images) for kind in FAULTS]
    body = "\n".join(parts)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n{body}\n</body></html>\n"
    )


def _standard(analysis: Analysis) -> Evaluation:
    return next(
        one for one in analysis.evaluations if (one.shape, one.mode, one.widen_sp) == (analysis.shape, "standard", 0.0)
    )


def _head(title: str, settings: Mapping[str, str], analysis: Analysis) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in settings.items())
    names = "".join(f"<li>{escape(name)}</li>" for name in analysis.page_names)
    pages = f"<details><summary>{len(analysis.page_names)} pages</summary><ol>{names}</ol></details>"
    return f'<h1>{escape(title)}</h1>\n<table class="settings">{rows}</table>\n{pages}'


def _chapter(title: str, words: str, content: str) -> str:
    return f"<h2>{escape(title)}</h2>\n<p>{escape(words)}</p>\n{content}"


def _table(section: Section) -> str:
    table = f'<div class="wide">{section.table.html()}</div>'
    if len(section.table.rows) > _LONG:
        table = f"<details><summary>{len(section.table.rows)} rows</summary>{table}</details>"
    return _chapter(section.title, section.words, table)


def _crop_chapter(kind: FaultKind, analysis: Analysis, images: Sequence[Callable[[], GreyImage]]) -> str:
    wanted = worst(analysis.confusion, kind, CROPS)
    drawn = dict(crops(wanted, images))
    faults = [fault for fault in wanted if fault in drawn]
    figures = "\n".join(_figure(fault, png_bytes(drawn[fault]), analysis) for fault in faults)
    total = sum(1 for fault in analysis.confusion.faults if fault.kind == kind)
    words = f"{_FAULT_WORDS[kind]} {len(faults)} of {total}, the classes in turn."
    if len(faults) < len(wanted):
        words += " The pictures of some pages are not there."
    return _chapter(f"Worst crops: {kind}", words, figures)


def _figure(fault: Fault, png: bytes, analysis: Analysis) -> str:
    lines = []
    if fault.true_name is not None:
        lines.append(f'<b class="true">{escape(fault.true_name)}</b>')
    if fault.found_name is not None:
        lines.append(f'found as <b class="found">{escape(fault.found_name)}</b>, score {fault.score:.2f}')
    if fault.near is not None:
        side = "found" if fault.found_name is None else "true"
        lines.append(f"overlaps {fault.near.overlap:.2f} with {side} {escape(fault.near.name)}")
    lines.append(escape(analysis.page_names[fault.page]))
    source = base64.b64encode(png).decode("ascii")
    picture = f'<img src="data:image/png;base64,{source}" alt="{fault.kind} symbol">'
    return f"<figure>{picture}<figcaption>{'<br>'.join(lines)}</figcaption></figure>"
