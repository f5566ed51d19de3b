from odoo import http
from odoo.http import request

from .door import door

MAX_BODY = 5 * 1024 * 1024


class MobilepayCallback(http.Controller):
    """The door for MobilePay's news. Stores and answers; all else is a cron's."""

    @door(
        "/mobilepay/callback/<string:path>",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
        max_content_length=MAX_BODY,
    )
    def deliver(self, path, **_params):
        """Take one delivery: 204 stored, 400 unreadable, 401 not authentic, 413."""
        # sudo: MobilePay is nobody's user; the path and the secret are the proof
        Connection = request.env["mobilepay.connection"].sudo()
        status = Connection._take_delivery(
            path,
            request.httprequest.headers.get("Authorization"),
            request.httprequest.get_data(),
        )
        return request.make_response("", status=status)
