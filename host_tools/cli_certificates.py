"""`ionto db add` and `ionto db certificate`: certificates into the bench database, and out of it again."""

from pathlib import Path
from typing import Annotated

import typer

from host_tools import certificate
from host_tools import certificate_store as store
from host_tools.cli_context import FILES, CliError
from host_tools.cli_db import DbOption, open_db
from host_tools.extras import need


def add(
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Certificates, as JSON.")], db: DbOption = None
) -> None:
    """Keep certificates that were made elsewhere, or without this database. The same one twice adds nothing.

    Example: ionto db add calibrations/*.json
    """
    contents = [certificate.read(file) for file in files]  # all of them are whole, or none is kept
    with open_db(db, must_exist=False) as bench:
        for file, content in zip(files, contents, strict=True):
            number, is_new = store.keep(bench, content)
            print(f"{file}: certificate {number}{'' if is_new else ', which was there already'}")


def write(
    number: Annotated[int, typer.Argument(metavar="ID", help="Its number in `ionto db list certificates`.")],
    out: Annotated[Path, typer.Option("--out", "-o", metavar="DIR", help="Folder for JSON, HTML and PDF.")] = Path(),
    db: DbOption = None,
) -> None:
    """Write a certificate as JSON, HTML and PDF, as it was when it was made.

    Example: ionto db certificate 3 --out device-3
    """
    need("numpy", "matplotlib")
    with open_db(db) as bench:
        content = store.kept(bench, number)
    if content is None:
        raise CliError(f"there is no certificate {number}: `ionto db list certificates` lists them", FILES)
    for path in certificate.write(content, out):
        print(path)
