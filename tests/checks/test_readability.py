"""The check of readability counts the sentences of prose alone, and finds pages that are long, heavy or not linked."""
import pytest
from readability import findings, mean_words

LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen."


@pytest.mark.parametrize("text, mean", [
    ("Three words here. And four words here.\n", 3.5),
    ("Three words here.\n\n| a cell | that is not counted at all |\n", 3.0),
    ("```sh\nnot counted. not at all.\n```\nThree words here.\n", 3.0),
    ("# A heading that is not counted\n\nThree words here (`with code. in it`).\n", 4.0),
    ("A list of things:\n\n- three words here\n- [four words are here](https://example.com/a.b?c)\n", 11 / 3),
    ("A line that\nis broken is one.\n", 7.0),
])
def test_words_of_a_sentence(text, mean):
    assert mean_words(text) == pytest.approx(mean)


@pytest.mark.parametrize("name, text, problem", [
    ("docs/a.md", "Short.\n", ""),
    ("docs/a.md", LONG, "19.0 words"),
    ("docs/a.md", "Three words here.\n" * 700, "bytes"),
    ("docs/settings.md", "Three words here.\n" * 700, ""),
    ("docs/b.md", "Short.\n", "README.md does not link to it"),
    ("SECURITY.md", LONG, "19.0 words"),
])
def test_findings(tmp_path, name, text, problem):
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text("[a](docs/a.md) [s](docs/settings.md#here)\n", encoding="utf-8")
    (tmp_path / name).write_text(text, encoding="utf-8")
    found = list(findings(tmp_path))
    assert len(found) == bool(problem) and all(problem in line for line in found), found
