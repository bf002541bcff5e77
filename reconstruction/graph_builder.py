"""The links of a page as `NotationGraph`."""

from __future__ import annotations

from notation.graph import NotationGraph
from reconstruction.page import Page


def build_graph(page: Page) -> NotationGraph:
    """Write every link that was made as an edge; times and voices are added when the bars are read."""
    graph = NotationGraph(len(page.sheet.glyphs))
    for row, staff in enumerate(page.sheet.nearest_staff.tolist() if page.sheet.staves else ()):
        graph.nx.nodes[row]["staff"] = int(staff)
    for head in page.heads:
        graph.nx.nodes[head.glyph.row].update(staff=head.staff, position=head.position)
        for ledger in head.ledgers:
            graph.relate(head.glyph.row, "ledger", ledger)
    for chord in page.chords:
        rows = [head.glyph.row for head in chord.heads] or ([chord.rest.row] if chord.rest else [])
        for row in rows:
            if chord.stem is not None:
                graph.relate(row, "stem", chord.stem.glyph.row)
            for sign in chord.tuplet_rows:
                graph.relate(row, "tuplet", sign)
    _stems(page, graph)
    for dot, owner in page.dot_owners.items():
        graph.relate(owner, "dot", dot)
    for head_row, accidental in page.accidentals.items():
        if page.sheet.glyphs[accidental.row].name == accidental.name:  # not one detected as a key signature
            graph.relate(head_row, "accidental", accidental.row)
    _ties(page, graph)
    return graph


def _stems(page: Page, graph: NotationGraph) -> None:
    for stem in page.stems:
        for beam in stem.beams:
            graph.relate(stem.glyph.row, "beam", beam.row)
        if stem.flag is not None:
            graph.relate(stem.glyph.row, "flag", stem.flag.row)
        if stem.tremolo is not None:
            graph.relate(stem.glyph.row, "tremolo", stem.tremolo.row)
    for chord in page.chords:
        for stroke in chord.stroke_rows:
            if page.sheet.glyphs[stroke].name != "beam":  # which hangs on stems only
                graph.relate(chord.stem.glyph.row if chord.stem else chord.heads[0].glyph.row, "tremolo", stroke)


def _ties(page: Page, graph: NotationGraph) -> None:
    for arc, left, right in page.ties.pairs:
        if arc.name == "tie":
            graph.relate(left.glyph.row, "tie", arc.row)
            graph.relate(right.glyph.row, "tie", arc.row)
    for arc, head in (*page.ties.open_right, *page.ties.open_left):
        if arc.name == "tie":
            graph.relate(head.glyph.row, "tie", arc.row)
