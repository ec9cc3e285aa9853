"""Writes the pages that are made from tables, and says which changed."""

from pathlib import Path

from tools.pages.fault_page import fault_page
from tools.pages.link_page import with_examples
from tools.pages.schemas import schemas
from tools.pages.unseen import with_unseen

DOCS = Path(__file__).parents[2] / "docs"


def pages(docs: Path) -> dict[Path, str]:
    """What each made page should say."""
    link = docs / "link.md"
    matrix = docs / "faults-matrix.md"
    found = {
        docs / "faults.md": fault_page(),
        link: with_examples(link.read_text(encoding="utf-8")),
        matrix: with_unseen(matrix.read_text(encoding="utf-8")),
    }
    return found | {docs / "schemas" / f"{name}.json": text for name, text in schemas().items()}


def main() -> None:
    """Writes every page that is not what its tables say."""
    for path, text in pages(DOCS).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"written: {path}")


if __name__ == "__main__":
    main()
