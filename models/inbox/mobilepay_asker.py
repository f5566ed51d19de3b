from odoo import api, models
from odoo.exceptions import UserError

from ...mobilepay import errors

# no further question begins after so many seconds, whatever is left
SECONDS = 20


class MobilepayAsker(models.AbstractModel):
    """Asks MobilePay about many invoices, several at the same time.

    How many is the connection's ``calls_at_once``. The threads know nothing of
    Odoo: they get a token and InvoiceIds, and give back what MobilePay answered.
    """

    _name = "mobilepay.asker"
    _description = "MobilePay Asker"

    @api.model
    def _details(self, connection, ids):
        """Return :class:`types.InvoiceDetails`, or the error, by InvoiceId (section 5).

        An InvoiceId is missing where time was up before it was asked for.
        """
        answers = {}
        pace = {"at_once": connection.calls_at_once, "seconds": SECONDS}
        try:
            with connection._service() as service:
                answers.update(service.details_of(ids, **pace))
                if any(_is_refused(answer) for answer in answers.values()):
                    again = [name for name in ids if _is_refused(answers.get(name))]
                    answers.update(service.details_of(again, renew=True, **pace))
        except (errors.MobilePayError, UserError) as error:
            return {name: error for name in ids} | {
                name: answer
                for name, answer in answers.items()
                if not _is_refused(answer)
            }
        return answers


def _is_refused(answer):
    """Whether a question was refused for its token, or not asked because of one."""
    return answer is None or isinstance(answer, errors.Unauthorized)
