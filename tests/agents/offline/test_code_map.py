"""Places in source code: exact to the byte, resolved through imports, and honest about what does not parse."""

from __future__ import annotations

import pytest

from agents import code_map
from agents.source_file import SourceFile, Span


def read(text: str) -> SourceFile:
    source = code_map.read("a.py", text)
    assert source is not None
    return source


def cut(text: str, span: Span) -> str:
    return text.encode()[span.start : span.end].decode()


def test_spans_count_bytes_behind_wide_characters() -> None:
    text = 'note = "η≈0.1 🙂"; layer = Linear(3, 4)  # naïve\n'
    call = read(text).calls[0]
    assert cut(text, call.span) == "Linear(3, 4)"
    assert [cut(text, argument.span) for argument in call.arguments] == ["3", "4"]
    assert call.assigned == "layer"


@pytest.mark.parametrize(
    ("head", "written"),
    [
        ("import torch", "torch.nn.ReLU"),
        ("import torch as th", "th.nn.ReLU"),
        ("import torch.nn as nn", "nn.ReLU"),
        ("from torch import nn as layers", "layers.ReLU"),
        ("from torch.nn import ReLU", "ReLU"),
        ("from torch.nn import ReLU as Act", "Act"),
    ],
)
def test_calls_resolve_through_every_form_of_import(head: str, written: str) -> None:
    assert read(f"{head}\nx = {written}()\n").calls[0].target == "torch.nn.ReLU"


def test_a_name_of_the_same_spelling_that_is_not_torchs_stays_itself() -> None:
    assert read("from mine import nn\nx = nn.ReLU()\n").calls[0].target == "mine.nn.ReLU"


def test_literals_are_found_under_every_form_of_name() -> None:
    text = (
        "lr = 0.1\n"
        "options = {'lr': 1e-3, 'other': name}\n"
        "parser.add_argument('-l', '--learning-rate', type=float, default=3e-4)\n"
        "def train(lr: float = -2.0, *, steps=10): run(lr=5)\n"
        "class Config:\n    betas: tuple = (0.9, 0.999)\n"
    )
    found = {(one.name, one.value, one.form) for one in read(text).literals}
    assert found >= {
        ("lr", "0.1", "assignment"),
        ("lr", "1e-3", "entry"),
        ("learning_rate", "3e-4", "option"),
        ("lr", "-2.0", "default"),
        ("steps", "10", "default"),
        ("lr", "5", "keyword"),
        ("betas", "(0.9, 0.999)", "assignment"),
    }
    assert not any(one.name == "other" for one in read(text).literals)


def test_outline_names_what_stands_where() -> None:
    text = "class A(Base):\n    x = 1\n    def f(self,\n          y): return y\n\n\ndef g(): pass\n"
    shown = [(one.kind, one.name, one.first_line, one.last_line) for one in code_map.outline("a.py", text)]
    assert shown == [("class", "A", 1, 4), ("function", "A.f", 3, 4), ("function", "g", 7, 7)]
    assert code_map.outline("a.py", text)[1].signature == "def f(self, y)"
    assert code_map.outline("a.md", text) == ()


@pytest.mark.parametrize(
    ("path", "good", "bad", "where"),
    [
        ("a.py", "x = [1]\n", "x = [1\n", "line 1"),
        ("a.py", "print('x')\n", "y = 1\nprint 'x'\n", "line 2"),
        ("a.json", '{"a": 1}', '{"a": }', "line 1"),
        ("a.toml", "a = 1\n", "a = \n", "line 1"),
    ],
)
def test_syntax_errors_are_named_with_their_line(path: str, good: str, bad: str, where: str) -> None:
    assert code_map.parses(path, good) is None
    assert where in (code_map.parses(path, bad) or "")


def test_unknown_file_types_pass() -> None:
    assert code_map.parses("a.sh", "if [ then") is None


def test_places_are_given_only_where_the_file_parses() -> None:
    assert code_map.read("a.py", "nn.ReLU()\n") is not None
    assert code_map.read("a.py", "nn.ReLU(\n") is None
    assert code_map.read("a.txt", "nn.ReLU()\n") is None


def test_deep_nesting_ends_in_a_sentence() -> None:
    deep = "(" * 5000 + ")" * 5000
    assert code_map.parses("a.py", deep) is not None
    assert code_map.read("a.py", "-" * 20000 + "1\n") is not None


@pytest.mark.parametrize(
    ("head", "rest"),
    [("", "x = 1\n"), ('"""Doc."""\n', "x = 1\n"), ("from __future__ import annotations\nimport os\n", "\n\nx = 1\n")],
)
def test_new_definitions_go_behind_docstring_and_imports(head: str, rest: str) -> None:
    source = read(head + rest)
    assert source.text.encode()[: source.body].decode() == head
