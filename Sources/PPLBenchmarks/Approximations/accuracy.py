#!/usr/bin/env python3
"""How far each approximation is from the references of the examples, and what it costs. See README.md."""

import argparse
import json
import re
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
ENGINES = {
    "laplace": "laplace(draws: 4000, seed: 1)",
    "pathfinder": "pathfinder(draws: 4000, seed: 1)",
    "mean field": "vi(draws: 4000, seed: 1)",
    "low rank": "vi(guide: low_rank, draws: 4000, seed: 1)",
    "full rank": "vi(guide: full_rank, draws: 4000, seed: 1)",
    "iaf": "vi(guide: iaf, draws: 4000, seed: 1)",
    "coupling": "vi(guide: coupling, draws: 4000, seed: 1)",
    "deterministic": "vi(method: deterministic, draws: 4000, seed: 1)",
    "nuts": "nuts(seed: 1)",
}
SCRIPT = re.compile(r"^(infer|show|check|predict|save|plot)\b")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ppl", default=str(ROOT / ".build/release/ppl"))
    parser.add_argument("--only", nargs="*", help="examples")
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=list(ENGINES), help="what is fitted")
    parser.add_argument("--timeout", type=float, default=60, help="seconds a fit")
    parser.add_argument("--json", help="where to write all figures")
    arguments = parser.parse_args()
    results = {}
    for folder in sorted((ROOT / "Examples").iterdir()):
        reference = folder / "reference.json"
        if not reference.exists() or (arguments.only and folder.name not in arguments.only):
            continue
        parameters = json.loads(reference.read_text())["params"]
        results[folder.name] = {
            name: fit(arguments, folder, ENGINES[name], parameters) for name in arguments.engines
        }
        print_row(folder.name, results[folder.name])
        if arguments.json:
            Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n")
    print("\nmedians of means off by, in reference sd")
    for name in arguments.engines:
        found = [r[name]["mean_error"] for r in results.values() if r[name].get("mean_error") is not None]
        scale = [r[name]["sd_error"] for r in results.values() if r[name].get("sd_error") is not None]
        if found:
            print(f"{name:14} {statistics.median(found):.3f}; sd {statistics.median(scale):.3f}; fits {len(found)}")


def fit(arguments, folder: Path, engine: str, reference: dict) -> dict:
    lines = (folder / "model.ppl").read_text().splitlines()
    text = "\n".join(line for line in lines if not SCRIPT.match(line))
    data = [str(p) for p in sorted(folder.iterdir()) if p.name in ("data.json", "data.csv")]
    with tempfile.TemporaryDirectory() as place:
        model = Path(place) / "model.ppl"
        model.write_text(text + f"\ninfer post = {engine}\n")
        command = [arguments.ppl, "run", str(model), "--out", f"{place}/fit.zarr", "--format", "json"]
        for file in data:
            command += ["--data", file]
        start = time.monotonic()
        try:
            run = subprocess.run(command, capture_output=True, text=True, timeout=arguments.timeout)
        except subprocess.TimeoutExpired:
            return {"failure": f"more than {arguments.timeout:.0f} s"}
        seconds = time.monotonic() - start
    if not run.stdout.strip():
        message = [line for line in run.stderr.splitlines() if line.startswith(("error", "no mode"))]
        return {"failure": (message or ["no fit"])[0]}
    found = json.loads(run.stdout)["fits"][0]
    means, scales = [], []
    for name, known in reference.items():
        own = found["parameters"].get(name)
        if own is None or known["sd"] == 0:
            continue
        means.append(abs(own["mean"] - known["mean"]) / known["sd"])
        scales.append(abs(own["sd"] / known["sd"] - 1))
    return {
        "mean_error": statistics.mean(means),
        "greatest_mean_error": max(means),
        "sd_error": statistics.mean(scales),
        "seconds": seconds,
        "gradients": found["gradient_evaluations"],
        **found.get("approximation", {}),
    }


def print_row(name: str, row: dict) -> None:
    cells = []
    for engine, figures in row.items():
        if "failure" in figures:
            cells.append(f"{engine}: {figures['failure'][:48]}")
            continue
        k = figures.get("pareto_k")
        shape = "" if k is None else f", elbo {figures['elbo']:.2f}, k {k:.2f}"
        cells.append(
            f"{engine}: {figures['mean_error']:.2f} / {figures['sd_error']:.2f} ({figures['seconds']:.2f} s{shape})"
        )
    print(f"{name}\n  " + "\n  ".join(cells), flush=True)


if __name__ == "__main__":
    main()
