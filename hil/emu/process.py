"""The process in which an emulated board runs. It speaks as the simulated board's does."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

from hil.emu.image import built_image, micropython_uf2
from hil.process import BoardProcess

_CHILD = Path(__file__).with_name("child.py")
_WALL_TIMEOUT_S = 1800.0  # a second of emulated time takes half a minute on a busy computer


class EmuProcess(BoardProcess):
    """One emulated board."""

    def __init__(self, config: dict[str, Any], **_options: Any):
        program = None if config["is_firmware"] else Path(config["programs"][0])
        shims = str(Path("hil", "sim", "shims"))
        emulated = {
            "micropython": str(micropython_uf2()),
            "image": str(built_image(program)),
            "load_path": [path for path in config["path"] if not path.endswith(shims)],
            "console": bool(os.environ.get("IONTO_EMU_CONSOLE")),
        }
        super().__init__(config | emulated, wall_timeout_s=_WALL_TIMEOUT_S)

    def _command_line(self, heap: str) -> list[str]:
        del heap  # CPython has no limit
        return [sys.executable, str(_CHILD)]
