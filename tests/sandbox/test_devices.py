"""GPUs as the driver's library tells them: with a module that has its names, its exceptions and its gaps."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pynvml
import pytest

from sandbox.devices import Device, DeviceWatch, NoDevicesError, Nvml

GIB = 1 << 30


def process(pid: int, used: int | None) -> Any:
    return SimpleNamespace(pid=pid, usedGpuMemory=used)


class FakeNvml:
    """`pynvml` with cards of a test's own. Its errors are the real module's."""

    NVMLError = pynvml.NVMLError
    NVML_DEVICE_MIG_ENABLE = pynvml.NVML_DEVICE_MIG_ENABLE

    def __init__(self, cards: list[dict[str, Any]], refuses: type[pynvml.NVMLError] | None = None) -> None:
        self._cards, self._refuses = cards, refuses
        self.sessions = 0
        self.lost = False

    def nvmlInit(self) -> None:  # noqa: N802
        if self._refuses is not None:
            raise self._refuses
        self.sessions += 1

    def nvmlShutdown(self) -> None:  # noqa: N802
        self.sessions -= 1

    def nvmlDeviceGetCount(self) -> int:  # noqa: N802
        if self.lost:
            raise pynvml.NVMLError_GpuIsLost
        return len(self._cards)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> dict[str, Any]:  # noqa: N802
        if self._cards[index].get("lost"):
            raise pynvml.NVMLError_GpuIsLost
        return self._cards[index]

    def nvmlDeviceGetName(self, card: dict[str, Any]) -> str:  # noqa: N802
        return str(card["name"])

    def nvmlDeviceGetMemoryInfo(self, card: dict[str, Any]) -> Any:  # noqa: N802
        return SimpleNamespace(used=card["used"], total=card["total"])

    def nvmlDeviceGetUtilizationRates(self, card: dict[str, Any]) -> Any:  # noqa: N802
        if "busy" not in card:
            raise pynvml.NVMLError_NotSupported
        return SimpleNamespace(gpu=card["busy"], memory=0)

    def nvmlDeviceGetMigMode(self, card: dict[str, Any]) -> list[int]:  # noqa: N802
        if "slices" not in card:
            raise pynvml.NVMLError_NotSupported
        return [1, 1]

    def nvmlDeviceGetMaxMigDeviceCount(self, card: dict[str, Any]) -> int:  # noqa: N802
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, card: dict[str, Any], index: int) -> dict[str, Any]:  # noqa: N802
        found: dict[int, dict[str, Any]] = card["slices"]
        if index not in found:
            raise pynvml.NVMLError_NotFound
        return found[index]

    def nvmlDeviceGetComputeRunningProcesses(self, card: dict[str, Any]) -> list[Any]:  # noqa: N802
        if "computes" not in card:
            raise pynvml.NVMLError_NoPermission
        return list(card["computes"])

    def nvmlDeviceGetGraphicsRunningProcesses(self, card: dict[str, Any]) -> list[Any]:  # noqa: N802
        return list(card.get("draws", []))


CARD = {
    "name": "NVIDIA H200",
    "used": 12 * GIB,
    "total": 139 * GIB,
    "busy": 87,
    "computes": [process(100, 3 * GIB), process(200, 8 * GIB)],
    "draws": [process(200, 8 * GIB)],
}


def cards(*found: dict[str, Any]) -> tuple[Device, ...]:
    return Nvml(lambda: FakeNvml(list(found))).read()


def test_a_card_says_how_busy_it_is_and_who_is_on_it() -> None:
    (card,) = cards(CARD)
    assert (card.index, card.name, card.slice, card.percent) == (0, "H200", "", 87)
    assert (card.used, card.total) == (12 * GIB, 139 * GIB)
    assert card.processes == {100: 3 * GIB, 200: 8 * GIB}


def test_the_run_s_part_and_the_others_are_told_apart() -> None:
    (card,) = cards(CARD)
    mine = card.sample({100, 999})
    assert (mine["own"], mine["others"]) == (3 * GIB, 1)
    nobody = card.sample(())
    assert (nobody["own"], nobody["others"]) == (0, 2)


def test_memory_that_the_driver_does_not_tell_is_not_zero() -> None:
    (card,) = cards({**CARD, "computes": [process(100, None)], "draws": []})
    assert card.sample({100})["own"] is None
    assert card.sample({5})["own"] == 0


def test_slices_stand_in_place_of_their_card() -> None:
    part = {"name": "NVIDIA A100-SXM4-40GB MIG 1g.5gb", "used": GIB, "total": 5 * GIB, "computes": [process(7, GIB)]}
    found = cards(CARD, {**CARD, "slices": {0: part, 3: part}})
    assert [(device.index, device.slice, device.percent) for device in found] == [
        (0, "", 87),
        (1, "1g.5gb", None),
        (1, "1g.5gb", None),
    ]
    assert found[1].name == "A100-SXM4-40GB" and found[1].processes == {7: GIB}


def test_a_card_with_slices_switched_on_and_none_made_is_a_card() -> None:
    (card,) = cards({**CARD, "slices": {}})
    assert (card.slice, card.percent) == ("", 87)


def test_what_a_card_does_not_support_is_left_open_and_a_lost_card_out() -> None:
    found = cards({"name": "NVIDIA T4", "used": 1, "total": 2}, {"lost": True}, CARD)
    assert [(device.index, device.name, device.percent) for device in found] == [(0, "T4", None), (2, "H200", 87)]


@pytest.mark.parametrize(
    "error",
    [
        pynvml.NVMLError_LibraryNotFound,
        pynvml.NVMLError_DriverNotLoaded,
        pynvml.NVMLError_NoPermission,
        pynvml.NVMLError_LibRmVersionMismatch,
    ],
)
def test_without_a_driver_it_says_what_the_library_said(error: type[pynvml.NVMLError]) -> None:
    with pytest.raises(NoDevicesError, match=str(error())):
        Nvml(lambda: FakeNvml([CARD], refuses=error))
    assert len(cards(CARD)) == 1


def eventually(holds: Callable[[], bool]) -> bool:
    until = time.monotonic() + 5
    while not holds() and time.monotonic() < until:
        threading.Event().wait(0.01)
    return holds()


def test_a_watch_loads_nothing_where_there_is_no_driver(tmp_path: Path) -> None:
    loaded: list[int] = []
    fake = FakeNvml([CARD])

    def load() -> FakeNvml:
        loaded.append(1)
        return fake

    without = DeviceWatch(load, nodes=(tmp_path / "nvidiactl",))
    assert without.devices == () and not loaded
    (tmp_path / "nvidiactl").touch()
    watch = DeviceWatch(load, nodes=(tmp_path / "nvidiactl",))
    assert eventually(lambda: bool(watch.devices)) and loaded
    watch.close()
    assert eventually(lambda: fake.sessions == 0)


def test_a_driver_that_refuses_or_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    node = tmp_path / "nvidiactl"
    node.touch()
    refused = DeviceWatch(lambda: FakeNvml([CARD], refuses=pynvml.NVMLError_DriverNotLoaded), nodes=(node,))
    assert eventually(lambda: refused.devices == ())
    go_on = threading.Event()

    def hanging() -> FakeNvml:
        go_on.wait(30)
        return FakeNvml([CARD])

    watch = DeviceWatch(hanging, nodes=(node,))
    assert watch.devices is None
    go_on.set()
    assert eventually(lambda: bool(watch.devices))
    watch.close()
