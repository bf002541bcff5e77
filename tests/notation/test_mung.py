from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from notation.errors import FormatError, InputError
from notation.graph import NotationGraph
from notation.mung import read_mung, write_mung
from notation.page import Reading
from notation.symbols import Symbols

FOREIGN = """<?xml version="1.0" encoding="utf-8"?>
<!-- made by hand after MUSCIMA++ -->
<Nodes dataset="MUSCIMA-pp_2.0" document="page_1">
  <Node><Id>10</Id><ClassName>noteheadBlackOnLine</ClassName>
    <Top>100</Top><Left>50</Left><Width>20</Width><Height>16</Height>
    <Mask>0:5 1:8 0:4</Mask><Outlinks>11 12 13 99</Outlinks>
    <Data><DataItem key="duration_beats" type="float">0.5</DataItem>
      <DataItem key="midi_pitch_code" type="int">60</DataItem>
      <DataItem key="onset_ql" type="str">3/4</DataItem></Data></Node>
  <Node><Id>11</Id><ClassName>stem</ClassName>
    <Top>40</Top><Left>68</Left><Width>2</Width><Height>68</Height><Inlinks>10</Inlinks></Node>
  <Node><Id>12</Id><ClassName>clefG</ClassName>
    <Top>80</Top><Left>5</Left><Width>22</Width><Height>60</Height></Node>
  <Node><Id>13</Id><ClassName>noteheadFull</ClassName>
    <Top>1</Top><Left>1</Left><Width>2</Width><Height>3</Height></Node>
  <Node><Id>14</Id><ClassName>flag8thUp</ClassName>
    <Top>40</Top><Left>70</Left><Width>12</Width><Height>30</Height><Inlinks>11</Inlinks></Node>
  <Node><Id>15</Id><ClassName>stem</ClassName>
    <Top>40</Top><Left>68</Left><Width>2</Width><Height>68</Height></Node>
  <Node><Id>16</Id><ClassName>stem</ClassName><Top>high</Top><Left>68</Left><Width>2</Width><Height>68</Height></Node>
  <Node><ClassName>stem</ClassName><Top>1</Top><Left>68</Left><Width>2</Width><Height>68</Height></Node>
</Nodes>
"""


def written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_of_another_tool(tmp_path: Path) -> None:
    reading, graph, report = read_mung(written(tmp_path / "a.xml", FOREIGN), width_px=300, height_px=200)
    symbols = reading.symbols
    assert (reading.source, symbols.width_px, symbols.height_px) == ("page_1", 300, 200)
    assert symbols.names == ("stem", "stem", "flag8thUp", "clefG", "noteheadBlackOnLine")
    np.testing.assert_allclose(symbols.boxes[4], [60, 108, 20, 16, 0])
    assert list(graph.edges()) == [(0, "flag", 2), (4, "stem", 0)]
    assert graph.nx.nodes[4] == {"duration_beats": 0.5, "midi_pitch_code": 60, "onset_ql": Fraction(3, 4)}
    assert dict(report.counts) == {
        "mask skipped": 1,
        "unknown class": 1,
        "broken annotation": 2,
        "no oriented box": 5,
        "duplicate": 1,
        "dangling link": 2,
        "link without relation": 1,
        "one-sided link": 1,
    }
    assert report.examples["link without relation"] == ["noteheadBlackOnLine to clefG"]


def test_dropping_duplicates_keeps_the_links(tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", FOREIGN)
    reading, graph, report = read_mung(path, drop_duplicates=True)
    assert reading.symbols.names == ("stem", "flag8thUp", "clefG", "noteheadBlackOnLine")
    assert list(graph.edges()) == [(0, "flag", 1), (3, "stem", 0)]
    assert report.counts["duplicate dropped"] == 1


def test_a_written_node(tmp_path: Path) -> None:
    boxes = [[9.5, 20, 2, 30, 0], [5.5, 40.25, 8, 6, 0]]
    symbols, _ = Symbols.of(boxes, [42, 25], width_px=100, height_px=90)
    graph = NotationGraph(2)
    graph.relate(1, "stem", 0)
    graph.relate(1, "slur", 0)
    write_mung(tmp_path / "a.xml", Reading(symbols, (), "a.png"), graph)
    root = etree.parse(str(tmp_path / "a.xml")).getroot()
    head = root.findall("Node")[1]
    texts = {one.tag: one.text for one in head if one.tag != "Data"}
    assert texts == {
        "Id": "1",
        "ClassName": "noteheadBlackOnLine",
        "Top": "37",
        "Left": "1",
        "Width": "9",
        "Height": "7",
        "Inlinks": None,
        "Outlinks": "0",
    }
    data = {one.get("key"): one.text for one in head.iterfind("Data/DataItem")}
    assert data == {"oriented_box": "5.5 40.25 8.0 6.0 0.0", "score": "1.0", "outlink_relations": "slur+stem"}
    assert root.findall("Node")[0].findtext("Inlinks") == "1"


def test_a_graph_of_another_page(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="0 symbols"):
        write_mung(tmp_path / "a.xml", Reading(Symbols.empty(5, 5), ()), NotationGraph(3))


@pytest.mark.parametrize("text", ["", "<Nodes>", "<CropObjectList/>", "no XML"])
def test_files_of_another_kind(text: str, tmp_path: Path) -> None:
    path = written(tmp_path / "a.xml", text)
    with pytest.raises(FormatError, match=r"a\.xml") as caught:
        read_mung(path)
    assert "\n" not in str(caught.value)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        read_mung(tmp_path / "a.xml")


def test_entities_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("stem")
    entity = f'<!DOCTYPE Nodes [<!ENTITY out SYSTEM "file://{tmp_path}/secret">]>'
    sides = "<Top>1</Top><Left>1</Left><Width>1</Width><Height>1</Height>"
    node = f"<Node><Id>1</Id><ClassName>&out;</ClassName>{sides}</Node>"
    path = written(tmp_path / "a.xml", f"{entity}<Nodes>{node}</Nodes>")
    reading, _, report = read_mung(path)
    assert (len(reading.symbols), report.counts["unknown class"]) == (0, 1)
