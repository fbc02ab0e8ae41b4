"""The chart pane through its keys, over real files."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from textual.pilot import Pilot

from app.engine import events as ev
from app.ui.app import CopilotApp
from app.ui.screens.main import MainScreen

from ..conftest import Clock, Study  # noqa: TID252

GPU = {"gpu": 0, "name": "H200", "slice": "", "pct": 87, "used": 12 << 30, "total": 139 << 30, "own": 3 << 30}


def main_of(app: CopilotApp) -> MainScreen:
    screen = app.screen_stack[0]
    assert isinstance(screen, MainScreen)
    return screen


def chart(app: CopilotApp) -> str:
    """What the chart has on the screen."""
    pane = main_of(app).panes["chart"]
    return "\n".join(pane.render_line(y).text.rstrip() for y in range(pane.text_height))


async def until(pilot: Pilot[int], condition: Callable[[], bool]) -> None:
    """Let the app go on until something holds, at most five seconds."""
    for _ in range(250):
        if condition():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not come to hold within five seconds")


def experiment(study: Study, number: int, run: int, level: float, *, seeds: tuple[int, ...] = (7, 8)) -> None:
    """Another experiment under the same contract, with a run that has ended."""
    folder = study.paths.run(run)
    (folder / "out").mkdir(parents=True)
    rows = [{"trial": s, "step": n, "of": 20, "loss": level + s / 100 + 1 / n} for s in seeds for n in range(1, 21)]
    (folder / "out" / "metrics.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "stdout.log").write_text("".join(f"seed {r['trial']} step {r['step']}/20\n" for r in rows))
    study.add(
        ev.ExperimentOpened(experiment=number, title="t", slug="t", base="b" * 40, idea=2, contract="c"),
        ev.RunQueued(
            run=run, experiment=number, purpose="screening", split="valid", seeds=seeds, backend="docker", step=4
        ),
        ev.RunStarted(run=run),
        ev.RunEnded(run=run, reason="finished", detail="", code=0, seconds=1.0),
    )


@pytest.fixture
def compared(study: Study) -> Study:
    """A baseline, and experiments 3 to 9; the last is the one that is shown."""
    ended = ev.RunEnded(run=1, reason="finished", detail="", code=0, seconds=1.0)
    study.add(ended)
    for number in range(3, 10):
        experiment(study, number, number, number / 10)
    return study


async def test_the_baseline_and_the_newest_trial_are_named_at_their_ends(app: CopilotApp, compared: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 2 1.03" in chart(app))
        assert "baseline 0.1" in chart(app) and "· 1 before" in chart(app)


async def test_o_goes_through_trials_mean_and_at_most_four_other_experiments(app: CopilotApp, compared: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 2" in chart(app))
        assert main_of(app).charts._sources is not None
        assert main_of(app).charts._sources.curves == (9, 1)
        await pilot.press("6", "o")
        await until(pilot, lambda: "exp 9 1.025" in chart(app))
        assert "exp 8" not in chart(app)
        await pilot.press("o")
        await until(pilot, lambda: "exp 5 0.625" in chart(app))
        text = chart(app)
        assert all(f"exp {number} " in text for number in (9, 8, 7, 6, 5)) and "exp 4" not in text
        await pilot.press("o")
        await until(pilot, lambda: "trial 2" in chart(app))
        assert main_of(app).charts._sources.curves == (9, 1)


async def test_the_cursor_moves_over_points_and_enter_shows_the_log_there(app: CopilotApp, compared: Study) -> None:
    log = (compared.paths.run(9) / "stdout.log").read_text()
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 2" in chart(app))
        await pilot.press("6", "h")
        assert "◆ step 20 · 1.03 · trial 2, seed 8" in chart(app)
        await pilot.press("h", "h", "h", "l")
        assert "◆ step 18 · " in chart(app)
        await pilot.press("c")
        assert "◆ step 18 · " in chart(app) and "trial 1" in chart(app)
        seen: list[tuple[int, int]] = []
        main_of(app).navigation.go_line = lambda run, offset: seen.append((run, offset))  # type: ignore[method-assign]
        await pilot.press("enter")
        await until(pilot, lambda: bool(seen))
        run, offset = seen[0]
        assert (run, log[offset:].splitlines()[0]) == (9, "seed 7 step 18/20")


async def test_enter_without_a_cursor_says_what_to_do_and_escape_takes_it_away(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 1" in chart(app))
        await pilot.press("6", "l")
        assert "◆" in chart(app)
        await pilot.press("escape")
        assert "◆" not in chart(app)
        await pilot.press("enter")
        await pilot.pause()
        assert "h and l" in main_of(app)._message[0]


async def test_the_commit_of_a_curve_and_of_the_baseline(app: CopilotApp, study: Study, clock: Clock) -> None:
    study.add(
        ev.RunQueued(run=2, experiment=2, purpose="screening", split="valid", seeds=(7,), backend="docker", step=4),
        ev.RunStarted(run=2),
    )
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: 2 in main_of(app).model.state.runs)
        main_of(app).navigation.go_experiment(1)
        await until(pilot, lambda: "trial 1" in chart(app))
        clock.seconds += 1
        await pilot.press("6", "C")
        await until(pilot, lambda: "it has no diff" in main_of(app)._message[0])
        assert main_of(app).model.view.pane == "chart"
        main_of(app).navigation.go_experiment(2)
        await pilot.press("6", "C")
        await until(pilot, lambda: main_of(app).model.view.pane == "diff")
        assert main_of(app).model.view.step == 4


async def test_log_axis_smoothing_and_table_are_stated(app: CopilotApp) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 1 0.1" in chart(app))
        await pilot.press("6", "y", "S")
        assert "  log  EMA 0.6" in chart(app) and "trial 1 0.1 " not in chart(app)
        await pilot.press("S", "S", "y", "t")
        rows = chart(app).splitlines()
        assert "EMA" not in rows[0] and "log" not in rows[0]
        assert [row.split() for row in rows[1:4]] == [["step", "trial", "1"], ["1", "2.0000"], ["2", "1.0000"]]


async def test_a_metric_below_zero_keeps_its_linear_axis_and_says_so(app: CopilotApp, study: Study) -> None:
    metrics = study.paths.run(1) / "out" / "metrics.jsonl"
    metrics.write_text('{"trial": 7, "step": 1, "gain": -1}\n{"trial": 7, "step": 2, "gain": 1}\n')
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 1 1" in chart(app))
        await pilot.press("6", "y")
        await until(pilot, lambda: "above 0" in main_of(app)._message[0])
        assert "log" not in chart(app).splitlines()[0]


async def test_what_is_not_finite_is_marked_and_counted(app: CopilotApp, study: Study) -> None:
    with (study.paths.run(1) / "out" / "metrics.jsonl").open("a") as file:
        file.write('{"trial": 7, "step": 21, "of": 40, "loss": NaN}\n')
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "× 1 not finite" in chart(app))
        assert "×" in chart(app).splitlines()[1]


@pytest.mark.parametrize("size", [(200, 50), (120, 40), (80, 24)])
async def test_gauges_say_what_the_run_uses_of_what_it_may(
    app: CopilotApp, study: Study, size: tuple[int, int]
) -> None:
    folder = study.paths.run(1)
    limits = {"memory_bytes": 24 << 30, "disk_bytes": 2 << 30, "wall_seconds": 60.0}
    (folder / "spec.json").write_text(json.dumps({"limits": limits}))
    sample = {
        "t": 1.0,
        "cpu_pct": 187.0,
        "memory_bytes": 6 << 29,
        "disk_bytes": 31 << 20,
        "gpus": [{**GPU, "others": 2}],
    }
    (folder / "usage.jsonl").write_text(json.dumps(sample) + "\n")
    async with app.run_test(size=size) as pilot:
        await pilot.press("6")
        await until(pilot, lambda: "CPU 187 %" in chart(app))
        text = chart(app)
        assert "3/24 G" in text and "31 M/2 G" in text
        assert ("▕" in text) == (size[0] >= 100)
        if size != (120, 40):
            assert "12/139 G  run 3 G  2 others" in text
        assert ("step 20/40" in text) == (size[0] < 160)


async def test_without_a_driver_there_is_no_gpu(app: CopilotApp, study: Study) -> None:
    usage = study.paths.run(1) / "usage.jsonl"
    usage.write_text('{"t": 1.0, "cpu_pct": 1.0, "memory_bytes": 1, "disk_bytes": 1}\n')
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "CPU 1 %" in chart(app))
        assert "GPU" not in chart(app)
        with usage.open("a") as file:
            file.write('{"t": 2.0, "cpu_pct": 1.0, "memory_bytes": 1, "disk_bytes": 1, "gpus": []}\n')
        await until(pilot, lambda: "GPU none" in chart(app))


async def test_what_was_chosen_in_the_chart_comes_back(app: CopilotApp, study: Study) -> None:
    async with app.run_test(size=(200, 50)) as pilot:
        await until(pilot, lambda: "trial 1" in chart(app))
        await pilot.press("6", "S", "y", "h", "h", "q")
        await pilot.pause()
    from app.engine.journal import Journal
    from app.ui.model import View

    journal = Journal.open(study.paths.journal)
    view = View.load(journal.draft("screen", "view"))
    journal.close()
    assert (view.smooth, view.log_axis, view.cursor) == (0.6, True, 19.0)
