"""The network: convolutions, a bidirectional LSTM, and at each place a symbol and the fields of its word."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from realscores_eval.staff_lmx.alphabet import FIELDS, SYMBOLS
from realscores_eval.staff_lmx.decoding import SLOT_PX
from realscores_eval.staff_lmx.staff_strip import HEIGHT_PX

#: Columns of the picture that one step of the LSTM sees; each step speaks for several slots, since a chord of four
#: heads is no wider than a head.
_STEP_PX = 4
_ROW_PX = 16


@dataclass(frozen=True)
class Shape:
    """Sizes of the network.

    Attributes:
        channels: of the stem and the three levels of convolutions.
        column: width of what is known of one column.
        hidden: of the LSTM in each direction.
        layers: of the LSTM.
        slot: width of what is known of one slot.
    """

    channels: tuple[int, int, int, int] = (16, 32, 48, 80)
    column: int = 192
    hidden: int = 144
    layers: int = 2
    slot: int = 128


class StaffNetwork(nn.Module):
    """From strips, float32 (N, 1, `HEIGHT_PX`, W) with ink 1, to slots of `SLOT_PX` columns."""

    def __init__(self, shape: Shape | None = None) -> None:
        super().__init__()
        shape = shape or Shape()
        a, b, c, d = shape.channels
        self.convolutions = nn.Sequential(
            _layer(1, a, (2, 2), size=5), _layer(a, b, (2, 1)), _layer(b, c, (2, 2)), _layer(c, c),
            _layer(c, d, (2, 1)), _layer(d, d),
        )  # fmt: skip
        rows = HEIGHT_PX // _ROW_PX
        self.columns = nn.Sequential(nn.Linear(d * rows, shape.column), nn.ReLU(), nn.Dropout(0.1))
        self.lstm = nn.LSTM(shape.column, shape.hidden, shape.layers, batch_first=True, bidirectional=True, dropout=0.1)
        self._slots = _STEP_PX // SLOT_PX
        self.slots = nn.Linear(2 * shape.hidden, self._slots * shape.slot)
        self.symbols = nn.Linear(shape.slot, 1 + len(SYMBOLS))
        self.fields = nn.Linear(shape.slot, sum(len(values) for values in FIELDS.values()))

    def features(self, strips: Tensor) -> Tensor:
        """Return (N, W / `SLOT_PX`, slot): what is known of each slot."""
        maps = self.convolutions(strips)  # (N, channels, rows, steps)
        count, _, _, steps = maps.shape
        columns = self.columns(maps.permute(0, 3, 1, 2).flatten(2))
        read, _ = self.lstm(columns)
        slots: Tensor = torch.relu(self.slots(read)).reshape(count, steps * self._slots, -1)
        return slots

    def forward(self, strips: Tensor) -> tuple[Tensor, Tensor]:
        """Return scores of the symbols (N, slots, 1 + symbols), blank first, and of all fields (N, slots, values)."""
        slots = self.features(strips)
        return self.symbols(slots), self.fields(slots)


def _layer(given: int, made: int, stride: tuple[int, int] = (1, 1), size: int = 3) -> nn.Module:
    convolution = nn.Conv2d(given, made, size, stride, padding=size // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(made), nn.ReLU(inplace=True))
