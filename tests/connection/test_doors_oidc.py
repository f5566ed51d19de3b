"""The way back from MobilePay's login leads nowhere else, and by one way only.

Whose answer it is, how often it counts and for how long is in ``test_oidc_flow.py``
(class Login), forged answers in ``test_oidc_failures.py``.
"""

from urllib.parse import parse_qs, urlsplit

import requests

from odoo.tests import tagged

from ..knocks import EVIL
from ..oidc_case import OidcCase

FORGED = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Origin": f"https://{EVIL}"}
ELSEWHERE = {name: f"https://{EVIL}" for name in ("redirect", "next", "url")}


@tagged("post_install", "-at_install")
class TestDoorsOidc(OidcCase):
    def setUp(self):
        super().setUp()
        self.before = self.snapshot()

    def stage(self):
        return self.sql("SELECT stage FROM mobilepay_login")[0][0]

    def finish_page(self, session, **query):
        return session.get(
            f"{self.server.url}/mobilepay/oidc/finish",
            params=query,
            allow_redirects=False,
            timeout=60,
        )

    def test_nothing_but_a_post_is_parked(self):
        # protects controllers/oidc.py: park (methods)
        answer = self.answered()
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE"):
            for where in ("params", "data"):
                requests.request(
                    method, self.redirect_uri, timeout=30, **{where: answer}
                )
        self.assertEqual(self.stage(), "open")
        self.bring(answer)
        self.assertEqual(self.stage(), "answered")

    def test_nothing_but_a_get_connects(self):
        # protects controllers/door.py: opened (MethodNotAllowed)
        answer = self.answered()
        self.bring(answer)
        url = f"{self.server.url}/mobilepay/oidc/finish?state={answer['state']}"
        for method in ("OPTIONS", "POST", "PUT"):
            page = self.office.session.request(method, url, timeout=60)
            self.assertEqual(page.status_code, 405)
        self.assertEqual(self.stage(), "answered")
        self.assertEqual(self.snapshot(), self.before)

    def test_a_strangers_answer_looks_like_a_good_one(self):
        answer = self.answered()
        good = self.bring(answer)
        bad = self.bring({**answer, "state": answer["state"][::-1]})
        told = [
            (
                page.status_code,
                page.headers["Location"].partition("=")[0],
                sorted(page.headers),
                page.cookies.keys(),
            )
            for page in (good, bad)
        ]
        self.assertEqual(told[0], told[1])
        # a session of its own would log the user out
        self.assertEqual(told[0][3], [])

    def test_parking_leads_to_our_own_page_alone(self):
        # protects controllers/oidc.py: park (redirect_query is to a path)
        answer = self.answered()
        for state in (answer["state"], f"//{EVIL}", f"https://{EVIL}", "\r\nX-A: b"):
            page = requests.post(
                self.redirect_uri,
                {**answer, **ELSEWHERE, "state": state},
                params=ELSEWHERE,
                headers=FORGED,
                allow_redirects=False,
                timeout=30,
            )
            parts = urlsplit(page.headers["Location"])
            self.assertEqual(
                (parts.scheme, parts.netloc, parts.path),
                ("", "", "/mobilepay/oidc/finish"),
            )
            self.assertEqual(parse_qs(parts.query), {"state": [state]})
            self.assertNotIn("X-A", page.headers)

    def test_connecting_leads_to_the_connection_alone(self):
        answer = self.answered()
        self.bring(answer)
        page = self.finish_page(self.office.session, state=answer["state"], **ELSEWHERE)
        self.assertEqual(
            page.headers["Location"],
            f"/odoo/mobilepay-connections/{self.connection_id}",
        )
        self.assertEqual(self.state(), "connected")

    def test_the_login_page_comes_back_to_us(self):
        page = self.finish_page(requests.Session(), state=f"https://{EVIL}")
        parts = urlsplit(page.headers["Location"])
        self.assertEqual(parts.path, "/web/login")
        self.assertIn(parts.netloc, ("", urlsplit(self.server.url).netloc))
        [back] = parse_qs(parts.query)["redirect"]
        self.assertTrue(back.startswith("/mobilepay/oidc/finish?"))

    def test_the_fragment_is_posted_to_us_alone(self):
        page = requests.get(
            self.redirect_uri, params=ELSEWHERE, headers=FORGED, timeout=30
        )
        self.assertIn(
            '<form method="post" action="/mobilepay/oidc/callback"', page.text
        )
        self.assertNotIn(EVIL, page.text)
        self.assertEqual(page.headers["Cache-Control"], "no-store")

    def test_a_stranger_makes_a_user_connect_nothing(self):
        """His own good consent, under a state that nobody here asked for."""
        answer = self.answered()
        self.sql("UPDATE mobilepay_login SET key = 'of another database'")
        parked = self.bring(answer)
        page = self.arrive(parked)
        self.assertIn("not asked for", self.refusal(page))
        self.assertEqual(self.snapshot(), self.before)
