import json

from tools.lock import LOCK, without_index


def test_a_lock_file_names_no_package_index() -> None:
    locked = {
        "_meta": {"hash": {"sha256": "0"}, "sources": [{"name": "pypi", "url": "https://pypi.example.org"}]},
        "default": {"jinja2": {"index": "pypi", "hashes": ["sha256:1"], "version": "==3.1.6"}},
        "develop": {},
    }
    assert json.loads(without_index(json.dumps(locked))) == {
        "_meta": {"hash": {"sha256": "0"}, "sources": []},
        "default": {"jinja2": {"hashes": ["sha256:1"], "version": "==3.1.6"}},
        "develop": {},
    }


def test_the_committed_lock_file_is_what_make_lock_writes() -> None:
    text = LOCK.read_text()
    assert without_index(text) == text
