from contextlib import ExitStack

from odoo import api, models
from odoo.exceptions import UserError

from ...mobilepay import errors
from ...mobilepay.classic.invoices import InvoiceApi
from ...mobilepay.transport.together import ask_together

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
        Token = self.env["mobilepay.token"]
        answers = {}
        try:
            token = Token._access_token(connection)
            answers.update(self._ask(connection, token, ids))
            if any(_is_refused(answer) for answer in answers.values()):
                token = Token._access_token(connection, rejected=token)
                again = [name for name in ids if _is_refused(answers.get(name))]
                answers.update(self._ask(connection, token, again))
        except (errors.MobilePayError, UserError) as error:
            return {name: error for name in ids} | {
                name: answer
                for name, answer in answers.items()
                if not _is_refused(answer)
            }
        return answers

    def _ask(self, connection, token, ids):
        width = min(connection.calls_at_once, len(ids))
        with ExitStack() as stack:
            askers = [
                InvoiceApi(
                    stack.enter_context(connection._transport(lambda _renew: token)),
                    connection.merchant_id or "",
                ).details
                for _number in range(width)
            ]
            return ask_together(askers, ids, SECONDS)


def _is_refused(answer):
    """Whether a question was refused for its token, or not asked because of one."""
    return answer is None or isinstance(answer, errors.Unauthorized)
