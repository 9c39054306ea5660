"""Fitting of a policy's points: a conditional logit over each contact's candidates and "no account".

P(candidate) = exp(points) / (1 + sum of exp(points) of all candidates), the
probability that `matching.scoring` computes. The fit maximises the weighted
likelihood with a ridge towards the points it starts from, curves monotone.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_array

Floats = NDArray[np.float64]

_PRECISE = {"maxiter": 5000, "maxfun": 8000, "ftol": 1e-13, "gtol": 1e-7}
"""Until nothing moves: by scipy's own tolerance a fit may stop far from its only optimum."""


@dataclass(frozen=True, slots=True)
class Labelled:
    """Candidates of all contacts, contact after contact.

    ``rows`` is one row a candidate, ``starts`` the first row of each contact
    (and the end), ``right`` the row of the right candidate or -1, ``weights``
    one figure a contact.
    """

    rows: NDArray[np.float32]
    starts: NDArray[np.int64]
    right: NDArray[np.int64]
    weights: Floats

    def subset(self, chosen: NDArray[np.int64]) -> Labelled:
        """Return the contacts at the given places."""
        spans = [np.arange(self.starts[i], self.starts[i + 1]) for i in chosen]
        sizes = np.array([len(span) for span in spans])
        starts = np.concatenate(([0], np.cumsum(sizes)))
        right = np.where(self.right[chosen] < 0, -1, self.right[chosen] - self.starts[chosen] + starts[:-1])
        return Labelled(self.rows[np.concatenate(spans)], starts, right, self.weights[chosen])


def fit(
    data: Labelled,
    start: Floats,
    limits: list[tuple[float | None, float | None]],
    ridge: float,
    center: Floats | None = None,
) -> Floats:
    """Return the coefficients of most likelihood. ``ridge`` is the weight of the distance from `center`."""
    center = start if center is None else center
    group = np.repeat(np.arange(len(data.weights)), np.diff(data.starts))
    has = data.right >= 0
    rows = csr_array(data.rows.astype(np.float64))
    across = csr_array(rows.T)
    total = data.weights.sum()

    def loss(values: Floats) -> tuple[float, Floats]:
        points = rows @ values
        top = np.maximum(0.0, _by_group(np.maximum, points, data.starts))
        odds = np.exp(points - top[group])
        whole = np.exp(-top) + np.add.reduceat(np.append(odds, 0.0), data.starts[:-1]) * (
            np.diff(data.starts) > 0
        )
        log_whole = np.log(whole) + top
        chosen = np.where(has, points[np.maximum(data.right, 0)], 0.0)
        value = float((data.weights * (log_whole - chosen)).sum() / total)
        share = odds / whole[group] * data.weights[group]
        share[data.right[has]] -= data.weights[has]
        slope = across @ share / total
        away = values - center
        return value + ridge * float(away @ away), slope + 2 * ridge * away

    first = np.array([np.clip(v, lo if lo is not None else -np.inf, hi if hi is not None else np.inf)
                      for v, (lo, hi) in zip(start, limits, strict=True)])  # fmt: skip
    found = minimize(loss, first, jac=True, method="L-BFGS-B", bounds=limits, options=_PRECISE)
    if not found.success:
        raise RuntimeError(f"The fit found no optimum: {found.message}")
    return np.asarray(found.x)


def _by_group(ufunc: np.ufunc, values: Floats, starts: NDArray[np.int64]) -> Floats:
    padded = np.append(values, -np.inf)
    out = np.asarray(ufunc.reduceat(padded, starts[:-1]))
    out[np.diff(starts) == 0] = -np.inf
    return out
