"""References as in prose: Vaswani et al. (2017), and the same words in the list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as default

from pybtex.database import Entry
from pybtex.plugin import register_plugin
from pybtex.style.formatting.unsrt import Style as PlainStyle
from pybtex.style.labels import BaseLabelStyle
from pybtex.style.sorting import BaseSortingStyle
from pybtex.style.template import Node, field, sentence
from sphinx.application import Sphinx
from sphinxcontrib.bibtex.plugin import register_plugin as register_sphinx_plugin
from sphinxcontrib.bibtex.style.referencing import BracketStyle
from sphinxcontrib.bibtex.style.referencing.author_year import AuthorYearReferenceStyle


def round_brackets() -> BracketStyle:
    return BracketStyle(left="(", right=")")


@dataclass
class RoundAuthorYear(AuthorYearReferenceStyle):
    bracket_textual: BracketStyle = default(default_factory=round_brackets)
    bracket_parenthetical: BracketStyle = default(default_factory=round_brackets)


def label(entry: Entry) -> str:
    names = [" ".join(p.prelast_names + p.last_names) for p in entry.persons["author"]]
    names = [name.replace("{", "").replace("}", "") for name in names]
    who = f"{names[0]} et al." if len(names) > 2 else " and ".join(names)
    return f"{who}, {entry.fields['year']}"


class Labels(BaseLabelStyle):
    def format_labels(self, sorted_entries: Iterable[Entry]) -> Iterator[str]:
        return map(label, sorted_entries)


class Sorting(BaseSortingStyle):
    def sorting_key(self, entry: Entry) -> str:
        return label(entry).casefold()


class AuthorYear(PlainStyle):
    default_sorting_style = Sorting
    default_label_style = Labels

    def format_title(
        self, e: Entry, which_field: str, as_sentence: bool = True
    ) -> Node:
        """The title as its authors wrote it; the plain style makes it lower case."""
        title = field(which_field)
        return sentence[title] if as_sentence else title


def setup(app: Sphinx) -> dict[str, bool]:
    register_plugin("pybtex.style.formatting", "author_year", AuthorYear)
    register_sphinx_plugin(
        "sphinxcontrib.bibtex.style.referencing", "author_year_round", RoundAuthorYear
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
