"""`python -m juno` is the command of every language."""

import json
import subprocess
import sys
from pathlib import Path

import juno
from conftest import ROOT

SAMPLE = str(ROOT / "examples" / "data" / "sample")


def run(folder: Path, *args: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "juno", *args]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_a_forecast_is_a_table_or_json(tmp_path: Path) -> None:
    said = run(tmp_path, "forecast", SAMPLE)
    assert said.returncode == 0 and said.stdout.startswith("team  sprint") and not said.stderr
    forecasts = json.loads(run(tmp_path, "forecast", SAMPLE, "--json").stdout)["forecasts"]
    assert len(forecasts) == len(said.stdout.splitlines()) - 1


def test_exit_codes_and_messages_come_through(tmp_path: Path) -> None:
    assert run(tmp_path, "--help").stdout.startswith("What will slip")
    wrong = run(tmp_path, "frobnicate")
    assert wrong.returncode == 2 and "frobnicate" in wrong.stderr and "Traceback" not in wrong.stderr
    assert run(tmp_path, "forecast", "nowhere").returncode == 1


def test_a_program_can_run_a_command(tmp_path: Path) -> None:
    db = f"sqlite:///{tmp_path / 'juno.db'}"
    assert juno.run_command(["memory", "stats", "--db", db]) == 0
    assert juno.run_command([tmp_path, "--json"]) == 2
