"""How far a run is, and when it is said to end."""

from __future__ import annotations

import pytest

from app.engine.state import RunState
from app.ui.curves import Curves
from app.ui.progress import bar, progress_of
from sandbox.metrics import MetricRecord


def run(**changes: object) -> RunState:
    values = {"phase": "running", "started": 100.0, "purpose": "confirmation", "seeds": (1, 2, 3, 4), **changes}
    return RunState(id=1, experiment=1, split="test", backend="docker", step=1, **values)  # type: ignore[arg-type]


def curves(trial: int, step: int) -> Curves:
    made = Curves()
    made.add(MetricRecord(trial=n, step=10, of=10, values={"loss": 1.0}) for n in range(1, trial))
    made.add([MetricRecord(trial=trial, step=step, of=10, values={"loss": 1.0})])
    return made


def test_the_rest_takes_as_long_as_the_part_before() -> None:
    found = progress_of(run(), curves(2, 5), now=130.0)
    assert found is not None
    assert (found.share, found.step, found.of, found.trial, found.trials) == (0.375, 5, 10, 2, 4)
    assert found.eta == pytest.approx(50.0) and found.eta_text == "ETA 50 s"


def test_a_beginning_gives_no_estimate() -> None:
    found = progress_of(run(seeds=tuple(range(100))), curves(1, 1), now=130.0)
    assert found is not None and found.eta is None and found.eta_text == ""


@pytest.mark.parametrize("changes", [{"phase": "ended"}, {"phase": "queued"}, {"purpose": "evaluation"}])
def test_only_what_trains_now_has_progress(changes: dict[str, object]) -> None:
    assert progress_of(run(**changes), curves(1, 5), now=130.0) is None
    assert progress_of(run(), curves(1, 5), now=130.0) is not None
    assert progress_of(run(), Curves(), now=130.0) is None


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, "    "), (0.5, "██  "), (0.59375, "██▍ "), (1.0, "████"), (7.0, "████")]
)
def test_the_bar_fills_in_eighths(share: float, drawn: str) -> None:
    assert "".join(part if isinstance(part, str) else part[0] for part in bar(share, 4)) == f"▕{drawn}▏"
