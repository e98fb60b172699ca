"""What theory predicts about a net at initialization: the public face of the modules behind it.

`mean_field` and `fixed_points`: one layer, one input. `correlation_maps`: one layer, two inputs.
`layer_prediction`: a whole net and its finite width. `prediction`: a scheme in an experiment.
`initial_loss`, `overflow`: one number each.
"""

from winit_core.correlation_maps import (
    CorrelationFixedPoint,
    DepthScales,
    correlation_fixed_point,
    correlation_map,
    depth_scales,
    pair_kernels,
)
from winit_core.fixed_points import (
    FixedPoint,
    FixedPointStatus,
    Regime,
    depth_scale,
    fixed_point,
)
from winit_core.initial_loss import initial_cross_entropy
from winit_core.layer_prediction import Prediction, predict_layers
from winit_core.mean_field import (
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
from winit_core.overflow import overflow_layer
from winit_core.prediction import NotPredicted, RunPrediction, predict, why_not

__all__ = [
    "CorrelationFixedPoint",
    "DepthScales",
    "FixedPoint",
    "FixedPointStatus",
    "GaussianMoments",
    "NoEdgeOfChaos",
    "NotPredicted",
    "Prediction",
    "Regime",
    "RunPrediction",
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
    "predict",
    "predict_layers",
    "variance_map",
    "why_not",
]
