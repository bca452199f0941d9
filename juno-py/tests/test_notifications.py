"""People are told by a signed webhook, on a real socket."""

import asyncio
import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

import juno

NOW = datetime(2026, 3, 2, 9, tzinfo=timezone.utc)
KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()


class Hook(HTTPServer):
    """Answers with the given statuses, then with 204, and keeps what came in."""

    def __init__(self, statuses: list[int]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.statuses = statuses
        self.seen: list[tuple[dict[str, str], bytes]] = []

    @property
    def settings(self) -> dict[str, Any]:
        url = f"http://127.0.0.1:{self.server_port}/hook"
        return {"notifications.webhook.url": url, "notifications.webhook.secret": SECRET}


class Handler(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        assert isinstance(self.server, Hook)
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append(({name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def hook() -> Iterator[Callable[..., Hook]]:
    hooks: list[Hook] = []

    def start(*statuses: int) -> Hook:
        hooks.append(Hook(list(statuses)))
        threading.Thread(target=hooks[-1].serve_forever, daemon=True).start()
        return hooks[-1]

    yield start
    for one in hooks:
        one.shutdown()
        one.server_close()


def test_a_request_is_told_signed_under_its_key(
    app: Callable[..., juno.Juno], proposal: dict[str, Any], hook: Callable[..., Hook]
) -> None:
    server = hook(500)
    one = app(server.settings, now=NOW)
    request = one.submit(proposal)["request"]["id"]
    nothing = {"delivered": 0, "postponed": 0, "given_up": 0, "dropped": 0}
    assert one.deliver_notifications() == {**nothing, "postponed": 1}
    waiting = one.notifications(state="waiting", request=request)
    assert [it["notification"]["kind"] for it in waiting] == ["approval_requested", "overdue_soon"]
    assert "500" in (waiting[0]["last_error"] or "") and waiting[0]["attempts"] == 1
    one.set_now(NOW + timedelta(minutes=1))
    assert one.deliver_notifications() == {**nothing, "delivered": 1}
    (first, _), (headers, body) = server.seen
    key = waiting[0]["notification"]["key"]
    assert first["webhook-id"] == headers["webhook-id"] == key
    signed = f"{key}.{headers['webhook-timestamp']}.".encode() + body
    mac = base64.b64encode(hmac.new(KEY, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{mac}"
    told = json.loads(body)
    assert told["type"] == "juno.approval_requested" and told["data"]["recipients"] == ["team_lead"]
    assert "stale" not in body.decode() and proposal["rationale"] not in body.decode()
    assert one.deliver_notifications() == nothing


def test_what_is_given_up_is_shown_logged_and_retried(
    app: Callable[..., juno.Juno], proposal: dict[str, Any], hook: Callable[..., Hook]
) -> None:
    one = app({**hook(410).settings, "notifications.remind_hours": 0}, now=NOW)
    one.submit(proposal)
    assert one.deliver_notifications()["given_up"] == 1
    (dead,) = one.notifications(state="dead")
    assert "410" in (dead["last_error"] or "")
    found = one.audit_search(kind="notification_given_up")["records"]
    assert [record["event"]["payload"]["why"] for record in found] == ["undeliverable"]
    assert one.retry_notification(dead["notification"]["key"])["state"] == "waiting"
    assert asyncio.run(_deliver(one)) == 1
    assert one.notifications() == []
    with pytest.raises(juno.NotFoundError):
        one.retry_notification("ntf-x")
    with pytest.raises(juno.InvalidInputError):
        one.notifications(state="lost")  # type: ignore[arg-type]


async def _deliver(one: juno.Juno) -> int:
    return (await one.deliver_notifications_async())["delivered"]


def test_a_channel_that_cannot_be_is_refused_without_its_secrets(app: Callable[..., juno.Juno]) -> None:
    for settings in [
        {"notifications.webhook.url": "http://example.com/hunter2", "notifications.webhook.secret": SECRET},
        {"notifications.webhook.url": "https://example.com", "notifications.webhook.secret": "hunter2"},
        {"notifications.webhook.url": "https://example.com/hunter2"},
        {"notifications.smtp.host": "mail.example.com", "notifications.smtp.from": "no address"},
    ]:
        with pytest.raises(juno.InvalidInputError) as refused:
            app(settings)
        assert "notifications." in str(refused.value) and "hunter2" not in str(refused.value)
