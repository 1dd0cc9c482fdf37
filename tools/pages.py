"""Read the pages as an editor would, for what no build and no speller can see.

Faults, which fail: a link to another site that is not https, that carries what only
serves to follow readers, or that has two names on the pages. Hints, which do not: a
glossary term that no page links to, and in a chapter the first use of a term without
such a link. Terms that are also common words (COMMON) are left to the author.
"""

import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

ROOT = Path(__file__).resolve().parents[1]
GLOSSARY = "book/glossary.md"
TRACKING = re.compile(r"utm_\w+|fbclid|gclid|mc_[ce]id|igshid|ref|ref_src|source")
COMMON = {
    "alignment", "bias", "context", "gate", "head", "key", "layer", "mask", "memory",
    "parameter", "projection", "query", "sampling", "score", "value", "wave", "weights",
}  # fmt: skip


def sources() -> dict[str, str]:
    """The text of every page, and of what is written in the same language."""
    paths = [*ROOT.glob("chapters/*/*.md"), *ROOT.glob("book/*.md"), *ROOT.glob("*.md")]
    paths += [*ROOT.glob("docs/*.md"), ROOT / "book" / "data" / "claims.yml"]
    return {
        path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(paths)
    }


def external_links(text: str) -> Iterator[tuple[str, str]]:
    """Name and address of each link to another site."""
    yield from re.findall(r"(?<!!)\[([^\]\[]+)\]\((\w+://[^)\s]+)\)", text)
    yield from (("", url) for url in re.findall(r"<(\w+://[^>\s]+)>", text))


def link_faults(pages: dict[str, str]) -> Iterator[str]:
    names = defaultdict(set)
    for page, text in pages.items():
        for name, url in external_links(text):
            if urlsplit(url).scheme != "https":
                yield f"{page}: {url} is not https"
            for key, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True):
                if TRACKING.fullmatch(key):
                    yield f"{page}: {url} has {key}=, which serves to follow readers"
            if name:
                names[url.rstrip("/")].add(name)
    for url, called in names.items():
        if len(called) > 1:
            yield f"{url} is called {', '.join(sorted(map(repr, called)))}"


def glossary(text: str) -> list[str]:
    return re.findall(r"^(\w.*)\n    \S", text.split("```{glossary}\n")[1], re.M)


def linked(text: str) -> set[str]:
    """The glossary terms to which a text links, in lower case."""
    roles = re.findall(r"\{term\}`([^`]+)`", text)
    return {re.sub(r".*<(.+)>", r"\1", role).lower() for role in roles}


def running_text(text: str) -> str:
    """What is read as sentences. {term} roles stay; the rest keeps its line breaks."""

    def blank(match: re.Match) -> str:
        return "\n" * match[0].count("\n")

    text = re.sub(r"\A---\n.*?\n---\n", blank, text, flags=re.S)
    for name in ("code-cell", "literalinclude", "figure", "image"):
        block = rf"^(`{{3,}})\{{{name}\}}.*?^\1$"
        text = re.sub(block, blank, text, flags=re.S | re.M)
    text = re.sub(r"\$\$.*?\$\$", blank, text, flags=re.S)
    # Headings, tables, what opens and closes a box, and its options.
    text = re.sub(r"^(#|\||`{3,}|:::|:\w+:).*", "", text, flags=re.M)
    text = re.sub(r"(\{term\}`[^`]+`)|(?:\{[\w:]+\})?`[^`\n]*`", r"\1", text)
    text = re.sub(r"\$[^$\n]+\$|\]\([^)]*\)|\"[A-Z][^\"\n]*\"", "", text)
    return re.sub(r"^\(.*\)=$", "", text, flags=re.M)


def late_links(text: str, terms: list[str]) -> Iterator[tuple[int, str]]:
    """Line and term of each first use that is no link."""
    # Longer terms first: "self-attention" is no use of "attention".
    words = "|".join(re.escape(term) for term in sorted(terms, key=len, reverse=True))
    use = re.compile(rf"\{{term\}}`[^`]+`|(?<![\w-])({words})(?:e?s)?(?![\w-])", re.I)
    text = running_text(text)
    seen = set(COMMON)
    for match in use.finditer(text):
        if match[1] and match[1].lower() not in seen:
            yield text.count("\n", 0, match.start()) + 1, match[1]
        seen |= {match[1].lower()} if match[1] else linked(match[0])


def hints(pages: dict[str, str], terms: list[str]) -> Iterator[str]:
    for page, text in pages.items():
        if page.startswith("chapters/"):
            for line, term in late_links(text, terms):
                yield f"{page}:{line}: the first {term!r} is no link to the glossary"
    used = linked("".join(text for page, text in pages.items() if page != GLOSSARY))
    for term in terms:
        if term.lower() not in used:
            yield f"{GLOSSARY}: no page links to {term!r}"


def main() -> int:
    pages = sources()
    for hint in hints(pages, glossary(pages[GLOSSARY])):
        print("hint:", hint)
    faults = list(link_faults(pages))
    print(*faults, sep="\n", end="\n" * bool(faults))
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())
