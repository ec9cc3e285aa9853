"""Packages that only some commands need, and the extra of `pip install 'ionto[…]'` that brings each."""

from importlib.util import find_spec

from host_tools.errors import IontoError

EXTRAS = {
    "matplotlib": "plots",
    "numpy": "plots",
    "plotly": "report",
    "pyarrow": "parquet",
    "textual": "monitor",
    "textual_plot": "monitor",
    "pyvisa": "meters",
    "pyvisa_py": "meters",
    "starlette": "web",
    "uvicorn": "web",
}


class NotInstalledError(IontoError):
    """A package that this command needs is not installed; says how to get it."""

    def __init__(self, module: str) -> None:
        super().__init__(f"this needs {module}, which is not installed: pip install 'ionto[{EXTRAS[module]}]'")


def need(*modules: str) -> None:
    """Raises NotInstalledError for the first of these that is missing: before a command begins, not at its end."""
    for module in modules:
        if find_spec(module) is None:
            raise NotInstalledError(module)
