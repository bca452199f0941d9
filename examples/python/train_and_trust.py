"""Train a risk model on your own sprints, and see how far to trust it.

    python examples/python/train_and_trust.py
    python examples/python/train_and_trust.py --data my-sprints.csv --model sprints.juno
"""

import argparse
import sys
from pathlib import Path

import juno

TABLE = Path(__file__).parents[1] / "data" / "made-up-sprints.csv"


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains a risk model, and judges it on sprints it has not seen.")
    parser.add_argument("--data", nargs="+", type=Path, default=[TABLE], metavar="PATH", help="tables, or exports")
    parser.add_argument("--model", type=Path, help="also write the model to this file")
    parser.add_argument("--trees", type=int, default=200, help="trees of each forest (default 200)")
    return parser.parse_args()


def shown(number: float | None) -> str:
    return "-" if number is None else f"{number:.3f}"


def main() -> None:
    given = options()
    data = juno.check_data(given.data)
    print(f"{data['used']} of {data['given']} sprints can be used")

    # The last sprints of each project, forecast by models that were fitted on those before, beside simple rules.
    report = juno.backtest(given.data, model={"n_trees": given.trees})
    print("\nmodel            Brier    AUC  log loss")
    for model in report["models"]:
        mean = model["mean"]
        print(f"{model['name']:<15} {shown(mean['brier']):>6} {shown(mean['auc']):>6} {shown(mean['log_loss']):>9}")

    # Are the chances right? Of sprints forecast at 30 %, about 30 % should miss.
    said = report["predictions"]
    error = juno.scores.expected_calibration_error(said["p_miss"], said["missed"])
    by_chance = juno.scores.ece_band(said["p_miss"])["band"]
    print(f"\ncalibration error {shown(error)}; up to {shown(by_chance['upper'])} would be chance")
    held = juno.scores.coverage(*known(said["lo80"], said["hi80"], said["outcome"]))
    print(f"80 % ranges held {shown(held)} of what was delivered")

    # The model to use knows all sprints; its card says how well models like it did.
    trained = juno.train(given.data, n_trees=given.trees).with_scores(report)
    print(f"\n{trained.card['limits'][0]}")
    if given.model:
        trained.save(given.model)
        assert juno.TrainedModel.load(given.model) == trained


def known(*columns: list[float | None] | list[float]) -> list[list[float]]:
    """The rows in which every column has a number."""
    rows = [row for row in zip(*columns) if None not in row]
    return [[row[n] or 0.0 for row in rows] for n in range(len(columns))]


if __name__ == "__main__":
    try:
        main()
    except juno.JunoError as error:
        sys.exit(f"error: {error}")
