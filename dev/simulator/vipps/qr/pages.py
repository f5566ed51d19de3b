"""Images of codes, and where a printed one leads."""

from __future__ import annotations

from flask import Blueprint, Response, abort, redirect, request
from flask.typing import ResponseReturnValue

from ...core import simulator
from ..links import PRINTED, QR_IMAGE
from ..parts import vipps
from ..records import PrintedCode
from .images import PNG, SVG, draw

blueprint = Blueprint("vipps_qr_pages", __name__)

SIZES = range(100, 2001)


@blueprint.get(QR_IMAGE)
def payment_image() -> Response:
    """The code of a payment with ``userFlow`` QR, in the format that was asked."""
    payment = vipps().payments.by_token(request.args.get("token", ""))
    if payment is None:
        abort(404, "There is no such code.")
    form = payment.values.get("qrFormat") or {}
    mimetype = PNG if form.get("format") == "IMAGE/PNG" else SVG
    target = vipps().links.landing(payment)
    return _image(target, mimetype, form.get("size") or 1024)


@blueprint.get(f"{PRINTED}/<token>/image")
def printed_image(token: str) -> Response:
    """A printed code: ``format=png`` and ``size``, else SVG."""
    code = _code_or_404(token)
    size = request.args.get("size", "1024")
    if not size.isdigit() or int(size) not in SIZES:
        abort(400, "size must be from 100 to 2000")
    mimetype = PNG if request.args.get("format") == "png" else SVG
    return _image(vipps().links.printed(code.token), mimetype, int(size))


@blueprint.get(f"{PRINTED}/<token>")
def scanned(token: str) -> ResponseReturnValue:
    """Who scans it is led to the merchant."""
    code = _code_or_404(token)
    if code.expires_at and code.expires_at <= simulator().clock.now():
        abort(404, "This code has expired.")
    return redirect(code.target, 302)


def _image(text: str, mimetype: str, size: int) -> Response:
    return Response(draw(text, mimetype, size), mimetype=mimetype)


def _code_or_404(token: str) -> PrintedCode:
    found = simulator().store.table(PrintedCode).find(token=token)
    if not found:
        abort(404, "There is no such code (any more).")
    return found[0]
