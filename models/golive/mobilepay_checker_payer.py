from odoo import fields, models
from odoo.exceptions import UserError

from ...mobilepay import errors
from ...mobilepay.types import ConsentState, Status
from .mobilepay_checker import PATIENCE

# what the payer's swipe leads to, at once or in a moment
SWIPED = (Status.ACCEPTED, Status.PAID)


class MobilepayChecker(models.AbstractModel):
    """The steps in which the test payer acts: by MobilePay's user simulation.

    Before each act MobilePay is asked whether it was done already: an act whose
    answer was lost is not done twice.
    """

    _inherit = "mobilepay.checker"

    # -------------------------------------------------------------------- consent

    def _do_consent(self, step):
        check = step.check_id
        if not check._step("link").ended_on:
            return None
        request = check._step("link")._request()
        if check._step("link").state != "passed":
            return self._failed(step, self.env._("There is no link to ask with."))
        consent = self._asked_consent(request)
        if not consent:
            return self._failed(
                step, self.env._("MobilePay did not take the question for consent.")
            )
        if problem := self._consent_given(check, request, consent):
            return self._failed(step, problem, self._payer_advice())
        return self._consent_verdict(step, consent)

    def _asked_consent(self, request):
        """Return the consent that the payer of a link is asked for."""
        Consent = self.env["mobilepay.consent"]
        mine = [("request_id", "=", request.id)]
        if not Consent.search(mine):
            request.consent_asked_on = fields.Datetime.now()
            self.env["mobilepay.worker"]._commit()
            Consent._ask(request)
        return Consent.search(mine, limit=1)

    def _consent_given(self, check, request, consent):
        """Have the payer pay the link and say yes; return what went wrong."""
        try:
            self._pay(check, request)
            with check.connection_id._service() as service:
                state = service.consent(consent.mobilepay_id).state
            if state is not ConsentState.GRANTED:
                with check.connection_id._test_payer(check) as test_payer:
                    test_payer.answer_consent(consent.mobilepay_id, True)
        except (errors.NotFound, errors.Rejected, errors.Unauthorized) as error:
            return self._payer_message(error)
        self.env["mobilepay.consent"]._sync(check.connection_id)
        return ""

    def _consent_verdict(self, step, consent):
        check = step.check_id
        Consent = self.env["mobilepay.consent"]
        number = Consent._number_of(check.connection_id, check.partner_id)
        if consent.state != "granted" or number != check.payer_phone:
            return self._failed(
                step,
                self.env._("MobilePay does not list the consent that was given."),
            )
        return self._passed(
            self.env._(
                "The payer of a link was asked for consent, paid, and granted it; the"
                " next invoice would go out directly."
            ),
            self.env._(
                "ConsentId %(id)s, granted on %(moment)s UTC for %(phone)s",
                id=consent.mobilepay_id,
                moment=consent.granted_on.replace(microsecond=0),
                phone=check.payer_phone_masked,
            ),
        )

    # ------------------------------------------------------------ paid or rejected

    def _do_handled(self, step):
        check = step.check_id
        direct = check._step("direct")
        if not direct.ended_on or not check._step("consent").ended_on:
            return None
        if direct.state != "passed":
            return self._failed(step, self.env._("There is no invoice to be paid."))
        rejected, problem = self._sent(step, "direct")
        if problem:
            return self._not_sent(step, problem)
        if not rejected.mobilepay_id:
            return None
        paid = direct._request()
        if not check.acted_on:
            # before the payer acts: from here on callbacks are waited for
            check.acted_on = fields.Datetime.now()
            self.env["mobilepay.worker"]._commit()
        problem = "" if step.done else self._payer_acts(check, paid, rejected)
        if problem:
            return self._failed(
                step,
                problem,
                self._payer_advice(),
                self.env._("The test payer was to pay one invoice, and reject one."),
            )
        # done: MobilePay is not asked again while its callbacks are waited for
        step.done = self.env._("The test payer paid one invoice, and rejected one.")
        return self._handled_verdict(step, paid, rejected)

    def _payer_acts(self, check, paid, rejected):
        """Have one invoice paid and one rejected; return what went wrong."""
        try:
            self._pay(check, paid)
            if self._status_of(rejected) is Status.CREATED:
                with check.connection_id._test_payer(check) as test_payer:
                    test_payer.reject(rejected.mobilepay_id)
        except (errors.NotFound, errors.Rejected, errors.Unauthorized) as error:
            return self._payer_message(error)
        except UserError as error:
            return str(error)
        return ""

    def _pay(self, check, request):
        """Have the test payer swipe, if it has not."""
        if request.state == "paid" or self._status_of(request) in SWIPED:
            return
        with check.connection_id._test_payer(check) as test_payer:
            test_payer.accept(request.mobilepay_id, check.connection_id._today())

    def _status_of(self, request):
        """Return MobilePay's own status: what was rejected stays so here, too."""
        if request._status() and request._status().final:
            return request._status()
        with request.connection_id._service() as service:
            return service.status(request.mobilepay_id)

    def _patience_over(self, check):
        """Whether callbacks that are missing now will not come any more."""
        # where the payer cannot act, other callbacks are waited for as long
        since = check.acted_on or check._step("handled").ended_on
        return bool(since) and since + PATIENCE < fields.Datetime.now()

    # ---------------------------------------------------------------------- words

    def _payer_message(self, error):
        """Return why the test payer could not act."""
        if isinstance(error, errors.NotFound):
            words = self.env._(
                "MobilePay's user simulation is not there, or does not know the"
                " invoice (404)."
            )
            return self.env["mobilepay.messages"]._with_details(words, error)
        return self.env["mobilepay.messages"]._explain(error)

    def _payer_advice(self):
        return self.env._(
            "Check the test payer's phone number and user ID, which MobilePay's"
            " developer support gives out, and ask there whether the user simulation"
            " works in the sandbox at the moment. Then start a new go-live check."
        )
