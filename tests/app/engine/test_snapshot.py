"""The snapshot that an engine keeps: up to date whenever nothing is to do, so that a first paint needs it alone."""

from __future__ import annotations

from workbench import Study, wait_until

from app.engine import commands as cmd


def fresh(study: Study) -> bool:
    """Whether the snapshot holds every event."""
    found = study.client.journal.load_snapshot()
    return found is not None and found.seq == study.client.journal.last()


def test_an_idle_engine_brings_the_snapshot_up_to_date_after_each_change(study: Study) -> None:
    for dial in ("manual", "gated"):
        assert study.ask(cmd.TurnDial(dial=dial)).status == "done"  # type: ignore[arg-type]
        wait_until(lambda: fresh(study), "a snapshot that holds every event")
        found = study.client.journal.load_snapshot()
        assert found is not None and found.dial == dial
        assert found == study.state


def test_an_engine_that_leaves_brings_it_up_to_date(study: Study) -> None:
    assert study.ask(cmd.TurnDial(dial="manual")).status == "done"
    study.stop_engine()
    assert fresh(study)
