#!/usr/bin/env python3
"""Compares PPL with its peers on the examples: agreement first, then gradients, then sampling. See README.md."""

import argparse
import importlib
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

import numpy as np

from examples import EXAMPLES, Example, data_path, load_data

HERE = Path(__file__).resolve().parent
PEERS = ("stanli", "numpyro", "nutpie")
# Processes a system is measured in; of several results for one task the best counts.
RUNS = {
    "stanli": {
        "default": ("gradient", "sampling"),
        "fast_math": ("gradient", "sampling"),
    },
    "numpyro": {
        "one core": ("gradient",),
        "parallel": ("gradient", "sampling"),
        "vectorized": ("sampling",),
    },
}
ONE_RUN = {"default": ("gradient", "sampling")}


def main() -> None:
    arguments = parse()
    if arguments.worker:
        work(arguments)
        return
    examples = [e for e in EXAMPLES if not arguments.only or e.name in arguments.only]
    examples = [e for e in examples if e.name not in arguments.without]
    systems = ["ppl", *arguments.peers]
    results: dict[str, dict] = {}
    for example in examples:
        results[example.name] = compare(example, systems, arguments)
        # After each example, so that a run that is stopped leaves what it has measured.
        if arguments.json:
            Path(arguments.json).write_text(json.dumps(report(results, arguments), indent=2) + "\n")
    print_tables(results, arguments.peers, not arguments.skip_sampling)


def report(results: dict, arguments: argparse.Namespace) -> dict:
    packages = ("stanli", "numpyro", "jax", "nutpie", "pymc", "arviz")
    return {
        "schema": 1,
        "machine": {"cores": len(os.sched_getaffinity(0)), "platform": platform.platform()},
        "versions": {name: version(name) for name in packages},
        "settings": {"chains": arguments.chains, "draws": arguments.draws, "seed": arguments.seed},
        "examples": results,
    }


def parse() -> argparse.Namespace:
    def peers(text: str) -> list[str]:
        names = [name for name in text.split(",") if name]
        unknown = set(names) - set(PEERS)
        if unknown:
            raise argparse.ArgumentTypeError(f"no peer {', '.join(unknown)}; there are {', '.join(PEERS)}")
        return names

    names = [example.name for example in EXAMPLES]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ppl", default=".build/release/ppl", help="the program (default: %(default)s)")
    parser.add_argument("--examples", type=Path, default=HERE.parents[2] / "Examples", help="folder of the examples")
    parser.add_argument("--only", action="append", choices=names, help="this example; may be given several times")
    parser.add_argument("--without", action="append", default=[], choices=names, help="not this one")
    parser.add_argument("--peers", type=peers, default=list(PEERS), help="names with commas (default: all)")
    parser.add_argument("--skip-sampling", action="store_true", help="compare gradients only")
    parser.add_argument("--chains", type=int, default=4)
    parser.add_argument("--draws", type=int, default=1000, help="of each chain; warm-up is each system's default")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", metavar="PATH", help="also write all results here")
    # How this program calls itself: each measurement has a process of its own.
    parser.add_argument("--worker", help=argparse.SUPPRESS)
    parser.add_argument("--tasks", help=argparse.SUPPRESS)
    parser.add_argument("--variant", default="default", help=argparse.SUPPRESS)
    parser.add_argument("--result", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    arguments.ppl = str(Path(arguments.ppl).resolve())
    if not arguments.worker and not os.access(arguments.ppl, os.X_OK):
        parser.error(f"no program at {arguments.ppl}: build it, or name it with --ppl")
    return arguments


def work(arguments: argparse.Namespace) -> None:
    """One measurement, in a process of its own."""
    from systems.common import Job, effective_sample_size

    (example,) = [e for e in EXAMPLES if e.name in arguments.only]
    path = data_path(arguments.examples, example)
    job = Job(
        example=example,
        data_path=path,
        data=load_data(path),
        variant=arguments.variant,
        seed=arguments.seed,
        draws=arguments.draws,
        chains=arguments.chains,
        ppl=arguments.ppl,
    )
    system = importlib.import_module(f"systems.{arguments.worker}_system")
    results = {}
    for task in arguments.tasks.split(","):
        result = getattr(system, task)(job)
        draws = result.pop("draws", None)
        if draws is not None:
            result |= effective_sample_size(draws)
            result["ess_per_s"] = result["min_bulk_ess"] / result["sampling_s"]
            result["ess_per_s_with_warmup"] = result["min_bulk_ess"] / result["with_warmup_s"]
            result["ess_per_gradient"] = result["min_bulk_ess"] / result["sampling_gradients"]
        results[task] = result
    Path(arguments.result).write_text(json.dumps(results))


def measure(
    system: str, variant: str, tasks: list[str], example: Example, arguments: argparse.Namespace
) -> dict[str, dict]:
    """Runs `work` in a process of its own; results by task."""
    print(f"{example.name}: {system} ({variant}): {', '.join(tasks)}", file=sys.stderr, flush=True)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        options = {
            "--worker": system,
            "--tasks": ",".join(tasks),
            "--variant": variant,
            "--only": example.name,
            "--examples": arguments.examples,
            "--ppl": arguments.ppl,
            "--chains": arguments.chains,
            "--draws": arguments.draws,
            "--seed": arguments.seed,
            "--result": file.name,
        }
        command = [sys.executable, "-W", "ignore", str(HERE / "compare.py")]
        for name, value in options.items():
            command += [name, str(value)]
        done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if done.returncode != 0:
            print(done.stderr, file=sys.stderr)
            lines = done.stderr.strip().splitlines()
            return {task: {"error": lines[-1] if lines else "failed"} for task in tasks}
        return json.loads(Path(file.name).read_text())


def compare(example: Example, systems: list[str], arguments: argparse.Namespace) -> dict:
    """All measurements of one example, by system."""
    wanted = ("gradient",) if arguments.skip_sampling else ("gradient", "sampling")
    rows: dict[str, dict] = {}
    for system in systems:
        by_task: dict[str, dict[str, dict]] = {task: {} for task in wanted}
        for variant, tasks in RUNS.get(system, ONE_RUN).items():
            tasks = [task for task in tasks if task in wanted]
            if tasks:
                for task, result in measure(system, variant, tasks, example, arguments).items():
                    by_task[task][variant] = result
        rows[system] = {"gradient": best(by_task["gradient"], "gradient_us", min)}
        if "sampling" in wanted:
            rows[system]["sampling"] = best(by_task["sampling"], "ess_per_s", max)
    for row in rows.values():
        row["agreement"] = agreement(rows["ppl"]["gradient"], row["gradient"])
    for row in rows.values():
        for key in ("log_densities", "gradients"):
            row["gradient"].pop(key, None)
    return {"dimension": example.dimension, "systems": rows}


def best(results: dict[str, dict], key: str, choose) -> dict:
    """The result of the best variant; `by_variant` has what all of them gave."""
    good = {variant: result for variant, result in results.items() if "error" not in result}
    if not good:
        return next(iter(results.values()))
    variant = choose(good, key=lambda variant: good[variant][key])
    given = {"by_variant": {v: r.get(key) for v, r in results.items()}} if len(results) > 1 else {}
    return {"variant": variant} | given | good[variant]


def agreement(own: dict, other: dict) -> str:
    """Whether log densities agree up to one constant, and all derivatives."""
    if "error" in own or "error" in other:
        return "failed"
    values = np.asarray(own["log_densities"]), np.asarray(other["log_densities"])
    differences = values[1] - values[0]
    scale = 1 + np.abs(values).max()
    if not np.ptp(differences) < 1e-9 * scale:
        return "wrong"
    gradients = np.asarray(own["gradients"]), np.asarray(other["gradients"])
    if not np.allclose(*gradients, rtol=1e-7, atol=1e-9 * scale):
        return "wrong"
    return "agrees"


def print_tables(results: dict, peers: list[str], with_sampling: bool) -> None:
    def value(system: dict, task: str, key: str) -> float | None:
        number = system.get(task, {}).get(key)
        return number if number is not None and np.isfinite(number) else None

    def table(title: str, task: str, key: str, smaller_is_better: bool) -> None:
        """Values of all systems, then how many times PPL is better than each peer."""
        print(f"\n{title}")
        heads = ["ppl", *peers, *(f"x {peer}" for peer in peers), "x best"]
        print(f"{'':27}" + "".join(f"{head:>11}" for head in heads))
        ratios: dict[str, list[float]] = {head: [] for head in heads[1 + len(peers) :]}
        for name, example in results.items():
            systems = example["systems"]
            own = value(systems["ppl"], task, key)
            cells, row = [number(own)], {}
            for peer in peers:
                state = systems[peer]["agreement"]
                other = value(systems[peer], task, key) if state == "agrees" else None
                missing = {"wrong": "WRONG", "failed": "FAILED"}.get(state, "-")
                cells.append(missing if other is None else number(other))
                if own and other:
                    row[f"x {peer}"] = other / own if smaller_is_better else own / other
            if row:
                row["x best"] = min(row.values())
            for head, ratio in row.items():
                ratios[head].append(ratio)
            cells += [number(row.get(head)) for head in ratios]
            print(f"{name:27}" + "".join(f"{cell:>11}" for cell in cells))
        for label, summary in (("median", statistics.median), ("worst", min)):
            cells = [""] * (1 + len(peers)) + [number(summary(r)) if r else "-" for r in ratios.values()]
            print(f"{label:27}" + "".join(f"{cell:>11}" for cell in cells))

    print("x NAME: how many times PPL is better than NAME; above 1 is better, x best is against the best of the row.")
    table("Log density with gradient, us", "gradient", "gradient_us", True)
    if with_sampling:
        table("Smallest bulk ESS per second of sampling", "sampling", "ess_per_s", False)
        table("The same, warm-up included", "sampling", "ess_per_s_with_warmup", False)
        table("Smallest bulk ESS per gradient", "sampling", "ess_per_gradient", False)
    table("Preparation: from text and data to the first gradient, s", "gradient", "compile_s", True)


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


if __name__ == "__main__":
    main()
