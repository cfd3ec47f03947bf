"""The finished work of a study on disk, so that the study can continue after any stop."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .... import __version__
from ....datasets import Dataset
from ....layers import ModelFileError
from ....layers.base import Params
from ....network import Network
from ....network.chain import FORMAT
from ....network.model_file import read_npz, write_npz
from ....output.whole_file import write_text
from ....training.checkpoint import digest
from ....training.replay import put
from ..rows import Row, read_rows, write_rows
from ..subject import Training

log = logging.getLogger("tinycnn")


class StudyFolder:
    """A folder with a study: `study.json` says which, `seeds/3/` has the results of seed 3.

    A network is `network.npz`, and what was measured `network.csv` and `PART.csv`. A file counts
    only if its digest is in `seeds/3/digests.json`: a file that was cut off or changed does not.

    Args:
        path: the folder; it is created if necessary.
        data, training: what the numbers of the study depend on.
        net: a network of the study; they differ only in their parameters.

    Raises:
        ValueError: the folder has a study of other data or settings.
    """

    def __init__(self, path: Path, data: Dataset, training: Training, net: Network) -> None:
        self.path, self.net = path, net
        mine = {"tinycnn": __version__, **vars(training),
                "images and labels": digest([data.images, data.labels]),
                "given split": None if data.test_part is None else digest([data.test_part])}
        if training.net:        # another folder may have a file of the same name
            code = Path(training.net.rpartition(":")[0]).read_bytes() + repr(net).encode()
            # Its code may be in other files too. Another machine rounds outputs otherwise.
            mine |= {"net": Path(training.net).name, "its code": hashlib.sha256(code).hexdigest(),
                     "its initial weights": digest(list(net.params.values())), "its outputs":
                     [f"{y:.3g}" for y in net.forward(data.images[:2]).y.ravel().tolist()]}
        path.mkdir(parents=True, exist_ok=True)
        file = path / "study.json"
        try:
            there = json.loads(file.read_bytes())
            different = [f"{name} {there.get(name)} there, {value} here" if len(str(value)) < 40
                         else f"{name} changed"         # hashes say nothing to a reader
                         for name, value in mine.items() if there.get(name) != value]
        except FileNotFoundError:
            if (path / "seeds").exists():
                raise ValueError(f"{path}: it has results, but no study.json that says to which "
                                 "study they belong; name another folder with --out") from None
            different = []
            _write_json(file, mine)
        except (ValueError, AttributeError) as error:
            raise ValueError(f"{file}: damaged ({error}); name another folder with --out") from None
        if different:
            raise ValueError(f"{path}: a study with other settings ({'; '.join(different)}); name "
                             "another folder with --out")

    def has(self, seed: int, part: str) -> bool:
        """Whether this part, or the "network", is finished; logs which of its files is damaged."""
        digests = self._digests(seed)
        files = self._files(seed, part)
        bad = [file for file in files
               if not (file.exists() and digests.get(file.name) == _sha256(file))]
        if any(file.exists() for file in files):
            for file in bad:
                log.warning("%s: %s; it is made again", file,
                            "incomplete or changed" if file.exists() else "missing")
        return not bad

    def keep(self, seed: int, part: str, rows: Iterable[Row], params: Params | None = None) -> None:
        """Write what is finished: the rows of a part; for the part "network" also the network."""
        files = self._files(seed, part)
        files[0].parent.mkdir(parents=True, exist_ok=True)
        write_rows(files[0], rows)
        if params is not None:
            put(self.net, params)
            try:
                self.net.save(files[1])
            except ModelFileError:     # layers of one's own
                write_npz(files[1], {"format": FORMAT}, self.net.params)
        digests = self._digests(seed) | {file.name: _sha256(file) for file in files}
        _write_json(self._seed(seed) / "digests.json", digests)

    def params(self, seed: int) -> Params:
        """The parameters of a seed's network."""
        return read_npz(self._seed(seed) / "network.npz", FORMAT)[1]

    def rows(self, seed: int, part: str) -> list[Row]:
        """What was measured in a part."""
        return read_rows(self._files(seed, part)[0])

    def _seed(self, seed: int) -> Path:
        return self.path / "seeds" / str(seed)

    def _files(self, seed: int, part: str) -> list[Path]:
        names = [f"{part}.csv"] + ["network.npz"] * (part == "network")
        return [self._seed(seed) / name for name in names]

    def _digests(self, seed: int) -> dict[str, Any]:
        try:
            digests = json.loads((self._seed(seed) / "digests.json").read_bytes())
        except (FileNotFoundError, ValueError):     # then no file counts
            return {}
        return digests if isinstance(digests, dict) else {}


def _write_json(path: Path, content: dict[str, Any]) -> None:
    write_text(path, json.dumps(content, indent=1) + "\n")


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
