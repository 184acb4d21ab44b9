"""Six kinds of targets with known moments: text in PPL, data, and the moments that are checked."""

import math
from dataclasses import dataclass, field


@dataclass
class Target:
    """A program without `infer`, its data, and exact means by the name of the quantity."""

    text: str
    moments: dict
    data: dict = field(default_factory=dict)


def gaussian(dimension: int, correlation: float) -> Target:
    """Unit variances, correlations that fall off with the distance of the coordinates."""
    axis = range(dimension)
    covariance = [[correlation ** abs(i - j) for j in axis] for i in axis]
    text = (
        f"dim d = {dimension}\ndata C[d, d]: real\nx ~ MultiNormal(0, C)\n"
        "first = x[1]\nsecond = x[1]^2\nradius = sum(x^2)"
    )
    return Target(text, {"first": 0, "second": 1, "radius": dimension}, {"C": covariance})


def funnel() -> Target:
    """Neal's: nine scales that differ by a factor of e^4.5 from neck to mouth."""
    text = "dim d = 9\nv ~ Normal(0, 3)\nx[i: d] ~ Normal(0, exp(v / 2))\nsecond = v^2\nneck = if v < -4 then 1 else 0"
    return Target(text, {"v": 0, "second": 9, "neck": 0.5 * math.erfc(4 / 3 / math.sqrt(2))})


def banana() -> Target:
    """Rosenbrock's: y follows x² closely."""
    text = f"x ~ Normal(1, {math.sqrt(0.5)})\ny ~ Normal(x^2, {math.sqrt(0.05)})\nsecond = x^2\nlast = y^2"
    # E x⁴ of Normal(1, ½) is 1 + 6/2 + 3/4.
    return Target(text, {"x": 1, "second": 1.5, "y": 1.5, "last": 4.75 + 0.05})


def mixture() -> Target:
    """Two modes 16 standard deviations apart, three tenths of the mass in one."""
    text = (
        "data y: real\ndim k = 2\nz: k ~ Categorical([0.3, 0.7])\n"
        "a ~ Normal(if z == 1 then -4 else 4, 0.5)\nb ~ Normal(if z == 1 then -4 else 4, 0.5)\n"
        "y ~ Normal(a + b, 1e6)\nweight = if a > 0 then 1 else 0"
    )
    # What is observed says nothing, but makes latents of `a` and `b`.
    return Target(text, {"a": 1.6, "b": 1.6, "weight": 0.7}, {"y": 0})


def discrete() -> Target:
    """A count that is summed out, and what depends on it."""
    y = [6.2, 7.9, 7.1, 5.4]
    text = "dim obs\ndata y[obs]: real\nn ~ Binomial(20, 0.4)\nmu ~ Normal(n, 1)\ny[i: obs] ~ Normal(mu, 1)\nsecond = mu^2"
    mean, size = sum(y) / len(y), len(y)
    weights = [
        math.comb(20, n) * 0.4**n * 0.6 ** (20 - n) * math.exp(-((mean - n) ** 2) / (2 * (1 + 1 / size)))
        for n in range(21)
    ]
    total = sum(weights)
    conditional = [(n + size * mean) / (1 + size) for n in range(21)]
    moments = {
        "mu": sum(w * m for w, m in zip(weights, conditional)) / total,
        "second": sum(w * (m * m + 1 / (1 + size)) for w, m in zip(weights, conditional)) / total,
        "n": sum(w * n for n, w in enumerate(weights)) / total,
    }
    return Target(text, moments, {"y": y})


TARGETS = {
    "gaussian 2": gaussian(2, 0.8),
    "gaussian 10": gaussian(10, 0.8),
    "gaussian 50": gaussian(50, 0.8),
    "funnel": funnel(),
    "banana": banana(),
    "mixture": mixture(),
    "discrete": discrete(),
}
