"""stanli: an interpreter of Stan programs."""

import ctypes
import time
from pathlib import Path

import numpy as np
import stanli

from .common import Job, microseconds, native_loop

MODELS = Path(__file__).parent.parent / "models" / "stan"


def _model(job: Job) -> tuple[stanli.Model, float]:
    """The model, and the seconds it took to make it."""
    path = MODELS / f"{job.example.name}.stan"
    start = time.perf_counter()
    model = stanli.Model(stan_file=str(path), data=job.data, fast_math=job.variant == "fast_math")
    return model, time.perf_counter() - start


def gradient(job: Job) -> dict:
    model, compile_s = _model(job)
    position = job.example.fixed_point()
    log_density = np.zeros(1)
    gradient = np.zeros_like(position)
    # The call behind `Model.log_prob_grad`, without Python in between.
    address = ctypes.cast(stanli._lib.stanli_grad, ctypes.c_void_p).value
    arguments = [model._m, position.ctypes.data, log_density.ctypes.data, gradient.ctypes.data]
    gradient_us = microseconds(native_loop(address, arguments))
    if log_density[0] != model.log_prob_grad(position)[0]:
        raise RuntimeError("the loop does not compute what log_prob_grad does")
    return {"gradient_us": gradient_us, "compile_s": compile_s, **job.densities(model.log_prob_grad)}


def sampling(job: Job) -> dict:
    model, compile_s = _model(job)
    seconds = {"warmup": 0.0, "sampling": 0.0}
    show = stanli._print_sample_reports

    def keep(reports, *_):
        seconds["warmup"] = sum(report.warmup_seconds for report in reports)
        seconds["sampling"] = sum(report.sampling_seconds for report in reports)

    # The chains' own clocks are in the reports, which are only printed.
    stanli._print_sample_reports = keep
    start = time.perf_counter()
    fit = model.sample(
        chains=job.chains,
        seed=job.seed,
        samples=job.draws,
        delta=job.example.target_accept,
        refresh=1_000_000_000,
    )
    wall = time.perf_counter() - start
    stanli._print_sample_reports = show
    share = seconds["sampling"] / (seconds["sampling"] + seconds["warmup"])
    shape = (job.chains, job.draws)
    draws = {
        parameter.name: np.asarray(fit[parameter.name]).reshape(shape + parameter.shape)
        for parameter in job.example.parameters
    }
    return {
        "draws": draws,
        "compile_s": compile_s,
        "with_warmup_s": wall,
        "sampling_s": wall * share,
        "sampling_gradients": int(fit["n_leapfrog__"].sum()),
        "divergences": int(fit.divergences.sum()),
    }
