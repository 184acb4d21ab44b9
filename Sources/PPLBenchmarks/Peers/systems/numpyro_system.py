"""NumPyro: programs traced by JAX and compiled by XLA."""

import os
import time

from .common import Job, microseconds


def _prepare(job: Job):
    """Imports NumPyro; its settings must be made before JAX starts."""
    if job.variant == "one core":
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"
    import numpyro

    numpyro.enable_x64()
    # Chains in parallel want a device each.
    numpyro.set_host_device_count(job.chains if job.variant == "parallel" else 1)
    from models import numpyro_models

    return getattr(numpyro_models, job.example.name)


def gradient(job: Job) -> dict:
    model = _prepare(job)
    import jax
    from numpyro.infer.util import initialize_model

    start = time.perf_counter()
    info = initialize_model(jax.random.key(0), model, model_args=(job.data,))
    value_and_gradient = jax.value_and_grad(info.potential_fn)

    @jax.jit
    def repeated(count, position):
        # The gradient changes the position by next to nothing, so no evaluation can be left out.
        def step(_, state):
            position, _ = state
            value, gradient = value_and_gradient(position)
            return jax.tree.map(lambda x, g: x - 1e-30 * g, position, gradient), value

        return jax.lax.fori_loop(0, count, step, (position, 0.0))

    position = jax.tree.map(jax.numpy.asarray, job.example.split(job.example.fixed_point()))
    jax.block_until_ready(repeated(1, position))
    compile_s = time.perf_counter() - start
    once = jax.jit(value_and_gradient)

    def evaluate(point):
        value, gradient = once(job.example.split(point))
        flat = [gradient[parameter.name].ravel() for parameter in job.example.parameters]
        return -float(value), -jax.numpy.concatenate(flat)

    return {
        "gradient_us": microseconds(lambda count: jax.block_until_ready(repeated(count, position))),
        "compile_s": compile_s,
        **job.densities(evaluate),
    }


def sampling(job: Job) -> dict:
    model = _prepare(job)
    import jax
    import numpy as np
    from numpyro.infer import MCMC, NUTS

    def chain():
        kernel = NUTS(model, target_accept_prob=job.example.target_accept)
        return MCMC(kernel, num_warmup=1000, num_samples=job.draws, num_chains=1, progress_bar=False)

    def warm_up(key):
        mcmc = chain()
        mcmc.warmup(key, job.data)
        return mcmc.last_state

    def draw(state, key):
        mcmc = chain()
        mcmc.post_warmup_state = state
        mcmc.run(key, job.data, extra_fields=("num_steps", "diverging"))
        return mcmc.get_samples(), mcmc.get_extra_fields()

    # What NumPyro does with its chains, but compiled once and so that a second run needs no compilation.
    spread = jax.pmap if job.variant == "parallel" else lambda function: jax.jit(jax.vmap(function))
    warm_up, draw = spread(warm_up), spread(draw)

    def run(seed) -> tuple:
        keys = jax.random.split(jax.random.key(seed), (2, job.chains))
        start = time.perf_counter()
        state = jax.block_until_ready(warm_up(keys[0]))
        middle = time.perf_counter()
        samples, fields = jax.block_until_ready(draw(state, keys[1]))
        return samples, fields, middle - start, time.perf_counter() - middle

    # The first run compiles; the second is the one that counts.
    *_, first_warmup_s, first_sampling_s = run(job.seed + 1)
    samples, fields, warmup_s, sampling_s = run(job.seed)
    return {
        "draws": {p.name: np.asarray(samples[p.name]) for p in job.example.parameters},
        "compile_s": first_warmup_s + first_sampling_s - warmup_s - sampling_s,
        "with_warmup_s": warmup_s + sampling_s,
        "sampling_s": sampling_s,
        "sampling_gradients": int(fields["num_steps"].sum()),
        "divergences": int(fields["diverging"].sum()),
    }
