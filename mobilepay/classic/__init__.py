"""MobilePay's Invoice API, its OpenID Connect login, callbacks and reporting.

Section numbers here refer to MobilePay's integration guide as gathered in the
project's contract. Nobody outside ``mobilepay/`` but the connection room, which
makes the service, imports from here.
"""
