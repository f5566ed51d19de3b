"""Vipps MobilePay: access token, ePayment, webhooks and codes on paper.

Section numbers here refer to the project's contract sheet of Vipps MobilePay's APIs,
"corrections" to the sheet that corrects it. Nobody outside ``mobilepay/`` but the
connection room, which makes the service, imports from here.
"""
