"""From a Jira export to an audited decision.

    python examples/python/quickstart.py
    python examples/python/quickstart.py --input my-export/ --report review.html
"""

import argparse
import json
import sys
from datetime import datetime, timezone
from pathlib import Path

import juno

SAMPLE = Path(__file__).parents[1] / "data" / "sample"


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Forecasts every open sprint, triages stale tickets, governs actions.")
    parser.add_argument("--input", nargs="+", type=Path, default=[SAMPLE], metavar="PATH", help="exports, or folders")
    parser.add_argument("--as-of", type=instant, help="the instant to answer for, with its offset")
    parser.add_argument("--db", type=Path, default=Path("target/juno-quickstart.db"), help="the SQLite file")
    parser.add_argument("--report", type=Path, help="also write an HTML report to this file")
    parser.add_argument("--json", action="store_true", help="print JSON instead of text")
    return parser.parse_args()


def main() -> None:
    given = options()
    given.db.parent.mkdir(parents=True, exist_ok=True)
    # Nothing here can change Jira: the executor only says what it would do. So what policy lists may run without a
    # person. Outside a demonstration, leave supervisor mode on until you trust it.
    defaults = {"governance.supervisor_mode": False}
    # The clock stands until the review moves it on: the past is reviewed as it was, deadlines count from then.
    beginning = datetime.fromtimestamp(0, timezone.utc)
    app = juno.Juno(defaults=defaults, folder=".", database=given.db, now=beginning)
    records = app.load(given.input)
    # Without dates in the input, as in a sprint table, the question is about now.
    as_of = given.as_of or (None if records.newest else datetime.now(timezone.utc))
    review = app.review(records, as_of)

    if given.report:
        given.report.write_text(juno.report_html(review), encoding="utf-8")
    print(json.dumps(review, indent=2, ensure_ascii=False) if given.json else juno.report_text(review), end="")


if __name__ == "__main__":
    try:
        main()
    except juno.JunoError as error:
        sys.exit(f"error: {error}")
