"""Shutting down, with a systemctl of the test's own."""

from pathlib import Path

import pytest

from device.appliance.systemd import SystemdPower


def put_systemctl(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "systemctl").write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    (folder / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_systemd_is_asked_for_a_clean_power_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_systemctl(tmp_path, f'echo "$@" > {tmp_path}/asked', monkeypatch)
    SystemdPower().off()
    assert "poweroff" in (tmp_path / "asked").read_text(encoding="utf-8")
    assert caplog.text == ""


def test_a_refusal_is_logged_with_its_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    put_systemctl(tmp_path, "echo Access denied >&2; exit 1", monkeypatch)
    SystemdPower().off()
    assert "the machine does not shut down: Access denied" in caplog.text
