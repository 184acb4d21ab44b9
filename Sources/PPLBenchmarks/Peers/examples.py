"""What the systems must agree on: the parameters of each example, in order, and its data."""

import csv
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass(frozen=True)
class Parameter:
    """A sampled quantity; `bounds` are those of its support."""

    name: str
    shape: tuple[int, ...] = ()
    bounds: tuple[float, float] = (-np.inf, np.inf)

    @property
    def count(self) -> int:
        return int(np.prod(self.shape))

    def constrain(self, u: np.ndarray) -> tuple[np.ndarray, float]:
        """The value at `u` on the whole line, and the log Jacobian.

        Above a bound it is exp(u), between two it is a scaled logistic function, as in all the systems.
        """
        low, high = self.bounds
        if low == -np.inf:
            return u, 0.0
        if high == np.inf:
            return low + np.exp(u), float(np.sum(u))
        p = 1 / (1 + np.exp(-u))
        return low + (high - low) * p, float(np.sum(np.log((high - low) * p * (1 - p))))


@dataclass(frozen=True)
class Example:
    name: str
    parameters: tuple[Parameter, ...]
    # Acceptance that the example's script asks for; the peers get the same.
    target_accept: float = 0.8

    @property
    def dimension(self) -> int:
        return sum(parameter.count for parameter in self.parameters)

    def split(self, position: np.ndarray) -> dict[str, np.ndarray]:
        """The position's part of each parameter, in its shape."""
        parts, start = {}, 0
        for parameter in self.parameters:
            part = position[start : start + parameter.count]
            parts[parameter.name] = part.reshape(parameter.shape)
            start += parameter.count
        return parts

    def constrain(self, position: np.ndarray) -> tuple[dict[str, np.ndarray], float]:
        """Values of all parameters, and the log Jacobian."""
        parts = self.split(position)
        values, total = {}, 0.0
        for parameter in self.parameters:
            values[parameter.name], jacobian = parameter.constrain(parts[parameter.name])
            total += jacobian
        return values, total

    def points(self) -> list[np.ndarray]:
        """Three random points at which the systems must agree."""
        generator = np.random.default_rng(20_240_601)
        return [generator.normal(0, 0.5, self.dimension) for _ in range(3)]

    def fixed_point(self) -> np.ndarray:
        """Where gradients are timed, as `ppl bench` does."""
        return np.full(self.dimension, 0.1)


POSITIVE = (0.0, np.inf)


def _example(name: str, *parameters: Parameter, target_accept: float = 0.8) -> Example:
    return Example(name, parameters, target_accept)


EXAMPLES = [
    _example(
        "eight_schools_noncentered",
        Parameter("mu"),
        Parameter("tau", (), POSITIVE),
        Parameter("z", (8,)),
        target_accept=0.9,
    ),
    _example(
        "eight_schools_centered",
        Parameter("mu"),
        Parameter("tau", (), POSITIVE),
        Parameter("theta", (8,)),
    ),
    _example(
        "kidscore_interaction",
        Parameter("beta", (4,)),
        Parameter("sigma", (), POSITIVE),
    ),
    _example(
        "logmesquite_logvash",
        Parameter("beta", (6,)),
        Parameter("sigma", (), POSITIVE),
    ),
    _example(
        "radon_mn_varying",
        Parameter("mu_alpha"),
        Parameter("mu_beta"),
        Parameter("sigma_alpha", (), POSITIVE),
        Parameter("sigma_beta", (), POSITIVE),
        Parameter("sigma_y", (), POSITIVE),
        Parameter("z_alpha", (85,)),
        Parameter("z_beta", (85,)),
    ),
    _example(
        "GLMM_Poisson",
        Parameter("alpha", (), (-20, 20)),
        Parameter("beta1", (), (-10, 10)),
        Parameter("beta2", (), (-10, 10)),
        Parameter("beta3", (), (-10, 10)),
        Parameter("sigma", (), (0, 5)),
        Parameter("z", (40,)),
    ),
    _example(
        "surgical",
        Parameter("mu"),
        Parameter("sigmasq", (), POSITIVE),
        Parameter("b", (12,)),
        target_accept=0.9,
    ),
    _example(
        "gp_regr",
        Parameter("rho", (), POSITIVE),
        Parameter("alpha", (), POSITIVE),
        Parameter("sigma", (), POSITIVE),
    ),
    _example(
        "irt_2pl",
        Parameter("sigma_theta", (), POSITIVE),
        Parameter("sigma_a", (), POSITIVE),
        Parameter("sigma_b", (), POSITIVE),
        Parameter("mu_b"),
        Parameter("theta", (100,)),
        Parameter("a", (20,), POSITIVE),
        Parameter("b", (20,)),
    ),
]


def data_path(folder: Path, example: Example) -> Path:
    """The data file of an example."""
    json_path = folder / example.name / "data.json"
    return json_path if json_path.exists() else folder / example.name / "data.csv"


def load_data(path: Path) -> dict:
    """Data by name; of a CSV its number columns, and the number of rows as J."""
    if path.suffix == ".json":
        return json.loads(path.read_text())
    with path.open() as file:
        rows = list(csv.DictReader(file))
    data: dict = {"J": len(rows)}
    for name in rows[0]:
        try:
            data[name] = [float(row[name]) for row in rows]
        except ValueError:
            continue  # labels
    return data
