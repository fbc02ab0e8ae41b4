"""Student's t distribution for integer degrees of freedom, with the standard library only."""

from __future__ import annotations

import math
from functools import lru_cache


def t_cdf(t: float, degrees: int) -> float:
    """P(T <= t) of Student's t for integer degrees of freedom, in closed form (Abramowitz & Stegun 26.7.3, 26.7.4).

    Raises:
        ValueError: fewer than one degree of freedom.
    """
    if degrees < 1:
        raise ValueError(f"Student's t needs at least one degree of freedom, not {degrees}.")
    angle = math.atan(t / math.sqrt(degrees))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2 == 1
    term = cosine if odd else 1.0
    total = term if degrees > 1 else 0.0
    for k in range(3 if odd else 2, degrees - 1, 2):
        term *= cosine * cosine * (k - 1) / k
        total += term
    central = (angle + sine * total) * 2 / math.pi if odd else sine * total
    return 0.5 + central / 2


@lru_cache(maxsize=256)
def t_quantile(probability: float, degrees: int) -> float:
    """The t with P(T <= t) = `probability`, by bisection to the last bit.

    Raises:
        ValueError: the probability is not inside (0, 1), or there is no degree of freedom.
    """
    if not 0 < probability < 1:
        raise ValueError(f"A quantile needs a probability between 0 and 1, not {probability}.")
    if probability < 0.5:
        return -t_quantile(1 - probability, degrees)
    low, high = 0.0, 1.0
    while t_cdf(high, degrees) < probability:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        if t_cdf(middle, degrees) < probability:
            low = middle
        else:
            high = middle
    return high
