"""Answers that never come, come too late, too long or broken."""

import socket
import time

import pytest
from wire_server import Drop, Endless, HalfBody, Reply, closed_port

from mobilepay.errors import OutcomeUnknown, Unavailable
from mobilepay.transport import session as session_module

WRITES = ["POST", "PUT"]


# when nothing comes back


@pytest.mark.parametrize("method", WRITES)
def test_a_write_that_is_not_answered_in_time(server, transport, method):
    server.answers(Reply(200, {}, delay=1))
    with pytest.raises(OutcomeUnknown):
        transport.request(method, "/x")
    time.sleep(0.1)
    assert len(server.asked) == 1, "a write was repeated"


@pytest.mark.parametrize("method", WRITES)
def test_a_write_whose_connection_drops(server, transport, method):
    server.answers(Drop())
    with pytest.raises(OutcomeUnknown):
        transport.request(method, "/x")
    assert len(server.asked) == 1, "a write was repeated"


def test_a_write_whose_answer_breaks_off(server, transport):
    server.answers(HalfBody())
    with pytest.raises(OutcomeUnknown):
        transport.request("POST", "/x")
    assert len(server.asked) == 1


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_where_nobody_listens_nothing_was_done(connect, method):
    transport = connect(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(Unavailable) as caught:
        transport.request(method, "/x")
    assert caught.value.correlation_id


@pytest.mark.parametrize("method", ["GET", *WRITES])
def test_where_no_host_is_nothing_was_done(connect, method):
    transport = connect("https://no-such-host.invalid")
    with pytest.raises(Unavailable):
        transport.request(method, "/x")


def test_a_connection_that_is_not_made_in_time(connect):
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        # the queue of a listener that accepts nobody is soon full
        waiting = [socket.socket() for _ in range(8)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(address)
        transport = connect(f"http://127.0.0.1:{address[1]}", timeout=(0.2, 0.2))
        with pytest.raises(Unavailable) as caught:
            transport.request("POST", "/x")
        for one in waiting:
            one.close()
    assert "no connection" in str(caught.value)


def test_a_write_is_not_even_connected_twice(connect, monkeypatch):
    tried = []
    original = socket.socket.connect

    def count(self, address):
        tried.append(address)
        return original(self, address)

    monkeypatch.setattr(socket.socket, "connect", count)
    transport = connect(f"http://127.0.0.1:{closed_port()}")
    with pytest.raises(Unavailable):
        transport.request("POST", "/x")
    assert len(tried) == 1
    with pytest.raises(Unavailable):
        transport.request("GET", "/x")
    assert len(tried) > 2


# patience


@pytest.mark.parametrize("fault", [Reply(503), Reply(500), Reply(408), Drop()])
def test_a_question_is_asked_again(server, transport, fault):
    server.answers(fault, Reply(200, {"ok": 1}))
    assert transport.request("GET", "/x").data == {"ok": 1}
    assert len(server.asked) == 2


def test_patience_has_an_end(server, transport):
    server.answers(Reply(503))
    with pytest.raises(Unavailable):
        transport.request("GET", "/x")
    assert len(server.asked) == 4


def test_retry_after_is_respected(server, transport):
    server.answers(Reply(429, headers={"Retry-After": "1"}), Reply(200))
    start = time.monotonic()
    transport.request("GET", "/x")
    assert time.monotonic() - start >= 0.9


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_long_retry_after_is_the_callers(server, transport, method):
    server.answers(Reply(429, headers={"Retry-After": "120"}))
    start = time.monotonic()
    with pytest.raises(Unavailable) as caught:
        transport.request(method, "/x")
    assert caught.value.retry_after == 120
    assert time.monotonic() - start < 5
    assert len(server.asked) == 1


@pytest.mark.parametrize("value", ["soon", "-5", "", "1e9", "9" * 400])
def test_a_strange_retry_after_hurts_nobody(server, transport, value):
    server.answers(Reply(429, headers={"Retry-After": value}))
    with pytest.raises(Unavailable) as caught:
        transport.request("POST", "/x")
    assert 0 <= caught.value.retry_after <= 86400
    with pytest.raises(Unavailable):
        transport.request("GET", "/x")
    waited_for = value not in ("1e9", "soon", "-5", "")
    assert len(server.asked) == (2 if waited_for else 5)


# limits


def test_a_write_answered_with_impossible_headers_may_have_been_done(server, transport):
    server.answers(Reply(200, b"{}", {"Content-Length": "999"}))
    with pytest.raises(OutcomeUnknown):
        transport.request("POST", "/x")


def test_an_answer_has_a_largest_size(server, connect, monkeypatch):
    monkeypatch.setattr(session_module, "LARGEST_ANSWER", 1000)
    server.answers(Reply(200, b" " * 999), Reply(200, b" " * 1001))
    transport = connect(server.url)
    transport.request("POST", "/x")
    with pytest.raises(OutcomeUnknown):
        transport.request("POST", "/x")


def test_a_body_without_end_is_not_read_without_end(server, connect):
    server.answers(Endless())
    with pytest.raises(OutcomeUnknown):
        connect(server.url).request("POST", "/x")


def test_a_body_that_drips_is_not_waited_for(server, connect):
    server.answers(Endless(pause=0.1, piece=b" "))
    start = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        connect(server.url).request("POST", "/x")
    assert time.monotonic() - start < 10
