"""The benchmark as text, 80 columns wide."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Document = dict[str, Any]


def as_text(document: Document) -> str:
    """What `measure` found: the machine, the times beside PyTorch's, the bound, the cost claim."""
    parts = [_heading(document)]
    if document["settings"]["against"]:
        parts += [_beside_torch(document), _with_two_threads(document)]
    parts += [_bound(document), _cost(document)]
    return "\n\n".join(parts)


def machine_lines(document: Document) -> str:
    """Processor, versions, precision, and the number of threads."""
    m = document["machine"]
    torch = f", PyTorch {m['torch']}" if "torch" in m else ""
    return (f"{m['processor']}, {m['processors']} processors; Python {m['python']}\n"
            f"tinycnn {m['tinycnn']}, NumPy {m['numpy']}{torch}; {document['dtype']}\n"
            + "\n".join(f"NumPy's BLAS: {line}" for line in document["blas"].split("; ")))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Columns of text, the first aligned left, all others aligned right."""
    widths = [max(map(len, column)) for column in zip(head, *rows, strict=True)]
    return "\n".join("  ".join([f"{row[0]:<{widths[0]}}", *(
        f"{cell:>{w}}" for cell, w in zip(row[1:], widths[1:], strict=True))]).rstrip()
        for row in (head, *rows))


def duration(seconds: float) -> str:
    """Seconds as 4.21 ms, 78.5 ms or 12.3 s: three digits."""
    return f"{_three_digits(seconds)} s" if seconds >= 1 else f"{_three_digits(1000 * seconds)} ms"


def megabytes(size: float) -> str:
    """Bytes as 4.21 MB, 78.5 MB or 123 MB."""
    return f"{_three_digits(size / 1e6)} MB"


def _three_digits(value: float) -> str:
    return f"{value:.{2 if value < 9.995 else 1 if value < 99.95 else 0}f}"


def _heading(document: Document) -> str:
    d = document["data"]
    height, width = d["image_shape"][1:]
    return (f"{machine_lines(document)}\n{d['images']} images of {d['classes']} people, "
            f"{height} x {width}; {d['train_images']} of them to train on")


def _beside_torch(document: Document) -> str:
    rows, ways = [], []
    for job in document["jobs"]:
        torch, ratio = job["torch_1"], job["torch_1"]["ratio"]
        promised = "" if job["target"] is None else (
            f"{job['target']:.2f} {'met' if job['met'] else 'MISSED'}")
        rows.append((job["name"], duration(job["seconds"]["median"]),
                     duration(torch["seconds"]["median"]), f"{ratio['median']:.2f}",
                     f"{ratio['low']:.2f}-{ratio['high']:.2f}", str(job["rounds"]), promised))
        ways.append(f"  {job['name']}: {torch['way']}")
    return ("One thread each: medians, quartiles of the paired ratios, and what is promised\n"
            + table(("", "tinycnn", "PyTorch", "ratio", "quartiles", "rounds", "at most"), rows)
            + "\n\nPyTorch's best, of all the ways that were tried\n" + "\n".join(ways))


def _with_two_threads(document: Document) -> str:
    rows = [(job["name"], duration(job["torch_2"]["tinycnn_seconds"]["median"]),
             duration(job["torch_2"]["seconds"]["median"]),
             f"{job['torch_2']['ratio']['median']:.2f}", str(job["torch_2"]["rounds"]))
            for job in document["jobs"]]
    return ("PyTorch with two threads, tinycnn with one: for information\n"
            + table(("", "tinycnn", "PyTorch", "ratio", "rounds"), rows))


def _bound(document: Document) -> str:
    r = document["rates"]
    rows = [(job["name"], f"{job['multiply_adds'] / 1e9:.2f}", f"{job['copied'] / 1e6:.0f}",
             duration(job["least_seconds"]), duration(job["seconds"]["median"]),
             f"{job['share']:.0%}") for job in document["jobs"]]
    size = r["gemm_size"]
    return (f"The bound: {r['gemm'] / 1e9:.1f} G multiply-adds/s ({size} x {size} matrices); "
            f"copies {r['copy_in_cache'] / 1e9:.1f} GB/s\n"
            f"in the cache, {r['copy_in_memory'] / 1e9:.1f} GB/s in memory\n" + table(
                ("", "G mult.-adds", "MB copied", "at least", "measured", "reached"), rows))


def _cost(document: Document) -> str:
    return "Gradients at every unit of all images, in epochs of training (batch 10)\n" + table(
        ("", "epochs"), [("true class", f"{document['cost']['true_class_epochs']:.2f}"),
                         (f"all {document['data']['classes']} classes",
                          f"{document['cost']['all_classes_epochs']:.2f}")])
