"""Risk models are fitted, judged, asked, kept and used, on files, records and data frames."""

import asyncio
import json
import pickle
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow.csv
import pytest

import juno
from conftest import ROOT, SAMPLE

TABLE = ROOT / "examples" / "data" / "made-up-sprints.csv"
FEW: Any = {"n_trees": 3}


@pytest.fixture(scope="module")
def model() -> juno.TrainedModel:
    return juno.train(TABLE, **FEW)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    return dict(juno.backtest(TABLE, resamples=50, model=FEW))


def test_every_way_to_hand_in_a_table_gives_the_same_model(model: juno.TrainedModel) -> None:
    frame = pd.read_csv(TABLE)
    ways = [
        [str(TABLE)],
        juno.Juno(database=":memory:").load(TABLE),
        frame,
        frame.convert_dtypes(),
        pl.read_csv(TABLE),
        pyarrow.csv.read_csv(TABLE),
        json.loads(frame.to_json(orient="records")),
        frame.sample(frac=1, random_state=3),
    ]
    for data in ways:
        assert juno.train(data, **FEW) == model


def test_the_same_sprints_give_the_same_bytes_whatever_the_threads(model: juno.TrainedModel) -> None:
    assert juno.train(TABLE, threads=2, **FEW).to_bytes() == model.to_bytes()
    assert juno.train(TABLE, seed=7, **FEW) != model


def test_a_model_is_kept_in_files_bytes_and_pickles(model: juno.TrainedModel, tmp_path: Path) -> None:
    model.save(tmp_path / "sprints.juno")
    before = model.forecast(TABLE)
    for again in (
        juno.TrainedModel.load(tmp_path / "sprints.juno"),
        juno.TrainedModel.from_bytes(model.to_bytes()),
        pickle.loads(pickle.dumps(model)),
    ):
        assert again == model and again.forecast(TABLE) == before
    damaged = bytearray(model.to_bytes())
    damaged[len(damaged) // 2] ^= 1
    with pytest.raises(juno.CorruptError):
        juno.TrainedModel.from_bytes(bytes(damaged))
    with pytest.raises(juno.JunoError):
        juno.TrainedModel.load(tmp_path / "nowhere.juno")


def test_a_card_says_what_the_model_is(model: juno.TrainedModel, report: dict[str, Any]) -> None:
    assert (model.name, model.card["model"], model.card["trained_at"]) == ("blend", "blend", None)
    assert model.card["settings"]["n_trees"] == 3 and model.card["scores"] is None and model.card["limits"]
    at = datetime(2026, 3, 2, tzinfo=timezone.utc)
    dated = juno.train(TABLE, trained_at=at, **FEW).with_scores(report)
    assert dated.card["trained_at"] == "2026-03-02T00:00:00Z"
    assert dated.card["scores"] is not None and "blend" in str(dated.card["scores"])
    assert model.card_markdown().startswith("#") and repr(model).startswith("TrainedModel(")


def test_forecasts_are_columns_for_a_frame(model: juno.TrainedModel) -> None:
    forecasts = model.forecast(TABLE)
    frame = pd.DataFrame(juno.forecast_columns(forecasts))
    assert len(frame) == len(forecasts) == 4 * len(pd.read_csv(TABLE))
    assert list(frame.columns)[:5] == ["project", "sprint_id", "team", "name", "t"]
    said = frame.dropna(subset=["lo80", "lo90"])
    assert (said.lo90 <= said.lo80).all() and (said.lo80 <= said.hi80).all() and (said.hi80 <= said.hi90).all()
    assert pl.DataFrame(dict(juno.forecast_columns(forecasts))).height == len(frame)


def test_a_model_explains_one_sprint(model: juno.TrainedModel, app: Callable[..., juno.Juno]) -> None:
    seen: list[Any] = []

    class Watch:
        name = "watch"

        def predict(self, snapshot: Any, history: Any) -> None:
            seen.append((snapshot, history))

    app(model=Watch()).forecast(juno.Juno(database=":memory:").load(TABLE))
    snapshot, history = seen[-1]
    said = model.predict(snapshot, history)
    whole = model.explain(snapshot, history)
    assert said["p_miss"] == whole["p_miss"] and said["delivered"] == whole["delivered"]
    changes = model.what_would_change(snapshot, history)
    assert all(change["before"]["p_miss"] == said["p_miss"] and change["caveat"] for change in changes)
    attribution = whole["attribution"]
    assert attribution is not None
    logit = attribution["base"] + sum(part["contribution"] for part in attribution["inputs"])
    assert 1 / (1 + np.exp(-logit)) == pytest.approx(said["p_miss"], abs=1e-9)
    with pytest.raises(juno.InvalidInputError):
        model.predict({"sprint": 1}, [])


def test_a_trained_model_forecasts_in_the_pipeline(model: juno.TrainedModel, app: Callable[..., juno.Juno]) -> None:
    one = app(model=model)
    records = one.load(TABLE)
    forecasts = one.forecast(records)["forecasts"]
    assert {f["basis"]["model"] for f in forecasts if f["basis"] and f["outlook"] == "forecast"} >= {"blend"}
    assert [f["p_miss"] for f in forecasts] == [f["p_miss"] for f in sorted_(model.forecast(records))]
    assert one.review(one.load(SAMPLE))["audit"]["verified"]


def sorted_(forecasts: list[Any]) -> list[Any]:
    return sorted(forecasts, key=lambda f: (f["project"], f["sprint_id"], f["t"]))


def test_a_backtest_stands_beside_baselines_and_gives_every_forecast(report: dict[str, Any]) -> None:
    names = [one["name"] for one in report["models"]]
    assert names == ["base_rate", "last_velocity", "shrunk_history", "blend"]
    frame = pd.DataFrame(report["predictions"])
    for stage in report["models"][-1]["stages"]:
        rows = frame[frame.t == stage["t"]]
        assert juno.scores.brier(rows.p_miss, rows.missed) == stage["scores"]["brier"]
        assert juno.scores.auc(rows.p_miss, rows.missed) == stage["scores"]["auc"]
    assert (frame.missed == (frame.outcome < frame.committed)).all()
    assert json.loads(json.dumps(report)) == report


def test_backtests_are_split_as_asked(report: dict[str, Any]) -> None:
    frame = pd.read_csv(TABLE)
    assert report["protocol"] == {"given": {"evaluated": "test"}}
    assert juno.backtest(frame, eval="calib", resamples=0, model=FEW)["protocol"] == {"given": {"evaluated": "calib"}}
    unsplit = frame.drop(columns="split")
    assert juno.backtest(unsplit, resamples=0, model=FEW)["protocol"] == {"shares": {"evaluated": "test"}}
    rolling = juno.backtest(frame, folds=2, first=0.6, resamples=0, model=FEW)
    assert rolling["protocol"] == {"rolling": {"folds": 2, "first": 0.6}} and len(rolling["folds"]) == 2
    beta, alpha = frame[frame.project == "BETA"], frame[frame.project == "ALPHA"]
    other = juno.backtest(beta, train=alpha, resamples=0, model=FEW)
    assert set(other["predictions"]["project"]) == {"BETA"} and other["protocol"] == "other_data"


def test_data_is_looked_at_before_a_fit() -> None:
    frame = pd.read_csv(TABLE)
    assert juno.check_data(TABLE)["used"] == len(frame)
    doubtful = frame.copy()
    doubtful["delivered_pts"] = doubtful["delivered_pts"].astype(float)
    doubtful.loc[0, "delivered_pts"] = 1e6
    assert juno.check_data(doubtful)["findings"]
    doubtful.loc[1, "start_pts"] = -5
    twice = pd.concat([doubtful, frame.loc[[2]].assign(delivered_pts=0.0), frame.loc[[3]]])
    checked = juno.check_data(twice)
    assert checked["given"] == checked["used"] == len(frame) - 2
    assert len(checked["quarantined"]) == 3 and "start_pts is `-5" in checked["quarantined"][0]["reason"]
    assert all("differ" in refused["reason"] for refused in checked["quarantined"][1:])
    assert any("repeat another in everything: 1" in note for note in checked["notes"])
    drift = juno.train(frame[frame.split != "test"], **FEW).drift(frame)
    assert drift["sprints"] == (frame.split == "test").sum() and drift["inputs"] and drift["calibration"]


def test_a_backtest_tells_bias_and_is_drawn(report: dict[str, Any]) -> None:
    groups = juno.bias_report(report)["groups"]
    assert {group["by"] for group in groups} == {"team", "project", "length"}
    frame = pd.DataFrame(report["predictions"])
    late = frame[(frame.project == "BETA") & (frame.t == 0.8)]
    found = next(g for g in groups if (g["by"], g["t"], g["chances"]["group"]) == ("project", 0.8, "BETA"))
    assert found["chances"]["n"] == len(late)
    assert found["chances"]["rate"] == pytest.approx(late.missed.mean())
    assert found["chances"]["mean_forecast"] == pytest.approx(late.p_miss.mean())
    held = ((late.lo80 <= late.outcome) & (late.outcome <= late.hi80)).mean()
    assert found["intervals"][0]["held"] == pytest.approx(held)
    lengths = {g["chances"]["group"] for g in groups if g["by"] == "length"}
    assert lengths and "not stated" not in lengths, "planned lengths came along"

    drawn = juno.reliability_chart(report)
    assert drawn.startswith("<svg") and "blend: n = " in drawn
    assert "vega-lite" in json.loads(juno.reliability_chart(report, format="vega_lite"))["$schema"]
    assert "delivered against the forecast at 50 % elapsed" in juno.interval_chart(report)
    spec = juno.interval_chart(report, project="BETA", t=0.8, format="vega_lite")
    assert "What sprints of BETA delivered against the forecast at 80 % elapsed" in json.dumps(json.loads(spec))
    with pytest.raises(juno.NotFoundError, match="nothing of project `PAY` was evaluated, but of `ALPHA`"):
        juno.interval_chart(report, project="PAY")
    with pytest.raises(juno.NotFoundError, match="no stage `0.4`"):
        juno.interval_chart(report, t=0.4)
    with pytest.raises(juno.InvalidInputError, match="`png`"):
        juno.reliability_chart(report, format="png")  # type: ignore[arg-type]
    with pytest.raises(juno.InvalidInputError, match="predictions"):
        juno.bias_report({key: value for key, value in report.items() if key != "predictions"})
    short = {**report, "predictions": {**report["predictions"], "missed": []}}
    with pytest.raises(juno.InvalidInputError, match="column `missed` has 0 rows"):
        juno.bias_report(short)


def test_a_new_model_is_compared_with_the_one_there_is() -> None:
    frame = pd.read_csv(TABLE)
    old = juno.train(frame[frame.split != "test"], **FEW)
    steps: list[str] = []
    said = old.compare(frame, progress=lambda what, *_: steps.append(what), **FEW)
    assert said["data"]["before"] == (frame.split != "test").sum() and said["data"]["after"] == len(frame)
    assert said["settings"] == [] and said["comparison"] is not None and steps
    assert said["comparison"]["compared"] == "later_sprints"
    names = {model["name"] for model in said["comparison"]["report"]["models"]}
    assert names >= {"before", "after"} and said["verdict"] in {"better", "no_worse", "worse"}
    other = old.compare(frame[frame.split == "train"], n_trees=4)
    assert [change["name"] for change in other["settings"]] == ["n_trees"]
    with pytest.raises(juno.InvalidInputError, match="unknown field `trees`"):
        old.compare(frame, trees=3)  # type: ignore[call-arg]


def test_a_sprint_that_is_open_has_changes(model: juno.TrainedModel, app: Callable[..., juno.Juno]) -> None:
    one = app(model=model)
    records = one.load(SAMPLE)
    review = one.review(records)
    told = next(sprint for sprint in review["changes"] if sprint["changes"])
    assert one.what_would_change(records, told["sprint_id"]) == told["changes"]
    assert asyncio.run(_changes(one, records, told["sprint_id"])) == told["changes"]
    with pytest.raises(juno.JunoError, match="987654"):
        one.what_would_change(records, 987654)


async def _changes(one: juno.Juno, records: juno.Records, sprint: int) -> Any:
    return await one.what_would_change_async(records, sprint)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        (lambda table: table.head(20), juno.NotEnoughDataError, "60 finished sprints"),
        (lambda table: table.assign(delivered_pts=1e6), juno.NotEnoughDataError, "that missed"),
        (lambda table: table.drop(columns="project"), juno.InvalidInputError, "`the table` is nothing"),
        (lambda table: table.assign(start_pts=-1), juno.NotEnoughDataError, "160 records could not be used, the first"),
        (lambda table: table.head(0), juno.NotEnoughDataError, "the most at one stage are 0"),
        (lambda table: [{"project": ["PAY"]}], juno.JunoError, "column `project`"),
        (lambda _: "nowhere.csv", juno.NotFoundError, "nowhere.csv"),
        (lambda _: SAMPLE, juno.NotEnoughDataError, "60 finished sprints"),
        (lambda _: 7, TypeError, "a `int` is no data"),
        (lambda _: [], juno.NotEnoughDataError, "the most at one stage are 0"),
    ],
)
def test_data_that_cannot_bear_a_fit_is_refused(change: Any, error: Any, message: str) -> None:
    with pytest.raises(error, match=message):
        juno.train(change(pd.read_csv(TABLE)), **FEW)


def test_settings_are_checked_and_misspelt_ones_named() -> None:
    with pytest.raises(juno.InvalidInputError, match="unknown field `trees`"):
        juno.train(TABLE, trees=3)  # type: ignore[call-arg]
    with pytest.raises(juno.InvalidInputError, match="gamma"):
        juno.train(TABLE, gamma=2.0)
    with pytest.raises(juno.InvalidInputError, match="`dev`"):
        juno.backtest(TABLE, eval="dev")  # type: ignore[arg-type]
    with pytest.raises(juno.InvalidInputError, match="split `first` is none of"):
        juno.backtest(pd.read_csv(TABLE).assign(split="first"), model=FEW)
    with pytest.raises(juno.NotEnoughDataError, match="no sprint table"):
        juno.train(TABLE, **FEW).forecast(SAMPLE)


def test_progress_is_told_and_what_it_raises_stops_the_fit() -> None:
    steps: list[tuple[str, int, int | None]] = []
    juno.train(TABLE, progress=lambda *step: steps.append(step), **FEW)
    assert any(what == "fitting" for what, _, _ in steps)

    def enough(what: str, *_: Any) -> None:
        if what == "fitting":
            raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        juno.train(TABLE, progress=enough, **FEW)


def test_the_event_loop_runs_on_while_a_model_is_fitted(model: juno.TrainedModel) -> None:
    async def main() -> int:
        turns = 0
        fit = asyncio.ensure_future(juno.train_async(TABLE, **FEW))
        while not fit.done():
            await asyncio.sleep(0.01)
            turns += 1
        assert await fit == model
        judged = await juno.backtest_async(TABLE, resamples=0, model=FEW)
        assert judged["models"][-1]["name"] == "blend"
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(juno.train_async(TABLE, n_trees=3000), 0.05)
        return turns

    assert asyncio.run(main()) > 3
