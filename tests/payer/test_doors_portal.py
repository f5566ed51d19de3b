"""The payer's door: no way to other sites, to other people's bills, or by force."""

from contextlib import contextmanager
from urllib.parse import urlsplit

from odoo.tests import HttpCase, tagged

from ...models.payer.account_move import MAX_POLLS_BY_PAYER
from ..companies import CompaniesCase
from ..knocks import EVIL, quoted

MISSING = 10**9
FORGED = {"Host": EVIL, "X-Forwarded-Host": EVIL, "Referer": f"https://{EVIL}/"}
PARAMETERS = "&".join(
    f"{name}=https://{EVIL}" for name in ("next", "redirect", "url", "RedirectUrl")
)
PAGES = ("/mobilepay/return/{id}/{token}", "/my/invoices/{id}/mobilepay/state{query}")


class PortalDoorsCase(CompaniesCase, HttpCase):
    """Two invoices of a company, one of another, and visitors without a login."""

    def setUp(self):
        super().setUp()
        self.repoint(base_url=self.base_url())
        self.move, self.other = self.invoice(self.partner_b), self.invoice()
        self.theirs_move = self.bill(self.nordlys)
        self.token = self.move._portal_ensure_token()
        self.page = self.move.get_portal_url()

    def seen(self, answer, number):
        """Return what a visitor can tell one answer from another by."""
        location = answer.headers.get("Location", "").replace(f"/{number}?", "/…?")
        body = answer.text if "json" in answer.headers["Content-Type"] else ""
        cookies = tuple(sorted(cookie.name for cookie in answer.cookies))
        return answer.status_code, location, body, cookies

    def visit(self, page, number, token):
        query = "" if token is None else f"?access_token={quoted(token)}"
        path = page.format(id=number, token=quoted(token or "-"), query=query)
        return self.url_open(path, allow_redirects=False)

    def csrf(self):
        """Return the CSRF token of this visitor's session."""
        page = self.url_open(self.page)
        return page.text.partition('name="csrf_token"')[2].split('"')[1]

    def pay(self, number, token, method=None, **form):
        data = {"access_token": token, **form}
        return self.url_open(
            f"/my/invoices/{number}/mobilepay",
            data={name: value for name, value in data.items() if value is not None},
            allow_redirects=False,
            method=method,
        )

    def tokens(self):
        """Return tokens that open other doors, or none."""
        return {
            "none": None,
            "empty": "",
            "wrong": "wrong",
            "cut off": self.token[:-1],
            "longer": self.token + "0",
            "in capitals": self.token.upper(),
            "of another invoice": self.other._portal_ensure_token(),
            "of another company": self.theirs_move._portal_ensure_token(),
            "no ASCII": self.token[:-1] + "æ",
            "with a NUL": self.token + "\0",
        }


class Enumeration:
    """A bill that is there looks like one that is not, to whoever has no key."""

    def assert_tells_nothing(self, ask, status):
        """``ask(number, token)`` gives the same answer for any number."""
        tokens = self.tokens()
        # the first answer of all sets cookies
        ask(MISSING, "wrong")
        # of another company, too, unless it is that one's own token
        numbers = (self.move.id, self.other.id, self.theirs_move.id, MISSING, 2**63)
        owners = {
            move.access_token: move.id
            for move in (self.move, self.other, self.theirs_move)
        }
        for name, token in tokens.items():
            strangers = [n for n in numbers if owners.get(token) != n]
            told = {self.seen(ask(n, token), n) for n in strangers}
            with self.subTest(token=name):
                self.assertEqual(len(told), 1, told)
                self.assertEqual(told.pop()[0], status)

    def test_pages(self):
        self.assert_pages_tell_nothing()

    def assert_pages_tell_nothing(self):
        # protects controllers/portal.py: _mobilepay_invoice (the access check, and
        # what Odoo cannot compare)
        for page, status in zip(PAGES, (303, 404), strict=True):
            self.assert_tells_nothing(
                lambda number, token, page=page: self.visit(page, number, token),
                status,
            )

    def test_button(self):
        self.assert_button_does_nothing()

    def assert_button_does_nothing(self):
        csrf = self.csrf()
        self.assert_tells_nothing(
            lambda number, token: self.pay(number, token, csrf_token=csrf), 303
        )
        self.assertFalse((self.move + self.theirs_move).mobilepay_invoice_ids)
        self.assertEqual(self.create_calls(), 0)

    def test_a_login_of_another_customer_is_no_key(self):
        self._create_new_portal_user(login="stranger", password="stranger")
        self.authenticate("stranger", "stranger")
        self.assert_pages_tell_nothing()
        self.assert_button_does_nothing()

    def test_the_right_token_is_the_key(self):
        state = self.visit(PAGES[1], self.move.id, self.token)
        self.assertEqual(state.json(), {"state": "payable"})
        back = self.visit(PAGES[0], self.move.id, self.token)
        self.assertIn(f"/my/invoices/{self.move.id}?", back.headers["Location"])


class Elsewhere:
    """Nobody is sent to an address that a stranger chose."""

    @contextmanager
    def forged(self):
        """Send headers of another host, and this visitor's cookies all the same."""

        def forge(request):
            # here, as requests chooses the cookies by the Host header
            request.headers.update(FORGED)
            return request

        self.opener.auth = forge
        try:
            yield
        finally:
            self.opener.auth = None

    def assert_ours(self, answer):
        parts = urlsplit(answer.headers.get("Location", ""))
        self.assertIn(parts.netloc, ("", urlsplit(self.base_url()).netloc))
        self.assertNotIn(EVIL, parts.path)

    def test_no_parameter_and_no_header_leads_elsewhere(self):
        # protects controllers/portal.py: every request.redirect is to a path
        for page in PAGES:
            for token in (self.token, "wrong"):
                where = page + ("&" if "{query}" in page else "?") + PARAMETERS
                usual = self.visit(page, self.move.id, token)
                with self.forged():
                    answer = self.visit(where, self.move.id, token)
                self.assertEqual(answer.request.headers["Host"], EVIL)
                self.assertEqual(answer.status_code, usual.status_code)
                self.assert_ours(answer)

    def test_the_button_leads_to_mobilepay_alone(self):
        form = {name: f"https://{EVIL}" for name in ("next", "redirect", "url")}
        answer = self.pay(self.move.id, self.token, csrf_token=self.csrf(), **form)
        link = self.move.mobilepay_invoice_id.link_url
        self.assertEqual(answer.headers["Location"], link)

    def test_mobilepay_sends_the_payer_back_to_us_alone(self):
        # protects models/sending/mobilepay_payload.py: _urls
        form = {"access_token": self.token, "csrf_token": self.csrf()}
        page = f"/my/invoices/{self.move.id}/mobilepay?{PARAMETERS}"
        with self.forged():
            answer = self.url_open(page, data=form, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        [sent] = self.inspect()["invoices"]
        back = f"{self.base_url()}/mobilepay/return/{self.move.id}/{self.token}"
        self.assertEqual(sent["values"]["RedirectUrl"], back)


class Forgery:
    """Another site's page makes a visitor's browser do nothing of consequence."""

    def assert_nothing_was_sent(self):
        self.assertFalse(self.move.mobilepay_invoice_ids)
        self.assertEqual(self.create_calls(), 0)

    def test_no_other_method_presses_the_button(self):
        # protects controllers/door.py: opened (MethodNotAllowed): Odoo asks no CSRF
        # token of OPTIONS, which a browser sends for any page that asks it to
        page = f"/my/invoices/{self.move.id}/mobilepay?access_token={self.token}"
        for method in ("GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"):
            answer = self.url_open(page, method=method, allow_redirects=False)
            self.assertEqual(answer.status_code, 405, method)
        self.assert_nothing_was_sent()

    def test_a_token_of_this_very_session_is_needed(self):
        # protects the csrf that controllers/portal.py: mobilepay_pay does not turn off
        foreign = self.csrf()
        self.opener.cookies.pop("session_id", None)
        self.url_open("/web/login")
        for forged in (None, "", "forged", foreign, foreign + "0"):
            answer = self.pay(self.move.id, self.token, csrf_token=forged)
            self.assertEqual(answer.status_code, 400, forged)
        self.assert_nothing_was_sent()

    def test_coming_back_without_a_key_asks_mobilepay_nothing(self):
        self.pay(self.move.id, self.token, csrf_token=self.csrf())
        request = self.move.mobilepay_invoice_id
        before = request.next_poll_on
        triggers = self.env["ir.cron.trigger"].search_count([])
        for token in (t for t in self.tokens().values() if t):
            self.visit(PAGES[0], self.move.id, token)
        request.invalidate_recordset()
        self.assertEqual(request.next_poll_on, before)
        self.assertEqual(self.env["ir.cron.trigger"].search_count([]), triggers)

    def test_coming_back_again_and_again_asks_a_few_times(self):
        # protects models/payer/account_move.py: _mobilepay_ask_soon (the bound)
        self.pay(self.move.id, self.token, csrf_token=self.csrf())
        # sudo: nobody may write requests by hand
        request = self.move.mobilepay_invoice_id.sudo()
        request.polls = MAX_POLLS_BY_PAYER
        request.next_poll_on = before = "2035-01-01 00:00:00"
        self.visit(PAGES[0], self.move.id, self.token)
        request.invalidate_recordset()
        self.assertEqual(str(request.next_poll_on), before)

    def test_looking_changes_nothing(self):
        for page in PAGES:
            self.visit(page, self.move.id, self.token)
        self.assert_nothing_was_sent()
        self.assertEqual(self.move.payment_state, "not_paid")

    def test_pressing_twice_sends_once(self):
        csrf = self.csrf()
        links = {
            self.pay(self.move.id, self.token, csrf_token=csrf).headers["Location"]
            for _time in range(3)
        }
        self.assertEqual(links, {self.move.mobilepay_invoice_id.link_url})
        self.assertEqual(self.create_calls(), 1)


@tagged("post_install", "-at_install")
class TestDoorsPortal(Enumeration, Elsewhere, Forgery, PortalDoorsCase):
    pass
