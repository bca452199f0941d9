"""The quickstart and the snippet of the README do what they say."""

import doctest
import json
import re
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

import juno
from conftest import ROOT

QUICKSTART = [sys.executable, str(ROOT / "examples" / "python" / "quickstart.py")]


def test_the_quickstart_prints_json_of_the_published_schema_and_text_and_a_page(tmp_path: Path) -> None:
    def run(*options: str) -> str:
        command = [*QUICKSTART, "--db", str(tmp_path / "juno.db"), *options]
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout

    schema = json.loads((ROOT / "examples" / "schema" / "quickstart.schema.json").read_text(encoding="utf-8"))
    jsonschema.validate(json.loads(run("--json", "--as-of", "2026-11-13T09:00:00Z")), schema)
    assert "JUNO review, as of Fri 13 Nov 2026" in run("--report", str(tmp_path / "review.html"))
    assert "</html>" in (tmp_path / "review.html").read_text(encoding="utf-8")


def test_the_quickstart_forecasts_a_sprint_table(tmp_path: Path) -> None:
    table = str(ROOT / "examples" / "data" / "sprint-table.csv")
    command = [*QUICKSTART, "--db", str(tmp_path / "juno.db"), "--json", "--input", table]
    review = json.loads(subprocess.run(command, check=True, capture_output=True, cwd=tmp_path).stdout)
    assert len(review["forecasts"]) > 100


def test_the_quickstart_says_in_one_line_what_is_wrong(tmp_path: Path) -> None:
    command = [*QUICKSTART, "--db", str(tmp_path / "juno.db"), "--input", "nowhere"]
    failed = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert failed.returncode == 1
    assert re.fullmatch(r"error: .*nowhere.*\n", failed.stderr)


def test_the_verifier_without_juno_agrees_with_juno() -> None:
    program = [sys.executable, str(ROOT / "examples" / "python" / "verify_audit.py")]
    for name, good in (("bundle.jsonl", True), ("bundle-edited.jsonl", False)):
        bundle = ROOT / "tests" / "cases" / "audit" / name
        found = juno.verify_audit(bundle)
        run = subprocess.run([*program, str(bundle)], capture_output=True, text=True, encoding="utf-8")
        assert found["verified"] is good and run.returncode == (0 if good else 1), run.stderr
        first_bad = found["first_bad"]
        said = found["root"] if first_bad is None else f"record {first_bad['index']}: its content is not"
        assert said in run.stdout


def test_the_snippets_of_the_readme_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    text = (ROOT / "juno-py" / "README.md").read_text(encoding="utf-8")
    snippets = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```)?", text, re.MULTILINE | re.DOTALL)
    assert any(output for _, output in snippets)
    monkeypatch.chdir(ROOT)
    names: dict[str, object] = {"__name__": "readme"}
    for snippet, output in snippets:
        capsys.readouterr()
        exec(compile(snippet.replace("/tmp", str(tmp_path)), "README.md", "exec"), names)
        assert not output or capsys.readouterr().out == output


def test_a_model_is_trained_and_judged(tmp_path: Path) -> None:
    example = str(ROOT / "examples" / "python" / "train_and_trust.py")
    options = ["--trees", "3", "--model", str(tmp_path / "sprints.juno")]
    said = subprocess.run([sys.executable, example, *options], check=True, capture_output=True, text=True).stdout
    assert re.search(r"^blend +0\.\d+ +0\.\d+ +\d\.\d+$", said, re.MULTILINE)
    assert juno.TrainedModel.load(tmp_path / "sprints.juno").card["scores"] is not None
    failed = subprocess.run([sys.executable, example, "--data", "nowhere"], capture_output=True, text=True)
    assert failed.returncode == 1 and re.fullmatch(r"error: .*nowhere.*\n", failed.stderr)


def test_the_examples_of_the_module_run() -> None:
    found = doctest.testmod(juno)
    assert found.attempted and not found.failed
