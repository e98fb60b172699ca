"""A user's own data: what is read, and what every wrong file is told."""

from __future__ import annotations

import io
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from winit_core import Experiment, ExperimentError, simulate
from winit_core.datasets import batch
from winit_core.files.tables import (
    MAX_CLASSES,
    MAX_FILE_BYTES,
    MAX_ROWS,
    MAX_UNPACKED_BYTES,
    MIN_ROWS,
    TableError,
    load_table,
)
from winit_core.simulation import SimulationStopped
from winit_core.training import Training, train

HEADER = "age,height,label"
GOOD = [f"{20 + n},{1.5 + n / 100:.2f},{'yes' if n % 3 else 'no'}" for n in range(12)]


def write(folder: Path, *lines: str, name: str = "people.csv", encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def changed(row: int, line: str) -> list[str]:
    """The good file with one row (counting from 1, the header) replaced."""
    lines = [HEADER, *GOOD]
    lines[row - 1] = line
    return lines


# What is read


def test_a_table_is_standardised_column_by_column(tmp_path: Path) -> None:
    table = load_table(write(tmp_path, HEADER, *GOOD))
    assert table.columns == ("age", "height")
    assert table.classes == ("no", "yes")
    assert table.labels.tolist() == [int(n % 3 > 0) for n in range(12)]
    assert (table.inputs.shape, table.inputs.dtype) == ((12, 2), np.float32)
    raw = np.array([[float(cell) for cell in line.split(",")[:2]] for line in GOOD])
    wanted = (raw - raw.mean(axis=0)) / raw.std(axis=0)
    np.testing.assert_allclose(table.inputs, wanted, rtol=1e-6, atol=1e-6)
    with pytest.raises(ValueError, match="read-only"):
        table.inputs[0, 0] = 0


@pytest.mark.parametrize(
    ("lines", "name", "encoding"),
    [
        ([line.replace(",", ";") for line in [HEADER, *GOOD]], "a.csv", "utf-8"),
        ([line.replace(",", "\t") for line in [HEADER, *GOOD]], "a.tsv", "utf-8"),
        (["", HEADER, "", *GOOD, "", " , , ", ""], "a.csv", "utf-8-sig"),
        ([line.replace(",", " , ") for line in [HEADER, *GOOD]], "a.txt", "utf-8"),
        ([",".join(f'"{cell}"' for cell in s.split(",")) for s in [HEADER, *GOOD]], "q", "utf-8"),
    ],
)
def test_the_same_numbers_are_the_same_table(
    tmp_path: Path, lines: list[str], name: str, encoding: str
) -> None:
    plain = load_table(write(tmp_path, HEADER, *GOOD))
    other = load_table(write(tmp_path, *lines, name=name, encoding=encoding))
    assert other.key == plain.key
    assert other.columns == plain.columns
    assert load_table(write(tmp_path, *changed(5, "99,1.5,no"))).key != plain.key


def test_labels_that_are_numbers_are_in_the_order_of_numbers(tmp_path: Path) -> None:
    lines = [f"{n},{(10, 9, '9.0', -1)[n % 4]}" for n in range(12)]
    table = load_table(write(tmp_path, "x1,class", *lines))
    assert table.classes == ("-1", "9", "10")
    assert table.labels[:4].tolist() == [2, 1, 1, 0]


def test_the_labels_can_be_in_any_column(tmp_path: Path) -> None:
    path = write(tmp_path, "y,kind,x", *(f"{n % 5},{n % 2},{n}" for n in range(12)))
    assert load_table(path, "kind").columns == ("y", "x")
    assert load_table(path).columns == ("kind", "x")


def test_a_column_that_never_changes_is_zero(tmp_path: Path) -> None:
    lines = [f"0.1,{n},1e300,{n % 2}" for n in range(12)]
    table = load_table(write(tmp_path, "a,b,c,label", *lines))
    assert not table.inputs[:, 0].any()
    assert not table.inputs[:, 2].any()
    assert np.isfinite(table.inputs).all()


def test_the_largest_numbers_are_standardised_too(tmp_path: Path) -> None:
    lines = [f"{(-1) ** n * 1.7e308},{n % 3}" for n in range(12)]
    table = load_table(write(tmp_path, "a,label", *lines))
    np.testing.assert_allclose(table.inputs[:, 0], [1, -1] * 6, rtol=1e-6)


@pytest.mark.parametrize("labels", [np.arange(12) % 3, np.array(["a", "b", "c"] * 4)])
def test_an_npz_holds_inputs_and_labels(tmp_path: Path, labels: Any) -> None:
    inputs = np.random.default_rng(0).standard_normal((12, 2, 3))
    np.savez_compressed(tmp_path / "a.npz", X=inputs, y=labels, more=np.zeros(5))
    table = load_table(tmp_path / "a.npz")
    assert table.inputs.shape == (12, 6)
    assert table.labels.tolist() == [0, 1, 2] * 4
    flat = inputs.reshape(12, 6)
    wanted = (flat - flat.mean(axis=0)) / flat.std(axis=0)
    np.testing.assert_allclose(table.inputs, wanted, rtol=1e-5, atol=1e-6)


# As the data of an experiment


def test_a_table_is_a_data_set_of_experiments(tmp_path: Path) -> None:
    table = load_table(write(tmp_path, HEADER, *GOOD))
    experiment = Experiment(("glorot_normal",), "tanh", (8,), 12, dataset=table.key)
    assert experiment.layer_shapes == ((2, 8), (8, 2))
    assert str(tmp_path) not in repr(experiment)
    for twin in (
        Experiment.from_dict(experiment.to_dict()),
        pickle.loads(pickle.dumps(experiment)),
    ):
        assert twin == experiment
        assert hash(twin) == hash(experiment)
    assert simulate(experiment).runs[0].loss > 0
    everything = batch(table.key, 2, 12, seed=1)
    rows = {row.tobytes(): label for row, label in zip(table.inputs, table.labels, strict=True)}
    for row, label in zip(everything.inputs, everything.labels, strict=True):
        assert rows[row.tobytes()] == label
    *_, last = train(experiment, Training(batch_size=4, steps=20))
    assert last.schemes[0].held_out_accuracy is not None


def test_a_table_that_is_not_open_says_so() -> None:
    with pytest.raises(ExperimentError, match="load its file first") as caught:
        Experiment(("zeros",), dataset="table:0123456789abcdef")
    assert caught.value.field == "dataset"


def test_a_table_has_as_many_inputs_and_rows_as_it_has(tmp_path: Path) -> None:
    key = load_table(write(tmp_path, HEADER, *GOOD)).key
    with pytest.raises(ExperimentError, match="1 to 12") as caught:
        Experiment(("zeros",), dataset=key)
    assert caught.value.field == "batch_size"
    with pytest.raises(ExperimentError) as caught:
        Experiment(("zeros",), dataset=key, batch_size=8, input_width=3)
    assert caught.value.field == "input_width"


# What is wrong with a file

WRONG: dict[str, tuple[list[str], int | None, str | int | None, str]] = {
    "missing value": (changed(5, "23,,no"), 5, "height", "is empty"),
    "missing value by name": (changed(2, "NA,1.5,no"), 2, "age", "no number"),
    "nan": (changed(3, "nan,1.5,no"), 3, "age", "no number"),
    "infinite": (changed(3, "-inf,1.5,no"), 3, "age", "not finite"),
    "too large": (changed(3, "1e999,1.5,no"), 3, "age", "not finite"),
    "text in a number column": (changed(7, "25,tall,no"), 7, "height", "is text"),
    "decimal comma": (changed(7, '25,"1,65",no'), 7, "height", "decimal points"),
    "underscore": (changed(7, "2_5,1.5,no"), 7, "age", "is text"),
    "no label": (changed(4, "22,1.5,"), 4, "label", "has no label"),
    "short row": (changed(6, "24,1.5"), 6, None, "2 cells where the header has 3"),
    "long row": (changed(6, "24,1.5,no,"), 6, None, "4 cells where the header has 3"),
    "one class": ([HEADER, *(f"{n},{n},yes" for n in range(12))], None, "label", "one class only"),
    "3 rows": ([HEADER, *GOOD[:3]], None, None, f"3 rows, and at least {MIN_ROWS}"),
    "header only": ([HEADER], None, None, "0 rows"),
    "no label column": (["age,height,sex", *GOOD], 1, None, "no column of labels"),
    "two label columns": (["label,height,class", *GOOD], 1, None, "more than one column"),
    "labels only": (["label", *"ab" * 6], 1, None, "no inputs"),
    "duplicate header": (["age,age,label", *GOOD], 1, "age", "named like column 1"),
    "nameless column": (["age,,label", *GOOD], 1, 2, "has no name"),
    "no header": (["1,2,3", "4,5,6"], 1, None, "numbers where the names"),
    "blank": (["", " ", ""], None, None, "is empty"),
    "unclosed quote": (changed(4, '22,"1.5,no'), 4, None, "cannot be taken apart"),
    "too many classes": (
        [HEADER, *(f"1,2,{n / 7}" for n in range(MAX_CLASSES + 1))],
        None,
        "label",
        f"at most {MAX_CLASSES}",
    ),
    "too wide": ([",".join([f"c{n}" for n in range(4097)] + ["label"])], 1, None, "4,097 input"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_file_is_told_where_it_is_wrong_and_what_to_do(tmp_path: Path, case: str) -> None:
    lines, row, column, words = WRONG[case]
    path = write(tmp_path, *lines)
    with pytest.raises(TableError) as caught:
        load_table(path)
    error = caught.value
    assert (error.path, error.row, error.column) == (path, row, column)
    assert words in str(error)
    assert error.what_to_do.endswith(".")
    assert str(error).startswith("people.csv")
    assert row is None or f"row {row}" in str(error)
    assert len(str(error)) < 500
    assert str(pickle.loads(pickle.dumps(error))) == str(error)


def test_rows_count_as_in_a_spreadsheet(tmp_path: Path) -> None:
    lines = ["", 'age,"height',  'in m",label', *GOOD[:3], "", "x,1.5,no"]  # fmt: skip
    with pytest.raises(TableError) as caught:
        load_table(write(tmp_path, *lines))
    # Blank, header over two lines, three good rows, blank, the wrong one.
    assert (caught.value.row, caught.value.column) == (7, "age")


@pytest.mark.parametrize(
    ("content", "row"),
    [
        (f"{HEADER}\n1,2,é\n".encode("latin-1"), 2),
        (f"{HEADER}\n1,2,yes\n".encode("utf-16"), 1),
        (b"age,label\n1,a\n2,\0b\n", 3),
        (bytes(range(256)), 1),
    ],
)
def test_another_encoding_is_told_its_row(tmp_path: Path, content: bytes, row: int) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(TableError, match="UTF-8") as caught:
        load_table(path)
    assert caught.value.row in (row, 2)


def test_two_gigabytes_are_refused_by_their_size(tmp_path: Path) -> None:
    for name in ("large.csv", "large.npz"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(2 * 2**30)  # takes no room on the disk
        with pytest.raises(TableError, match=r"2,048 MB.*at most 64 MB"):
            load_table(path)
    assert MAX_FILE_BYTES == 64 * 2**20


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "nothing.csv").touch()
    cases: list[str | Path] = [
        tmp_path / "missing.csv",
        tmp_path / "folder.csv",
        tmp_path / "nothing.csv",
        "a\0b",
        "x" * 5000,
    ]
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe.csv")
        cases.append(tmp_path / "pipe.csv")
    for path in cases:
        with pytest.raises(TableError) as caught:
            load_table(path)
        assert caught.value.what_to_do


def test_more_rows_than_are_read(tmp_path: Path) -> None:
    path = write(tmp_path, "x,label", *["1,a"] * (MAX_ROWS + 1))
    with pytest.raises(TableError, match="200,000 rows") as caught:
        load_table(path)
    assert caught.value.row == MAX_ROWS + 2


def test_reading_can_be_stopped(tmp_path: Path) -> None:
    with pytest.raises(SimulationStopped):
        load_table(write(tmp_path, HEADER, *GOOD), should_stop=lambda: True)


INPUTS = np.random.default_rng(3).standard_normal((12, 3))
LABELS = np.arange(12) % 2


def holed(value: float) -> Any:
    inputs = INPUTS.copy()
    inputs[4, 1] = value
    return inputs


NPZ: dict[str, tuple[dict[str, Any], int | None, str | int | None, str]] = {
    "no inputs": ({"labels": LABELS}, None, None, "no array of inputs"),
    "no labels": ({"inputs": INPUTS}, None, None, "no array of labels"),
    "nothing": ({}, None, None, "there are none"),
    "both": ({"x": INPUTS, "data": INPUTS, "y": LABELS}, None, None, "more than one array"),
    "nan": ({"x": holed(np.nan), "y": LABELS}, 5, 2, "no number"),
    "inf": ({"x": holed(np.inf), "y": LABELS}, 5, 2, "not finite"),
    "objects": ({"x": INPUTS, "y": np.array([{}] * 12)}, None, "y", "Python objects"),
    "object inputs": ({"x": np.array([[{}]] * 12), "y": LABELS}, None, "x", "Python objects"),
    "text": ({"x": np.array([["a"]] * 12), "y": LABELS}, None, "x", "dtype"),
    "complex": ({"x": INPUTS * 1j, "y": LABELS}, None, "x", "dtype"),
    "one axis": ({"x": INPUTS[:, 0], "y": LABELS}, None, "x", "shape"),
    "ragged": ({"x": INPUTS, "y": LABELS[:5]}, None, "y", "shape"),
    "no columns": ({"x": INPUTS[:, :0], "y": LABELS}, None, "x", "0 numbers in a row"),
    "missing label": ({"x": INPUTS, "y": np.where(LABELS, 1, np.nan)}, 1, "y", "no label"),
    "one class": ({"x": INPUTS, "y": np.zeros(12, int)}, None, "y", "one class"),
    "3 rows": ({"x": INPUTS[:3], "y": LABELS[:3]}, None, None, "3 rows"),
    "too wide": ({"x": np.zeros((12, 5000)), "y": LABELS}, None, "x", "5,000 numbers"),
}


@pytest.mark.parametrize("case", NPZ)
def test_a_wrong_npz_is_told_where_it_is_wrong(tmp_path: Path, case: str) -> None:
    arrays, row, column, words = NPZ[case]
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(TableError) as caught:
        load_table(tmp_path / "a.npz")
    assert (caught.value.row, caught.value.column) == (row, column)
    assert words in str(caught.value)


def _not_a_zip(path: Path) -> None:
    path.write_bytes(b"PK nothing of the kind")


def _half(path: Path) -> None:
    np.savez(path, inputs=INPUTS, labels=LABELS)
    path.write_bytes(path.read_bytes()[:300])


def _foreign(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inputs.npy", b"this is no array")
        archive.writestr("labels.npy", b"neither is this")


def _scrambled(path: Path) -> None:
    np.savez(path, inputs=INPUTS, labels=LABELS)
    content = bytearray(path.read_bytes())
    content[200] ^= 0xFF
    path.write_bytes(content)


def _boasting(path: Path) -> None:
    head = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        head, {"descr": "<f8", "fortran_order": False, "shape": (10**12, 3)}
    )
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("inputs.npy", head.getvalue() + bytes(80))
        archive.writestr("labels.npy", head.getvalue() + bytes(80))


@pytest.mark.parametrize("spoil", [_not_a_zip, _half, _foreign, _scrambled, _boasting])
def test_a_damaged_npz_is_refused(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path / "a.npz")
    with pytest.raises(TableError):
        load_table(tmp_path / "a.npz")


def test_an_npz_that_unpacks_to_too_much_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        head = io.BytesIO()
        np.lib.format.write_array_header_1_0(
            head, {"descr": "<f8", "fortran_order": False, "shape": (40_000_000, 1)}
        )
        with archive.open("inputs.npy", "w") as member:
            member.write(head.getvalue())
            for _ in range(320):
                member.write(bytes(10**6))
    with pytest.raises(TableError, match=f"at most {MAX_UNPACKED_BYTES // 2**20} MB"):
        load_table(tmp_path / "a.npz")


def test_a_wrong_file_changes_nothing(tmp_path: Path) -> None:
    table = load_table(write(tmp_path, HEADER, *GOOD))
    experiment = Experiment(("zeros",), dataset=table.key, batch_size=12)
    before = simulate(experiment)
    with pytest.raises(TableError):
        load_table(write(tmp_path, *changed(5, "23,,no")))
    assert simulate(experiment) == before
