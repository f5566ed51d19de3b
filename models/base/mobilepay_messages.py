from odoo import api, models
from odoo.exceptions import UserError

from ...mobilepay import errors


class MobilepayMessages(models.AbstractModel):
    """MobilePay's errors, codes and rules in words that say what to do next."""

    _name = "mobilepay.messages"
    _description = "MobilePay in Words"

    @api.model
    def _explain(self, error):
        """Return a :class:`MobilePayError` as a text for a person.

        Names MobilePay's code and the correlation id where there are any.

        :param error: a MobilePayError, or a UserError, which speaks for itself
        """
        if isinstance(error, UserError):
            return str(error)
        words = self._kind_message(error)
        if isinstance(error, errors.Rejected):
            words = self._code_message(error.code) or error.text or words
        return self._with_details(words, error)

    @api.model
    def _with_details(self, words, error):
        """Return ``words`` with MobilePay's code and the correlation id behind."""
        details = [
            self.env._("code %s", error.code) if error.code else "",
            self.env._("correlation id %s", error.correlation_id)
            if error.correlation_id
            else "",
        ]
        details = ", ".join(filter(None, details))
        return f"{words} ({details})" if details else words

    @api.model
    def _explain_creation(self, error):
        """Return why a create call failed: what it cannot find is the merchant."""
        if isinstance(error, errors.NotFound):
            return self._with_details(self._code_message("10302"), error)
        return self._explain(error)

    @api.model
    def _explain_unknown(self, error):
        """Return what to do where MobilePay does not know what it had taken."""
        doubted = self.env._(
            "It is asked again by itself. Not to wait any longer, cancel the request;"
            " then send the invoice again."
        )
        return f"{self._explain(error)} {doubted}"

    @api.model
    def _explain_waiting(self, error):
        """Return why a request could not be sent yet, and that it will be."""
        words = self._explain(error)
        if isinstance(error, errors.Unavailable):
            words = self.env._("MobilePay cannot be reached right now.")
        waits = self.env._(
            "The request waits here and goes out by itself; do not send another."
        )
        return f"{words} {waits}"

    @api.model
    def _has_it_message(self):
        """Return what is known when MobilePay calls a repeated request a double."""
        return self.env._(
            "MobilePay has this request; its answer was lost on the way. The next"
            " news of it will complete it here."
        )

    @api.model
    def _kind_message(self, error):
        for kind, words in self._all_kind_messages():
            if isinstance(error, kind):
                return words
        return self.env._("Something went wrong at MobilePay: %s", error.message)

    @api.model
    def _all_kind_messages(self):
        """From the narrowest kind of error to the widest."""
        return [*self._access_messages(), *self._call_messages()]

    def _access_messages(self):
        """Return what there is to say where MobilePay does not let us in."""
        return [
            (
                errors.ConsentLost,
                self.env._(
                    "MobilePay no longer accepts this connection. Open the MobilePay"
                    " connection and press Connect."
                ),
            ),
            (
                errors.ClientRefused,
                self.env._(
                    "MobilePay refused the OpenID client. Check the OpenID client ID"
                    " and secret of the connection."
                ),
            ),
            (
                errors.Unauthorized,
                self.env._(
                    "MobilePay refused the credentials. Check the gateway client ID"
                    " and secret of the connection."
                ),
            ),
            (
                errors.BadIdToken,
                self.env._(
                    "MobilePay's answer could not be verified, so nothing was"
                    " connected. Press Connect again; if it happens twice, tell"
                    " MobilePay's developer support."
                ),
            ),
        ]

    def _call_messages(self):
        """Return what there is to say of a call that was let in."""
        return [
            (errors.NotFound, self.env._("MobilePay does not know this invoice.")),
            (
                errors.NotReady,
                self.env._(
                    "MobilePay is still preparing this. It is asked again by itself."
                ),
            ),
            (
                errors.Unavailable,
                self.env._(
                    "MobilePay cannot be reached right now. Try again in a few minutes."
                ),
            ),
            (
                errors.OutcomeUnknown,
                self.env._(
                    "MobilePay did not answer, so it is not known whether the request"
                    " arrived. It will be found out by itself; do not send another."
                ),
            ),
            (
                errors.BadAddress,
                self.env._("An address must begin with https://."),
            ),
            (errors.Rejected, self.env._("MobilePay refused the request.")),
        ]

    @api.model
    def _code_message(self, code):
        """Return what a creation error code means (contract, section 4), or ''."""
        unknown_user = self.env._(
            "No MobilePay user has this phone number. Correct the number or send a"
            " link instead."
        )
        exists = self.env._("MobilePay has exactly this invoice already.")
        technical = self.env._("MobilePay had a technical error. Send it again later.")
        issuer = self.env._(
            "MobilePay does not know the issuer. Press Refresh issuers on the"
            " connection and choose another."
        )
        account = self.env._(
            "MobilePay could not validate the issuer's bank account. Ask MobilePay."
        )
        return {
            "10101": unknown_user,
            "10103": unknown_user,
            "10304": unknown_user,
            "10305": unknown_user,
            "10306": unknown_user,
            "10102": self.env._(
                "The MobilePay user cannot be reached now. Send a link instead."
            ),
            "10104": exists,
            "10301": exists,
            "10105": technical,
            "10205": technical,
            "10008": self.env._("The amount must be above zero."),
            "10201": self.env._("The amount is above MobilePay's limit."),
            "10202": issuer,
            "10303": issuer,
            "10203": account,
            "10204": account,
            "10302": self.env._("MobilePay does not know the merchant. Connect again."),
            "10310": self.env._("The due date is too far away for MobilePay."),
            "10311": self.env._("The due date is past. Choose today or later."),
            "10312": self.env._("The invoice date is in the future."),
            "10314": self.env._(
                "This payer has had today's ten MobilePay invoices. Send it tomorrow,"
                " or send a link."
            ),
            "10504": self.env._("The invoice is paid at MobilePay already."),
        }.get(str(code or ""), "")

    @api.model
    def _unexpected_message(self):
        """Return what is said of an error that nobody thought of."""
        return self.env._("Something unexpected happened; the server's log says what.")

    @api.model
    def _invalid_message(self, code, text):
        """Return why MobilePay turned down what it had taken, by its later news.

        :param code: MobilePay's code, or False
        :param text: MobilePay's own words, or False
        """
        words = self._code_message(code) or text
        words = words or self.env._("MobilePay refused the request, without a reason.")
        return (
            self.env._("%(words)s (code %(code)s)", words=words, code=code)
            if (code)
            else words
        )

    @api.model
    def _problem_message(self, problem):
        """Return a :class:`rules.Problem` as a text that says what to do."""
        words = self._told_messages(problem) | self._made_messages(problem)
        return words.get(
            problem.code,
            self.env._("MobilePay would refuse this invoice: %s", problem.code),
        )

    def _told_messages(self, problem):
        """Return texts about what a person entered, by the problem's code."""
        return {
            "amount_not_positive": self.env._(
                "Nothing is left to pay on this invoice."
            ),
            "amount_above_limit": self.env._(
                "The amount is above MobilePay's limit of %s.", problem.limit
            ),
            "due_date_past": self.env._("The due date is past. Choose today or later."),
            "due_date_too_far": self.env._(
                "The due date is too far away: MobilePay takes less than %s days.",
                problem.limit,
            ),
            "issue_date_future": self.env._(
                "The invoice date is in the future. Send it on that day, or change it."
            ),
            "phone_missing": self.env._(
                "The customer has no phone number. Enter one, or send a link."
            ),
            "phone_invalid": self.env._(
                "%s is no Danish or Finnish mobile number. Correct it, or send a link.",
                problem.value,
            ),
        }

    def _made_messages(self, problem):
        """Return texts about what Odoo makes of an invoice, by the problem's code."""
        return {
            "issuer_missing": self.env._(
                "No enabled issuer. Choose one on the MobilePay connection."
            ),
            "amount_decimals": self.env._(
                "MobilePay takes amounts with two decimals only. Round the lines."
            ),
            "article_description_missing": self.env._(
                "A line has no description. Enter one."
            ),
            "url_not_https": self.env._(
                "Odoo's public address on the MobilePay connection must begin with"
                " https://."
            ),
            "reference_missing": self.env._(
                "The invoice has no payment reference or number."
            ),
            "reference_too_long": self.env._(
                "The payment reference is longer than %s characters.", problem.limit
            ),
            "reference_characters": self.env._(
                "The payment reference has characters that banks drop."
            ),
            "no_articles": self.env._("The invoice has no lines."),
            "articles_do_not_add_up": self.env._(
                "The lines do not add up to the amount."
            ),
        }
