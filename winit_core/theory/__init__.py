"""What theory predicts about wide nets at initialization.

`mean_field` and `fixed_points`: one layer, one input. `correlation_maps`: one layer, two inputs.
`layer_prediction`: a whole net and its finite width. `initial_loss`, `overflow`: one number each.
What it says of a scheme in an experiment: `winit_core.prediction`.
"""

from winit_core.theory.correlation_maps import (
    CorrelationFixedPoint,
    DepthScales,
    correlation_fixed_point,
    correlation_map,
    depth_scales,
    pair_kernels,
)
from winit_core.theory.fixed_points import (
    FixedPoint,
    FixedPointStatus,
    Regime,
    depth_scale,
    fixed_point,
)
from winit_core.theory.initial_loss import initial_cross_entropy
from winit_core.theory.layer_prediction import Prediction, predict_layers
from winit_core.theory.mean_field import (
    GaussianMoments,
    NoEdgeOfChaos,
    backward_gain,
    doubly_critical,
    edge_of_chaos,
    edge_of_chaos_curve,
    forward_gain,
    gaussian_moments,
    variance_map,
)
from winit_core.theory.overflow import overflow_layer

__all__ = [
    "CorrelationFixedPoint",
    "DepthScales",
    "FixedPoint",
    "FixedPointStatus",
    "GaussianMoments",
    "NoEdgeOfChaos",
    "Prediction",
    "Regime",
    "backward_gain",
    "correlation_fixed_point",
    "correlation_map",
    "depth_scale",
    "depth_scales",
    "doubly_critical",
    "edge_of_chaos",
    "edge_of_chaos_curve",
    "fixed_point",
    "forward_gain",
    "gaussian_moments",
    "initial_cross_entropy",
    "overflow_layer",
    "pair_kernels",
    "predict_layers",
    "variance_map",
]
