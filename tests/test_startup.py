"""What the device loads when it starts: RAM is scarce, and what is seldom needed is imported when it is."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
SELDOM = (
    "builtin_calibration", "fault_texts", "link_log", "link_service", "manifest", "messages_service", "screens_service",
    "service", "service_entry", "session_service", "store_recovery",
)  # fmt: skip


def test_app_loads_nothing_that_is_seldom_needed() -> None:
    assert all((ROOT / "firmware" / "ionto" / f"{name}.py").is_file() for name in SELDOM)
    ran = subprocess.run(
        [sys.executable, "-c", "import sys, ionto.app; print(*sys.modules)"],
        env={"PYTHONPATH": f"{ROOT / 'firmware'}:{ROOT / 'tests' / 'shims'}"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = set(ran.stdout.split())
    assert "ionto.session" in loaded
    assert sorted(loaded & {f"ionto.{name}" for name in SELDOM}) == []
