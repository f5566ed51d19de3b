from odoo import http
from odoo.http import request


class BenchDoor(http.Controller):
    """A public door that inserts one row and answers."""

    @http.route(
        "/bench/door",
        type="http",
        auth="public",
        methods=["POST"],
        csrf=False,
        save_session=False,
    )
    def knock(self):
        """Keep the body as it is."""
        body = request.httprequest.get_data().decode()
        request.env.cr.execute("INSERT INTO bench_row (body) VALUES (%s)", [body])
        return request.make_response("", status=204)
