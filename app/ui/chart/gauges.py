"""How far the run is, and what it uses of what it may: processor, memory, disk, and each GPU with who else is on it."""

from __future__ import annotations

from app.engine.state import RunState
from app.ui.chart.readings import Bounds, GpuUse, Readings, Usage
from app.ui.progress import Progress, bar
from app.ui.text import Line, Part, cells_of, crop, line

BARS_FROM = 100
"""Terminals of fewer columns get numbers alone (interaction.md 3.2)."""
MAX_GPUS = 4
BAR_CELLS = 5
PROGRESS_CELLS = 16
NEARLY_FULL = 0.9


def gauge_lines(
    run: RunState, readings: Readings, progress: Progress | None, width: int, *, bars: bool, rows: int = 9
) -> list[Line]:
    """The gauges of a run in at most so many rows.

    Args:
        bars: whether the terminal is wide enough for them.
    """
    lines = [] if progress is None else [_progress(progress, width, bars)]
    if readings.usage is not None and run.phase != "queued":
        lines += _usage(readings.usage, readings.bounds, run, width, bars)
    return lines[:rows]


def _progress(progress: Progress, width: int, bars: bool) -> Line:
    trial = f"   trial {progress.trial} of {progress.trials}" if progress.trials > 1 else ""
    eta = f"   {progress.eta_text}" if progress.eta is not None else ""
    text = f"{progress.share:4.0%}   step {progress.step}/{progress.of}{trial}{eta}"
    cells = min(PROGRESS_CELLS, width - cells_of(text) - 3)
    drawn = [*bar(progress.share, cells), " "] if bars and cells >= BAR_CELLS else []
    return crop(line(*drawn, text), width)


def _usage(usage: Usage, bounds: Bounds, run: RunState, width: int, bars: bool) -> list[Line]:
    gpus = usage.gpus
    for drawn in (BAR_CELLS, 0) if bars else (0,):
        parts: list[Part] = [("CPU ", "dim"), f"{usage.cpu_percent:.0f} %  "]
        parts += _amount("mem", usage.memory_bytes, bounds.memory_bytes, drawn)
        parts += _amount("disk", usage.disk_bytes, bounds.disk_bytes, 0)
        if gpus == ():
            parts += [("GPU ", "dim"), "none"]
        if run.phase == "ended":
            parts.append(("  at its end", "faint"))
        found = line(*parts)
        if found.width <= width:
            break
    rows = [crop(found, width)]
    rows += [_gpu(gpu, width, bars) for gpu in (gpus or ())[:MAX_GPUS]]
    if gpus and len(gpus) > MAX_GPUS:
        rows.append(line((f"    and {len(gpus) - MAX_GPUS} more GPUs", "dim")))
    return rows


def _amount(name: str, used: int, limit: int, cells: int) -> list[Part]:
    share = used / limit if limit else 0.0
    drawn = bar(share, cells) if cells and limit else []
    # A sign beside the colour: what is nearly full must be seen without it.
    full = share >= NEARLY_FULL
    return [(f"{name} ", "dim"), *drawn, (amount(used, limit) + ("!" if full else ""), "bad" if full else ""), "  "]


def _gpu(gpu: GpuUse, width: int, bars: bool) -> Line:
    where = f"GPU {gpu.number}{f' {gpu.slice}' if gpu.slice else ''} "
    parts: list[Part] = [(where, "dim")]
    if gpu.percent is not None:
        parts += [*(bar(gpu.percent / 100, BAR_CELLS) if bars else ()), f"{gpu.percent} %  "]
    parts += [f"{amount(gpu.used, gpu.total)}  "]
    # Nothing of it used by the run is worth saying too: a training that was meant for it runs beside it.
    parts += [("run ", "dim"), "?" if gpu.own is None else short(gpu.own)]
    if gpu.others:
        parts.append((f"  {gpu.others} other{'s' if gpu.others > 1 else ''}", "warn"))
    return crop(line(*parts, (f"  {gpu.name}", "faint")), width)


def amount(used: int, limit: int) -> str:
    """`1.2/24 G`, `31 M/2 G`; without a limit `31 M`."""
    unit, size = _unit(limit)
    if not limit or used < size / 10:
        return short(used) + (f"/{short(limit)}" if limit else "")
    return f"{_short(used / size)}/{_short(limit / size)} {unit}"


def short(count: int) -> str:
    """`31 M`."""
    if not count:
        return "0"
    unit, size = _unit(count)
    return f"{_short(count / size)} {unit}"


def _unit(count: int) -> tuple[str, int]:
    return next(((unit, size) for unit, size in (("G", 1 << 30), ("M", 1 << 20)) if count >= size), ("K", 1 << 10))


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0") if value < 10 else f"{value:.0f}"
