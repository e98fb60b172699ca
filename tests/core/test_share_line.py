"""Share lines: short, exact, and refused with a reason when they were damaged."""

from __future__ import annotations

import base64
import json
import random
import subprocess
import sys
import zlib

import pytest
from hypothesis import given

from tests.core.experiments import experiments
from winit_core import Experiment, SchemeChoice, simulate
from winit_core.experiment import LayerOverride
from winit_core.files.share_line import _DICTIONARY, ShareLineError, decode, encode

EXAMPLE = Experiment(
    ("zeros", SchemeChoice("he_normal", {"slope": 0.1}), SchemeChoice("normal", {"std": 0.02})),
    activation="relu",
    hidden_widths=(100,) * 30,
    dataset="gaussian",
    input_width=50,
    seed=123456,
    overrides=(LayerOverride(-1, "zeros"),),
)
RECORDED = {
    "winit1:qx4gewE:ea860954": Experiment(
        (
            "zeros",
            "constant",
            "small_normal",
            "large_normal",
            "glorot_uniform",
            "glorot_normal",
            "he_uniform",
            "he_normal",
        )
    ),
    "winit1:q0ayN7YWAA:a09d0b0a": Experiment(()),
    "winit1:q0a2F8USoNswPVwLAA:cbfe70e8": Experiment(("small_normal",), "relu"),
}


def line(content: bytes, version: int = 1) -> str:
    """A line with a right checksum around any bytes."""
    text = base64.urlsafe_b64encode(content).decode().rstrip("=")
    return f"winit{version}:{text}:{zlib.crc32(text.encode()):08x}"


def packed(text: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_DICTIONARY)
    return packer.compress(text) + packer.flush()


@given(experiments())
def test_a_line_gives_the_same_experiment(experiment: Experiment) -> None:
    made = encode(experiment)
    assert made.isascii()
    assert not any(character.isspace() for character in made)
    assert decode(made) == experiment


@pytest.mark.parametrize(("made", "experiment"), RECORDED.items())
def test_a_line_means_the_same_for_ever(made: str, experiment: Experiment) -> None:
    assert decode(made) == experiment


def test_usual_experiments_are_short() -> None:
    assert len(encode(EXAMPLE)) < 150
    assert max(map(len, RECORDED)) < 40


def test_a_line_survives_mail() -> None:
    made = encode(EXAMPLE)
    broken = "\n> ".join(made[i : i + 20] for i in range(0, len(made), 20))
    for text in (
        f"Look at this:\n> {broken}\nwhat do you say?",
        f"  {made}\r\n",
        f"«{made}».",
        f"<{made}>",
        "\u200b".join(made),
        f"see {made} and {encode(Experiment(()))}",
        made.replace(":", ": ", 1),
    ):
        assert decode(text) == EXAMPLE


def test_every_shortened_line_and_every_changed_character_is_noticed() -> None:
    made = encode(EXAMPLE)
    for place in range(len(made)):
        with pytest.raises(ShareLineError):
            decode(made[:place])
        changed = "A" if made[place] != "A" else "B"
        with pytest.raises(ShareLineError):
            decode(made[:place] + changed + made[place + 1 :])


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no share line"),
        ("hello", "no share line"),
        ("winit1:abc", "cut short"),
        (encode(EXAMPLE)[:-1], "cut short"),
        ("winit2:abc:00000000", "newer winit"),
        ("winit2:abc", "newer winit"),
        ("winit0:abc:00000000", "changed on its way"),
        ("winit1:abc:00000000", "changed on its way"),
        (line(b""), "incomplete"),
        (line(b"\xff" * 40), "no experiment"),
        (line(packed(b"\xff\xfe")), "no experiment"),
        (line(packed(b"{}")), "schemes"),
        (line(packed(b"[]")), "a table"),
        (line(packed(b"null")), "a table"),
        (line(packed(b'{"schemes":[],"seed":NaN}')), "no experiment"),
        (line(packed(b'{"schemes":[],"seed":-1}')), "seed = -1"),
        (line(packed(b'{"schemes":[],"seed":' + b"9" * 9000 + b"}")), "no experiment"),
        (line(packed(b"[" * 100_000)), "no experiment"),
        (line(packed(b" " * 20_000_000)), "more than any experiment"),
        ("x" * 300_000, "too long"),
    ],
)
def test_what_is_no_line_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(ShareLineError, match=reason):
        decode(text)


def test_random_contents_with_a_right_checksum_give_an_error_or_an_experiment() -> None:
    chance = random.Random(5)
    refused: list[str] = []
    accepted: list[Experiment] = []
    plain = json.dumps({"schemes": ["zeros"], "hidden_widths": [3, 4], "seed": 5}).encode()
    for _ in range(3000):
        data = bytearray(plain)
        for _ in range(chance.randrange(1, 4)):
            data[chance.randrange(len(data))] = chance.randrange(32, 127)
        try:
            accepted.append(decode(line(packed(bytes(data)))))
        except ShareLineError as error:
            refused.append(str(error))
    assert all(refused)
    assert len(refused) > len(accepted) > 0


def test_a_share_line_gives_identical_numbers_in_a_new_process() -> None:
    small = Experiment(("he_normal", "zeros"), hidden_widths=(20, 20), seed=9)
    program = (
        "import sys; from winit_core import simulate; "
        "from winit_core.files.share_line import decode;"
        "print([(r.loss, r.layers) for r in simulate(decode(sys.argv[1])).runs])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, encode(small)], capture_output=True, check=True, text=True
    )
    assert done.stdout.strip() == str([(r.loss, r.layers) for r in simulate(small).runs])
