"""Small changes of a solution, one at a time: an operator, a number, a call, a name.

A mutant that behaves as the solution does is no mistake. Whether it does is seen by
running both on the `INPUTS` of the check's specimens, which are not the check's own.
"""

import ast
import copy
from collections.abc import Callable, Iterator

BINARY = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.Pow: ast.Mult, ast.MatMult: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.BitAnd: ast.BitOr, ast.BitOr: ast.BitAnd,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Lt: ast.LtE, ast.LtE: ast.Lt,
    ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip
TWINS = [
    ("tril", "triu"), ("sin", "cos"), ("max", "min"), ("argmax", "argmin"),
    ("sum", "mean"), ("exp", "log"), ("amax", "amin"), ("zeros", "ones"),
    ("append", "remove"), ("softmax", "sigmoid"), ("relu", "sigmoid"),
    ("cumsum", "cumprod"), ("floor", "ceil"), ("all", "any"), ("var", "std"),
]  # fmt: skip
NAMES = dict(TWINS) | {b: a for a, b in TWINS}
Change = Callable[[ast.AST], ast.AST]


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Each change of the solution's lines in `source`: what it is, and the new source.

    The lines are those between `### BEGIN SOLUTION` and `### END SOLUTION`.
    """
    lines = source.split("\n")
    first, last = (
        next(i for i, line in enumerate(lines, 1) if f"### {edge} SOLUTION" in line)
        for edge in ("BEGIN", "END")
    )
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        if not first < getattr(node, "lineno", 0) < last:
            continue
        for change in _changes(node, tree):
            mutant = copy.deepcopy(tree)
            old = list(ast.walk(mutant))[place]
            new = change(old)
            new = _Swap(old, new).visit(mutant)
            text = ast.unparse(ast.fix_missing_locations(new))
            before, after = ast.unparse(tree).split("\n"), text.split("\n")
            pairs = [(a, b) for a, b in zip(before, after) if a != b]
            if pairs:
                yield f"{pairs[0][0].strip()}  ->  {pairs[0][1].strip()}", text


class _Swap(ast.NodeTransformer):
    def __init__(self, old: ast.AST, new: ast.AST):
        self.old, self.new = old, new

    def visit(self, node: ast.AST) -> ast.AST:
        return self.new if node is self.old else self.generic_visit(node)


def _changes(node: ast.AST, tree: ast.AST) -> Iterator[Change]:
    """Ways to change this node; each takes a copy of it and returns another."""
    match node:
        case ast.Constant(value=bool()):
            yield lambda n: ast.Constant(not n.value)
        case ast.Constant(value=int() | float()):
            yield lambda n: ast.Constant(n.value + 1)
            if node.value:
                yield lambda n: ast.UnaryOp(ast.USub(), n)
        case ast.Constant(value=str()):
            yield lambda n: ast.Constant(n.value[1:])
        case ast.BinOp() | ast.BoolOp() if type(node.op) in BINARY:
            yield lambda n: _with(n, op=BINARY[type(n.op)]())
        case ast.Compare() if type(node.ops[0]) in BINARY:
            yield lambda n: _with(n, ops=[BINARY[type(n.ops[0])](), *n.ops[1:]])
        case ast.UnaryOp():
            yield lambda n: n.operand
        case ast.If() | ast.IfExp() | ast.While():
            yield lambda n: _with(n, test=ast.UnaryOp(ast.Not(), n.test))
        case ast.Subscript(slice=ast.Slice()):
            yield lambda n: n.value
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) if len(node.elts) > 1:
            yield lambda n: _with(n, elts=n.elts[1::-1] + n.elts[2:])
        case ast.Attribute() if node.attr in NAMES:
            yield lambda n: _with(n, attr=NAMES[n.attr])
        case ast.Assign() | ast.AugAssign() | ast.Expr():
            yield lambda n: ast.Pass()
        case ast.Call():
            yield from _changed_calls(node)
        case ast.Name(ctx=ast.Load()):
            others = sorted(_variables(tree) - {node.id})
            if node.id in _variables(tree) and others:
                next_one = next((x for x in others if x > node.id), others[0])
                yield lambda n: ast.Name(next_one, ast.Load())


def _changed_calls(node: ast.Call) -> Iterator[Change]:
    if isinstance(node.func, ast.Attribute):
        yield lambda n: n.func.value  # x.f(y) -> x
    if len(node.args) > 1:
        yield lambda n: _with(n, args=n.args[1::-1] + n.args[2:])
    if node.args and not isinstance(node.func, ast.Attribute):
        yield lambda n: n.args[0]  # f(x) -> x
    for i in range(len(node.keywords)):
        yield lambda n, i=i: _with(n, keywords=n.keywords[:i] + n.keywords[i + 1 :])


def _with(node: ast.AST, **fields) -> ast.AST:
    node = copy.copy(node)
    for name, value in fields.items():
        setattr(node, name, value)
    return node


def _variables(tree: ast.AST) -> set[str]:
    """The parameters and variables of the function that the cell defines."""
    arguments = {n.arg for n in ast.walk(tree) if isinstance(n, ast.arg)}
    stored = {
        n.id for n in ast.walk(tree)
        if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
    }  # fmt: skip
    return arguments | stored
