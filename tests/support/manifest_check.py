"""Prints, as JSON, what ionto.manifest says of a folder. Runs on MicroPython and on CPython."""

import json
import sys

from ionto import manifest, messages, version

folder, build = sys.argv[1:3]
print(json.dumps(manifest.problems(folder + "/", version.VERSION, build, lambda: messages.TABLE_HASH)))
