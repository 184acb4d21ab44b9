"""PPL, by its command line."""

import json
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from .common import Job


def _command(job: Job, *arguments: str) -> dict:
    folder = job.data_path.parent
    name, *rest = arguments
    command = [job.ppl, name, str(folder / "model.ppl"), "--data", str(job.data_path), *rest]
    done = subprocess.run([*command, "--format", "json"], capture_output=True, text=True)
    # 1 says that a diagnostic failed, as for the centred eight schools.
    if done.returncode not in (0, 1):
        raise RuntimeError(f"status {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)


def gradient(job: Job) -> dict:
    def evaluate(point):
        values, _ = job.example.constrain(point)
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump({name: value.tolist() for name, value in values.items()}, file)
            file.flush()
            result = _command(job, "density", "--at", file.name, "--gradient")
        flat = [result["gradient"][parameter.name] for parameter in job.example.parameters]
        return result["log_density_jacobian"], np.concatenate(flat)

    bench = _command(job, "bench")
    return {
        "gradient_us": bench["gradient_ns"] / 1000,
        "by_variant": {"reference": bench["gradient_ns_reference"] / 1000},
        "compile_s": bench["compile_s"],
        **job.densities(evaluate),
    }


def sampling(job: Job) -> dict:
    import xarray

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fit.zarr"
        start = time.perf_counter()
        report = _command(
            job,
            "run",
            *("--chains", str(job.chains), "--draws", str(job.draws)),
            *("--seed", str(job.seed), "--out", str(path)),
        )
        process_s = time.perf_counter() - start
        fit = xarray.open_datatree(path, engine="zarr").load()
    posterior, statistics = fit["posterior"], fit["sample_stats"]
    timing = report["fits"][0]["timing"]
    # From the start of the first chain to the end of the last; the phases have times of the slowest chain.
    wall = posterior.attrs["chains_time"]
    share = timing["sampling_s"] / (timing["warmup_s"] + timing["sampling_s"])
    return {
        "draws": {p.name: posterior[p.name].values for p in job.example.parameters},
        "compile_s": timing["compile_s"],
        "with_warmup_s": wall,
        "sampling_s": wall * share,
        "sampling_gradients": int(statistics["n_steps"].sum()),
        "divergences": int(statistics["diverging"].sum()),
        "process_s": process_s,
    }
