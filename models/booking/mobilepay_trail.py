from collections import Counter, namedtuple

from markupsafe import escape

from odoo import api, models
from odoo.fields import Domain

from ..base.contexts import LEAN

# on the context of documents whose lines are collected, to be written together
COLLECTED = "mobilepay_trail"
# what of lean booking says nothing of chatter
QUIET = {key: LEAN[key] for key in ("mail_create_nosubscribe", "skip_invoice_sync")}

# a line of a document's chatter that is still to be written
Line = namedtuple("Line", "thread body author_id tracking subtype_id")


class MobilepayTrail(models.AbstractModel):
    """Keeps the audit trail, where a company has it on, in a few queries.

    There, entries, matches and changes leave the lines that Odoo's own ways leave:
    Odoo makes them, each document's by itself. Only their writing is done for all
    documents at once: ``mail.thread`` collects them for it.
    """

    _name = "mobilepay.trail"
    _description = "MobilePay Audit Trail"

    @api.model
    def _context(self, companies):
        """Return the context to book in: lean, but for what a trail needs."""
        return QUIET if self._is_kept(companies) else LEAN

    @api.model
    def _is_kept(self, companies):
        return any(companies.mapped("restrictive_audit_trail"))

    @api.model
    def _write_down(self, companies):
        """Write what was tracked of payments and entries until now."""
        if self._is_kept(companies):
            self.env.flush_all()
            for model in ("account.payment", "account.move"):
                self.env[model].with_context(**{COLLECTED: True})._track_finalize()
        self._write_lines(self.env.cr.precommit.data.pop(COLLECTED, []))

    def _write_lines(self, lines):
        # one line of each document at a time: their order stays
        places, alike = Counter(), {}
        for line in lines:
            thread = (line.thread._name, line.thread.id)
            kind = (line.thread._name, line.subtype_id, line.author_id)
            alike.setdefault((places[thread], *kind), []).append(line)
            places[thread] += 1
        for key in sorted(alike, key=lambda key: key[0]):
            self._write_alike(alike[key])

    def _write_alike(self, lines):
        """Write one line of each of some documents."""
        kind = lines[0]
        if kind.subtype_id:
            lines = self._tell_followers(lines)
            messages = self._post(lines)
        else:
            bodies = {line.thread.id: line.body for line in lines}
            threads = _threads(lines)
            messages = threads._message_log_batch(bodies, author_id=kind.author_id)
        self.env["mail.tracking.value"].sudo().create(
            [
                {**values, "mail_message_id": message.id}
                for line, message in zip(lines, messages, strict=True)
                for _create, _id, values in line.tracking or ()
            ]
        )

    # --------------------------------------------------------------------- posts

    def _tell_followers(self, lines):
        """Have Odoo post what somebody is told of; returns the other lines."""
        told = self.env["mail.followers"]._get_recipient_data(
            _threads(lines), "notification", lines[0].subtype_id
        )
        for line in lines:
            if told.get(line.thread.id):
                _threads([line]).message_post(
                    body=line.body,
                    author_id=line.author_id,
                    subtype_id=line.subtype_id,
                    tracking_value_ids=line.tracking,
                )
        return [line for line in lines if not told.get(line.thread.id)]

    def _post(self, lines):
        """Make the messages that ``message_post`` makes where nobody is told."""
        if not lines:
            return self.env["mail.message"]
        threads = _threads(lines)._fallback_lang()
        author_id, email_from = threads._message_compute_author(lines[0].author_id)
        company = self.env.company
        domains = threads.sudo()._mail_get_alias_domains(default_company=company)
        companies = threads._mail_get_companies(default=company)
        replies = threads._notify_get_reply_to(default=email_from, author_id=author_id)
        parents = self._parents(threads)
        return threads._message_create(
            [
                {
                    "author_id": author_id,
                    "email_from": email_from,
                    "email_add_signature": True,
                    "model": thread._name,
                    "res_id": thread.id,
                    "body": escape(line.body),
                    "message_type": "notification",
                    "subtype_id": line.subtype_id,
                    "parent_id": parents.get(thread.id, False),
                    "record_alias_domain_id": domains[thread.id].id,
                    "record_company_id": companies[thread.id].id,
                    "reply_to": replies[thread.id],
                }
                for line, thread in zip(lines, threads, strict=True)
            ]
        )

    def _parents(self, threads):
        """Return the message that one of each document is an answer to."""
        # sudo: only for their ids, as Odoo does
        messages = self.env["mail.message"].sudo()
        found = messages.search_fetch(
            Domain("model", "=", threads._name)
            & Domain("res_id", "in", threads.ids)
            & Domain("message_type", "!=", "user_notification"),
            ["res_id", "message_type", "date", "create_date"],
        )
        latest = found.sorted(
            lambda message: (
                message.message_type in ("comment", "email"),
                message.date or message.create_date,
                message.id,
            )
        )
        return {message.res_id: message.id for message in latest}


def _threads(lines):
    """The documents of some lines, which collect no longer."""
    first = lines[0].thread.with_context(**{COLLECTED: False})
    return first.browse([line.thread.id for line in lines])
