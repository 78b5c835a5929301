"""The page in a real browser, where there is one."""

import json
import shutil
import subprocess

import pytest
from pages import DATE, NASTY, two_classes

from skxai import ShapleyExplainer, report

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--no-first-run", "--disable-extensions",
    "--disable-default-apps", "--enable-logging=stderr", "--v=0",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)  # fmt: skip


def visit(folder, *options, address):
    """What the browser wrote, or a skip where it can't start here."""
    command = [CHROMIUM, *OPTIONS, f"--user-data-dir={folder / 'user'}", *options, address]
    try:
        done = subprocess.run(command, capture_output=True, timeout=120, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"the browser does not start: {type(error).__name__}")
    if done.returncode != 0:
        pytest.skip(f"the browser ended with {done.returncode}")
    return done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def requests_of(folder, path):
    """The addresses that a page asked for, what was written of errors, and a picture or None."""
    log, shot = folder / "net.json", folder / "shot.png"
    options = (f"--log-net-log={log}", f"--screenshot={shot}", "--window-size=390,2000")
    _, errors = visit(folder, *options, address=path.as_uri())
    events = [event.get("params", {}) for event in json.loads(log.read_text("utf-8"))["events"]]
    # What the browser asks for of its own accord has no origin; that of a file is "null".
    asked = {e.get("url") for e in events if str(e.get("initiator")).startswith(("null", "file"))}
    return asked, errors, shot.read_bytes() if shot.exists() else None


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_it_renders_without_an_error_or_a_request(tmp_path):
    X, y, model = two_classes()
    X = X.rename(columns={X.columns[0]: NASTY})
    model.feature_names_in_ = X.columns.to_numpy(dtype=object)
    path = tmp_path / "why.html"
    report(ShapleyExplainer().fit(model, X), X[:20], path, y_background=y, title=NASTY, date=DATE)
    asked, errors, shot = requests_of(tmp_path, path)
    if shot is None:
        pytest.skip("the browser takes no pictures here")
    assert len(shot) > 20_000
    assert "CONSOLE" not in errors, errors
    assert asked == set()


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_a_request_or_an_error_would_be_noticed(tmp_path):
    path = tmp_path / "other.html"
    address = "http://example.invalid/seen.png"
    path.write_text(f'<p>x<img src="{address}"><script>console.error("seen")</script>')
    asked, errors, shot = requests_of(tmp_path, path)
    if shot is None:
        pytest.skip("the browser takes no pictures here")
    assert asked == {address}
    assert "CONSOLE" in errors


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_what_the_browser_reads_is_what_was_written(tmp_path):
    X, _, model = two_classes()
    path = tmp_path / "why.html"
    explanation = ShapleyExplainer().fit(model, X).explain(X[:5])
    explanation.report(path, title="</title>" + NASTY, date=DATE)
    document, _ = visit(tmp_path, "--dump-dom", address=path.as_uri())
    if not document.strip():
        pytest.skip("the browser wrote nothing")
    assert "<script" not in document
    assert document.count("<img") == path.read_text(encoding="utf-8").count("<img") == 3
    assert "&lt;script&gt;alert" in document
