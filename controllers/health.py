from odoo import http
from odoo.http import request

from .door import door


class MobilepayHealth(http.Controller):
    """The address for monitors: whether a connection is well, in figures alone."""

    @door(
        "/mobilepay/health",
        type="http",
        auth="public",
        methods=["GET"],
        save_session=False,
        readonly=True,
    )
    def tell(self, token=None, **_params):
        """Answer 200 all is well, 503 it is not, 401 to whom it is not told."""
        # sudo: a monitor is nobody's user; the token is the proof
        Connection = request.env["mobilepay.connection"].sudo()
        status, report = Connection._answer_monitor(self._shown(token))
        return request.make_json_response(
            report, headers={"Cache-Control": "no-store"}, status=status
        )

    def _shown(self, token):
        """Return the token of the header, which no proxy logs, else of the query."""
        header = request.httprequest.headers.get("Authorization", "")
        scheme, _space, shown = header.partition(" ")
        if scheme.lower() == "bearer":
            return shown.strip()
        # nothing was shown, or an uploaded file
        return token if isinstance(token, str) else ""
