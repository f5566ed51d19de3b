"""The addresses to which payers are sent."""

from __future__ import annotations

from ..core import Simulator
from .records import QR, Payment

LANDING = "/vipps/landing"
QR_IMAGE = "/vipps/qr-image"
PRINTED = "/vipps/qr"
TEXT_FORMAT = "TEXT/TARGETURL"


class Links:
    """Addresses on the simulator's own host."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    def landing(self, payment: Payment) -> str:
        """The landing page; in the app's place, too."""
        return f"{self._simulator.base_url}{LANDING}?token={payment.token}"

    def redirect_url(self, payment: Payment) -> str:
        """What a create call answers: for a QR its image, or its target if so asked."""
        form = payment.values.get("qrFormat") or {}
        if payment.user_flow != QR or form.get("format") == TEXT_FORMAT:
            return self.landing(payment)
        return f"{self._simulator.base_url}{QR_IMAGE}?token={payment.token}"

    def printed(self, token: str) -> str:
        """What a printed code leads to first."""
        return f"{self._simulator.base_url}{PRINTED}/{token}"

    def printed_image(self, token: str) -> str:
        """The image of a printed code."""
        return f"{self._simulator.base_url}{PRINTED}/{token}/image"
