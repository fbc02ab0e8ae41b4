"""A fault of ours ends the screen with a sentence: the terminal is given back, the traceback lies in a file."""

from __future__ import annotations

import os
import re
from pathlib import Path

from .conftest import Study
from .test_terminal import terminal

FAULTY = """
import os, sys
from app import entry
from app.ui.widgets.log import LogPane
def broken(self):
    raise RuntimeError("a fault \\x1b]52;c;ZXZpbA==\\x07")
LogPane.do_wrap = broken
sys.excepthook = entry._last_word
sys.argv = ["mlrc", "open", sys.argv[1]]
entry.main()
"""


def test_a_fault_is_told_in_a_sentence(study: Study) -> None:
    with terminal(FAULTY, str(study.paths.workspace)) as found:
        found.wait_for("leaky slope")
        os.write(found.master, b"5")
        found.quiet(0.3)
        os.write(found.master, b"w")
        assert found.gone_within(10.0)
        assert found.process.returncode == 1
    after = found.raw.split(b"\x1b[?1049l")[-1].decode()
    assert "mlrc ended on a fault of its own (RuntimeError)" in after and "Traceback" not in after
    assert "ZXZpbA" not in after
    report = re.search(r"in (\S+mlrc-fault-\S+\.txt)", after)
    assert report and "a fault" in Path(report[1]).read_text()
    Path(report[1]).unlink()
