from odoo import http
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from .door import door

ANSWER_FIELDS = ("code", "id_token", "error", "error_description")
MAX_BODY = 64 * 1024
# ours have 64 characters; a longer one need not come back in an address
MAX_STATE = 128


class MobilepayOidc(http.Controller):
    """The redirect URI, and the page on which the user's own browser comes back.

    MobilePay's answer is POSTed cross-site, without the session cookie: it is
    only parked under its state. A GET of our own, with the cookie, takes it up.
    """

    @door(
        "/mobilepay/oidc/callback",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        # a new session would replace the user's cookie: log him out
        save_session=False,
        max_content_length=MAX_BODY,
    )
    def park(self, **answer):
        """Park the answer and send the browser to :meth:`finish`."""
        key = str(answer.get("state") or "")
        key = key if len(key) <= MAX_STATE else ""
        kept = {name: str(answer[name]) for name in ANSWER_FIELDS if answer.get(name)}
        # sudo: nobody is logged in here; the state is the proof
        request.env["mobilepay.login"].sudo()._park(key, kept)
        return request.redirect_query(
            "/mobilepay/oidc/finish", {"state": key}, code=303
        )

    @door(
        "/mobilepay/oidc/callback",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
    )
    def fragment(self, **_params):
        """Post on what came in the fragment, which only the browser can read."""
        page = request.render("account_mobilepay.oidc_fragment")
        page.headers["Cache-Control"] = "no-store"
        return page

    @door("/mobilepay/oidc/finish", type="http", auth="user", methods=["GET"])
    def finish(self, state="", **_params):
        """Connect with the parked answer, if this user started it."""
        logins, key = request.env["mobilepay.login"], str(state)
        try:
            connection = logins._finish(key)
        except (AccessError, UserError) as error:
            if setup := logins._tell_in_onboarding(key, str(error)):
                return request.redirect(setup)
            return request.render(
                "account_mobilepay.oidc_refused", {"reason": str(error)}
            )
        return request.redirect(logins._page_after(key, connection))
