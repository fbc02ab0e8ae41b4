"""Where things stand in source code: outlines, syntax checks and byte-exact places of calls, literals and imports.

Reads, never writes. The only module that knows tree-sitter; its spans count bytes of the UTF-8 text, so that a
replacement keeps every byte outside of it.
"""

from __future__ import annotations

import ast
import json
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from agents.source_file import Argument, Call, Form, NamedLiteral, SourceFile, Span, Symbol

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LITERALS = frozenset({"integer", "float", "true", "false", "none"})


@dataclass(slots=True)
class _Found:
    """What one walk over the tree collects."""

    calls: list[Call] = field(default_factory=list)
    literals: list[NamedLiteral] = field(default_factory=list)
    symbols: list[Symbol] = field(default_factory=list)
    parameters: dict[str, tuple[str, ...]] = field(default_factory=dict)


@cache
def _parser() -> Parser:
    import tree_sitter
    import tree_sitter_python

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_python.language()))


def read(path: str, text: str) -> SourceFile | None:
    """Parse a Python file; None for any other file and for one with a syntax error, where spans cannot be trusted."""
    if PurePosixPath(path).suffix != ".py" or "\0" in text:
        return None
    try:
        root = _parser().parse(text.encode()).root_node
    except UnicodeEncodeError:
        return None
    if root.has_error:
        return None
    imports = _imports(root)
    found = _Found()
    for node, scope in _walk(root):
        _collect(node, scope, imports, found)
    return SourceFile(
        path=path,
        text=text,
        calls=tuple(found.calls),
        literals=tuple(found.literals),
        imports=imports,
        symbols=tuple(found.symbols),
        parameters=found.parameters,
        body=_body(root, text),
    )


def outline(path: str, text: str) -> tuple[Symbol, ...]:
    """Classes and functions of a Python file in reading order; empty for other files and for broken ones."""
    source = read(path, text)
    return source.symbols if source else ()


def parses(path: str, text: str) -> str | None:
    """The syntax error of a file with its line, in a sentence; None where it parses. Unknown file types pass.

    Python is judged by `ast`, the stricter reader: tree-sitter accepts Python 2 and recovers from errors.
    """
    suffix = PurePosixPath(path).suffix
    try:
        if suffix == ".py":
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                ast.parse(text)
        elif suffix == ".json":
            json.loads(text)
        elif suffix == ".toml":
            tomllib.loads(text)
    except SyntaxError as error:
        return f"{path}, line {error.lineno or 1}: {error.msg}."
    except json.JSONDecodeError as error:
        return f"{path}, line {error.lineno}: {error.msg}."
    except tomllib.TOMLDecodeError as error:
        return f"{path}: {error}."
    except ValueError as error:
        return f"{path}: {error}."
    except (RecursionError, MemoryError):
        return f"{path}: nested too deeply to be parsed."
    return None


# --- walking ----------------------------------------------------------------------------------------------------------


def _walk(root: Node) -> Iterator[tuple[Node, str]]:
    """Every node in reading order with its enclosing scope; iterative, so that deep nesting is harmless."""
    stack = [(root, "")]
    while stack:
        node, scope = stack.pop()
        yield node, scope
        inner = scope
        if node.type in ("class_definition", "function_definition"):
            inner = f"{scope}.{_field(node, 'name')}".lstrip(".")
        stack.extend((child, inner) for child in reversed(node.named_children))


def _collect(node: Node, scope: str, imports: Mapping[str, str], found: _Found) -> None:
    match node.type:
        case "call":
            call = _call(node, scope, imports)
            found.calls.append(call)
            found.literals.extend(_option(call, node))
        case "class_definition" | "function_definition":
            symbol = _symbol(node, scope)
            found.symbols.append(symbol)
            if symbol.kind == "function":
                found.parameters[symbol.name] = _parameters(node)
        case "keyword_argument" | "assignment" | "pair" | "default_parameter" | "typed_default_parameter":
            literal = _named(node, scope, imports)
            if literal:
                found.literals.append(literal)
        case _:
            pass


def _text(node: Node) -> str:
    return (node.text or b"").decode()


def _field(node: Node, name: str) -> str:
    child = node.child_by_field_name(name)
    return _text(child) if child else ""


def _span(node: Node) -> Span:
    return Span(node.start_byte, node.end_byte)


def _line(node: Node) -> int:
    return node.start_point[0] + 1


def _symbol(node: Node, scope: str) -> Symbol:
    body = node.child_by_field_name("body")
    head = _text(node)
    if body:
        head = (node.text or b"")[: body.start_byte - node.start_byte].decode()
    return Symbol(
        kind="class" if node.type == "class_definition" else "function",
        name=f"{scope}.{_field(node, 'name')}".lstrip("."),
        first_line=_line(node),
        last_line=node.end_point[0] + 1,
        signature=" ".join(head.split()).rstrip(":"),
    )


def _parameters(node: Node) -> tuple[str, ...]:
    parameters = node.child_by_field_name("parameters")
    names = []
    for child in parameters.named_children if parameters else []:
        named = child.child_by_field_name("name")
        first = named or (child.named_children[0] if child.type == "typed_parameter" else child)
        if first.type == "identifier":
            names.append(_text(first))
    return tuple(names)


# --- imports ----------------------------------------------------------------------------------------------------------


def _imports(root: Node) -> dict[str, str]:
    bound: dict[str, str] = {}
    for node in root.named_children:
        if node.type == "import_statement":
            for child in node.named_children:
                bound.update(_imported(child, ""))
        elif node.type == "import_from_statement":
            package = node.child_by_field_name("module_name")
            if package and package.type == "dotted_name":
                for child in node.children_by_field_name("name"):
                    bound.update(_imported(child, _text(package)))
    return bound


def _imported(node: Node, package: str) -> dict[str, str]:
    if node.type == "aliased_import":
        name = _field(node, "name")
        return {_field(node, "alias"): f"{package}.{name}" if package else name}
    name = _text(node)
    # `import a.b` binds only `a`.
    return {name: f"{package}.{name}"} if package else {name.split(".")[0]: name.split(".")[0]}


def _resolve(callee: str, imports: Mapping[str, str]) -> str:
    first, dot, rest = callee.partition(".")
    return imports.get(first, first) + dot + rest


def _body(root: Node, text: str) -> int:
    end = 0
    for index, node in enumerate(root.named_children):
        docstring = index == 0 and node.type == "expression_statement" and _text(node).lstrip("rRuU")[:1] in "\"'"
        if docstring or node.type in ("import_statement", "import_from_statement", "future_import_statement"):
            end = node.end_byte
    data = text.encode()
    newline = data.find(b"\n", end) if end else -1
    return newline + 1 if newline >= 0 else (len(data) if end else 0)


# --- calls and literals -----------------------------------------------------------------------------------------------


def _call(node: Node, scope: str, imports: Mapping[str, str]) -> Call:
    function = node.child_by_field_name("function") or node
    callee = _text(function)
    return Call(
        callee=callee,
        target=_resolve(callee, imports),
        callee_span=_span(function),
        span=_span(node),
        arguments=_arguments(node),
        line=_line(node),
        scope=scope,
        parent=_parent(node, imports),
        assigned=_assigned(node),
    )


def _arguments(node: Node) -> tuple[Argument, ...]:
    holder = node.child_by_field_name("arguments")
    found = []
    for child in holder.named_children if holder and holder.type == "argument_list" else []:
        value = child.child_by_field_name("value") if child.type == "keyword_argument" else child
        if child.type == "comment" or value is None:
            continue
        name = _field(child, "name") if child.type == "keyword_argument" else ""
        found.append(Argument(name=name, value=_text(value), span=_span(value), whole=_span(child)))
    return tuple(found)


def _parent(node: Node, imports: Mapping[str, str]) -> str:
    holder = node.parent
    call = holder.parent if holder and holder.type == "argument_list" else None
    return _resolve(_field(call, "function"), imports) if call and call.type == "call" else ""


def _assigned(node: Node) -> str:
    above = node.parent
    if above and above.type == "assignment" and above.child_by_field_name("right") == node:
        return _field(above, "left")
    return ""


def _is_literal(node: Node) -> bool:
    if node.type == "unary_operator":
        return bool(node.named_children) and node.named_children[0].type in ("integer", "float")
    if node.type in ("tuple", "list"):
        return bool(node.named_children) and all(child.type in LITERALS for child in node.named_children)
    return node.type in LITERALS


def _named(node: Node, scope: str, imports: Mapping[str, str]) -> NamedLiteral | None:
    keys = {"assignment": ("left", "right"), "pair": ("key", "value")}
    left, right = keys.get(node.type, ("name", "value"))
    value = node.child_by_field_name(right)
    if value is None or not _is_literal(value):
        return None
    forms: dict[str, Form] = {"keyword_argument": "keyword", "assignment": "assignment", "pair": "entry"}
    form = forms.get(node.type, "default")
    name = _field(node, left).strip("\"'").rpartition(".")[2]
    owner = _parent(node, imports) if form == "keyword" else ""
    return NamedLiteral(
        name=name, value=_text(value), span=_span(value), form=form, owner=owner, line=_line(value), scope=scope
    )


def _option(call: Call, node: Node) -> list[NamedLiteral]:
    """The default of a command-line option: `add_argument("--lr", default=1e-3)`."""
    default = call.argument("default")
    flags = [argument.value.strip("\"'") for argument in call.arguments if not argument.name]
    long = [flag for flag in flags if flag.startswith("--")]
    if not call.callee.endswith(".add_argument") or default is None or not long:
        return []
    value = node.descendant_for_byte_range(default.span.start, default.span.end)
    if value is None or not _is_literal(value):
        return []
    return [
        NamedLiteral(
            name=long[0].lstrip("-").replace("-", "_"),
            value=default.value,
            span=default.span,
            form="option",
            owner="",
            line=_line(value),
            scope=call.scope,
        )
    ]
