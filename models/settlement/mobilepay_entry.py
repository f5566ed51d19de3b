from odoo import api, models
from odoo.fields import Command

FEES = ("TransactionFee", "ServiceFee")


class MobilepayEntry(models.AbstractModel):
    """The journal entry of a transfer.

    Debit *in transit* (the net, labelled with the transfer reference), debit the
    fees, credit *clearing* once for each payment (debit for each refund), each
    reconciled with its payment in one go; what no invoice of ours explains goes
    on the company's account for such. The net is what MobilePay transferred, or
    nothing is entered.
    """

    _name = "mobilepay.entry"
    _description = "MobilePay Transfer Entry"

    @api.model
    def _create_transfer_move(self, transfer):
        """Post the entry of a transfer and reconcile it with its payments.

        The settler has found each payment as MobilePay reports it.

        :raises UserError: with what is missing; nothing is entered then
        """
        booked = transfer.transaction_ids.filtered("payment_id")
        clearing = {row: self._clearing_line(row) for row in booked}
        lines = [self._payment_values(row, clearing[row]) for row in booked]
        lines += self._fee_lines(transfer) + self._other_lines(transfer)
        transit = self._transit_values(transfer, lines)
        move = self._post(transfer, [*lines, *transit])
        made = move.line_ids.sorted("id")
        transfer.move_id = move
        transfer.transit_line_id = made[-1] if transit else False
        pairs = [
            line + clearing[row]
            for row, line in zip(booked, made[: len(booked)], strict=True)
        ]
        trail, companies = self.env["mobilepay.trail"], self._companies(transfer)
        lean = trail._context(companies)
        # one plan for all: partials are made in one go
        self.env["account.move.line"].with_context(**lean)._reconcile_plan(pairs)
        trail._write_down(companies)

    def _companies(self, transfer):
        """Return whose books change: the transfer's company's, its branches'."""
        return transfer.company_id | transfer.transaction_ids.payment_id.company_id

    def _post(self, transfer, lines):
        journal = transfer.connection_id._payment_method_line().journal_id
        move = (
            self.env["account.move"]
            .with_context(**self.env["mobilepay.trail"]._context(transfer.company_id))
            .create(
                {
                    "move_type": "entry",
                    "journal_id": journal.id,
                    "company_id": transfer.company_id.id,
                    "currency_id": transfer.currency_id.id,
                    "date": transfer._open_date(transfer.transfer_date),
                    "ref": transfer.reference,
                    "line_ids": [Command.create(values) for values in lines],
                }
            )
        )
        move.action_post()
        return move

    # --------------------------------------------------------------------- lines

    def _clearing_line(self, row):
        return row.payment_id._mobilepay_clearing_lines()

    def _payment_values(self, row, line):
        """Return the counterpart of a payment's clearing line, to the øre."""
        return {
            "name": row._label(),
            "account_id": line.account_id.id,
            "partner_id": line.partner_id.id,
            "currency_id": row.currency_id.id,
            "amount_currency": -row.amount,
            # at the payment's own rate: no difference is left between the two
            "balance": -line.amount_residual,
        }

    def _fee_lines(self, transfer):
        """Return one expense line per kind of fee, and the lines of its tax."""
        lines = []
        for kind in FEES:
            fees = transfer.transaction_ids.filtered(
                lambda t, kind=kind: t.type == kind
            )
            amount = transfer.currency_id.round(sum(fees.mapped("amount")))
            if transfer.currency_id.is_zero(amount):
                continue
            account, tax = transfer.connection_id._fee_booking(kind)
            label = self.env._(
                "%(fee)s in MobilePay transfer %(reference)s",
                fee=fees[:1]._label(),
                reference=transfer.reference,
            )
            lines += self._taxed(transfer, label, account, tax, -amount)
        return lines

    def _taxed(self, transfer, label, account, tax, gross):
        """Return the lines of a cost that includes its tax.

        :param gross: in the transfer's currency, positive for a cost
        """
        if not tax:
            return [self._line(transfer, label, account, gross)]
        company, AccountTax = transfer.company_id, self.env["account.tax"]
        base = AccountTax._prepare_base_line_for_taxes_computation(
            None,
            tax_ids=tax,
            price_unit=abs(gross),
            quantity=1.0,
            currency_id=transfer.currency_id,
            rate=self._rate(transfer),
            account_id=account,
            special_mode="total_included",
            sign=1 if gross > 0 else -1,
            is_refund=gross < 0,
        )
        AccountTax._add_tax_details_in_base_lines([base], company)
        AccountTax._round_base_lines_tax_details([base], company)
        AccountTax._add_accounting_data_in_base_lines_tax_details([base], company)
        made = AccountTax._prepare_tax_lines([base], company)
        [(_base, amounts)] = made["base_lines_to_update"]
        net = {
            "name": label,
            "account_id": account.id,
            "currency_id": transfer.currency_id.id,
            "tax_ids": [Command.set(tax.ids)],
            **amounts,
        }
        return [net, *made["tax_lines_to_add"]]

    def _other_lines(self, transfer):
        """Return a line for each row that no payment of ours explains."""
        others = transfer.transaction_ids.filtered(
            lambda row: row.type not in FEES and not row.payment_id
        )
        if not others:
            return []
        account = transfer.connection_id._other_account()
        return [
            self._line(transfer, row._label(), account, -row.amount) for row in others
        ]

    def _transit_values(self, transfer, lines):
        """Return the line that waits for the bank; none where nothing moved."""
        if transfer.currency_id.is_zero(transfer.total):
            return []
        account = transfer.connection_id._transit_account()
        values = self._line(transfer, transfer.reference, account, transfer.total)
        # what the other lines leave, so that the entry balances at any rate
        values["balance"] = -sum(line["balance"] for line in lines)
        return [values]

    def _line(self, transfer, label, account, amount):
        return {
            "name": label,
            "account_id": account.id,
            "currency_id": transfer.currency_id.id,
            "amount_currency": amount,
            "balance": self._in_books(transfer, amount),
        }

    def _in_books(self, transfer, amount):
        """Return an amount of the transfer in the company's currency."""
        company = transfer.company_id
        return transfer.currency_id._convert(
            amount, company.currency_id, company, transfer.transfer_date
        )

    def _rate(self, transfer):
        return self.env["res.currency"]._get_conversion_rate(
            transfer.company_id.currency_id,
            transfer.currency_id,
            transfer.company_id,
            transfer.transfer_date,
        )
