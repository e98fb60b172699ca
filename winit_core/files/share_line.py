"""An experiment as one line of ASCII that survives copying and pasting.

``winit1:`` + base64url(deflate(JSON of what differs from the defaults)) + ``:`` + CRC-32 of that.

A line means the same for ever: version 1 is bound to the dictionary below and to the defaults of
`Experiment`, of the schemes and of the activations as they are. The test with recorded lines
fails when one of them changes; then it takes a version 2 that knows the old ones.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from collections.abc import Mapping
from typing import Any

from winit_core.activations import ACTIVATIONS
from winit_core.datasets import DATASETS
from winit_core.errors import ExperimentError
from winit_core.experiment import Experiment
from winit_core.parameters import Parameter
from winit_core.schemes.records import SCHEMES
from winit_core.translation import tr

__all__ = ["VERSION", "ShareLineError", "decode", "encode"]

VERSION = 1
MAX_CHARACTERS = 200_000
"""The longest text in which a line is looked for."""

_MAX_CONTENT = 400_000
# What lines are often made of, the most frequent last: deflate copies from it.
_DICTIONARY = (
    b'"omega_0":"scale":"distribution":"truncated_normal""fan_geo_avg""fan_out""sparsity":"per":'
    b'"siren","lsuv","random_walk","looks_linear","critical","sparse","identity","torch_linear",'
    b'"variance_scaling","lecun_uniform","lecun_normal","orthogonal","uniform","normal",'
    b'"target":"both""backward""std_of":"parent""cut":"bias_rule":"set""bias_std":"bias":'
    b'{"layer":-1,"choice":"overrides":[{"layer":"library":"pytorch""keras""jax""input_width":'
    b'"loss":"mse""dtype":"float16""bfloat16""float64""dataset":"gaussian","batch_size":'
    b'"activation":{"key":"leaky_relu","slope":0.2"alpha":"elu""selu""gelu""silu""sigmoid"'
    b'"weight":"gain":1.4142135623730951"std":0.1{"key":"small_normal","std":0.001}'
    b'{"activation":"relu","hidden_widths":[128,128,128,128,128,128,128,128,128,128,256,64],'
    b'"seed":1,"schemes":["zeros","constant","small_normal","large_normal","glorot_uniform",'
    b'"glorot_normal","he_uniform","he_normal"]}'
)
_PREFIX = re.compile(r"winit([0-9]{1,6}):")
_LINE = re.compile(r"winit([0-9]{1,6}):([A-Za-z0-9_-]*):([0-9a-f]{8})")
# White space of any kind, what mail programs put before quoted lines, and what cannot be seen.
_IGNORED = re.compile("[\\s>\u00ad\u200b-\u200f\u2028\u2029\u2060\ufeff]+")


class ShareLineError(ValueError):
    """A text without a share line that can be used; the message says why."""


def encode(experiment: Experiment) -> str:
    """Return the share line of an experiment."""
    text = json.dumps(_minimal(experiment), separators=(",", ":"), allow_nan=False)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, 9, zdict=_DICTIONARY)
    packed = packer.compress(text.encode("ascii")) + packer.flush()
    content = base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")
    return f"winit{VERSION}:{content}:{zlib.crc32(content.encode('ascii')):08x}"


def decode(text: str) -> Experiment:
    """Return the experiment of the first share line in a text.

    White space and line breaks within the line, quotation marks of mails, and text around it do
    not matter.

    Raises
    ------
    ShareLineError
        If there is none, or it is cut short, damaged, of a newer program, or no experiment.
    """
    if len(text) > MAX_CHARACTERS:
        raise ShareLineError(
            tr("the text is too long: at most {count} characters", count=MAX_CHARACTERS)
        )
    joined = _IGNORED.sub("", text)
    line = _LINE.search(joined)
    begun = _PREFIX.search(joined)
    if begun is None:
        raise ShareLineError(
            tr(
                "there is no share line in this text; one begins with winit{version}:",
                version=VERSION,
            )
        )
    if int((line or begun)[1]) > VERSION:
        raise ShareLineError(
            tr(
                "the share line was made by a newer winit: its version is {given}, "
                "and this program reads versions up to {known}",
                given=int((line or begun)[1]),
                known=VERSION,
            )
        )
    if line is None:
        raise ShareLineError(tr("the share line is cut short: its end is missing"))
    content, check = line[2].encode("ascii"), int(line[3], 16)
    if int(line[1]) != VERSION or zlib.crc32(content) != check:
        raise ShareLineError(tr("the share line was changed on its way: its checksum does not fit"))
    return _experiment(_unpacked(content))


def _unpacked(content: bytes) -> Any:
    """Return the JSON values of a line's content, however it is meant."""
    try:
        packed = base64.urlsafe_b64decode(content + b"=" * (-len(content) % 4))
        unpacker = zlib.decompressobj(-15, zdict=_DICTIONARY)
        text = unpacker.decompress(packed, _MAX_CONTENT)
        if not unpacker.eof:
            raise ShareLineError(
                tr("the share line holds more than any experiment, or is incomplete")
            )
        return json.loads(text.decode("ascii"), parse_constant=_refuse)
    except ShareLineError:
        raise
    except (binascii.Error, zlib.error, ValueError, RecursionError):
        raise ShareLineError(tr("the share line holds no experiment")) from None


def _refuse(name: str) -> float:
    raise ValueError(name)


def _experiment(plain: Any) -> Experiment:
    try:
        return Experiment.from_dict(plain)
    except ExperimentError as error:
        raise ShareLineError(
            tr("the share line holds no possible experiment: {error}", error=error)
        ) from None


def _minimal(experiment: Experiment) -> dict[str, Any]:
    """Return what `Experiment.from_dict` needs, and nothing that it knows by itself."""
    plain = experiment.to_dict()
    plain["schemes"] = [_short(choice) for choice in plain["schemes"]]
    plain["overrides"] = [
        {"layer": override["layer"], "choice": _short(override["choice"])}
        for override in plain["overrides"]
    ]
    activation = plain["activation"]
    plain["activation"] = _without_defaults(activation, ACTIVATIONS[activation["key"]].parameters)
    usual = Experiment(())
    default = usual.to_dict()
    default["activation"] = usual.activation.key
    default["input_width"] = DATASETS[experiment.dataset].default_width
    return {
        name: value for name, value in plain.items() if name == "schemes" or value != default[name]
    }


def _short(table: Mapping[str, Any]) -> Any:
    return _without_defaults(table, SCHEMES[table["key"]].parameters)


def _without_defaults(table: Mapping[str, Any], parameters: tuple[Parameter, ...]) -> Any:
    """Return a key, or a table of the key and the parameters that are not as by default."""
    defaults = {parameter.name: parameter.default for parameter in parameters}
    changed = {k: v for k, v in table.items() if k == "key" or v != defaults[k]}
    return changed if len(changed) > 1 else table["key"]
