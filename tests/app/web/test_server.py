"""The screen in a browser: a real server, a real websocket, and who is kept out."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pyte
import pytest
from surroundings import MLRC, alive, processes, wait_until
from workbench import Study, mlrc

from app.web.server import names

aiohttp = pytest.importorskip("aiohttp")
SECONDS = 30.0
SIZE = (120, 40)


class Served(NamedTuple):
    """A running server and the address it printed."""

    process: subprocess.Popen[str]
    address: str
    port: int
    said: str

    def place(self, path: str = "") -> str:
        return self.address + path


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


@pytest.fixture
def serve(study: Study) -> Iterator[Callable[..., Served]]:
    """Starts servers of a workspace; ends them after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*words: str) -> Served:
        port = free_port()
        process = subprocess.Popen(
            [*MLRC, "serve", "--port", str(port), *words],
            cwd=study.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:\d+/\S+/", said)):
            row = process.stdout.readline()
            assert row, said
            said += row
        wait_until(lambda: _answers(port), "the server")
        return Served(process, found[0], port, said)

    yield start
    for process in started:
        process.send_signal(signal.SIGINT)
        process.wait(SECONDS)
        assert process.stdout is not None
        process.stdout.close()


def _answers(port: int) -> bool:
    with socket.socket() as trial:
        return trial.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
async def client() -> AsyncIterator[Any]:
    """A web client that follows no redirects on its own account."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=SECONDS)) as session:
        yield session


async def seen(websocket: Any, wanted: str) -> str:
    """Take what the screen sends until a text is shown; returns all that is."""
    screen, until = pyte.Screen(*SIZE), time.monotonic() + SECONDS
    stream = pyte.ByteStream(screen)
    await websocket.send_str(json.dumps(["resize", {"width": SIZE[0], "height": SIZE[1]}]))
    while wanted not in (text := "\n".join(screen.display)):
        assert time.monotonic() < until, text
        message = await websocket.receive(timeout=until - time.monotonic())
        assert message.type == aiohttp.WSMsgType.BINARY, message
        stream.feed(message.data)
    return text


async def test_the_screen_is_drawn_and_answers_keys(serve: Callable[..., Served], client: Any, study: Study) -> None:
    study.read(1)
    served = serve()
    origin = f"http://127.0.0.1:{served.port}"
    async with client.ws_connect(served.place("ws"), origin=origin) as websocket:
        await seen(websocket, "1 Paper")
        await websocket.send_str(json.dumps(["stdin", "q"]))
        while (await websocket.receive(timeout=SECONDS)).type == aiohttp.WSMsgType.BINARY:
            pass
        assert websocket.closed
    wait_until(lambda: not screens(study), "the end of the screen")


def screens(study: Study) -> list[int]:
    return [pid for pid, line in processes(study.folder).items() if "app.web.screen" in line]


async def test_the_page_loads_nothing_from_elsewhere(serve: Callable[..., Served], client: Any) -> None:
    served = serve()
    async with client.get(served.address) as page:
        assert page.status == 200 and f"ws://127.0.0.1:{served.port}/" in await page.text()
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        assert page.headers["Referrer-Policy"] == "no-referrer" and page.headers["Cache-Control"] == "no-store"
    async with client.get(served.place("static/js/textual.js")) as script:
        assert script.status == 200


async def test_a_tunnel_on_another_port_works(serve: Callable[..., Served], client: Any) -> None:
    served = serve()
    async with client.get(served.address, headers={"Host": "localhost:9000"}) as page:
        assert page.status == 200 and "ws://localhost:9000/" in await page.text()
    headers = {"Host": "localhost:9000"}
    async with client.ws_connect(served.place("ws"), origin="http://localhost:9000", headers=headers) as websocket:
        await seen(websocket, "1 Paper")


@pytest.mark.parametrize(
    ("host", "origin", "code"),
    [
        ("evil.example:{port}", "http://evil.example:{port}", 403),
        ("127.0.0.1.evil.example:{port}", "http://127.0.0.1.evil.example:{port}", 403),
        ("127.0.0.1:{port}", "http://evil.example", 403),
        ("127.0.0.1:{port}", "https://127.0.0.1:{port}", 403),
        ("127.0.0.1:{port}", "http://127.0.0.1:1", 403),
        ("127.0.0.1:{port}", "null", 403),
        ("127.0.0.1:{port}", "", 403),
        ("127.0.0.1:{port}", "http://127.0.0.1:{port}", 101),
        ("localhost:{port}", "http://localhost:{port}", 101),
        ("[::1]:{port}", "http://[::1]:{port}", 101),
    ],
)
async def test_a_websocket_from_another_page_is_refused(
    serve: Callable[..., Served], client: Any, study: Study, host: str, origin: str, code: int
) -> None:
    served = serve()
    headers = {"Host": host.format(port=served.port)}
    wanted = origin.format(port=served.port) or None
    if code == 101:
        async with client.ws_connect(served.place("ws"), origin=wanted, headers=headers) as websocket:
            await seen(websocket, "1 Paper")
        return
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(served.place("ws"), origin=wanted, headers=headers)
    assert refused.value.status == code
    assert not screens(study), "nothing was started"


async def test_nothing_is_found_without_the_secret(serve: Callable[..., Served], client: Any, study: Study) -> None:
    served = serve()
    root = f"http://127.0.0.1:{served.port}"
    secret = served.address.removeprefix(root).strip("/")
    assert len(secret) >= 32
    wrong = ("", "/", "/ws", "/static/js/textual.js", "/download/x", f"/{secret[:-1]}/", f"/{secret.swapcase()}/")
    for path in wrong:
        async with client.get(root + path) as answer:
            assert answer.status == 404 and secret not in await answer.text(), path
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await client.ws_connect(f"{root}/ws", origin=root)
    assert refused.value.status == 404 and not screens(study)
    async with client.get(served.address) as answer:
        assert answer.status == 200


async def test_the_screens_end_with_a_server_that_is_killed(
    serve: Callable[..., Served], client: Any, study: Study
) -> None:
    served = serve()
    async with client.ws_connect(served.place("ws"), origin=f"http://127.0.0.1:{served.port}") as websocket:
        await seen(websocket, "1 Paper")
        (screen,) = [pid for pid in screens(study) if alive(pid)][-1:]
        served.process.kill()
        wait_until(lambda: not alive(screen), "the end of the screen")
    assert study.engine, "the engine goes on"


async def test_a_read_only_server_decides_nothing(serve: Callable[..., Served], client: Any, study: Study) -> None:
    study.read(1)
    served = serve("--read-only")
    async with client.ws_connect(served.place("ws"), origin=f"http://127.0.0.1:{served.port}") as websocket:
        await seen(websocket, "1 Paper")
        for key in ("2", "a"):
            await websocket.send_str(json.dumps(["stdin", key]))
        await seen(websocket, "read-only")
    assert len(study.state.waiting()) == 1


def test_it_listens_here_alone_and_says_how_to_come(serve: Callable[..., Served]) -> None:
    served = serve()
    assert f"ssh -N -L {served.port}:127.0.0.1:{served.port}" in served.said and "Warning" not in served.said
    rows = Path("/proc/net/tcp").read_text().splitlines()
    heard = [row.split()[1] for row in rows if f":{served.port:04X} " in row and row.split()[3] == "0A"]
    assert heard == [f"0100007F:{served.port:04X}"]


def test_another_interface_is_warned_of(serve: Callable[..., Served]) -> None:
    served = serve("--host", "0.0.0.0")
    assert "Warning: 0.0.0.0 is not this machine alone" in served.said and "decide as you" in served.said


def test_a_port_in_use_and_a_folder_without_workspace_are_said(study: Study, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = study.mlrc("serve", "--port", str(taken.getsockname()[1]))
    assert said.code == 1 and "Choose another with --port" in said.err
    assert mlrc("serve", tmp_path, cwd=tmp_path).code == 3


def test_which_names_lead_here() -> None:
    here, everywhere = names("127.0.0.1"), names("0.0.0.0")
    assert here("localhost") and here("::1") and not here("192.168.1.5") and not here("evil.example")
    assert everywhere("localhost") and everywhere("192.168.1.5") and everywhere(socket.gethostname())
    assert not everywhere("evil.example") and not everywhere("192.168.1.5.evil.example")
