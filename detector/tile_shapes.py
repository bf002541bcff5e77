"""Freeing a model of the tile shape that its file fixes: pages seldom are a multiple of it.

A network of convolutions takes any height and width, but tracing one writes the numbers of cells into it: as targets of
the reshapes around attention and in the box decoder, as axes of the cells' centres, and as the stride of every cell.
These constants are recognised by their values and computed from the input's shape instead. Measured on two cores: the
freed model runs as fast as one that was compiled for its shape, gives the same numbers up to rounding, and a shape that
comes for the first time costs 0.1 s, where compiling anew costs 0.5 s.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

#: Cells are so many pixels wide, level by level. Sides of tiles are multiples of the largest.
STRIDES_PX = (8, 16, 32)
#: What reads numbers of channels, which may happen to be numbers of cells.
_SPLITS = {"Split", "VariadicSplit"}
#: A shape that no model of ours was traced at: constants that were overlooked do not fit to it.
_TRIED_PX = (352, 416)

#: OpenVINO nodes that give height and width of the input, int64 (1,) each.
_Sides: TypeAlias = tuple[Any, Any]


def free_tile_shape(model: Any) -> bool:
    """Let an OpenVINO model, in place, take tiles of any shape whose sides are multiples of the largest stride.

    Returns:
        Whether that went well. A model of another architecture may keep constants that this does not know; such a model
        is of no use afterwards, and must be read again and used as it is.
    """
    from openvino import opset13 as operations

    _, _, height, width = (int(side) for side in model.inputs[0].shape)
    constants = [node for node in model.get_ordered_ops() if node.get_type_name() == "Constant"]
    try:
        model.reshape([1, 1, -1, -1])  # or new nodes are checked against the old shape
        shape = operations.shape_of(model.get_parameters()[0], output_type="i64")
        sides = tuple(operations.gather(shape, np.array([axis]), np.array(0)) for axis in (2, 3))
        for node in constants:
            new = _freed(operations, node, (height, width), sides)
            if new is not None:
                node.output(0).replace(new.output(0))
        model.reshape([1, 1, *_TRIED_PX])
        cells = int(model.outputs[0].shape[-1])
        model.reshape([1, 1, -1, -1])
    except RuntimeError:
        return False
    return cells == sum(_cells(_TRIED_PX, stride) for stride in STRIDES_PX)


def _freed(operations: Any, node: Any, tile_px: tuple[int, int], sides: _Sides) -> Any | None:
    """Return the node that takes the place of a constant; None where it stays."""
    kind = node.get_element_type().get_type_name()
    readers = {one.get_node().get_type_name() for one in node.output(0).get_target_inputs()}
    if kind.startswith("i") and not readers & _SPLITS:
        return _target(operations, node.get_data(), tile_px, sides)
    if kind == "f32" and 1 in node.get_output_shape(0):
        return _centres_or_strides(operations, node.get_data(), tile_px, sides)
    return None


def _target(operations: Any, values: NDArray[Any], tile_px: tuple[int, int], sides: _Sides) -> Any | None:
    """Return the target of a reshape that ends in the rows and columns of a level, or in the number of cells."""
    if values.ndim != 1 or not 2 <= len(values) <= 4:
        return None
    counts = [_cells(tile_px, stride) for stride in STRIDES_PX]
    for stride in STRIDES_PX:
        if values[-2:].tolist() == [tile_px[0] // stride, tile_px[1] // stride]:
            level = [_divided(operations, side, stride) for side in sides]
            return operations.concat([operations.constant(one) for one in _nonempty(values[:-2])] + level, 0)
    if len(values) > 2 and values[-1] in [*counts, sum(counts)]:
        return operations.constant(np.array([*values[:-1], -1]))
    return None


def _centres_or_strides(operations: Any, values: NDArray[Any], tile_px: tuple[int, int], sides: _Sides) -> Any | None:
    """Return the centres of a level's rows or columns, or the strides of all cells."""
    if values.ndim != 2:
        return None
    if np.array_equal(values.reshape(-1), _strides(tile_px)):
        levels = [_level_strides(operations, stride, sides) for stride in STRIDES_PX]
        return operations.concat(levels, 1) if values.shape[0] == 1 else None
    axis = int(np.argmax(values.shape))
    for stride in STRIDES_PX:
        if np.array_equal(values.reshape(-1), np.arange(tile_px[axis] // stride) + 0.5):
            count = operations.squeeze(_divided(operations, sides[axis], stride), np.array([0]))
            steps = operations.range(np.int64(0), count, np.int64(1), "f32")
            return operations.unsqueeze(operations.add(steps, np.float32(0.5)), np.array([1 - axis]))
    return None


def _level_strides(operations: Any, stride: int, sides: _Sides) -> Any:
    height, width = (_divided(operations, side, stride) for side in sides)
    shape = operations.concat([operations.constant(np.array([1])), operations.multiply(height, width)], 0)
    return operations.broadcast(operations.constant(np.array([[stride]], dtype=np.float32)), shape)


def _divided(operations: Any, side: Any, stride: int) -> Any:
    return operations.divide(side, np.array([stride], dtype=np.int64))


def _nonempty(values: NDArray[Any]) -> list[NDArray[Any]]:
    return [values] if len(values) else []


def _cells(tile_px: tuple[int, int], stride: int) -> int:
    return (tile_px[0] // stride) * (tile_px[1] // stride)


def _strides(tile_px: tuple[int, int]) -> NDArray[np.float32]:
    return np.concatenate([np.full(_cells(tile_px, stride), stride, dtype=np.float32) for stride in STRIDES_PX])
