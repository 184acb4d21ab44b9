#!/usr/bin/env python3
"""Bias, effective draws a second and an evaluation of every engine of chains on six kinds of targets. See README.md."""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from targets import TARGETS, Target

ROOT = Path(__file__).resolve().parents[3]
ENGINES = {
    "nuts": "nuts(HERE)",
    "walnuts": "walnuts(HERE)",
    "hmc": "hmc(HERE)",
    "mams": "mams(HERE)",
    "slice": "slice(HERE)",
    "elliptical_slice": "elliptical_slice(HERE)",
    "metropolis": "metropolis(HERE)",
    "de": "de(HERE)",
    "ensemble": "ensemble(HERE)",
    "ensemble, de": "ensemble(move: de, HERE)",
    "tempering": "tempering(HERE)",
    "gibbs": "gibbs(HERE)",
}
# Hierarchies stay as they are written: otherwise the funnel is none to the engines that choose coordinates.
WITH_COORDINATES = ("nuts", "walnuts", "hmc", "mams")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ppl", default=str(ROOT / ".build/release/ppl"))
    parser.add_argument("--only", nargs="*", choices=list(TARGETS), default=list(TARGETS), help="targets")
    parser.add_argument("--engines", nargs="*", choices=list(ENGINES), default=list(ENGINES))
    parser.add_argument("--draws", type=int, default=2000, help="draws of each chain (ensembles: of each walker)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", help="where to write all figures")
    arguments = parser.parse_args()
    results = {}
    print(f"{'target':12} {'engine':18} {'bias':>6} {'ESS':>8} {'ESS/s':>9} {'ESS/1000 evaluations':>21}  R-hat")
    for name in arguments.only:
        for engine in arguments.engines:
            if engine == "mams" and name == "discrete":
                continue  # One value has no directions to turn to.
            found = fit(arguments, TARGETS[name], engine)
            results[f"{name}: {engine}"] = found
            print(
                f"{name:12} {engine:18} {found['bias']:6.1f} {found['ess']:8.0f} {found['ess'] / found['seconds']:9.0f}"
                f" {1000 * found['ess'] / found['evaluations']:21.2f}  {found['rhat']:.3f}",
                flush=True,
            )
    if arguments.json:
        Path(arguments.json).write_text(json.dumps(results, indent=2) + "\n")


def fit(arguments, target: Target, engine: str) -> dict:
    """Runs a program and compares the moments that are known; the worst of them counts."""
    settings = f"draws: {arguments.draws}, seed: {arguments.seed}"
    if engine in WITH_COORDINATES:
        settings += ", centering: written"
    with tempfile.TemporaryDirectory() as place:
        model, data = Path(place) / "m.ppl", Path(place) / "d.json"
        model.write_text(f"{target.text}\ninfer p = {ENGINES[engine].replace('HERE', settings)}\n")
        data.write_text(json.dumps(target.data))
        command = [arguments.ppl, "run", model, "--data", data, "--format", "json", "--out", f"{place}/f.zarr"]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode > 1:
        raise SystemExit(done.stderr)
    report = json.loads(done.stdout)["fits"][0]
    rows = {name: report["parameters"][name] for name in target.moments}
    return {
        "bias": max(abs(row["mean"] - target.moments[name]) / (row["mcse"] or float("nan")) for name, row in rows.items()),
        "ess": min(row["ess_bulk"] or 0 for row in rows.values()),
        "rhat": max(row["rhat"] or float("nan") for row in rows.values()),
        # Evaluations and seconds count from the start of the warm-up: what a user waits for.
        "evaluations": report["gradient_evaluations"] + report.get("density_evaluations", 0),
        "seconds": report["timing"]["warmup_s"] + report["timing"]["sampling_s"],
    }


if __name__ == "__main__":
    main()
