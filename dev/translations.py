"""i18n/: the template of the addon's terms, and the languages in step with it.

A real Odoo exports the terms: those of records (labels, views, crons …) are known to
its database alone. Dates, versions and positions are left out, so that a file changes
only where a term does.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import polib

from stack import Databases, OdooError, PostgresError, run_odoo_shell
from stack.paths import ADDON

REPOSITORY = Path(__file__).resolve().parents[1]
FOLDER = REPOSITORY / "i18n"
TEMPLATE = FOLDER / f"{ADDON}.pot"
#: as Odoo names its own files, with the rule of their plural
LANGUAGES = {
    "da": "nplurals=2; plural=n != 1;",
    "fi": "nplurals=2; plural=n != 1;",
    "nb": "nplurals=2; plural=n != 1;",
    "sv": "nplurals=2; plural=n != 1;",
}
HEADER = (
    "Translation of Odoo Server.\n"
    "This file contains the translation of the following modules:\n"
    f"\t* {ADDON}\n"
)
EXPORT = """
from odoo.tools.translate import trans_export
with open({file!r}, "wb") as target:
    trans_export(None, [{addon!r}], target, "po", env)
"""
#: what a program fills in or reads: %s, %(name)s, {name}, tags
PLACEHOLDER = re.compile(
    r"%\(\w+\)[-+ #0]*[\d.]*[a-z]|%[-+ #0]*[\d.]*[sdfr](?![a-z])|%%|\{\w*\}|<[^<>]+>"
)
#: attributes that a reader sees, which are translated with the text around them
SEEN = re.compile(r'\b(title|alt|placeholder|aria-label)="[^"]*"')
#: names and single words may be the same in two languages, sentences are not
SAME_WORDS = 3


def exported() -> polib.POFile:
    """Return the terms, from a database made for it and dropped afterwards."""
    databases = Databases.from_environment()
    # dropped as abandoned by the next test run, should this process die
    database = f"test_{os.getpid()}_terms"
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "terms.po"
        script = EXPORT.format(file=str(file), addon=ADDON)
        try:
            databases.fresh(database)
            run_odoo_shell(database, script, commit=False)
        finally:
            databases.drop(database)
        return polib.pofile(file.read_text())


def template(terms: polib.POFile) -> polib.POFile:
    """Return exported terms as a template that is the same each time."""
    made = _empty()
    made.extend(_bare(entry) for entry in sorted(terms, key=_order))
    return made


def merged(pot: polib.POFile, old: polib.POFile, language: str) -> polib.POFile:
    """Return a language's file with the template's terms and what was translated."""
    known = {entry.msgid: entry for entry in old if not entry.obsolete}
    made = _empty(language)
    for entry in pot:
        term = _bare(entry)
        if before := known.get(entry.msgid):
            term.msgstr = before.msgstr
            term.tcomment = before.tcomment
            term.flags = before.flags
        made.append(term)
    return made


def problems(pot: polib.POFile, languages: dict[str, polib.POFile]) -> Iterator[str]:
    """Yield what is wrong with the languages, beside the template."""
    for name, file in languages.items():
        for entry in merged(pot, file, name):
            if fault := _fault(entry):
                yield f"{name}.po: {fault}: {entry.msgid!r}"


def placeholders(text: str) -> Counter[str]:
    """Return what has to be the same in a term and in its translation."""
    edges = re.match(r"\s*", text), re.search(r"\s*$", text)
    kept = Counter(SEEN.sub(r'\1=""', each) for each in PLACEHOLDER.findall(text))
    kept.update(f"edge {where} {edge[0]!r}" for where, edge in enumerate(edges) if edge)
    return kept


def _fault(entry: polib.POEntry) -> str:
    if not entry.msgstr:
        return "untranslated"
    if entry.fuzzy:
        return "fuzzy"
    if placeholders(entry.msgid) != placeholders(entry.msgstr):
        return "other placeholders"
    if entry.msgid == entry.msgstr and len(_words(entry.msgid)) > SAME_WORDS:
        return "still English"
    return ""


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W\d]+", PLACEHOLDER.sub("", text))


def _empty(language: str = "") -> polib.POFile:
    made = polib.POFile(wrapwidth=78)
    made.header = HEADER
    made.metadata = {
        "Project-Id-Version": "Odoo Server 19.0",
        "Report-Msgid-Bugs-To": "",
        "Last-Translator": "",
        "Language-Team": "",
        **({"Language": language} if language else {}),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=UTF-8",
        "Content-Transfer-Encoding": "",
        "Plural-Forms": LANGUAGES.get(language, ""),
    }
    return made


def _bare(entry: polib.POEntry) -> polib.POEntry:
    return polib.POEntry(
        msgid=entry.msgid,
        comment=entry.comment,
        occurrences=sorted(entry.occurrences),
    )


def _order(entry: polib.POEntry) -> str:
    return str(entry.msgid)


def _read(file: Path) -> polib.POFile:
    return polib.pofile(file.read_text() if file.exists() else "")


def _files() -> dict[str, Path]:
    return {name: FOLDER / f"{name}.po" for name in LANGUAGES}


def out_of_step(pot: polib.POFile) -> list[str]:
    """Return the files that are not what the terms make of them."""
    texts = {TEMPLATE: str(pot)}
    for name, file in _files().items():
        texts[file] = str(merged(pot, _read(file), name))
    return [
        str(file.relative_to(REPOSITORY))
        for file, text in texts.items()
        if not file.exists() or file.read_text() != text
    ]


def write(pot: polib.POFile) -> None:
    """Write the template and bring the languages into step with it."""
    FOLDER.mkdir(exist_ok=True)
    TEMPLATE.write_text(str(pot))
    for name, file in _files().items():
        file.write_text(str(merged(pot, _read(file), name)))


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` only look; 1 if a language is wrong."""
    if arguments not in ([], ["--check"]):
        print("usage: dev/translate [--check]", file=sys.stderr)
        return 2
    try:
        pot = template(exported())
    except (OdooError, PostgresError) as error:
        print(f"FAILED: the export: {error}", file=sys.stderr)
        return 1
    stale = out_of_step(pot) if arguments else []
    if not arguments:
        write(pot)
        print(f"wrote {FOLDER.relative_to(REPOSITORY)}/: {len(pot)} terms")
    if stale:
        print(f"not in step with the addon: {', '.join(stale)}; run dev/translate")
    languages = {name: _read(file) for name, file in _files().items()}
    wrong = list(problems(pot, languages))
    print("\n".join(wrong), end="\n" if wrong else "")
    return bool(stale or wrong)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
