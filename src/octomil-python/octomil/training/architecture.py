"""A model's architecture document (ARCHITECTURES): what .NET, Python, server and ONNX agree on."""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, NamedTuple, Optional, Tuple

from ..errors import ArchitectureError
from ..weights.model_weights import ModelWeights
from ..weights.tensor import Tensor
from .randomness import initial_values

DEFAULT_MISSING = ("", "?", "NA", "NaN", "null")


class Feature(NamedTuple):
    """One feature of a table. ``categories`` in the order of their columns; None for a number. ``missing``: the upper-case cell texts
    that mean "no value"."""

    name: str
    categories: Optional[Tuple[str, ...]]
    missing: frozenset

    @property
    def width(self) -> int:
        """Columns of the input that it takes."""
        return 1 if self.categories is None else len(self.categories)


class Image(NamedTuple):
    channels: int
    height: int
    width: int


class Architecture:
    """Raises ArchitectureError for a document that is none of the catalog."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        try:
            self.kind: str = _one_of(document, "kind", ("linear", "mlp", "cnn"))
            self.output_type: str = _one_of(document, "output_type", ("binary", "multiclass", "regression"))
            #: Order = index; binary: the second is the positive one; empty for a regression.
            self.classes: Tuple[str, ...] = tuple(str(label).strip() for label in document.get("classes") or ())
            self.output_dim = len(self.classes) if self.output_type == "multiclass" else 1
            self.target_column: Optional[str] = document.get("target_col") or None
            self.hidden: Tuple[int, ...] = () if self.kind == "linear" else tuple(document.get("hidden") or ())
            self.conv: Tuple[int, ...] = tuple(document.get("conv") or ()) if self.kind == "cnn" else ()
            self.features: List[Feature] = [_feature(feature) for feature in document.get("features") or ()]
            image = document.get("image")
            self.image = Image(image["channels"], image["height"], image["width"]) if image else None
            self.seed: int = document.get("seed", 1)
            activation = document.get("activation", "relu")
        except (KeyError, TypeError, AttributeError) as error:
            raise ArchitectureError(f"The model's architecture cannot be read: {type(error).__name__} {error}.") from error
        if activation != "relu":
            raise ArchitectureError(f"The architecture's activation {activation!r} is not known here; relu is.", "A newer SDK may know it.")
        if bool(self.features) == (self.image is not None):
            raise ArchitectureError("An architecture needs features or an image, not both.")
        if self.output_type != "regression" and len(self.classes) < 2:
            raise ArchitectureError("An architecture of classes needs at least two of them.")

    @property
    def is_regression(self) -> bool:
        return self.output_type == "regression"

    @property
    def input_length(self) -> int:
        """Numbers of one input."""
        if self.image is not None:
            return self.image.channels * self.image.height * self.image.width
        return sum(feature.width for feature in self.features)

    @property
    def scale_count(self) -> int:
        """Elements of ``input.mean``: one a column, or one a channel."""
        return self.image.channels if self.image is not None else self.input_length

    def layers(self) -> List[Tuple[str, Tuple[int, ...]]]:
        """Name and shape of the weight of every layer, in the order of the tensors; its bias is ``[shape[0]]``."""
        layers: List[Tuple[str, Tuple[int, ...]]] = []
        inputs = self.input_length
        if self.conv and self.image is not None:
            channels = self.image.channels
            for i, outputs in enumerate(self.conv):
                layers.append((f"conv.{i}", (outputs, channels, 3, 3)))
                channels = outputs
            inputs = channels * (self.image.height >> len(self.conv)) * (self.image.width >> len(self.conv))
        for i, outputs in enumerate((*self.hidden, self.output_dim)):
            layers.append((f"dense.{i}", (outputs, inputs)))
            inputs = outputs
        return layers

    def shapes(self) -> Dict[str, Tuple[int, ...]]:
        """Shapes of the trained tensors by name, in order."""
        shapes: Dict[str, Tuple[int, ...]] = {}
        for name, shape in self.layers():
            shapes[f"{name}.weight"], shapes[f"{name}.bias"] = shape, shape[:1]
        return shapes

    def initialize(self) -> ModelWeights:
        """The seeded first weights, as the server makes them."""
        layers = []
        for _, shape in self.layers():
            fan_in = 1
            for size in shape[1:]:
                fan_in *= size
            layers.append((fan_in, shape[0] * (fan_in + 1)))
        scale = [Tensor.of("input.mean", [0.0] * self.scale_count, (self.scale_count,)), Tensor.of("input.std", [1.0] * self.scale_count, (self.scale_count,))]
        empty = ModelWeights(scale + [Tensor.of(name, [0.0] * _count(shape), shape) for name, shape in self.shapes().items()])
        return empty.with_trained(initial_values(self.seed, layers))

    def check(self, weights: ModelWeights) -> None:
        """Raises ArchitectureError if weights are not of this architecture."""
        if {spec.name: spec.shape for spec in weights.trained_specs} != self.shapes():
            raise ArchitectureError("The weights are not of the model's architecture: names or shapes of their tensors differ.")
        for name in ("input.mean", "input.std"):
            tensor = weights.get(name)
            if tensor is None or tensor.spec.shape != (self.scale_count,):
                raise ArchitectureError(f"The weights have no {name} of {self.scale_count} elements.")


def _count(shape: Tuple[int, ...]) -> int:
    count = 1
    for size in shape:
        count *= size
    return count


def _one_of(document: Mapping[str, Any], field: str, known: Tuple[str, ...]) -> str:
    if document.get(field) not in known:
        raise ArchitectureError(f"The architecture's {field} {document.get(field)!r} is not known here; known are {', '.join(known)}.")
    return str(document[field])


def _feature(document: Mapping[str, Any]) -> Feature:
    kind = _one_of(document, "type", ("number", "category"))
    categories = tuple(str(category).strip() for category in document["categories"]) if kind == "category" else None
    texts = document.get("missing")
    missing = frozenset(text.strip().upper() for text in (DEFAULT_MISSING if texts is None else texts))
    return Feature(document["name"], categories, missing)
