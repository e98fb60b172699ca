"""scipy's special functions, loaded when the first of them is needed.

Loading them takes longer than numpy itself, and the window can be seen before.
"""

from __future__ import annotations

from typing import Any


def erf(x: Any) -> Any:
    """Error function."""
    from scipy import special

    return special.erf(x)


def erfc(x: Any) -> Any:
    """Return 1 − erf(x), with all digits where that is small."""
    from scipy import special

    return special.erfc(x)


def erfcinv(y: Any) -> Any:
    """Return the x whose `erfc` is y."""
    from scipy import special

    return special.erfcinv(y)


def ndtr(x: Any) -> Any:
    """Distribution function of the standard normal law."""
    from scipy import special

    return special.ndtr(x)


def gammainc(a: Any, x: Any) -> Any:
    """Lower incomplete gamma function, over the gamma function."""
    from scipy import special

    return special.gammainc(a, x)


def gammaln(x: Any) -> Any:
    """Logarithm of |Γ(x)|."""
    from scipy import special

    return special.gammaln(x)


def softmax(x: Any, axis: int) -> Any:
    """Return exp(x) over the sum of exp(x) along an axis."""
    from scipy import special

    return special.softmax(x, axis=axis)
