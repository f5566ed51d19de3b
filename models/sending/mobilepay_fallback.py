from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain


class MobilepayFallback(models.AbstractModel):
    """From direct to link: what a payer did not take up in the app goes by e-mail.

    Off unless the company names a number of days. A direct request that is not
    accepted so many days before its due date is taken back and replaced; one
    that was rejected or invalid is replaced at once. Each request once.

    A link that came later than its invoice was sent is told of in any case.
    """

    _name = "mobilepay.fallback"
    _description = "MobilePay Fallback Ladder"

    @api.model
    def _cron_fallback(self):
        """Replace what is due, connection by connection."""
        Cron = self.env["ir.cron"]
        connections = self.env["mobilepay.connection"].search(
            [("state", "=", "connected")]
        )
        Cron._commit_progress(remaining=len(connections))
        for connection in connections:
            own = connection._in_company_language(self)
            if connection.fallback_days > 0:
                own._take_back_late(connection)
                own._replace_refused(connection, Cron)
            # those of a run that was cut short, or when MobilePay was not there
            own._tell_links(Domain("connection_id", "=", connection.id))
            if not Cron._commit_progress(1):
                break

    def _direct_of(self, connection):
        return (
            Domain("connection_id", "=", connection.id)
            & Domain("kind", "=", "direct")
            & Domain("superseded", "=", False)
            & Domain("renewal_tried", "=", False)
        )

    def _take_back_late(self, connection):
        """Take back what is not accepted in time; the canceler sends the link."""
        day = connection._today() + timedelta(days=connection.fallback_days)
        late = self.env["mobilepay.invoice"].search(
            self._direct_of(connection)
            & Domain("state", "=", "created")
            & Domain("due_date", "<=", day)
            # a request that was sent late has a day to be seen
            & Domain("create_date", "<", fields.Datetime.now() - timedelta(days=1)),
            limit=200,
        )
        late._want_cancel("fallback")

    def _replace_refused(self, connection, cron):
        """Send a link for what the payer or MobilePay refused."""
        refused = self.env["mobilepay.invoice"].search(
            self._direct_of(connection)
            & Domain("state", "in", ("rejected", "invalid")),
            limit=200,
        )
        for request in refused:
            if request.try_lock_for_update(allow_referencing=True):
                request.renewal_tried = True
                self._send_link(request)
            # Odoo restarts a server whose cron overstays its time
            if not cron._commit_progress(1):
                break

    @api.model
    def _send_link(self, request):
        """Make a link in place of ``request``, of which the payer is told."""
        move = request.move_id
        if not move._mobilepay_may_send():
            return
        wish = {"kind": "link", "phone": request.phone or ""}
        # noted on the link itself: whatever comes between, it will be told
        sender = (
            self.env["mobilepay.sender"]
            .with_company(request.company_id)
            .with_context(mobilepay_link_untold=True, mobilepay_patient=True)
        )
        if problem := sender._send(request.connection_id, {move: wish}).get(move):
            request._schedule_help_activity(problem)
        self._tell_links(Domain("move_id", "=", move.id))

    def _tell_links(self, which):
        """Tell of links that are there by now, whoever had them made."""
        links = self.env["mobilepay.invoice"].search(
            which & Domain("link_untold", "=", True) & Domain("state", "=", "created"),
            limit=200,
        )
        for link in links:
            if link.try_lock_for_update(allow_referencing=True):
                link.link_untold = False
                self._tell_link(link)

    def _tell_link(self, link):
        """Let Odoo send the link by e-mail, or a person give it to the customer."""
        move = link.move_id
        # whom Odoo mails an invoice: its contact, not the company
        if move.partner_id.email:
            move._mobilepay_email_link()
            return
        link._schedule_help_activity(
            self.env._(
                "A payment link was made because the payer did not take up the"
                " request in the app, but the customer has no e-mail address."
                " Give the link to the customer."
            )
        )
