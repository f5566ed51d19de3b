import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.parse import urlsplit

import requests

from odoo.tests import tagged

from ..common import MERCHANT_VAT
from ..deliveries import (
    CallbackCase,
    archive,
    disconnect,
    keep_secret,
    news,
    secret,
)

LIMIT = 5 * 1024 * 1024


class CallbackKey:
    """Who may deliver, and to which connection."""

    def test_good_key(self):
        self.assertEqual(self.post([news()]), 204)
        self.assertEqual(len(self.stored()), 1)
        self.assertEqual(self.triggers(), 1)

    def test_registered_secret_is_the_one_checked(self):
        [merchant] = [
            row for row in self.inspect()["merchants"] if row["vat"] == MERCHANT_VAT
        ]
        self.assertEqual(merchant["callback_url"], self.server.url + self.path)
        outcome = self.control(
            "callbacks/inject", merchant_vat=MERCHANT_VAT, body=[news()]
        )
        self.assertEqual(outcome.get("status"), 204)
        self.assertEqual(len(self.stored()), 1)

    def test_secret_and_path_cannot_be_guessed(self):
        for text in (self.key, self.path.rpartition("/")[2]):
            padded = text + "=" * (-len(text) % 4)
            self.assertGreaterEqual(len(base64.urlsafe_b64decode(padded)), 32)

    def test_wrong_keys(self):
        basic = base64.b64encode(f"odoo-{self.connection_id}:{self.key}".encode())
        wrong = {
            "empty": "",
            "another": "x" * len(self.key),
            "shorter": self.key[:-1],
            "longer": f"{self.key}x",
            "other case": self.key.swapcase(),
            "as bearer": f"Bearer {self.key}",
            "as basic": f"Basic {basic.decode()}",
            "endless": "x" * 5000,
            "not ASCII": "nøgle".encode("latin-1"),
        }
        for name, key in wrong.items():
            with self.subTest(name):
                self.assert_refused(self.post([news()], key=key), 401)

    def test_missing_header(self):
        answer = requests.post(self.server.url + self.path, json=[news()], timeout=60)
        self.assert_refused(answer.status_code, 401)

    def test_unknown_paths(self):
        for path in ("/mobilepay/callback/x", self.path[:-1], self.path + "%00"):
            with self.subTest(path):
                self.assert_refused(self.post([news()], path=path), 401)

    def test_get_is_no_delivery(self):
        answer = requests.get(
            self.server.url + self.path, headers={"Authorization": self.key}, timeout=60
        )
        self.assert_refused(answer.status_code, 405)

    def test_disconnected_takes_nothing(self):
        self.run_real(disconnect, connection_id=self.connection_id)
        self.assert_refused(self.post([news()]), 401)

    def test_archived_takes_nothing(self):
        self.run_real(archive, connection_id=self.connection_id)
        self.assert_refused(self.post([news()]), 401)

    def test_lost_consent_still_takes_news(self):
        self.sql("UPDATE mobilepay_connection SET state = 'consent_lost'")
        self.assertEqual(self.post([news()]), 204)
        self.assertEqual(len(self.stored()), 1)

    def test_reconnecting_registers_a_new_secret(self):
        old = self.key
        self.sql("UPDATE mobilepay_connection SET state = 'consent_lost'")
        self.connect()
        self.assertEqual(self.post([news()], key=old), 401)
        new = self.run_real(secret, connection_id=self.connection_id)
        self.assertNotEqual(old, new)
        outcome = self.control(
            "callbacks/inject", merchant_vat=MERCHANT_VAT, body=[news()]
        )
        self.assertEqual(outcome.get("status"), 204)

    def test_secret_that_is_being_registered_is_known_already(self):
        # MobilePay has the new one, and we went down before we kept it
        self.sql("UPDATE mobilepay_connection SET state = 'consent_lost'")
        self.run_real(
            keep_secret,
            connection_id=self.connection_id,
            purpose="callback_next",
            text="n" * 64,
        )
        self.assertEqual(self.post([news()], key="n" * 64), 204)
        self.assertEqual(self.post([news()]), 204)

    def test_no_secret_stored_fails_closed(self):
        self.sql("DELETE FROM mobilepay_secret WHERE purpose LIKE 'callback%%'")
        for key in (self.key, ""):
            self.assert_refused(self.post([news()], key=key), 401)

    def test_key_of_the_server_is_missing(self):
        of_callback = "mobilepay_secret WHERE purpose = 'callback'"
        [[row, held]] = self.sql(f"SELECT id, ciphertext FROM {of_callback}")
        put = "UPDATE mobilepay_secret SET ciphertext = %s WHERE id = %s"
        # what cannot be read is not overwritten, not even by the next test
        self.addCleanup(self.sql, put, held, row)
        self.sql(put, "gAAAAA", row)
        self.assert_refused(self.post([news()]), 401)
        self.assertIn("put it back", self.server.log_tail(20))


class CallbackBasic:
    """Basic authentication in place of the API key."""

    def use_basic(self):
        self.callback_auth = "basic"
        self.prepare()

    def basic(self, name, password):
        pair = base64.b64encode(f"{name}:{password}".encode()).decode()
        return self.post([news()], key=f"Basic {pair}")

    def test_basic(self):
        self.use_basic()
        name = f"odoo-{self.connection_id}"
        self.assertEqual(self.basic(name, self.key), 204)
        outcome = self.control(
            "callbacks/inject", merchant_vat=MERCHANT_VAT, body=[news()]
        )
        self.assertEqual(outcome.get("status"), 204)
        self.assertEqual(len(self.stored()), 2)

    def test_wrong_names_and_passwords(self):
        self.use_basic()
        name = f"odoo-{self.connection_id}"
        self.assert_refused(self.basic("odoo", self.key), 401)
        self.assert_refused(self.basic("", self.key), 401)
        self.assert_refused(self.basic(name, "x" * 64), 401)
        self.assert_refused(self.basic(name, ""), 401)
        self.assert_refused(self.post([news()]), 401)
        self.assert_refused(self.post([news()], key="Basic !"), 401)


class CallbackBody:
    """What a delivery may look like."""

    def test_unreadable_bodies(self):
        good = json.dumps([news()])
        bodies = {
            "nothing": "",
            "no JSON": "hello",
            "an object": news(),
            "a number": "7",
            "a text": '"[]"',
            "null": "null",
            "cut off": good[:-1],
            "two arrays": good + good,
            "no UTF-8": b'[{"InvoiceId": "\xff"}]',
            "UTF-16": good.encode("utf-16"),
            "zipped": gzip.compress(good.encode()),
            "too deep": "[" * 100_000,
            "one element too many": "[" + "0," * 50_000 + "0]",
        }
        for name, body in bodies.items():
            with self.subTest(name):
                self.assert_refused(self.post(body), 400)

    def test_form_is_no_delivery(self):
        header = {"Content-Type": "application/x-www-form-urlencoded"}
        self.assert_refused(self.post("a=1&b=[]", **header), 400)

    def test_json_of_any_content_type(self):
        self.assertEqual(self.post([news()], **{"Content-Type": "text/plain"}), 204)
        self.assertEqual(len(self.stored()), 1)

    def test_empty_delivery(self):
        self.assertEqual(self.post([]), 204)
        self.assertFalse(self.stored())

    def test_largest_body(self):
        text = json.dumps([news()])
        self.assertEqual(self.post(text + " " * (LIMIT - len(text))), 204)
        self.assertEqual(len(self.stored()), 1)

    def test_too_large_body(self):
        text = json.dumps([news()])
        self.assert_refused(self.post(text + " " * (LIMIT + 1 - len(text))), 413)

    def test_too_large_body_without_a_length(self):
        connection = HTTPConnection(urlsplit(self.server.url).netloc, timeout=60)
        self.addCleanup(connection.close)
        piece = b" " * 65536
        pieces = (piece for _number in range(LIMIT // len(piece) + 2))
        headers = {"Authorization": self.key, "Content-Type": "application/json"}
        try:
            connection.request("POST", self.path, pieces, headers, encode_chunked=True)
            status = connection.getresponse().status
        except ConnectionError:
            # hung up on while still sending
            status = 413
        self.assertIn(status, (400, 411, 413))
        self.assert_refused(status, status)

    def test_one_bad_element_does_not_lose_the_others(self):
        bad = {
            "no object": 7,
            "null": None,
            "an array": [news()],
            "no invoice": news(InvoiceId=None),
            "no GUID": news(InvoiceId="1; DROP TABLE"),
            "no status": news(Status=""),
            "unknown status": news(Status="exploded"),
            "no date": news(Date=None),
            "no such date": news(Date="2026-02-30T00:00:00Z"),
            "date at the end of time": news(Date="9999-12-31T23:59:59-12:00"),
            "negative sequence": news(Sequence=-1),
            "huge sequence": news(Sequence=2**40),
            "half a sequence": news(Sequence=1.5),
            "sequence as text": news(Sequence="1"),
            "true as sequence": news(Sequence=True),
        }
        good = [news(Sequence=number) for number in range(len(bad) + 1)]
        mixed = [good[0]]
        for element, bad_element in zip(good[1:], bad.values(), strict=True):
            mixed += [bad_element, element]
        self.assertEqual(self.post(mixed), 204)
        rows = self.stored()
        self.assertEqual(len(rows), len(mixed))
        known = {row[1] for row in rows if row[0] == "new"}
        self.assertEqual(known, {element["InvoiceId"] for element in good})
        reasons = [row[3] for row in rows if row[0] == "bad"]
        self.assertEqual(len(reasons), len(bad))
        self.assertTrue(all(reasons))

    def test_strange_characters_do_not_lose_the_others(self):
        strange = [
            news(Status="invalid", ErrorMessage="nul \u0000 character"),
            news(Status="invalid", ErrorMessage="half a pair \ud800"),
            news(Status="invalid", ErrorMessage="x" * 100_000),
            news(Status="nul\u0000"),
            news(Links=[{"Rel": "user-redirect", "Href": "javascript:alert(1)"}]),
            news(PaymentDate="soon"),
            news(Unknown={"deep": [1, 2, {"er": None}]}),
        ]
        self.assertEqual(self.post([*strange, news()]), 204)
        self.assertEqual(len(self.stored()), len(strange) + 1)
        self.assertFalse(self.sql("SELECT 1 FROM mobilepay_event WHERE link_url <> ''"))


class CallbackTwice:
    """MobilePay repeats itself; Odoo repeats requests: stored once all the same."""

    def test_repeated_delivery(self):
        elements = [news(Sequence=number) for number in range(5)]
        for _time in range(3):
            self.assertEqual(self.post(elements), 204)
        self.assertEqual(len(self.stored()), 5)

    def test_twice_in_one_delivery(self):
        element = news()
        self.assertEqual(self.post([element, element]), 204)
        self.assertEqual(len(self.stored()), 1)

    def test_same_sequence_with_another_status_is_other_news(self):
        element = news()
        self.assertEqual(self.post([element, {**element, "Status": "paid"}]), 204)
        self.assertEqual(len(self.stored()), 2)

    def test_deliveries_at_the_same_time(self):
        # Odoo logs the statement because of which it begins a request again
        self.may_log_errors = True
        elements = [news(Sequence=number) for number in range(200)]
        turned = [elements, elements[::-1]] * 4
        with ThreadPoolExecutor(8) as pool:
            statuses = list(pool.map(self.post, turned))
        self.assertEqual(statuses, [204] * 8)
        self.assertEqual(len(self.stored()), 200)

    def test_delivery_that_waits_for_the_same_news_is_taken_again_by_odoo(self):
        self.may_log_errors = True
        element = news()
        with self.raw() as other, ThreadPoolExecutor(1) as pool:
            other.cursor().execute(
                "INSERT INTO mobilepay_event (connection_id, company_id, mobilepay_id,"
                " sequence, status, source, state)"
                " SELECT id, company_id, %s, 1, 'accepted', 'callback', 'new'"
                " FROM mobilepay_connection",
                [element["InvoiceId"]],
            )
            waiting = pool.submit(self.post, [element, news()])
            self.wait_for_a_blocked_session()
            other.commit()
            # our snapshot is older than that row: Odoo begins the request again
            self.assertEqual(waiting.result(60), 204)
        self.assertEqual(len(self.stored()), 2)
        self.assertEqual(self.triggers(), 1)

    def wait_for_a_blocked_session(self):
        """Wait until PostgreSQL lets somebody wait for a lock."""
        self.wait_for(
            "SELECT 1 FROM pg_stat_activity WHERE datname = %s"
            " AND wait_event_type = 'Lock'",
            self.database,
        )


@tagged("post_install", "-at_install")
class TestCallback(
    CallbackKey, CallbackBasic, CallbackBody, CallbackTwice, CallbackCase
):
    pass
