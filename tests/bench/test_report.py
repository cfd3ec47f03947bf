"""The report of planted numbers."""

from tinycnn.bench import report


def spread(median):
    return {"median": median, "low": median * 0.99, "high": median * 1.02}


def side(ours, theirs, way):
    return {"way": way, "seconds": spread(theirs), "tinycnn_seconds": spread(ours), "rounds": 15,
            "ratio": spread(ours / theirs), "others": {}}


def planted_job(name, ours, theirs, target=None, met=None):
    way = "channels-last, oneDNN, autograd, 165 at once"
    return {"name": name, "multiply_adds": 1.93e9, "copied": 188e6, "least_seconds": ours / 4,
            "seconds": spread(ours), "rounds": 15, "share": 0.25, "target": target, "met": met,
            "torch_1": side(ours, theirs, way), "torch_2": side(ours, theirs / 2, way)}


DOCUMENT = {
    "machine": {"processor": "A processor", "processors": 2, "python": "3.11.7", "numpy": "2.4.6",
                "tinycnn": "0.1.0", "torch": "2.13.0+cpu"},
    "blas": "openblas 0.3.30, Haswell kernels, 1 thread; mkl 2024.1, unknown kernels, 1 thread",
    "dtype": "float32", "settings": {"against": "torch"},
    "data": {"images": 165, "classes": 15, "train_images": 124, "image_shape": [1, 60, 60]},
    "rates": {"gemm": 52e9, "gemm_size": 512, "copy_in_cache": 49e9, "copy_in_memory": 13e9},
    "jobs": [planted_job("epoch, batch 1", 0.05, 0.1, 0.55, True),
             planted_job("250 epochs, batch 10", 8.25, 12.5),
             planted_job("gradients, all classes", 0.18, 0.2, 0.85, False)],
    "cost": {"true_class_epochs": 0.93, "all_classes_epochs": 5.61},
}


def lines_with(words, text):
    return [" ".join(line.split()) for line in text.splitlines() if words in line]


def test_what_it_says():
    text = report.as_text(DOCUMENT)
    assert max(map(len, text.splitlines())) <= 80
    assert lines_with("epoch, batch 1", text) == [
        "epoch, batch 1 50.0 ms 100 ms 0.50 0.49-0.51 15 0.55 met",
        "epoch, batch 1: channels-last, oneDNN, autograd, 165 at once",
        "epoch, batch 1 50.0 ms 50.0 ms 1.00 15",
        "epoch, batch 1 1.93 188 12.5 ms 50.0 ms 25%"]
    assert lines_with("250 epochs", text)[0].endswith("8.25 s 12.5 s 0.66 0.65-0.67 15")
    assert lines_with("all classes", text)[0].endswith("0.85 MISSED")
    assert "A processor, 2 processors" in text
    assert "PyTorch 2.13.0+cpu; float32" in text
    assert "52.0 G multiply-adds/s (512 x 512 matrices)" in text
    assert "true class 0.93" in " ".join(text.split())
    assert "all 15 classes 5.61" in " ".join(text.split())


def test_sizes_and_durations_have_three_digits():
    assert [report.duration(s) for s in (0.00421, 0.00999999, 0.0785, 0.123, 1, 12.34)] == [
        "4.21 ms", "10.0 ms", "78.5 ms", "123 ms", "1.00 s", "12.3 s"]
    assert [report.megabytes(b) for b in (4.214e6, 78.5e6, 123.4e6)] == [
        "4.21 MB", "78.5 MB", "123 MB"]
