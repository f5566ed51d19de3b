from odoo import models


class MobilepayConnection(models.Model):
    """In whose language is written what nobody waits for: notes, labels, activities."""

    _inherit = "mobilepay.connection"

    def _in_company_language(self, records, company=None):
        """Return records (or a service) in the books and the language of people here.

        Scheduled actions have no language, and what they write is read by the
        accountant who is responsible. A person's own language stays.

        :param company: whose books, by default the connection's
        """
        records = records.with_company(company or self.company_id)
        if records.env.context.get("lang"):
            return records
        # sudo: a language is no secret
        own = self.sudo()
        lang = own.responsible_id.lang or own.company_id.partner_id.lang
        return records.with_context(lang=lang) if lang else records
