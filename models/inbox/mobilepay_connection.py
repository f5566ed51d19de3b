from odoo import api, fields, models

from ...mobilepay.errors import BadDelivery
from ..connection.mobilepay_connection_callback import refusals


class MobilepayConnection(models.Model):
    """What MobilePay's call brings is stored, and the processor is woken."""

    _inherit = "mobilepay.connection"

    @api.model
    def _take_delivery(self, path, authorization, body):
        """Store one callback delivery; return the HTTP status to answer with.

        401 says the same for a wrong key, an unknown path and a connection that
        takes nothing in; nothing is stored then, and the same work was done.

        :param authorization: the Authorization header as it came, or None
        :param body: bytes
        """
        connection = self._find_by_path(path)
        if not connection._is_authentic(authorization):
            refusals.note("not authentic")
            return 401
        try:
            elements = self._parse_delivery(body)
        except BadDelivery as error:
            refusals.note(f"connection {connection.id}: {error}")
            return 400
        self.env["mobilepay.event"]._receive(connection, elements)
        self._wake_processor()
        return 204

    def _wake_processor(self):
        """Have the news processed soon; somebody before us may have said so already.

        Each wake-up costs Odoo a connection of its own to PostgreSQL.
        """
        # from the cache of external ids: env.ref() asks whether it is still there
        xmlid = "account_mobilepay.cron_process"
        cron_id = self.env["ir.model.data"]._xmlid_to_res_id(xmlid)
        if not self._is_called(cron_id):
            self.env["ir.cron"].browse(cron_id)._trigger()

    def _is_called(self, cron_id):
        """Whether a run is called for that cannot begin before this is committed."""
        # A run that has begun holds its triggers, to delete them: they are skipped.
        # One that begins now waits for this lock, and sees what we commit. One that
        # ends just now makes a serialization failure: Odoo takes the delivery again.
        self.env.cr.execute(
            """
            SELECT 1 FROM ir_cron_trigger
             WHERE cron_id = %s AND call_at <= %s
             LIMIT 1 FOR KEY SHARE SKIP LOCKED
            """,
            (cron_id, fields.Datetime.now()),
            log_exceptions=False,
        )
        return bool(self.env.cr.fetchone())
