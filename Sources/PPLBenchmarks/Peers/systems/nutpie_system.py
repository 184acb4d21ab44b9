"""nutpie: PyMC programs compiled by Numba, sampled by nuts-rs."""

import functools
import time

import numpy as np
import nutpie
import pymc

from models import pymc_models

from .common import Job, microseconds, native_loop


@functools.cache
def _compile(job: Job):
    start = time.perf_counter()
    with pymc.Model() as model:
        getattr(pymc_models, job.example.name)(job.data)
    compiled = nutpie.compile_pymc_model(model)
    return compiled, time.perf_counter() - start


def gradient(job: Job) -> dict:
    compiled, compile_s = _compile(job)
    position = job.example.fixed_point()
    log_density = np.zeros(1)
    gradient = np.zeros_like(position)
    arguments = [
        job.example.dimension,
        position.ctypes.data,
        gradient.ctypes.data,
        log_density.ctypes.data,
        compiled.user_data.ctypes.data,
    ]
    # The compiled function that nuts-rs calls.
    loop = native_loop(compiled.compiled_logp_func.address, arguments)

    def evaluate(point):
        position[:] = point
        loop(1)
        return float(log_density[0]), gradient.copy()

    densities = job.densities(evaluate)
    position[:] = job.example.fixed_point()
    return {"gradient_us": microseconds(loop), "compile_s": compile_s, **densities}


def sampling(job: Job) -> dict:
    compiled, compile_s = _compile(job)
    start = time.perf_counter()
    sampler = nutpie.sample(
        compiled,
        draws=job.draws,
        chains=job.chains,
        seed=job.seed,
        target_accept=job.example.target_accept,
        progress_bar=False,
        blocking=False,
    )
    # The public `wait` also turns the draws into ArviZ's form, which is not sampling.
    sampler._sampler.wait(None)
    wall = time.perf_counter() - start
    trace = sampler.wait()
    # nuts-rs keeps no times: the phases are told apart by their gradients.
    steps = int(trace.sample_stats["n_steps"].sum())
    warmup_steps = int(trace.warmup_sample_stats["n_steps"].sum())
    return {
        "draws": {p.name: trace.posterior[p.name].values for p in job.example.parameters},
        "compile_s": compile_s,
        "with_warmup_s": wall,
        "sampling_s": wall * steps / (steps + warmup_steps),
        "sampling_gradients": steps,
        "divergences": int(trace.sample_stats["diverging"].sum()),
    }
