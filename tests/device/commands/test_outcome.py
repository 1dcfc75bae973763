"""What came of a wish, in lines that fit the terminal whatever a song is called."""

import pytest

from device.commands import _outcome
from device.commands._outcome import outcome, short, tell
from device.status.terminal_text import columns_of


def status(state: str, title: str) -> dict[str, object]:
    ranked = [{"id": 1, "title": title, "artist": ""}]
    chosen = {"ranked": ranked, "position": 0}
    return {"state": state, "observations": 0, "last_recommendation": chosen, "fault": None, "notice": ""}


@pytest.mark.parametrize("title", ["Blue in Green", "x" * 5000, "猫" * 5000, "a song " * 900, "\x1b[2J\n" * 50])
@pytest.mark.parametrize("columns", [None, 80, 40, 5])
def test_a_line_fits_whatever_a_song_is_called(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], title: str, columns: int | None
) -> None:
    monkeypatch.setattr(_outcome, "terminal_columns", lambda: columns)
    said = outcome(status("idle", title), status("playing", title))
    tell(f"Asked for {short(title)}. {said} The next: mien next; the end: mien stop.")
    lines = capsys.readouterr().out.splitlines()
    assert all(columns_of(line) <= (200 if columns is None else max(columns, 20)) for line in lines)
    assert "mien stop." in " ".join(lines).replace("- ", "")
    assert (columns is None) <= (len(lines) == 1)
