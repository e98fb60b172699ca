"""The laws against themselves: density, moments, support and sample must tell one story."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import integrate, stats

from winit_core.draws import UnitDraws
from winit_core.schemes.laws import (
    Identity,
    Law,
    MirroredOrthogonal,
    Normal,
    Orthogonal,
    PointMass,
    Shifted,
    Sparse,
    TruncatedNormal,
    Uniform,
    centred_normal,
    centred_uniform,
    mirrored_orthogonal,
    orthogonal,
    shifted,
    truncated_normal,
    truncated_normal_std,
)

LAWS: tuple[Law, ...] = (
    PointMass(0.5),
    Normal(0.3),
    Uniform(0.7),
    TruncatedNormal(0.3),
    TruncatedNormal(2.0, 0.05),
    TruncatedNormal(0.02, 100.0),
    Shifted(Uniform(0.5), 0.5),
    Orthogonal(1, 1, 2.0),
    Orthogonal(2, 1, 2.0),
    Orthogonal(3, 3),
    Orthogonal(40, 7, 0.5),
    Identity(1, 1, -3.0),
    Identity(5, 8, -3.0),
    Sparse(30, 20, 0, 0.1, per_unit=True),
    Sparse(30, 20, 27, 0.1, per_unit=True),
    Sparse(30, 20, 3, 0.1, per_unit=False),
    MirroredOrthogonal(8, 12, 1.5, mirrored_in=True, mirrored_out=True),
    MirroredOrthogonal(7, 3, 1.5, mirrored_in=True, mirrored_out=True),
    MirroredOrthogonal(5, 12, 1.0, mirrored_in=False, mirrored_out=True),
)


def moment(law: Law, power: int) -> float:
    """E w^power, by quadrature of the density and summing the atoms."""
    low, high = (max(law.support[0], -12 * law.reach), min(law.support[1], 12 * law.reach))
    smooth = 0.0
    if high > low:
        # w = sin(t) scaled: takes the infinite ends out of the density of a pair of entries.
        middle, half = (high + low) / 2, (high - low) / 2

        def integrand(angle: float) -> float:
            w = middle + half * math.sin(angle)
            return float(law.density(w)) * w**power * half * math.cos(angle)

        points = [0.0] if law.reach > 0 else None
        smooth = integrate.quad(
            integrand, -math.pi / 2, math.pi / 2, epsabs=0, epsrel=1e-10, limit=400, points=points
        )[0]
    return smooth + sum(share * value**power for value, share in law.atoms)


@pytest.mark.filterwarnings("ignore::scipy.integrate.IntegrationWarning")
@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_density_and_atoms_have_total_one_and_the_stated_moments(law: Law) -> None:
    scale = law.std + abs(law.mean)
    assert moment(law, 0) == pytest.approx(1, rel=1e-7)
    assert moment(law, 1) == pytest.approx(law.mean, abs=1e-7 * scale)
    assert moment(law, 2) == pytest.approx(law.std**2 + law.mean**2, rel=1e-7)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_the_density_is_finite_everywhere_and_zero_outside_the_support(law: Law) -> None:
    low, high = law.support
    weights = np.concatenate([np.linspace(-2, 2, 401) * law.reach, [low, high]])
    weights = weights[np.isfinite(weights)]
    density = law.density(weights)
    assert density.dtype == np.float64
    assert np.isfinite(density).all()
    assert (density >= 0).all()
    outside = (weights < low * (1 + np.sign(low) * -1e-12)) | (weights > high * (1 + 1e-12))
    assert not density[outside & ~np.isclose(weights, low) & ~np.isclose(weights, high)].any()


def shape_of(law: Law) -> tuple[int, int]:
    if isinstance(law, Orthogonal | Identity | Sparse | MirroredOrthogonal):
        return law.fan_in, law.fan_out
    return 30, 20


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_samples_are_float32_of_the_shape_within_the_support(law: Law) -> None:
    shape = shape_of(law)
    weights = law.sample(UnitDraws(3, 1, shape))
    assert weights.shape == shape
    assert weights.dtype == np.float32
    low, high = law.support
    slack = 1e-6 * max(abs(low), abs(high)) if math.isfinite(high) else 0
    assert weights.min() >= low - slack
    assert weights.max() <= high + slack
    again = law.sample(UnitDraws(3, 1, shape))
    assert weights.tobytes() == again.tobytes()


def test_no_sample_writes_into_the_shared_draws() -> None:
    draws = UnitDraws(3, 1, (30, 20))
    before = draws.normal.copy()
    Sparse(30, 20, 27, 0.1, per_unit=True).sample(draws)
    assert np.array_equal(before, draws.normal)


def test_a_law_of_no_width_is_a_spike() -> None:
    for law in (
        centred_normal(0),
        centred_uniform(0),
        truncated_normal(0),
        orthogonal(3, 4, 0),
        mirrored_orthogonal(4, 4, 0, mirrored_in=True, mirrored_out=True),
        mirrored_orthogonal(1, 4, 1, mirrored_in=True, mirrored_out=True),
    ):
        assert law == PointMass(0.0)
    assert shifted(PointMass(1.0), 2.0) == PointMass(3.0)
    assert shifted(Normal(1.0), 0.0) == Normal(1.0)


@pytest.mark.parametrize("cut", [1e-5, 0.01, 0.5, 1.0, 2.0, 3.0, 8.0, 50.0])
def test_the_std_of_a_truncated_normal_is_scipys(cut: float) -> None:
    as_good_as_uniform = cut < 0.01
    expected = cut / math.sqrt(3) if as_good_as_uniform else stats.truncnorm(-cut, cut).std()
    assert truncated_normal_std(cut) == pytest.approx(expected, rel=1e-9)


def test_the_usual_truncation_factor() -> None:
    assert truncated_normal_std(2.0) == pytest.approx(0.87962566103423978, rel=1e-15)


def test_a_truncated_normal_has_no_outlier_where_the_cut_is_far() -> None:
    # The same normals, unharmed: inverting a float32 probability once made 100-std outliers.
    draws = UnitDraws(0, 0, (2000, 500))
    np.testing.assert_allclose(draws.truncated_normal(100.0), draws.normal, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize("shape", [(120, 120), (30, 200), (200, 30), (1, 9), (9, 1), (1, 1)])
def test_the_shorter_side_of_an_orthogonal_matrix_is_orthonormal(shape: tuple[int, int]) -> None:
    q = Orthogonal(*shape, 3.0).sample(UnitDraws(5, 2, shape)).astype(np.float64) / 3
    product = q @ q.T if shape[0] <= shape[1] else q.T @ q
    assert np.abs(product - np.eye(min(shape))).max() < 1e-5


def test_orthogonal_matrices_have_no_preferred_sign() -> None:
    # Without the correction of signs the first entry of Q would be negative every time.
    first = np.array([UnitDraws(seed, 0, (4, 4)).orthogonal[0, 0] for seed in range(400)])
    mean_limit = 5 * 0.5 / math.sqrt(400)
    assert abs(first.mean()) < mean_limit
    # The trace of a Haar matrix has variance 1.
    traces = np.array([np.trace(UnitDraws(s, 0, (4, 4)).orthogonal) for s in range(400)])
    assert abs(np.mean(traces**2) - 1) < 5 * math.sqrt(2 / 400)


def zeros_along(weights: npt.NDArray[np.float32], axis: int) -> set[int]:
    return set((weights == 0).sum(axis=axis).tolist())


def test_sparse_zeros_are_counted_per_unit_or_per_input() -> None:
    draws = UnitDraws(1, 0, (50, 40))
    assert zeros_along(Sparse(50, 40, 45, 1.0, per_unit=True).sample(draws), 0) == {45}
    assert zeros_along(Sparse(50, 40, 36, 1.0, per_unit=False).sample(draws), 1) == {36}
    assert len(zeros_along(Sparse(50, 40, 36, 1.0, per_unit=False).sample(draws), 0)) > 1


def test_mirrored_blocks_make_a_rectifier_pair_linear() -> None:
    first = MirroredOrthogonal(6, 10, 1.0, mirrored_in=False, mirrored_out=True)
    second = MirroredOrthogonal(10, 14, 1.0, mirrored_in=True, mirrored_out=True)
    x = np.random.default_rng(0).standard_normal((20, 6)).astype(np.float32)
    one = first.sample(UnitDraws(0, 0, (6, 10)))
    two = second.sample(UnitDraws(0, 1, (10, 14)))
    z = np.maximum(x @ one, 0) @ two
    np.testing.assert_allclose(z, (x @ one)[:, :5] @ two[:5], rtol=1e-4, atol=1e-5)
