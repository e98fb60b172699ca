from __future__ import annotations

import csv
import errno
import os
import signal
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from winit_core import sweep as module
from winit_core import sweep_executors
from winit_core.diagnosis import diagnose
from winit_core.errors import ExperimentError
from winit_core.files.experiment_file import FileError
from winit_core.schemes import SchemeChoice
from winit_core.simulation import simulate
from winit_core.sweep import (
    Problem,
    Progress,
    Sweep,
    SweepError,
    parse_sweep,
    read_sweep,
    run_case,
    run_sweep,
    sweep_from,
)
from winit_core.sweep_executors import ClusterError, ClusterProblem, cluster, this_machine

SMALL = """
[grid]
scheme = ["he_normal", "zeros"]
activation = ["relu", { key = "elu", alpha = 0.5 }]
depth = [1, 3]
width = 8
seed = { from = 0, to = 2 }

[network]
batch_size = 16
"""


def finish(sweep: Sweep, output: Path, **options: object) -> Progress:
    *_, last = run_sweep(sweep, output, **options)  # type: ignore[arg-type]
    return last


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("sweep") / "rows.csv"
    finish(parse_sweep(SMALL), path)
    return path.read_bytes()


# What a file says


def test_the_last_axis_changes_fastest_and_every_combination_is_there_once() -> None:
    sweep = parse_sweep(SMALL)
    assert len(sweep) == 24
    cases = [sweep.case(n) for n in range(24)]
    assert len({case.settings[1:] for case in cases}) == 24
    assert [case.experiment.seed for case in cases[:4]] == [0, 1, 2, 0]
    assert cases[0].settings == ("1", "he_normal", "relu", "1", "8", "0")
    assert cases[-1].settings == ("24", "zeros", "elu:alpha=0.5", "3", "8", "2")
    assert cases[-1].experiment.hidden_widths == (8, 8, 8)
    assert cases[-1].experiment.batch_size == 16


def test_std_is_an_axis_of_its_own() -> None:
    sweep = sweep_from(
        {
            "grid": {
                "scheme": [{"key": "normal"}],
                "std": {"from": 0.01, "to": 1, "count": 3},
                "depth": 1,
                "width": 4,
            }
        }
    )
    stds = [sweep.case(n).experiment.schemes[0].values["std"] for n in range(3)]
    assert stds == [0.01, 0.1, 1.0]
    assert sweep.columns[:4] == ("case", "scheme", "std", "depth") or "std" in sweep.columns


def test_precision_and_training_are_axes() -> None:
    sweep = sweep_from(
        {
            "grid": {"precision": ["float16", "float64"], "depth": 1, "width": 8, "seed": [3, 4]},
            "training": {"steps": 4, "learning_rate": [0.1, 0.5], "batch_size": 8},
        }
    )
    assert len(sweep) == 8
    assert sweep.columns[-4:] == (
        "final_loss",
        "held_out_accuracy",
        "steps_to_90_percent",
        "diverged_at_step",
    )
    assert sweep.axes[-1].name == "seed"
    first, last = sweep.case(0), sweep.case(7)
    assert first.experiment.dtype == "float16"
    assert last.experiment.dtype == "float64"
    assert first.training is not None
    assert last.training is not None
    assert (first.training.learning_rate, last.training.learning_rate) == (0.1, 0.5)
    row = dict(zip(sweep.columns, run_case(first), strict=True))
    assert 0 < float(row["final_loss"]) < 10
    assert 0 <= float(row["held_out_accuracy"]) <= 1


def test_a_row_says_what_simulate_says() -> None:
    case = parse_sweep(SMALL).case(4)
    run = simulate(case.experiment).runs[0]
    row = dict(zip(parse_sweep(SMALL).columns, run_case(case), strict=True))
    assert row["verdict"] == diagnose(run).verdict.value
    assert float(row["loss"]) == run.loss
    assert case.experiment.schemes == (SchemeChoice("he_normal"),)


@pytest.mark.parametrize(
    ("text", "line", "key"),
    [
        ("[grid]\nseed = { from = 0, to = 999999999 }", 1, "grid"),
        ("[grid]\nseed = { from = 0, to = 9999 }\ndepth = { from = 1, to = 200 }", 1, "grid"),
        ("[grid]\nsed = [1]", 2, "grid.sed"),
        ("[gird]\nseed = [1]", 1, "gird"),
        ("[grid]\nseed = [1]\n[network]\nbatch = 3", 4, "network.batch"),
        ("[grid]\nscheme = ['he_normal',\n'he_norml']", 3, "grid.scheme[1]"),
        ("[grid]\nscheme = [{ key = 'normal', sdt = 1 }]", 2, "grid.scheme[0].sdt"),
        ("[grid]\nactivation = ['rule']", 2, "grid.activation[0]"),
        ("[grid]\ndepth = [5, 0]", 2, "grid.depth[1]"),
        ("[grid]\ndepth = ['deep']", 2, "grid.depth[0]"),
        ("[grid]\nwidth = [8, 5000]", 2, "grid.width[1]"),
        ("[grid]\nprecision = ['float8']", 2, "grid.precision[0]"),
        ("[grid]\nseed = [1, 2, 1]", 2, "grid.seed[2]"),
        ("[grid]\nseed = []", 2, "grid.seed"),
        ("[grid]\nseed = { from = 5, to = 1 }", 2, "grid.seed.to"),
        ("[grid]\nstd = [0.1]\nscheme = ['he_normal']", 2, "grid.std"),
        ("[grid]\nstd = [-1]\nscheme = ['normal']", 2, "grid.std"),
        ("[grid]\nwidth = [4096]\ndepth = [10, 1000]", 3, "grid.depth[1]"),
        ("[grid]\nwidth = [8, 4096]\ndepth = [2, 1000]", 2, "grid.width"),
        ("[grid]\nseed = 1\n[network]\ndataset = 'table:x'", 4, "network.dataset"),
        ("[grid]\nseed = 1\n[network]\nloss = 'l1'", 4, "network.loss"),
        ("[grid]\nseed = 1\n[training]\nstep = 5", 4, "training.step"),
        ("[grid]\nseed = 1\n[training]\nlearning_rate = [0.1, -1]", 4, "training.learning_rate"),
        ("[grid]\nseed = 1\n[training]\nbatch_size = 16000", 4, "training.batch_size"),
        ("[network]\nbatch_size = 4", 0, "grid"),
        ("[grid\nseed = 1", 1, ""),
    ],
)
def test_what_cannot_be_is_refused_before_anything_runs(text: str, line: int, key: str) -> None:
    start = time.monotonic()
    with pytest.raises(FileError) as caught:
        parse_sweep(text)
    assert time.monotonic() - start < 2
    assert caught.value.key.startswith(key)
    assert caught.value.line == line
    assert "Traceback" not in str(caught.value)


def test_a_billion_cases_are_named_as_such() -> None:
    with pytest.raises(ExperimentError, match=r"1,000,000,000 cases.*at most 1,000,000"):
        sweep_from({"grid": {"seed": {"from": 0, "to": 999_999_999}}})


# Running, stopping, going on


def test_threads_and_processes_give_the_same_file(tmp_path: Path, undisturbed: bytes) -> None:
    with ThreadPoolExecutor(2) as pool:
        finish(parse_sweep(SMALL), tmp_path / "threads.csv", executor=pool, ahead=3)
    assert (tmp_path / "threads.csv").read_bytes() == undisturbed
    with this_machine(2) as computers:
        finish(
            parse_sweep(SMALL),
            tmp_path / "processes.csv",
            executor=computers.executor,
            ahead=computers.ahead,
        )
    assert (tmp_path / "processes.csv").read_bytes() == undisturbed


@pytest.mark.parametrize("torn", [b"", b"0", b'12345678 [3, "tor', b"\xff\xfe\x00"])
def test_a_sweep_that_was_left_goes_on(tmp_path: Path, undisturbed: bytes, torn: bytes) -> None:
    output = tmp_path / "rows.csv"
    progress = run_sweep(parse_sweep(SMALL), output)
    for _ in range(8):
        next(progress)
    progress.close()
    journal = tmp_path / "rows.csv.part"
    with journal.open("ab") as file:
        file.write(torn)
    steps = list(run_sweep(parse_sweep(SMALL), output))
    assert steps[0] == Progress(7, 7, 24)
    assert steps[-1] == Progress(24, 7, 24)
    assert output.read_bytes() == undisturbed
    assert not journal.exists()


def test_a_damaged_row_in_the_middle_is_computed_again(tmp_path: Path, undisturbed: bytes) -> None:
    output = tmp_path / "rows.csv"
    progress = run_sweep(parse_sweep(SMALL), output)
    for _ in range(8):
        next(progress)
    progress.close()
    journal = tmp_path / "rows.csv.part"
    lines = journal.read_bytes().split(b"\n")
    lines[3] = lines[3].replace(b"he_normal", b"he_uniform")
    journal.write_bytes(b"\n".join(lines))
    first, *_ = run_sweep(parse_sweep(SMALL), output)
    assert first.done == 6
    assert output.read_bytes() == undisturbed


def test_a_complete_output_is_left_as_it_is(tmp_path: Path, undisturbed: bytes) -> None:
    output = tmp_path / "rows.csv"
    output.write_bytes(undisturbed)
    assert list(run_sweep(parse_sweep(SMALL), output)) == [Progress(24, 24, 24)]
    assert output.read_bytes() == undisturbed


@pytest.mark.parametrize("content", [b"", b"my,own,numbers\n1,2,3\n", b"\xff\xfe"])
def test_another_file_is_never_written_over(tmp_path: Path, content: bytes) -> None:
    output = tmp_path / "rows.csv"
    output.write_bytes(content)
    with pytest.raises(SweepError) as caught:
        finish(parse_sweep(SMALL), output)
    assert caught.value.problem is Problem.OUTPUT_IS_OTHER
    assert output.read_bytes() == content


def test_the_rows_of_another_sweep_are_not_mixed_in(tmp_path: Path) -> None:
    output = tmp_path / "rows.csv"
    progress = run_sweep(parse_sweep(SMALL), output)
    next(progress)
    next(progress)
    progress.close()
    with pytest.raises(SweepError) as caught:
        finish(parse_sweep(SMALL.replace("batch_size = 16", "batch_size = 8")), output)
    assert caught.value.problem is Problem.JOURNAL_IS_OTHER


@pytest.mark.skipif(sys.platform == "win32", reason="such locks are not used there")
def test_two_at_once_do_not_write_into_one_journal(tmp_path: Path) -> None:
    output = tmp_path / "rows.csv"
    first = run_sweep(parse_sweep(SMALL), output)
    next(first)
    with pytest.raises(SweepError) as caught:
        finish(parse_sweep(SMALL), output)
    assert caught.value.problem is Problem.IN_USE
    first.close()


def test_an_output_that_cannot_be_written_is_said_before_work_starts(tmp_path: Path) -> None:
    calls: list[object] = []

    class Never:
        def submit(self, *arguments: object) -> Future[list[tuple[str, ...]]]:
            calls.append(arguments)
            raise AssertionError

    with pytest.raises(SweepError) as caught:
        finish(parse_sweep(SMALL), tmp_path / "missing" / "rows.csv", executor=Never(), ahead=1)
    assert caught.value.problem is Problem.OUTPUT_UNWRITABLE
    assert not calls


_AS_NOBODY = """
import os, sys
from pathlib import Path
from winit_core.sweep import SweepError, read_sweep, run_sweep

sweep = read_sweep(sys.argv[1])
if os.geteuid() == 0:
    os.setgid(65534)
    os.setuid(65534)
try:
    print(next(run_sweep(sweep, Path(sys.argv[2]))))
except SweepError as error:
    print(error.problem.value, error.detail, error.path.name)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such permissions")
@pytest.mark.parametrize("kept", ["folder", "journal"])
def test_what_may_not_be_written_is_said_before_work_starts(kept: str) -> None:
    # The tests may run as root, who may write everything: the process gives that up. It is at home
    # where everybody may look, not in a folder of the tests' user.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "grid.toml").write_text(SMALL, "utf-8")
        journal = folder / "rows.csv.part"
        if kept == "journal":
            journal.touch(0o444)
        folder.chmod(0o777 if kept == "journal" else 0o555)
        done = subprocess.run(
            [sys.executable, "-c", _AS_NOBODY, str(folder / "grid.toml"), str(folder / "rows.csv")],
            cwd=Path(__file__).resolve().parents[2],
            capture_output=True,
            text=True,
            check=False,
        )
        folder.chmod(0o755)
    assert done.stderr == ""
    assert done.stdout == "output_unwritable Permission denied rows.csv.part\n"


def test_a_machine_without_semaphores_computes_in_one_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def none_here(*arguments: object, **named: object) -> object:
        raise NotImplementedError

    monkeypatch.setattr(sweep_executors, "ProcessPoolExecutor", none_here)
    with sweep_executors.this_machine(3) as found:
        assert found == sweep_executors.Computers(None, 1, 1)


def test_a_full_disk_keeps_the_rows(
    tmp_path: Path, undisturbed: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "rows.csv"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    append = module._Journal._append
    written = 0

    def until_full(journal: object, line: str) -> None:
        nonlocal written
        if written == 9:
            raise full
        written += 1
        append(journal, line)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(module._Journal, "_append", until_full)
        with pytest.raises(SweepError) as caught:
            finish(parse_sweep(SMALL), output)
    assert caught.value.problem is Problem.DISK
    assert caught.value.detail == full.strerror

    def no_room(path: Path, content: str) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(module, "save_atomically", no_room)
        with pytest.raises(SweepError) as caught:
            finish(parse_sweep(SMALL), output)
    assert caught.value.problem is Problem.DISK
    assert not output.exists()
    assert next(run_sweep(parse_sweep(SMALL), output)).done == 24
    finish(parse_sweep(SMALL), output)
    assert output.read_bytes() == undisturbed


BIG = """
[grid]
scheme = ["he_normal", "glorot_uniform", {{ key = "normal", std = 0.05 }}, "zeros"]
activation = ["relu", "tanh"]
depth = [1, 2]
width = [8, 16]
precision = ["float32", "float16"]
seed = {{ from = 0, to = {last} }}

[network]
batch_size = 16
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_five_kills_later_the_file_is_the_same_byte_for_byte(tmp_path: Path) -> None:
    """Of about 2,000 cases; the process is killed each time after more rows have come in."""
    text = BIG.format(last=30) + 'loss = "mse"\n'
    (tmp_path / "grid.toml").write_text(text, "utf-8")
    sweep = parse_sweep(text)
    assert len(sweep) == 1984
    output, reference = tmp_path / "rows.csv", tmp_path / "reference.csv"
    with this_machine() as computers:
        finish(sweep, reference, executor=computers.executor, ahead=computers.ahead)
    journal = tmp_path / "rows.csv.part"
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    program = (
        "import sys\nfrom pathlib import Path\nfrom winit_gui.sweep_command import run\n"
        "if __name__ == '__main__':\n    sys.exit(run(Path(sys.argv[1]), Path(sys.argv[2])))\n"
    )
    (tmp_path / "start.py").write_text(program, "utf-8")
    environment["PYTHONPATH"] = os.pathsep.join(
        [str(Path(module.__file__).resolve().parent.parent), environment.get("PYTHONPATH", "")]
    )
    command = [sys.executable, "start.py", "grid.toml", "rows.csv"]
    seen = 0
    for _ in range(5):
        process = subprocess.Popen(
            command, cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL
        )
        wait_for_lines(journal, seen + 60, process)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        assert lines_in(journal) > seen
        seen = lines_in(journal)
    assert seen < 1984
    subprocess.run(command, cwd=tmp_path, env=environment, check=True, stderr=subprocess.DEVNULL)
    assert output.read_bytes() == reference.read_bytes()
    with reference.open(newline="") as file:
        assert len(list(csv.reader(file))) == 1985


def lines_in(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def wait_for_lines(path: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while lines_in(path) <= count and process.poll() is None:
        assert time.monotonic() < end
        time.sleep(0.005)


# A cluster


def test_without_the_extra_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ClusterError) as caught, cluster("tcp://127.0.0.1:1"):
        pass
    assert caught.value.problem is ClusterProblem.NOT_INSTALLED


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "127.0.0.1:1", "nonsense", ""])
def test_a_scheduler_that_does_not_answer(address: str) -> None:
    pytest.importorskip("distributed")
    with pytest.raises(ClusterError) as caught, cluster(address, timeout=2):
        pass
    assert caught.value.problem is ClusterProblem.NO_ANSWER


@pytest.mark.filterwarnings("default")
def test_a_local_cluster_gives_the_same_file(tmp_path: Path, undisturbed: bytes) -> None:
    distributed = pytest.importorskip("distributed")
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
        ) as local,
        cluster(local.scheduler_address) as computers,
    ):
        assert computers.workers == 2
        output = tmp_path / "rows.csv"
        sweep = parse_sweep(SMALL)
        finish(sweep, output, executor=computers.executor, ahead=computers.ahead)
    assert output.read_bytes() == undisturbed


def test_a_file_is_read_or_refused(tmp_path: Path) -> None:
    (tmp_path / "grid.toml").write_text(SMALL, "utf-8")
    assert len(read_sweep(tmp_path / "grid.toml")) == 24
    with pytest.raises(OSError, match="grd"):
        read_sweep(tmp_path / "grd.toml")
