"""The web server: textual-serve behind a guard.

The guard refuses what a foreign web page could make a browser send: a host name that is not ours (DNS rebinding), a
websocket from another origin, and any path without the secret of this server.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from aiohttp import web
from textual_serve.server import Server

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
LOOPBACK = ("127.0.0.1", "localhost", "::1")
HEADERS = {
    # The address holds the secret: it goes to no other site, into no cache and into no frame.
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "font-src 'self' data:; connect-src 'self' ws://{host}; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


class GuardedServer(Server):
    """Serves one workspace.

    Args:
        command: starts the screen; run by a shell, once for each browser window.
        host: address to listen on.
        port: to listen on.
        secret: first part of every path.
        title: of the page.
    """

    def __init__(self, command: str, *, host: str, port: int, secret: str, title: str) -> None:
        super().__init__(command, host=host, port=port, title=title)
        self.secret = secret

    async def _make_app(self) -> web.Application:
        guarded = web.Application(middlewares=[_guard(names(self.host))])
        guarded.add_subapp(f"/{self.secret}", await super()._make_app())
        return guarded

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the verb has said where to go."""

    def initialize_logging(self) -> None:
        """Write no log: it would hold the secret."""

    @property
    def handle_index(self) -> Callable[[web.Request], Coroutine[Any, Any, web.Response]]:
        """The page, with addresses as the browser sees this server: a tunnel may have another port."""
        return self._index

    async def _index(self, request: web.Request) -> web.Response:
        import aiohttp_jinja2

        here = f"{request.host}/{self.secret}"
        context = {
            "font_size": 16,
            "app_websocket_url": f"ws://{here}/ws",
            "config": {"static": {"url": f"http://{here}/static/"}},
            "application": {"name": self.title},
        }
        return aiohttp_jinja2.render_template("app_index.html", request, context)


def names(host: str) -> Callable[[str], bool]:
    """Which host names a request may carry: loopback ones, and for another interface also what leads to it.

    A page that another name was made to lead here (DNS rebinding) carries that name; an address cannot be rebound.
    """
    if host in LOOPBACK:
        return LOOPBACK.__contains__
    known = {*LOOPBACK, host, socket.gethostname(), socket.getfqdn()}
    return lambda name: name in known or _is_address(name)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _guard(ours: Callable[[str], bool]) -> Any:
    @web.middleware
    async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
        if not ours(_name(request.host)):
            raise web.HTTPForbidden(text="This host name is not the one of this server. Open the printed address.\n")
        origin = request.headers.get("Origin")
        socket_wanted = "upgrade" in request.headers.get("Connection", "").lower()
        # Browsers name the origin of every websocket; one without it is no browser's and has no business here.
        if (origin or socket_wanted) and origin != f"http://{request.host}":
            raise web.HTTPForbidden(text="Another web page may not use this server. Open the printed address.\n")
        response = await handler(request)
        if not response.prepared:
            policy = POLICY.format(host=request.host)
            response.headers.update({**HEADERS, "Content-Security-Policy": policy})
        return response

    return guard


def _name(host: str) -> str:
    """The host name of a Host header, without its port and brackets."""
    return host.removeprefix("[").partition("]")[0] if host.startswith("[") else host.partition(":")[0]
