"""Pictures, both in a notebook and in a script."""

from __future__ import annotations

import io
import sys
import tempfile
from itertools import count
from pathlib import Path

from matplotlib.figure import Figure

DPI = 100       # enough for a page or a slide, and notebooks stay small enough to mail

_numbers = count(1)


def show(figure: Figure) -> None:
    """Show a figure below the cell; a script writes it to a PNG file and prints where."""
    picture = io.BytesIO()
    figure.savefig(picture, format="png", dpi=DPI, metadata={"Software": None})
    if _in_notebook():
        from IPython.display import Image, display
        display(Image(picture.getvalue()))
        return
    folder = Path(tempfile.gettempdir()) / "tinycnn-lessons"
    folder.mkdir(exist_ok=True)
    path = folder / f"{Path(sys.argv[0]).stem or 'figure'}-{next(_numbers)}.png"
    path.write_bytes(picture.getvalue())
    print(f"The figure is in {path}")


def _in_notebook() -> bool:
    """Whether a Jupyter kernel runs this; does not load IPython."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return shell is not None and hasattr(shell, "kernel")
