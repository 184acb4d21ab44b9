#!/usr/bin/env python3
"""The same targets under engines of NumPyro, PyMC, BlackJAX and emcee, as far as they have them. See README.md."""

import argparse
import contextlib
import io
import logging
import os
import time
import warnings

os.environ.setdefault("XLA_FLAGS", "--xla_force_host_platform_device_count=2")
warnings.filterwarnings("ignore")

import arviz as az
import jax
import jax.numpy as jnp
import numpy as np

from targets import TARGETS

jax.config.update("jax_enable_x64", True)
logging.disable(logging.WARNING)

DIMENSIONS = {"gaussian 2": 2, "gaussian 10": 10, "gaussian 50": 50, "funnel": 10, "banana": 2, "mixture": 2}


def log_density(name, xp):
    """The log density of a target up to a constant, over a vector, with the functions of NumPy or JAX."""
    if name.startswith("gaussian"):
        precision = np.linalg.inv(np.array(TARGETS[name].data["C"]))
        return lambda x: -0.5 * x @ precision @ x
    if name == "funnel":
        return lambda x: -x[0] ** 2 / 18 - 4.5 * x[0] - 0.5 * xp.exp(-x[0]) * xp.sum(x[1:] ** 2)
    if name == "banana":
        return lambda x: -((x[0] - 1) ** 2) - 10 * (x[1] - x[0] ** 2) ** 2
    return lambda x: xp.logaddexp(
        np.log(0.3) - 2 * xp.sum((x + 4) ** 2), np.log(0.7) - 2 * xp.sum((x - 4) ** 2)
    )


def moments(name, x):
    """The quantities whose means are known, of draws `[chain, draw, D]`."""
    if name.startswith("gaussian"):
        return {"first": x[..., 0], "second": x[..., 0] ** 2, "radius": (x**2).sum(-1)}
    if name == "funnel":
        return {"v": x[..., 0], "second": x[..., 0] ** 2, "neck": (x[..., 0] < -4) * 1.0}
    if name == "banana":
        return {"x": x[..., 0], "second": x[..., 0] ** 2, "y": x[..., 1], "last": x[..., 1] ** 2}
    return {"a": x[..., 0], "b": x[..., 1], "weight": (x[..., 0] > 0) * 1.0}


def numpyro_engine(kind):
    def run(name, draws):
        from numpyro.infer import HMC, MCMC, NUTS

        potential = log_density(name, jnp)
        kernel = {"NUTS": NUTS, "HMC": HMC}[kind](potential_fn=lambda x: -potential(x))
        sampler = MCMC(
            kernel, num_warmup=1000, num_samples=draws, num_chains=4, chain_method="sequential", progress_bar=False
        )
        start = jax.random.uniform(jax.random.PRNGKey(0), (4, DIMENSIONS[name]), minval=-2, maxval=2)
        sampler.warmup(jax.random.PRNGKey(1), init_params=start, extra_fields=("num_steps",), collect_warmup=True)
        tuning = int(np.sum(sampler.get_extra_fields()["num_steps"]))
        begin = time.perf_counter()
        sampler.run(jax.random.PRNGKey(2), extra_fields=("num_steps",))
        seconds = time.perf_counter() - begin
        steps = int(np.sum(sampler.get_extra_fields()["num_steps"]))
        return np.asarray(sampler.get_samples(group_by_chain=True)), tuning + steps, seconds

    return run


def pymc_engine(kind):
    def run(name, draws):
        import pymc as pm
        import pytensor.tensor as pt

        dimension = DIMENSIONS[name]
        with pm.Model():
            x = pm.Flat("x", shape=dimension)
            if name == "mixture":
                terms = [np.log(w) - 2 * pt.sum((x - m) ** 2) for w, m in ((0.3, -4), (0.7, 4))]
                value = pt.logaddexp(*terms)
            elif name.startswith("gaussian"):
                precision = np.linalg.inv(np.array(TARGETS[name].data["C"]))
                value = -0.5 * pt.dot(x, pt.dot(precision, x))
            else:
                value = log_density(name, pt)(x)
            pm.Potential("target", value)
            step = getattr(pm, kind)()
            # A draw of these moves once; others here make as many moves as there are values.
            thinning = 1 if kind == "Slice" else dimension
            generator = np.random.default_rng(0)
            starts = [{"x": generator.uniform(-2, 2, dimension)} for _ in range(4)]
            begin = time.perf_counter()
            trace = pm.sample(
                draws * thinning, tune=1000 * thinning, chains=4, cores=2, step=step, initvals=starts, progressbar=False,
                compute_convergence_checks=False, random_seed=1, discard_tuned_samples=False,
            )
            seconds = time.perf_counter() - begin
        evaluations = 0
        for group in (trace.warmup_sample_stats, trace.sample_stats):
            if kind == "Slice":
                # Two ends and one point are looked at for each value in any case.
                count = group["nstep_out"].size * dimension * 3
                evaluations += int(group["nstep_out"].sum() + group["nstep_in"].sum()) + count
            else:
                evaluations += group["accepted"].size
        return trace.posterior["x"].values[:, ::thinning], evaluations, seconds

    return run


def emcee_engine(kind):
    def run(name, draws):
        import emcee

        dimension = DIMENSIONS[name]
        walkers = max(16, 2 * dimension + 2)
        moves = {"stretch": emcee.moves.StretchMove(), "de": emcee.moves.DEMove()}[kind]
        sampler = emcee.EnsembleSampler(walkers, dimension, log_density(name, np), moves=moves)
        start = np.random.default_rng(0).uniform(-2, 2, (walkers, dimension))
        begin = time.perf_counter()
        state = sampler.run_mcmc(start, 1000 * dimension)
        sampler.reset()
        sampler.run_mcmc(state, draws * dimension)
        seconds = time.perf_counter() - begin
        chain = sampler.get_chain()[::dimension].swapaxes(0, 1)
        return chain, walkers * (1000 + draws) * dimension, seconds

    return run


def blackjax_engine(_):
    def run(name, draws):
        import blackjax

        density = log_density(name, jnp)

        def one(key):
            begin, tune, go, where = jax.random.split(key, 4)
            position = jax.random.uniform(where, (DIMENSIONS[name],), minval=-2, maxval=2)
            warmup = blackjax.window_adaptation(blackjax.nuts, density)
            (state, parameters), info = warmup.run(tune, position, num_steps=1000)
            kernel = blackjax.nuts(density, **parameters).step

            def step(state, key):
                state, found = kernel(key, state)
                return state, (state.position, found.num_integration_steps)

            _, (positions, steps) = jax.lax.scan(step, state, jax.random.split(go, draws))
            return positions, steps.sum() + info.info.num_integration_steps.sum()

        run_all = jax.jit(lambda keys: jax.lax.map(one, keys))
        keys = jax.random.split(jax.random.PRNGKey(0), 4)
        jax.block_until_ready(run_all(keys))
        begin = time.perf_counter()
        positions, steps = jax.block_until_ready(run_all(keys))
        return np.asarray(positions), int(steps.sum()), time.perf_counter() - begin

    return run


ENGINES = {
    "NumPyro NUTS": numpyro_engine("NUTS"),
    "NumPyro HMC": numpyro_engine("HMC"),
    "BlackJAX NUTS": blackjax_engine(None),
    "PyMC Slice": pymc_engine("Slice"),
    "PyMC Metropolis": pymc_engine("Metropolis"),
    "PyMC DEMetropolisZ": pymc_engine("DEMetropolisZ"),
    "emcee stretch": emcee_engine("stretch"),
    "emcee de": emcee_engine("de"),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", choices=list(DIMENSIONS), default=list(DIMENSIONS), help="targets")
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--draws", type=int, default=2000)
    arguments = parser.parse_args()
    print(f"{'target':12} {'engine':20} {'bias':>6} {'ESS':>8} {'ESS/s':>9} {'ESS/1000 evaluations':>21}  R-hat")
    for name in arguments.only:
        for engine in arguments.engines:
            with contextlib.redirect_stderr(io.StringIO()):
                draws, evaluations, seconds = ENGINES[engine](name, arguments.draws)
            rows = moments(name, draws)
            sizes = {key: float(az.ess(value)) for key, value in rows.items()}
            bias = max(
                abs(value.mean() - TARGETS[name].moments[key]) / (value.std() / np.sqrt(float(az.ess(value, method="mean"))))
                for key, value in rows.items()
            )
            size = min(sizes.values())
            rhat = max(float(az.rhat(value)) for value in rows.values())
            print(
                f"{name:12} {engine:20} {bias:6.1f} {size:8.0f} {size / seconds:9.0f} {1000 * size / evaluations:21.2f}"
                f"  {rhat:.3f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
