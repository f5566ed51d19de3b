"""Files that documents name are there: a house is rebuilt now and then."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*ROOT.glob("readme/*.md"), *ROOT.glob("readme/*.rst")])
NAMED = re.compile(
    r"`((?:tests|models|views|wizard|mobilepay|report|data|dev|tools)/[\w/]+\.\w+)`"
)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_each_file_that_is_named_is_there(document):
    named = set(NAMED.findall(document.read_text(encoding="utf-8")))
    assert not [path for path in sorted(named) if not (ROOT / path).exists()]


def test_some_are_named():
    assert any(NAMED.search(path.read_text(encoding="utf-8")) for path in DOCUMENTS)
