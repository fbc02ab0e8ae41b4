"""The machine's GPUs as NVIDIA's management library (NVML) sees them, and who uses them.

The keeper of a run looks, because it stands outside of every sandbox, where process numbers are those of the host, and
knows which processes are the run's; what it saw is in the run's `usage.jsonl`, so a screen needs no driver of its own.
A driver may block for seconds: looking happens in a thread that nobody waits for.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

NODES = (Path("/dev/nvidiactl"), Path("/dev/dxg"))
"""One of these is there where a driver is: without it the library need not be loaded."""
MAX_DEVICES = 16
"""Cards and slices that are looked at."""
_EVERY = 2.0

Load = Callable[[], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """A card, or one slice (MIG) of a card, at one moment."""

    index: int
    """Number of the card."""
    name: str
    slice: str = ""
    """Profile of the slice, e.g. `1g.10gb`; empty for a whole card."""
    percent: int | None = None
    """How busy it is; None where the driver does not say (slices)."""
    used: int = 0
    """Bytes of its memory that anybody uses."""
    total: int = 0
    processes: dict[int, int | None] = field(default_factory=dict)
    """Host process number -> bytes it uses; None where the driver does not say."""

    def sample(self, own: Collection[int]) -> dict[str, object]:
        """As `usage.jsonl` keeps it, with the bytes that the processes `own` use.

        Keys: gpu, name, slice, pct, used, total, own (None where the driver does not say), others (how many further
        processes there are).
        """
        mine = [used for pid, used in self.processes.items() if pid in own]
        known = [used for used in mine if used is not None]
        return {
            "gpu": self.index,
            "name": self.name,
            "slice": self.slice,
            "pct": self.percent,
            "used": self.used,
            "total": self.total,
            "own": None if mine and not known else sum(known),
            "others": len(self.processes) - len(mine),
        }


class Nvml:
    """A session with the driver.

    Args:
        load: gives the module `pynvml`; a test gives one of its own.

    Raises:
        NoDevicesError: there is no driver, or it refuses; the text says what it said.
    """

    def __init__(self, load: Load) -> None:
        self._api = load()
        try:
            self._api.nvmlInit()
        except self._api.NVMLError as error:
            raise NoDevicesError(str(error)) from error

    def read(self) -> tuple[Device, ...]:
        """Every card as it is now; a card with slices as its slices. A card that fell off the bus is left out.

        Raises:
            NoDevicesError: the driver does not answer any more.
        """
        try:
            count = self._api.nvmlDeviceGetCount()
        except self._api.NVMLError as error:
            raise NoDevicesError(str(error)) from error
        found: list[Device] = []
        for index in range(min(count, MAX_DEVICES)):
            handle = self._try(self._api.nvmlDeviceGetHandleByIndex, index)
            if handle is not None:
                found += self._slices(index, handle) or [self._device(index, handle)]
        return tuple(found[:MAX_DEVICES])

    def close(self) -> None:
        """End the session."""
        self._try(self._api.nvmlShutdown)

    def _slices(self, index: int, card: Any) -> list[Device]:
        mode = self._try(self._api.nvmlDeviceGetMigMode, card)
        if mode is None or mode[0] != self._api.NVML_DEVICE_MIG_ENABLE:
            return []
        return [self._device(index, handle, sliced=True) for handle in self._slice_handles(card)]

    def _slice_handles(self, card: Any) -> Iterator[Any]:
        for number in range(self._try(self._api.nvmlDeviceGetMaxMigDeviceCount, card) or 0):
            # Places without a slice answer "not found".
            handle = self._try(self._api.nvmlDeviceGetMigDeviceHandleByIndex, card, number)
            if handle is not None:
                yield handle

    def _device(self, index: int, handle: Any, *, sliced: bool = False) -> Device:
        name, _, profile = _text(self._try(self._api.nvmlDeviceGetName, handle)).partition(" MIG ")
        memory = self._try(self._api.nvmlDeviceGetMemoryInfo, handle)
        rates = None if sliced else self._try(self._api.nvmlDeviceGetUtilizationRates, handle)
        return Device(
            index=index,
            name=name.removeprefix("NVIDIA "),
            slice=profile or ("slice" if sliced else ""),
            percent=None if rates is None else int(rates.gpu),
            used=0 if memory is None else int(memory.used),
            total=0 if memory is None else int(memory.total),
            processes=self._processes(handle),
        )

    def _processes(self, handle: Any) -> dict[int, int | None]:
        found: dict[int, int | None] = {}
        for ask in (self._api.nvmlDeviceGetComputeRunningProcesses, self._api.nvmlDeviceGetGraphicsRunningProcesses):
            for process in self._try(ask, handle) or ():
                used = process.usedGpuMemory
                # The same process is in both lists where it computes and draws; its memory counts once.
                found[int(process.pid)] = None if used is None else int(used)
        return found

    def _try(self, ask: Callable[..., Any], *arguments: Any) -> Any:
        """What the driver says, or None where this card cannot tell."""
        try:
            return ask(*arguments)
        except self._api.NVMLError:
            return None


class NoDevicesError(Exception):
    """No GPU can be seen; the text is the driver's."""


class DeviceWatch:
    """Looks at the GPUs every two seconds, in a thread; `devices` is what it saw last.

    A machine without a driver costs nothing: no library is loaded and no thread is started.

    Args:
        load: gives the module `pynvml`.
        nodes: device files that a driver makes.
    """

    def __init__(self, load: Load | None = None, nodes: Collection[Path] = NODES) -> None:
        self.devices: tuple[Device, ...] | None = None
        """None until the driver answered; empty where there is none."""
        self._load = load or (lambda: importlib.import_module("pynvml"))
        self._ended = threading.Event()
        if not any(node.exists() for node in nodes):
            self.devices = ()
            return
        threading.Thread(target=self._loop, name="gpu-watch", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._ended.set()

    def _loop(self) -> None:
        try:
            session = Nvml(self._load)
        except (NoDevicesError, ImportError):
            self.devices = ()
            return
        try:
            while not self._ended.is_set():
                self.devices = session.read()
                self._ended.wait(_EVERY)
        except NoDevicesError:
            self.devices = ()
        finally:
            session.close()


def _text(value: object) -> str:
    """A name; older bindings give bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value or "GPU")
