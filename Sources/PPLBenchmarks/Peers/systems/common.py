"""What the measurements share: the clock, native loops and effective sample sizes."""

import statistics
import time
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import numpy as np

from examples import Example


@dataclass(frozen=True, eq=False)
class Job:
    """What one process measures."""

    example: Example
    data_path: Path
    data: dict
    variant: str
    seed: int
    draws: int
    chains: int
    ppl: str

    def densities(self, evaluate: Callable[[np.ndarray], tuple[float, np.ndarray]]) -> dict:
        """Log densities and gradients at the common points."""
        results = [evaluate(point) for point in self.example.points()]
        return {
            "log_densities": [float(value) for value, _ in results],
            "gradients": [np.asarray(gradient).tolist() for _, gradient in results],
        }


def microseconds(run: Callable[[int], None]) -> float:
    """Time of one evaluation: the median of eleven repetitions of some 20 ms each, as `ppl bench` does.

    `run(n)` makes n evaluations without going through Python for each.
    """

    def seconds(count: int) -> float:
        start = time.perf_counter()
        run(count)
        return (time.perf_counter() - start) / count

    seconds(3)
    once = seconds(3)
    count = max(1, min(1_000_000, int(0.02 / max(once, 1e-9))))
    return statistics.median(seconds(count) for _ in range(11)) * 1e6


def native_loop(address: int, arguments: list[int]) -> Callable[[int], None]:
    """A compiled loop over the C function at `address`, whose arguments are integers or pointers."""
    import ctypes

    import numba

    prototype = ctypes.CFUNCTYPE(ctypes.c_int64, *[ctypes.c_size_t] * len(arguments))
    function = prototype(address)
    a = tuple(arguments) + (0,) * (5 - len(arguments))
    if len(arguments) == 4:

        @numba.njit
        def loop(count, a, b, c, d, e):
            for _ in range(count):
                function(a, b, c, d)

    elif len(arguments) == 5:

        @numba.njit
        def loop(count, a, b, c, d, e):
            for _ in range(count):
                function(a, b, c, d, e)

    else:
        raise ValueError("four or five arguments")
    return lambda count: loop(count, *a)


def effective_sample_size(draws: dict[str, np.ndarray]) -> dict:
    """The smallest bulk effective sample size over all parameters, and the largest R-hat."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import arviz

        posterior = arviz.from_dict(posterior=draws)
        sizes = arviz.ess(posterior, method="bulk")
        rhats = arviz.rhat(posterior)
    worst = min(draws, key=lambda name: float(sizes[name].min()))
    return {
        "min_bulk_ess": float(sizes[worst].min()),
        "min_bulk_ess_parameter": worst,
        "max_rhat": max(float(rhats[name].max()) for name in draws),
    }
