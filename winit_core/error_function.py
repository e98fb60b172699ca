"""erf of float32 numbers, to scipy's bytes and without scipy, which takes long to load.

Uniform weights come from normal numbers through erf, so the first picture needs it. Everything
else of `special_functions` is needed later.

References
----------
Cody 1969, Math. Comp. 23, 631: the rational approximations, with the coefficients that S. L.
Moshier gave them in the Cephes library, which scipy uses as well.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Doubles = npt.NDArray[np.float64]
Float32Array = npt.NDArray[np.float32]

_NEAR_TOP = (
    9.60497373987051638749,
    9.00260197203842689217e1,
    2.23200534594684319226e3,
    7.00332514112805075473e3,
    5.55923013010394962768e4,
)
_NEAR_BOTTOM = (
    1.0,
    3.35617141647503099647e1,
    5.21357949780152679795e2,
    4.59432382970980127987e3,
    2.26290000613890934246e4,
    4.92673942608635921086e4,
)
_FAR_TOP = (
    2.46196981473530512524e-10,
    5.64189564831068821977e-1,
    7.46321056442269912687,
    4.86371970985681366614e1,
    1.96520832956077098242e2,
    5.26445194995477358631e2,
    9.34528527171957607540e2,
    1.02755188689515710272e3,
    5.57535335369399327526e2,
)
_FAR_BOTTOM = (
    1.0,
    1.32281951154744992508e1,
    8.67072140885989742329e1,
    3.54937778887819891062e2,
    9.75708501743205489753e2,
    1.82390916687909736289e3,
    2.24633760818710981792e3,
    1.65666309194161350182e3,
    5.57535340817727675546e2,
)
_ONE = 6.0  # beyond, erf is 1 to the last bit of float64
_BLOCK = 8192  # numbers at a time, whose intermediate results stay in the cache


def erf_float32(x: Float32Array) -> Float32Array:
    """Error function of float32 numbers, computed in float64; any shape, NaN stays NaN."""
    flat = np.ascontiguousarray(x).reshape(-1)
    result = np.empty_like(flat)
    for first in range(0, flat.size, _BLOCK):
        result[first : first + _BLOCK] = _erf(flat[first : first + _BLOCK].astype(np.float64))
    return result.reshape(x.shape)


def _erf(x: Doubles) -> Doubles:
    size = np.minimum(np.abs(x), _ONE)
    squares = size * size
    found = size * _polynomial(squares, _NEAR_TOP)
    found /= _polynomial(squares, _NEAR_BOTTOM)
    far = np.flatnonzero(size > 1)
    beyond = size[far]
    rest = np.exp(-squares[far])
    rest *= _polynomial(beyond, _FAR_TOP)
    rest /= _polynomial(beyond, _FAR_BOTTOM)
    found[far] = 1 - rest
    return np.copysign(found, x)


def _polynomial(x: Doubles, coefficients: tuple[float, ...]) -> Doubles:
    """Evaluate a polynomial, the highest power's coefficient first."""
    value = x * coefficients[0]
    for coefficient in coefficients[1:-1]:
        value += coefficient
        value *= x
    value += coefficients[-1]
    return value
