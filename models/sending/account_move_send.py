from collections import Counter

from odoo import api, models

from ...mobilepay import rules

METHOD = "mobilepay"
# what the single Send wizard lets a person choose
SETTINGS = ("mobilepay_kind", "mobilepay_phone")
# of many invoices that cannot be sent, so many different reasons are shown
SHOWN_REASONS = 3


class AccountMoveSend(models.AbstractModel):
    _inherit = "account.move.send"

    @api.model
    def _is_applicable_to_company(self, method, company):
        if method == METHOD:
            return bool(self.env["mobilepay.connection"]._for_company(company))
        return super()._is_applicable_to_company(method, company)

    @api.model
    def _is_applicable_to_move(self, method, move, **move_data):
        if method == METHOD:
            return move._mobilepay_may_send()
        return super()._is_applicable_to_move(method, move, **move_data)

    @api.model
    def _get_default_sending_methods(self, move):
        methods = super()._get_default_sending_methods(move)
        if (move.sending_data or {}).get("mobilepay_sent"):
            # by a batch; a link goes by e-mail whatever the customer's method is
            return self._mobilepay_with_others(move, methods)
        if not self._mobilepay_is_chosen_for(move):
            return methods
        if not self._mobilepay_refused(move) and self._mobilepay_fits(move):
            return self._mobilepay_with_others(move, methods)
        return methods - {METHOD} | ({"email"} if METHOD in methods else set())

    @api.model
    def _mobilepay_with_others(self, move, methods):
        """Return MobilePay and the customer's own ways, those that lead to somebody."""
        ways = methods | {METHOD} | self._mobilepay_companions(move)
        return ways - {"manual"} - (set() if move.partner_id.email else {"email"})

    @api.model
    def _mobilepay_is_chosen_for(self, move):
        """Whether it is to go with MobilePay: by this sending, or as its customer's."""
        chosen = self.env.context.get("mobilepay_chosen_for_all")
        return bool(chosen) or self._mobilepay_is_method_of(move)

    @api.model
    def _mobilepay_refused(self, move):
        """Whether a batch sends it without MobilePay, which refused it."""
        return bool((move.sending_data or {}).get("mobilepay_refused"))

    @api.model
    def _mobilepay_is_method_of(self, move):
        """Whether the customer is to be reached by MobilePay wherever it fits."""
        partner = move.commercial_partner_id.with_company(move.company_id)
        return partner.invoice_sending_method == METHOD

    @api.model
    def _mobilepay_fits(self, move):
        """Whether MobilePay is a way for this invoice; what it says of it, aside.

        One that is asked for already was sent with MobilePay.
        """
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if not connection:
            return False
        if move.sudo().mobilepay_invoice_ids._standing():
            return True
        # sudo: who may send goes by the connection's state, which they may not see
        sender = self.env["mobilepay.sender"].sudo()
        return sender._fits(connection, move.sudo())

    @api.model
    def _mobilepay_companions(self, move):
        """A link must reach its payer somehow: by e-mail where there is an address."""
        if not move.partner_id.email:
            return set()
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if not connection.show_in_email:
            return set()
        wish = self._mobilepay_wish(connection, move, {})
        return {"email"} if wish["kind"] == "link" else set()

    @api.model
    def _get_default_sending_settings(self, move, from_cron=False, **custom_settings):
        settings = super()._get_default_sending_settings(
            move, from_cron=from_cron, **custom_settings
        )
        for key in SETTINGS:
            if key in custom_settings:
                settings[key] = custom_settings[key]
        # nobody chose: what MobilePay refuses goes by e-mail
        settings["mobilepay_by_itself"] = "sending_methods" not in custom_settings
        return settings

    @api.model
    def _get_default_invoice_edi_format(self, move, **kwargs):
        """No suggested e-invoice for a consumer whom MobilePay reaches.

        Odoo suggests an e-invoice format by country; it needs a VAT number, and
        without one it would block the sending. A chosen format is kept.
        """
        partner = move.commercial_partner_id.with_company(move.company_id)
        by_mobilepay = (
            METHOD in (kwargs.get("sending_methods") or ())
            or self._mobilepay_is_method_of(move)
            # a batch chose it whatever the customer's method is
            or self._mobilepay_refused(move)
        )
        if by_mobilepay and not partner.vat and not partner.invoice_edi_format_store:
            return False
        return super()._get_default_invoice_edi_format(move, **kwargs)

    @api.model
    def _get_alerts(self, moves, moves_data):
        alerts = super()._get_alerts(moves, moves_data)
        chosen = moves.filtered(lambda m: METHOD in moves_data[m]["sending_methods"])
        if len(moves) > 1:
            wished = chosen | self._mobilepay_wished(moves - chosen)
            alerts.update(self._mobilepay_alerts_of_many(wished, moves_data))
        elif chosen:
            alerts.update(self._mobilepay_alerts_of_one(chosen, moves_data[chosen]))
        return alerts

    def _mobilepay_alerts_of_one(self, move, move_data):
        connection = self.env["mobilepay.connection"]._for_company(move.company_id)
        if problem := self._mobilepay_problem(connection, move, move_data):
            return {"mobilepay_not_sendable": {"level": "danger", "message": problem}}
        alerts = {}
        if move.invoice_date_due and move.invoice_date_due < connection._today():
            message = self.env._(
                "The due date is past: MobilePay is given today as the due date."
            )
            alerts["mobilepay_due_today"] = {"level": "info", "message": message}
        wish = self._mobilepay_wish(connection, move, move_data)
        if self._mobilepay_typed(move, move_data) and not wish["phone"]:
            message = self.env._(
                "The phone number is no Danish or Finnish mobile number that MobilePay"
                " takes here, so a payment link is made."
            )
            alerts["mobilepay_number_unused"] = {"level": "warning", "message": message}
        return alerts | self._mobilepay_untold_alert(move, move_data, wish)

    def _mobilepay_wished(self, moves):
        """Return those that would go with MobilePay, did it take them."""
        return moves.filtered(self._mobilepay_is_chosen_for)

    def _mobilepay_alerts_of_many(self, moves, moves_data):
        alerts = {}
        if problems := self._mobilepay_problems_of_many(moves, moves_data):
            alerts["mobilepay_not_sendable"] = self._mobilepay_not_sendable(problems)
        sendable = moves.filtered(lambda move: move.id not in problems)
        return alerts | self._mobilepay_untold_alert_of_many(sendable, moves_data)

    def _mobilepay_problems_of_many(self, moves, moves_data):
        """Return what speaks against each of these invoices, by its id."""
        problems = {}
        for company, some in moves.grouped("company_id").items():
            connection = self.env["mobilepay.connection"]._for_company(company)
            # sudo: who may send goes by the payers' preferences; company and rights
            # changed here once, as each change for each invoice is dear
            own = self.with_company(company).sudo()
            known = own.env["mobilepay.prefetch"]._prefetch(
                connection, some.with_env(own.env)
            )
            own = own.with_context(**known)
            problems |= {
                move.id: problem
                for move in some.with_env(own.env)
                if (
                    problem := own._mobilepay_problem(
                        connection, move, moves_data[move]
                    )
                )
            }
        return problems

    def _mobilepay_not_sendable(self, problems):
        """Return the alert about invoices that MobilePay would refuse, and why.

        :param problems: texts of one or more lines by the invoice's id
        """
        moves = self.env["account.move"].browse(list(problems))
        if len(moves) == 1:
            message = self.env._("One invoice cannot be sent with MobilePay.")
            action_text = self.env._("View Invoice")
        else:
            message = self.env._(
                "%(count)s invoices cannot be sent with MobilePay.", count=len(moves)
            )
            action_text = self.env._("View Invoices")
        message = " ".join([message, *self._mobilepay_reasons(problems)])
        action = moves._get_records_action(name=self.env._("Not for MobilePay"))
        return {
            "level": "warning",
            "message": message,
            "action_text": action_text,
            "action": action,
        }

    def _mobilepay_reasons(self, problems):
        """Return the most frequent reasons; each invoice is counted by one, once."""
        counted = Counter(problem.splitlines()[0] for problem in problems.values())
        if len(problems) == 1:
            return "\n".join(problems.values()).splitlines()[:SHOWN_REASONS]
        more = ["…"] if len(counted) > SHOWN_REASONS else []
        shown = counted.most_common(SHOWN_REASONS)
        return [*(f"{count} × {reason}" for reason, count in shown), *more]

    @api.model
    def _mobilepay_problem(self, connection, move, move_data):
        """Return why ``move`` would not go out, '' if it would. No network."""
        if not connection:
            return self.env._("This company has no MobilePay connection.")
        wish = self._mobilepay_wish(connection, move, move_data)
        problems = self.env["mobilepay.sender"].sudo()._preview(connection, move, wish)
        return "\n".join(problems)

    @api.model
    def _mobilepay_wish(self, connection, move, move_data):
        """Return how the payer is to be reached: as chosen, else automatically.

        A Link may have a number as well: it fills MobilePay's landing page.
        """
        typed = self._mobilepay_typed(move, move_data)
        phone = self._mobilepay_phone(typed, connection)
        kind = move_data.get("mobilepay_kind") or "auto"
        if kind == "auto":
            kind, phone = self._mobilepay_automatic(connection, move, phone)
        # what is no number goes on as typed: a rule says so before anything leaves
        return {"kind": kind, "phone": phone or (typed if kind == "direct" else "")}

    def _mobilepay_automatic(self, connection, move, phone):
        """Return kind and number by the payer's preference, else by consent.

        Direct where the payer consented, or a person confirmed the number: by
        entering it as the MobilePay phone, or just now in the wizard. A payer
        who denied or withdrew consent gets a link.
        """
        # sudo: who may send the invoice goes by the payer's preference
        payer = move.commercial_partner_id.with_company(move.company_id).sudo()
        if payer.mobilepay_kind in ("direct", "link"):
            return payer.mobilepay_kind, phone
        Consent = self.env["mobilepay.consent"]
        if consented := Consent._number_of(connection, payer):
            return "direct", consented
        confirmed = phone and phone != self._mobilepay_phone(
            move.partner_id._mobilepay_unconfirmed_number(), connection
        )
        if confirmed and not Consent._refused_by(connection, payer):
            return "direct", phone
        return "link", phone

    def _mobilepay_typed(self, move, move_data):
        """Return the payer's number as a person wrote it, '' if there is none."""
        typed = move_data.get("mobilepay_phone")
        return move.partner_id._mobilepay_number() if typed is None else typed

    def _mobilepay_phone(self, typed, connection):
        """Return E.164, '' where no payer of this merchant can have the number."""
        if not typed:
            return ""
        try:
            return rules.normalise_phone(typed, connection.country_code)
        except rules.InvalidPhone:
            return ""

    @api.model
    def _call_web_service_before_invoice_pdf_render(self, invoices_data):
        # before the PDF: link and QR code must exist when it is made
        result = super()._call_web_service_before_invoice_pdf_render(invoices_data)
        chosen = {
            move: data
            for move, data in invoices_data.items()
            if METHOD in data["sending_methods"] and not data.get("error")
        }
        companies = self.env["account.move"].union(*chosen).grouped("company_id")
        for company, moves in companies.items():
            self._mobilepay_send_company(
                company, {move: chosen[move] for move in moves}
            )
        return result

    @api.model
    def _hook_if_success(self, moves_data, from_cron=False):
        result = super()._hook_if_success(moves_data, from_cron=from_cron)
        self._mobilepay_note_told(moves_data)
        return result

    def _mobilepay_note_told(self, moves_data):
        """The e-mail that was made now is the one that was to follow its link."""
        mailed = [
            move.id
            for move, data in moves_data.items()
            if "email" in data["sending_methods"]
            and self._is_applicable_to_move("email", move, **data)
        ]
        # sudo: who sends invoices may not see requests
        Request = self.env["mobilepay.invoice"].sudo()
        told = [("move_id", "in", mailed), ("link_untold", "=", True)]
        if mailed:
            Request.search(told).link_untold = False

    def _mobilepay_send_company(self, company, invoices_data):
        """Send the invoices of one company; write what failed into their data."""
        connection = self.env["mobilepay.connection"]._for_company(company)
        wishes = {}
        for move, data in invoices_data.items():
            if (move.sending_data or {}).get("mobilepay_sent"):
                # sent in a batch; whatever became of it, only the documents go now
                continue
            if move._mobilepay_open_request() and not move._mobilepay_may_send():
                # sent before: a repeated click or a retry sends nothing
                continue
            if not self._mobilepay_fits(move):
                problem = self._mobilepay_problem(connection, move, data)
                self._mobilepay_leave_out(move, data, problem)
            else:
                # examined by the sender, under its lock
                wishes[move] = self._mobilepay_wish(connection, move, data)
        if not wishes:
            return
        sender = self.env["mobilepay.sender"].with_company(company)
        for move, problem in sender._send(connection, wishes).items():
            data = invoices_data[move]
            if data.get("mobilepay_by_itself") and not move._mobilepay_open_request():
                self._mobilepay_leave_out(move, data, problem)
            else:
                later = self._mobilepay_mail_later(move, data)
                data["error"] = self._mobilepay_error(
                    move, f"{problem} {later}".strip()
                )

    def _mobilepay_mail_later(self, move, data):
        """Have the e-mail follow a link that waits; say so, or return ''."""
        waiting = move._mobilepay_open_request().filtered(lambda r: r.kind == "link")
        wanted = "email" in data["sending_methods"] or data.get("mobilepay_by_itself")
        if not (waiting and wanted and move.partner_id.email):
            return ""
        self.env["mobilepay.sender"]._mail_later(waiting)
        return self.env._("The e-mail follows with the link.")

    def _mobilepay_leave_out(self, move, data, problem):
        """MobilePay is no way for this invoice; the other ways go on, if any."""
        others = set(data["sending_methods"]) - {METHOD}
        if data.get("mobilepay_by_itself") and move.partner_id.email:
            others.add("email")
        if not others:
            data["error"] = self._mobilepay_error(move, problem)
            return
        if "email" in others - set(data["sending_methods"]):
            settings = self._get_default_sending_settings(move, sending_methods=others)
            data |= {key: settings[key] for key in settings if key.startswith("mail_")}
        data["sending_methods"] = others
        move.message_post(
            body=self.env._("Not sent with MobilePay: %(problem)s", problem=problem)
        )

    def _mobilepay_error(self, move, problem):
        waits = move._mobilepay_open_request()
        return {
            "error_title": self.env._("The MobilePay request waits.")
            if waits
            else self.env._("The invoice was not sent with MobilePay."),
            "errors": [problem],
            "retry": False,
        }
