"""The page of the demo's mail platform, and the server that it shares with the API.

For whoever tries the demo: everybody whom the platform holds, a field for another address, and a
button that unsubscribes, as the link in a mail would. It listens on this machine alone.
"""

from collections.abc import Mapping, Sequence
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

import msgspec
from typing_extensions import override

from candor.demo.mailroom import Line, Mailroom

_SHOWN: Final = 50
_LONGEST: Final = 1 << 20  # bytes of a body
_CLOSED: Final = "unsubscribed"
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'"
_STYLE: Final = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{padding:.5rem;text-align:left;"
    "border-top:1px solid currentColor;vertical-align:top}form{display:inline}"
    "input,button{font:inherit;padding:.25rem .5rem}"
)


def serve(room: Mailroom, port: int) -> ThreadingHTTPServer:
    """Return the server, listening on this machine; `serve_forever` runs it.

    Raises:
        OSError: the port is in use.
    """

    class Handler(_Handler):
        mailroom = room

    return ThreadingHTTPServer(("127.0.0.1", port), Handler)


class _Handler(BaseHTTPRequestHandler):
    mailroom: Mailroom
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """Answer a look."""
        parts = urlsplit(self.path)
        if parts.path.startswith("/api/"):
            self._api()
        elif parts.path == "/":
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            self._send(200, "text/html; charset=utf-8", page(self.mailroom, asked).encode())
        else:
            self._send(404, "text/plain; charset=utf-8", b"There is no such page.")

    def do_POST(self) -> None:
        """Answer an act."""
        if urlsplit(self.path).path.startswith("/api/"):
            self._api()
            return
        origin = self.headers.get("origin", "")
        if origin != f"http://{self.headers.get('host', '')}":  # another page's form
            self._send(403, "text/plain; charset=utf-8", b"This form is not of this page.")
            return
        fields = {name: values[0] for name, values in parse_qs(self._body().decode()).items()}
        done = act(self.mailroom, fields)
        self.send_response(303)
        self.send_header("location", f"/?q={quote(fields.get('q', ''))}&done={quote(done)}")
        self.send_header("content-length", "0")
        self.end_headers()

    def do_PUT(self) -> None:
        """Answer a call of the API."""
        self._api()

    def do_PATCH(self) -> None:
        """Answer a call of the API."""
        self._api()

    def do_DELETE(self) -> None:
        """Answer a call of the API."""
        self._api()

    def _api(self) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        said = self.mailroom.answer(self.command, self.path, headers, self._body())
        self._send(said.status, "application/json", msgspec.json.encode(said.content))

    def _body(self) -> bytes:
        length = self.headers.get("content-length", "0")
        return self.rfile.read(min(int(length), _LONGEST + 1) if length.isdigit() else 0)

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-security-policy", _POLICY)
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing: what was asked may hold an address."""


def act(room: Mailroom, fields: Mapping[str, str]) -> str:
    """Do what a form says; return what was done, as a sentence."""
    number = int(fields["who"]) if fields.get("who", "").isdigit() else 0
    match fields.get("act"):
        case "unsubscribe" if fields.get("list", "").isdigit():
            room.unsubscribe(number, int(fields["list"]))
            return "Unsubscribed, as the link in a mail does it."
        case "block":
            room.blocklist(number)
            return "Blocklisted: nothing goes there any more."
        case "address":
            try:
                room.write(number, email=fields.get("email", ""))
            except ValueError as wrong:
                return f"Not changed: {wrong}"
            return "The address is changed here. Watch it arrive."
        case _:
            return ""


def page(room: Mailroom, asked: Mapping[str, str]) -> str:
    """Return the page."""
    part, after = asked.get("q", ""), asked.get("after", "")
    lines = room.lines(
        after=int(after) if after.isdigit() else 0, at_most=_SHOWN + 1, part=part
    )
    done = (
        f"<p role=status><strong>{escape(asked['done'])}</strong></p>"
        if asked.get("done")
        else ""
    )
    more = ""
    if len(lines) > _SHOWN:
        last = lines[_SHOWN - 1].number
        more = f'<p><a href="/?q={quote(part)}&amp;after={last}">Next {_SHOWN}</a></p>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f"<title>Brieftaube</title><style>{_STYLE}</style></head><body>"
        "<h1>Brieftaube</h1><p>The mail platform of the demo: whom it may write to, as it was "
        f"told. It holds {room.count():,} people and sends nothing to anybody.</p>{done}"
        '<form method="get" action="/"><label>Name or address '
        f'<input name="q" value="{escape(part)}"></label> <button>Find</button></form>'
        f"{_table(lines[:_SHOWN], part)}{more}</body></html>"
    )


def _table(lines: Sequence[Line], part: str) -> str:
    if not lines:
        return "<p>Nobody. Whoever says yes to a letter in the portal arrives here.</p>"
    rows = "".join(_row(line, part) for line in lines)
    return (
        "<table><thead><tr><th>No.</th><th>Name</th><th>Address</th><th>Lists</th>"
        f"<th>Everything</th></tr></thead><tbody>{rows}</tbody></table>"
    )


def _row(line: Line, part: str) -> str:
    hidden = _hidden(line, part)
    address = (
        f'<form method="post" action="/">{hidden}<input type="email" name="email" required '
        f'aria-label="Address" value="{escape(line.email)}"> '
        '<button name="act" value="address">Change</button></form>'
    )
    lists = "<br>".join(_list(line, part, *one) for one in line.lists) or "none"
    block = "blocklisted"
    if line.status != block:
        block = (
            f'<form method="post" action="/">{hidden}'
            '<button name="act" value="block">Block</button></form>'
        )
    return (
        f"<tr><td>{line.number}</td><td>{escape(line.name)}</td><td>{address}</td>"
        f"<td>{lists}</td><td>{block}</td></tr>"
    )


def _list(line: Line, part: str, number: int, name: str, status: str) -> str:
    shown = f"{escape(name)}: {escape(status)}"
    if status == _CLOSED:
        return shown
    return (
        f'{shown} <form method="post" action="/">{_hidden(line, part)}'
        f'<input type="hidden" name="list" value="{number}">'
        '<button name="act" value="unsubscribe">Unsubscribe</button></form>'
    )


def _hidden(line: Line, part: str) -> str:
    return (
        f'<input type="hidden" name="who" value="{line.number}">'
        f'<input type="hidden" name="q" value="{escape(part)}">'
    )
