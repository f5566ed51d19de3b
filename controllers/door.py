import functools

from werkzeug.exceptions import MethodNotAllowed

from odoo import http
from odoo.http import request


def door(*args, **routing):
    """``http.route`` for strangers: closed to two things that Odoo lets in.

    Odoo adds OPTIONS to the methods of every route, and asks no CSRF token of it;
    and a parameter named ``self`` of any query or form ends in an error 500.
    """

    def decorate(endpoint):
        routed = http.route(*args, **routing)(endpoint)
        methods = list(routing["methods"])
        safe = ["HEAD"] if "GET" in methods else []

        @functools.wraps(routed)
        def opened(self, /, *positional, **params):
            if request.httprequest.method not in [*methods, *safe]:
                raise MethodNotAllowed(methods)
            params.pop("self", None)
            return routed(self, *positional, **params)

        return opened

    return decorate
