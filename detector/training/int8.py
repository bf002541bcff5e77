"""A model in 8-bit integers: calibrated on stored pages by NNCF, read by OpenVINO as any other.

    pip install nncf
    python -m detector.training.int8 --weights detector/weights/reader.onnx --store PAGES --out FOLDER/int8.xml

Convolutions compute in int8; the head's decoding and the attention keep their precision. `benchmarks/frontier.py
--models int8=FOLDER/int8.xml` measures what that gains and costs.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from detector.pages.store import read_store
from detector.training.batches import CropSampler
from detector.training.recipe import read_recipe
from detector.weights_file import facts_of, find_weights
from notation.errors import ConfigurationError

#: Crops that the ranges of activations are taken from, worn and clean as the recipe says.
CROPS = 64
_SEED = 11
#: What follows the last convolutions turns numbers into boxes, and must be exact there; so must attention.
_EXACT = (
    ".*/model.23/dfl.*",
    ".*/model.23/(Add|Sub|Mul|Div|Concat|Split|Sigmoid|Cos|Sin|Reshape|Transpose).*",
    ".*attn.*",
)


def write_int8(weights: Path, stores: Sequence[Path], out: Path, recipe: str = "fifth_stage") -> Path:
    """Quantise `weights` and write `out` (an OpenVINO `.xml`, its `.bin` beside it).

    Args:
        weights: ONNX file of `detector.training.export`.
        stores: pages to calibrate on; pieces that no figure is reported on.
        out: path of the `.xml`.
        recipe: whose crops and wear are shown.

    Raises:
        ConfigurationError: NNCF is not installed.
        WeightsError: `weights` is no model of ours.
    """
    try:
        import nncf
    except ImportError as error:
        raise ConfigurationError("int8 needs NNCF: pip install nncf") from error
    import openvino

    model = openvino.Core().read_model(weights)
    facts = facts_of(model)
    height, width = (int(side) for side in list(model.inputs[0].shape)[2:])
    tiles = _tiles(stores, facts.names, recipe, height, width)
    small = nncf.quantize(
        model,
        nncf.Dataset(tiles),
        preset=nncf.QuantizationPreset.MIXED,
        subset_size=CROPS,
        ignored_scope=nncf.IgnoredScope(patterns=list(_EXACT), validate=False),
    )
    for name, value in model.rt_info.items():
        small.set_rt_info(value, [name])
    openvino.save_model(small, out, compress_to_fp16=True)
    return out


def _tiles(
    stores: Sequence[Path], names: Sequence[str], recipe: str, height_px: int, width_px: int
) -> list[NDArray[np.float32]]:
    pages = [page for store in stores for page in read_store(store)]
    sampler, rng = CropSampler(pages, names, read_recipe(recipe)), np.random.default_rng(_SEED)
    crops = (sampler.draw(rng, height_px, width_px) for _ in range(CROPS))
    return [crop.image.astype(np.float32)[None, None] for crop in crops]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", help="a model's name or file; the shipped one where not given")
    parser.add_argument("--store", type=Path, nargs="+", required=True, help="folders of pages (detector.pages.store)")
    parser.add_argument("--out", type=Path, required=True, help="FILE.xml")
    parser.add_argument("--recipe", default="fifth_stage", help="whose crops and wear are shown")
    options = parser.parse_args()
    path = write_int8(find_weights(options.weights), options.store, options.out, options.recipe)
    print(f"{path}: {path.with_suffix('.bin').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
