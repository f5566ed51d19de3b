import base64
import io

import qrcode

from odoo.tools.image import image_data_uri


def qr_data_uri(text):
    """Return ``text`` as a QR code: a data URI, so that no HTTP is needed.

    By qrcode, which Odoo requires itself: its barcode() needs a renderer that newer
    installations lack, and an invoice must never fail for a picture.
    """
    picture = qrcode.make(
        text,
        error_correction=qrcode.constants.ERROR_CORRECT_M,
        box_size=5,
        border=2,
    )
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    return image_data_uri(base64.b64encode(stream.getvalue()))
