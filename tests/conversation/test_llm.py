"""A model rewords templates; whatever goes wrong, the call goes on in templates and says why, once."""

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from hamlet.conversation.llm import Endpoint, LlmWording, OpenaiMissingError, connect
from hamlet.conversation.wording import TemplateWording, known_templates
from hamlet.worlds.dialogue.acts import ACTS, INTENTS
from hamlet.worlds.dialogue.perception import Heard
from tests.conversation.support import debtor

TEMPLATES = TemplateWording(known_templates())
PLAN = ACTS.index("offer_payment_plan")


class Client:
    """Answers with ``answer(template)``."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer
        self.asked: list[dict[str, Any]] = []
        self.chat = SimpleNamespace(completions=SimpleNamespace(create=self._create))

    def _create(self, **request: Any) -> Any:
        self.asked.append(request)
        text = self._answer(request["messages"][1]["content"].split("\n\n")[1])
        return SimpleNamespace(choices=[SimpleNamespace(message=SimpleNamespace(content=text))])


def test_the_models_words_are_said_and_named_as_such() -> None:
    client = Client(lambda text: f"So:  {text}\n")
    wording = LlmWording(client, "some-model", TEMPLATES)
    plan, template = (by.collector(PLAN, 0.0, debtor(), 3, 2) for by in (wording, TEMPLATES))
    assert plan == (f"So: {template.text}", "llm", "")
    agrees = Heard(INTENTS.index("agree"), 0.5, (False,) * 4, 0.5)
    assert wording.debtor(agrees, debtor(), 3, 2).source == "llm"
    assert wording.asks_again(3, 2) == TEMPLATES.asks_again(3, 2)
    assert client.asked[0]["model"] == "some-model" and template.text in str(client.asked[0]["messages"])
    assert "agree" in client.asked[1]["messages"][1]["content"]


@pytest.mark.parametrize("answer", [lambda text: "How about $5 a month?", lambda text: None, lambda text: text * 20])
def test_an_answer_that_drops_an_amount_or_says_nothing_is_not_said(answer: Any) -> None:
    wording = LlmWording(Client(answer), "some-model", TEMPLATES)
    found = wording.collector(PLAN, 0.0, debtor(), 3, 2)
    assert (found.text, found.source) == (TEMPLATES.collector(PLAN, 0.0, debtor(), 3, 2).text, "template")
    assert "the template" in found.reason


def test_after_a_failure_the_templates_speak_and_the_reason_is_said_once() -> None:
    def fails(text: str) -> str:
        raise TimeoutError("too\nslow")

    client = Client(fails)
    wording = LlmWording(client, "some-model", TEMPLATES)
    said = [wording.collector(PLAN, 0.0, debtor(), 3, turn) for turn in range(4)]
    assert said[0].reason == "templates from here on: TimeoutError: too slow"
    assert [one.reason for one in said[1:]] == [""] * 3 and len(client.asked) == 1
    assert [one.text for one in said] == [TEMPLATES.collector(PLAN, 0.0, debtor(), 3, turn).text for turn in range(4)]


def test_a_missing_package_is_one_line_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(OpenaiMissingError, match=r"install it with: pip install -e \.\[llm\]"):
        connect(Endpoint("http://localhost:1/v1", "some-model"), TEMPLATES)


@contextmanager
def endpoint(status: int, delay: float = 0.0) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A server that speaks the protocol on this machine; the requests it got."""
    asked: list[dict[str, Any]] = []
    gone = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            asked.append({"path": self.path, "key": self.headers["Authorization"]} | request)
            gone.wait(delay)
            text = request["messages"][1]["content"].split("\n\n")[1]
            message = {"role": "assistant", "content": f"Well, {text}"}
            answer = {"id": "1", "object": "chat.completion", "created": 1, "model": request["model"]}
            answer["choices"] = [{"index": 0, "finish_reason": "stop", "message": message}]
            body = json.dumps(answer if status == 200 else {"error": {"message": "no such model"}}).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    class Server(HTTPServer):
        def handle_error(self, *_: object) -> None:  # a client that gave up
            pass

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/v1", asked
        finally:
            gone.set()
            server.shutdown()
            thread.join()


def test_a_real_client_and_a_real_server() -> None:
    with endpoint(200) as (url, asked):
        wording = connect(Endpoint(url, "some-model", "a-key"), TEMPLATES)
        found = wording.collector(PLAN, 0.0, debtor(), 3, 2)
        wording._client.close()
    assert found == (f"Well, {TEMPLATES.collector(PLAN, 0.0, debtor(), 3, 2).text}", "llm", "")
    assert (asked[0]["path"], asked[0]["key"]) == ("/v1/chat/completions", "Bearer a-key")


@pytest.mark.parametrize(("status", "delay", "why"), [(404, 0.0, "NotFoundError"), (200, 5.0, "APITimeoutError")])
def test_a_server_that_refuses_or_is_slow(status: int, delay: float, why: str) -> None:
    with endpoint(status, delay) as (url, _):
        wording = connect(Endpoint(url, "some-model", timeout=0.3), TEMPLATES)
        found = wording.collector(PLAN, 0.0, debtor(), 3, 2)
        wording._client.close()
    assert found.source == "template" and f"templates from here on: {why}" in found.reason
